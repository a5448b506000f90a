// From one key to the next, and from plain values to sealed ones.
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/logger.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;
using Counts = std::map<std::string, std::size_t>;

namespace {

Installation installation(const std::string& team_id, const std::string& user_id) {
  Installation made = test::full_installation();
  made.team_id = team_id;
  made.user_id = user_id;
  return made;
}

/// Twenty workspaces: half of them plain, and the others sealed with a key that is current no more.
struct Rotated {
  Rotated() {
    for (int i = 0; i < 20; ++i) {
      const std::string team_id = "T" + std::to_string(i);
      auto& store = i % 2 == 0 ? static_cast<InstallationStore&>(*sealed.inner) : sealed.store;
      store.save(installation(team_id, "U1"));
    }
    sealed.keys.add("2026-12", test::key_bytes('2'));
    sealed.keys.set_current("2026-12");
    sealed.keys.retire("2026-11");
  }

  test::SealedMemory sealed{test::one_key(), {.client_id = "111.222", .secret_custom_values = {"plan"}}};
};

}  // namespace

TEST_CASE("everything is sealed anew with the current key", "[encrypting]") {
  Rotated rotated;
  auto& store = rotated.sealed.store;
  CHECK(store.count_sealed().records_by_key == Counts{{"2026-11", 20}});
  CHECK(store.count_sealed().plain == 20);
  std::size_t heard = 0;
  const auto report = store.reencrypt_all({.on_progress = [&](const ReencryptionReport& so_far) {
    ++heard;
    return so_far.seen == heard && !so_far.is_complete;
  }});
  CHECK(heard == 40);
  CHECK(report.seen == 40);
  CHECK(report.sealed == 40);
  CHECK(report.failed + report.changed == 0);
  CHECK(report.is_complete);
  CHECK(store.count_sealed().records_by_key == Counts{{"2026-12", 40}});
  CHECK(store.count_sealed().plain == 0);
  CHECK(store.reencrypt_all().sealed == 0);
  // The old key is not needed any more.
  const EncryptingInstallationStore later(
      rotated.sealed.inner, test::one_key("2026-12", '2'),
      {.client_id = "111.222", .secret_custom_values = {"plan"}, .refuse_plain = true});
  for (int i = 0; i < 20; ++i) {
    const std::string team_id = "T" + std::to_string(i);
    CHECK(later.find_installation({.enterprise_id = "E0KILN", .team_id = team_id}) == installation(team_id, "U1"));
  }
}

TEST_CASE("sealing anew stops where it is told to, and goes on", "[encrypting]") {
  Rotated rotated;
  auto& store = rotated.sealed.store;
  std::size_t sealed = 0;
  std::size_t runs = 0;
  for (bool is_complete = false; !is_complete; ++runs) {
    const auto report =
        store.reencrypt_all({.on_progress = [](const ReencryptionReport& so_far) { return so_far.sealed < 15; }});
    sealed += report.sealed;
    is_complete = report.is_complete;
    REQUIRE(runs < 10);
  }
  CHECK(runs == 3);
  CHECK(sealed == 40);
  CHECK(store.count_sealed().records_by_key == Counts{{"2026-12", 40}});
}

TEST_CASE("other bytes under the id of the current key are noticed", "[encrypting]") {
  test::SealedMemory sealed;
  EncryptingInstallationStore before(sealed.inner, test::one_key("2026-11", '2'), {.client_id = "111.222"});
  before.save_bot({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1"});
  sealed.store.save_bot({.team_id = "T2", .bot_token = "xoxb-not-a-real-token-2"});
  Bot broken = sealed.inner->find_bot({.team_id = "T2"}).value();
  broken.team_id = "T3";
  broken.bot_token.back() = '!';
  sealed.inner->save_bot(broken);
  Bot wrapped = sealed.inner->find_bot({.team_id = "T2"}).value();
  wrapped.team_id = "T4";
  wrapped.bot_token.insert(std::string("sealed:v1:2026-11:").size(), "AAAA");
  sealed.inner->save_bot(wrapped);

  const SealedCounts counts = sealed.store.count_sealed();
  CHECK(counts.records_by_key == Counts{{"2026-11", 1}});
  CHECK(counts.malformed == 3);
  CHECK(counts.plain == 0);
  const auto report = sealed.store.reencrypt_all();
  CHECK(report.failed == 3);
  CHECK(report.sealed == 0);
}

TEST_CASE("a plain record is not sealed where plain ones are refused", "[encrypting]") {
  test::SealedMemory sealed(test::one_key(), {.client_id = "111.222", .refuse_plain = true});
  const Bot plain{.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1"};
  sealed.inner->save_bot(plain);
  const auto report = sealed.store.reencrypt_all();
  CHECK(report.failed == 1);
  CHECK(report.sealed == 0);
  CHECK(sealed.inner->find_bot({.team_id = "T1"})->bot_token == plain.bot_token);
}

TEST_CASE("what does not open is counted, logged and left", "[encrypting]") {
  std::vector<std::string> lines;
  const auto inner = std::make_shared<MemoryInstallationStore>(MemoryInstallationStoreOptions{
      .logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) { lines.emplace_back(line); })});
  EncryptingInstallationStore old(inner, test::one_key("2026-10", '0'));
  old.save_bot({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1"});
  const auto before = inner->find_bot({.team_id = "T1"});
  inner->save_bot({.team_id = "T2", .bot_token = "sealed:v9:whatever"});
  EncryptingInstallationStore store(inner, test::one_key());
  store.save_bot({.team_id = "T3", .bot_token = "xoxb-not-a-real-token-3"});
  const auto report = store.reencrypt_all();
  CHECK(report.failed == 2);
  CHECK(report.sealed == 0);
  CHECK(report.is_complete);
  CHECK(inner->find_bot({.team_id = "T1"}) == before);
  CHECK(lines.size() == 2);
  CHECK((lines.front() + lines.back())
            .find("could not seal a record anew team_id=\"T1\": bot_token cannot be opened: its "
                  "key \"2026-10\" is not in the key ring") != std::string::npos);
  const SealedCounts counts = store.count_sealed();
  CHECK(counts.records_by_key == Counts{{"2026-10", 1}, {"2026-11", 1}});
  CHECK(counts.malformed == 1);
  CHECK(counts.plain == 0);
}
