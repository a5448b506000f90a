// Data keys that a key service wraps.
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/thrown.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

/// It encrypts by exclusive or, and counts.
struct FakeService {
  std::size_t wraps = 0;
  std::size_t unwraps = 0;
  bool is_down = false;
  std::string refused{};  // what it says that it never wrapped

  KeyService service() {
    return {.wrap =
                [this](std::string_view key) {
                  ++wraps;
                  return answer(key);
                },
            .unwrap =
                [this](std::string_view wrapped) {
                  ++unwraps;
                  return wrapped == refused ? std::string() : answer(wrapped);
                }};
  }

 private:
  std::string answer(std::string_view text) const {
    if (is_down) throw StorageError({"key service", "503", true}, "is down");
    std::string out(text);
    for (char& byte : out) byte = static_cast<char>(byte ^ 0x55);
    return out;
  }
};

KeyRing ring_of(KeyService service) {
  KeyRing keys;
  keys.add_service("cloud", std::move(service));
  keys.set_current("cloud");
  return keys;
}

void save(InstallationStore& store, const std::string& team_id) {
  store.save_bot({.team_id = team_id, .bot_token = "xoxb-not-a-real-token-" + team_id});
}

std::string token(const InstallationStore& store, const std::string& team_id) {
  return store.find_bot({.team_id = team_id})->bot_token;
}

}  // namespace

TEST_CASE("a key service wraps one data key for many values", "[encrypting]") {
  FakeService fake;
  test::SealedMemory sealed(ring_of(fake.service()));
  for (int i = 0; i < 10; ++i) save(sealed.store, "T" + std::to_string(i));
  for (int i = 0; i < 10; ++i)
    CHECK(token(sealed.store, "T" + std::to_string(i)) == "xoxb-not-a-real-token-T" + std::to_string(i));
  CHECK(fake.wraps == 1);
  CHECK(fake.unwraps == 0);

  const test::SealedMemory later(ring_of(fake.service()));
  for (int i = 0; i < 10; ++i) {
    later.inner->save_bot(sealed.inner->find_bot({.team_id = "T" + std::to_string(i)}).value());
    CHECK(token(later.store, "T" + std::to_string(i)) == "xoxb-not-a-real-token-T" + std::to_string(i));
  }
  CHECK(fake.wraps == 1);
  CHECK(fake.unwraps == 1);
  CHECK(later.store.count_sealed().records_by_key.at("cloud") == 10);
}

TEST_CASE("a data key seals as many values as it may, and few are kept", "[encrypting]") {
  FakeService fake;
  KeyService service = fake.service();
  service.values_per_data_key = 2;
  service.max_unwrapped = 6;
  const test::SealedMemory sealed(ring_of(service));
  auto& store = const_cast<EncryptingInstallationStore&>(sealed.store);
  for (int i = 0; i < 40; ++i) save(store, "T" + std::to_string(i));
  CHECK(fake.wraps == 20);
  const auto look_up_all = [&] {
    for (int i = 0; i < 40; ++i)
      CHECK(token(store, "T" + std::to_string(i)) == "xoxb-not-a-real-token-T" + std::to_string(i));
  };
  look_up_all();
  CHECK(fake.unwraps >= 14);
  CHECK(fake.unwraps <= 20);
  const std::size_t before = fake.unwraps;
  for (int i = 0; i < 100; ++i) CHECK(token(store, "T39") == "xoxb-not-a-real-token-T39");
  CHECK(fake.unwraps == before);
}

TEST_CASE("a key service that fails is an error that says so, and passes", "[encrypting]") {
  FakeService fake;
  test::SealedMemory sealed(ring_of(fake.service()));
  fake.is_down = true;
  CHECK_THROWS_AS(save(sealed.store, "T1"), StorageError);
  fake.is_down = false;
  save(sealed.store, "T1");
  const test::SealedMemory later(ring_of(fake.service()));
  later.inner->save_bot(sealed.inner->find_bot({.team_id = "T1"}).value());
  fake.is_down = true;
  const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(token(later.store, "T1")); });
  CHECK(error.is_retryable());
  fake.is_down = false;
  CHECK(token(later.store, "T1") == "xoxb-not-a-real-token-T1");
}

TEST_CASE("the data key goes on while the service makes no further one", "[encrypting]") {
  FakeService fake;
  KeyService service = fake.service();
  service.values_per_data_key = 2;
  test::SealedMemory sealed(ring_of(service));
  for (const char* const team_id : {"T1", "T2"}) save(sealed.store, team_id);
  fake.is_down = true;
  for (const char* const team_id : {"T3", "T4"}) save(sealed.store, team_id);
  CHECK(token(sealed.store, "T4") == "xoxb-not-a-real-token-T4");
  fake.is_down = false;
  const auto wraps = fake.wraps;
  for (const char* const team_id : {"T5", "T6"}) save(sealed.store, team_id);
  CHECK(fake.wraps == wraps + 1);
}

TEST_CASE("a wrapped data key that the service refuses stops no work on others", "[encrypting]") {
  FakeService fake;
  KeyService service = fake.service();
  service.values_per_data_key = 1;
  test::SealedMemory sealed(ring_of(service));
  for (const char* const team_id : {"T1", "T2", "T3"}) save(sealed.store, team_id);
  const std::string token_of_2 = sealed.inner->find_bot({.team_id = "T2"}).value().bot_token;
  fake.refused = detail::base64url_decode(detail::split_sealed(token_of_2).value().wrapped).value();

  KeyRing keys = ring_of(service);
  keys.add("2026-12", test::key_bytes('2'));
  keys.set_current("2026-12");
  EncryptingInstallationStore store(sealed.inner, keys, {.client_id = "111.222"});
  const auto error = test::thrown_by<InvalidDataError>([&] { static_cast<void>(token(store, "T2")); });
  CHECK(std::string(error.what()) == "bot_token cannot be opened: its key \"cloud\" has no such data key");
  const auto report = store.reencrypt_all();
  CHECK(report.is_complete);
  CHECK(report.sealed == 2);
  CHECK(report.failed == 1);
  CHECK(token(store, "T3") == "xoxb-not-a-real-token-T3");
}

TEST_CASE("wrapped data keys that are refused push none out of the cache", "[encrypting]") {
  std::size_t sound = 0;
  const auto unwrap = [&](std::string_view wrapped) {
    if (!wrapped.starts_with("sound")) return std::string();
    ++sound;
    return test::key_bytes('1');
  };
  detail::ServiceKeys keys({.wrap = unwrap, .unwrap = unwrap, .max_unwrapped = 4});
  const std::string first = detail::base64url_encode("sound 1");
  const std::string second = detail::base64url_encode("sound 2");
  for (int round = 0; round < 3; ++round) {
    CHECK(keys.unwrapped(first) != nullptr);
    CHECK(keys.unwrapped(second) != nullptr);
    for (int i = 0; i < 20; ++i) {
      CHECK(keys.unwrapped(detail::base64url_encode("refused " + std::to_string(i))) == nullptr);
    }
  }
  CHECK(sound == 2);
}

TEST_CASE("a wrapped data key that was changed opens nothing", "[encrypting]") {
  FakeService fake;
  test::SealedMemory sealed(ring_of(fake.service()));
  save(sealed.store, "T1");
  Bot bot = sealed.inner->find_bot({.team_id = "T1"}).value();
  const auto wrapped_at = std::string("sealed:v1:cloud:").size();
  const auto fault = [&] {
    sealed.inner->save_bot(bot);
    return std::string(test::thrown_by<InvalidDataError>([&] { static_cast<void>(token(sealed.store, "T1")); }).what());
  };
  const std::string sound = bot.bot_token;
  bot.bot_token[wrapped_at] = bot.bot_token[wrapped_at] == 'A' ? 'B' : 'A';
  CHECK(fault() == "bot_token cannot be opened: its key \"cloud\" is another one than it was sealed with");
  bot.bot_token = sound;
  bot.bot_token.erase(wrapped_at, 4);
  CHECK(fault() == "bot_token cannot be opened: its key \"cloud\" has no such data key");
  bot.bot_token = sound;
  bot.bot_token.erase(wrapped_at, sound.find(':', wrapped_at) - wrapped_at);
  CHECK(fault() == "bot_token cannot be opened: its key \"cloud\" has no such data key");
}

TEST_CASE("the options of a key service are checked", "[encrypting]") {
  FakeService fake;
  const auto refused = [&](const std::function<void(KeyService&)>& change) {
    KeyService service = fake.service();
    change(service);
    return std::string(test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(ring_of(service)); }).subject());
  };
  CHECK(refused([](KeyService& service) { service.wrap = nullptr; }) == "wrap");
  CHECK(refused([](KeyService& service) { service.unwrap = nullptr; }) == "unwrap");
  CHECK(refused([](KeyService& service) { service.values_per_data_key = 0; }) == "values_per_data_key");
  CHECK(refused([](KeyService& service) { service.max_unwrapped = 1; }) == "max_unwrapped");
}
