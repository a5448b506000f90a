// What an encrypted store does that the contract does not ask of every store.
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/detail/deciding_store.hpp>
#include <slack/oauth/flow/detail/rekey.hpp>
#include <slack/oauth/logger.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/models/refreshed_token.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;
using test::key_bytes;
using test::one_key;
using test::SealedMemory;

namespace {

Bot bot_of(const std::string& team_id, const std::string& number = "1") {
  return {.team_id = team_id,
          .bot_token = "xoxe.xoxb-1-not-a-real-token-" + number,
          .bot_refresh_token = "xoxe-1-not-a-real-token-" + number,
          .installed_at = test::at(1)};
}

Installation user_of(const std::string& team_id, const std::string& user_id) {
  return {.team_id = team_id,
          .user_id = user_id,
          .user_token = "xoxe.xoxp-1-not-a-real-token-1",
          .user_refresh_token = "xoxe-1-not-a-real-token-1",
          .installed_at = test::at(1)};
}

RefreshedToken pair(const std::string& number) {
  return {.token_type = "bot",
          .access_token = "xoxe.xoxb-1-not-a-real-token-" + number,
          .refresh_token = "xoxe-1-not-a-real-token-" + number};
}

/// What an app has of its own.
struct TenantInstallation : Installation {
  std::string tenant_id;
  std::optional<std::string> key;

  static constexpr auto fields() {
    return append_fields(Installation::fields(), field("tenant_id", &TenantInstallation::tenant_id),
                         secret_field("tenant_key", &TenantInstallation::key));
  }
};

/// Calls something before each replacement.
struct Interrupted : ForwardingInstallationStore {
  using ForwardingInstallationStore::ForwardingInstallationStore;

  std::function<void()> before;

  bool replace_tokens(const TokenReplacement& replacement) override {
    interrupt();
    return wrapped().replace_tokens(replacement);
  }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    interrupt();
    return wrapped().replace_bot(stored, bot);
  }

 private:
  void interrupt() {
    if (before) std::exchange(before, nullptr)();
  }
};

}  // namespace

TEST_CASE("plain values from before are read, and sealed at the next save", "[encrypting]") {
  SealedMemory sealed;
  const Bot plain = bot_of("T1");
  sealed.inner->save_bot(plain);
  CHECK(sealed.store.find_bot({.team_id = "T1"}) == plain);
  CHECK(sealed.store.count_sealed().plain == 1);

  SECTION("by a save") { sealed.store.save_bot(plain); }
  SECTION("by a rotation") {
    CHECK(sealed.store.replace_tokens(
        {.team_id = "T1", .used_refresh_token = *plain.bot_refresh_token, .token = pair("2")}));
  }
  SECTION("by a replacement") { CHECK(sealed.store.replace_bot(plain, bot_of("T1", "2"))); }
  CHECK(sealed.store.count_sealed().plain == 0);
  CHECK(sealed.store.count_sealed().records_by_key == std::map<std::string, std::size_t>{{"2026-11", 1}});
}

TEST_CASE("plain values are refused where an option says so", "[encrypting]") {
  SealedMemory sealed(one_key(), {.refuse_plain = true});
  sealed.inner->save_bot(bot_of("T1"));
  const auto error =
      test::thrown_by<InvalidDataError>([&] { static_cast<void>(sealed.store.find_bot({.team_id = "T1"})); });
  CHECK(std::string(error.what()) == "bot_token is not sealed, and plain values are refused");
  sealed.store.save_bot(bot_of("T1"));
  CHECK(sealed.store.find_bot({.team_id = "T1"}) == bot_of("T1"));
  // What is empty is no secret.
  sealed.inner->save({.team_id = "T2", .user_id = "U1", .user_token = ""});
  CHECK(sealed.store.find_installation({.team_id = "T2"})->user_token == "");
}

TEST_CASE("the custom values that the app names are sealed", "[encrypting]") {
  SealedMemory sealed(one_key(), {.secret_custom_values = {"api_key", "nested", "absent"}});
  Installation saved = test::full_installation();
  saved.custom_values =
      nlohmann::json{{"api_key", "not-a-real-key"}, {"nested", {{"a", {1, nullptr}}}}, {"plan", "gold"}};
  sealed.store.save(saved);
  const InstallationQuery query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
  const auto stored = sealed.inner->find_installation(query)->custom_values.json();
  CHECK(stored["api_key"].get<std::string>().starts_with("sealed:v1:"));
  CHECK(stored["nested"].get<std::string>().starts_with("sealed:v1:"));
  CHECK(stored["plan"] == "gold");
  CHECK_FALSE(stored.contains("absent"));
  CHECK(sealed.store.find_installation(query) == saved);
  const auto bot = sealed.store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  CHECK(bot == saved.to_bot());
  CHECK(sealed.store.replace_bot(bot, std::nullopt));

  sealed.inner->save(saved);  // plain
  CHECK(sealed.store.find_installation(query) == saved);
}

TEST_CASE("a sealed custom value opens where the app does not name it any more", "[encrypting]") {
  SealedMemory sealed(one_key(), {.secret_custom_values = {"api_key"}, .refuse_plain = true});
  Bot saved = bot_of("T1");
  saved.custom_values = nlohmann::json{{"api_key", "not-a-real-key"}, {"motto", "sealed:very well"}, {"plan", "gold"}};
  sealed.store.save_bot(saved);
  const auto at_rest = [&](const char* name) {
    return sealed.inner->find_bot({.team_id = "T1"}).value().custom_values.get(name).value().get<std::string>();
  };
  CHECK(at_rest("motto").starts_with("sealed:v1:"));  // or it could not be told from what is sealed
  CHECK(at_rest("plan") == "gold");

  KeyRing keys = sealed.keys;
  EncryptingInstallationStore store(sealed.inner, keys, {.refuse_plain = true});
  CHECK(store.find_bot({.team_id = "T1"}) == saved);
  CHECK(store.replace_bot(saved, saved));
  sealed.store.save_bot(saved);
  keys.add("2026-12", key_bytes('2'));
  keys.set_current("2026-12");
  CHECK(store.reencrypt_all().sealed == 1);
  CHECK(at_rest("api_key").starts_with("sealed:v1:2026-12:"));
  CHECK(store.count_sealed().records_by_key == std::map<std::string, std::size_t>{{"2026-12", 1}});
  CHECK(sealed.store.find_bot({.team_id = "T1"}) == saved);
}

TEST_CASE("a custom value that could be saved opens, however long it is", "[encrypting]") {
  SealedMemory sealed(one_key(), {.secret_custom_values = {"long"}});
  Bot saved = bot_of("T1");
  saved.custom_values.set("long", std::string(std::size_t{3} << 19U, 'x'));  // 1.5 MiB
  sealed.store.save_bot(saved);
  CHECK((sealed.store.find_bot({.team_id = "T1"}) == saved));
}

TEST_CASE("a rotation goes on where its record is sealed anew meanwhile", "[encrypting]") {
  const auto inner = std::make_shared<MemoryInstallationStore>();
  const auto between = std::make_shared<Interrupted>(inner);
  const KeyRing keys = one_key();
  EncryptingInstallationStore store(between, keys);
  EncryptingInstallationStore elsewhere(inner, keys);
  store.save_bot(bot_of("T1"));

  SECTION("the same token") {
    between->before = [&] { elsewhere.save_bot(bot_of("T1")); };
    CHECK(
        store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-1-not-a-real-token-1", .token = pair("2")}));
    CHECK(store.find_bot({.team_id = "T1"})->bot_token == pair("2").access_token);
    between->before = [&] { elsewhere.save_bot(store.find_bot({.team_id = "T1"}).value()); };
    CHECK(store.replace_bot(store.find_bot({.team_id = "T1"}), bot_of("T1", "3")));
    CHECK(store.find_bot({.team_id = "T1"}) == bot_of("T1", "3"));
  }
  SECTION("another token, which stays") {
    between->before = [&] { elsewhere.save_bot(bot_of("T1", "3")); };
    CHECK_FALSE(
        store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-1-not-a-real-token-1", .token = pair("2")}));
    CHECK(store.find_bot({.team_id = "T1"}) == bot_of("T1", "3"));
  }
  SECTION("a workspace that is gone") {
    between->before = [&] { elsewhere.delete_all({.team_id = "T1"}); };
    CHECK_FALSE(store.replace_bot(bot_of("T1"), bot_of("T1", "2")));
    CHECK(store.find_bot({.team_id = "T1"}) == std::nullopt);
  }
}

TEST_CASE("a storage that finds what is not there any more ends no loop", "[encrypting]") {
  struct Behind : ForwardingInstallationStore {
    using ForwardingInstallationStore::ForwardingInstallationStore;
    bool replace_tokens(const TokenReplacement&) override { return false; }
  };
  EncryptingInstallationStore store(std::make_shared<Behind>(std::make_shared<MemoryInstallationStore>()), one_key());
  store.save_bot(bot_of("T1"));
  CHECK_FALSE(
      store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-1-not-a-real-token-1", .token = pair("2")}));
}

TEST_CASE("a record that is changed again and again is an error that a retry can help", "[encrypting]") {
  struct Contended : ForwardingInstallationStore {
    using ForwardingInstallationStore::ForwardingInstallationStore;
    std::function<void()> change;
    bool replace_bot(const std::optional<Bot>&, const std::optional<Bot>&) override {
      change();
      return false;
    }
  };
  const auto inner = std::make_shared<MemoryInstallationStore>();
  const auto contended = std::make_shared<Contended>(inner);
  EncryptingInstallationStore store(contended, one_key());
  EncryptingInstallationStore elsewhere(inner, one_key());
  contended->change = [&] { elsewhere.save_bot(bot_of("T1")); };
  store.save_bot(bot_of("T1"));
  const auto error = test::thrown_by<StorageError>([&] { store.replace_bot(bot_of("T1"), bot_of("T1", "2")); });
  CHECK(error.is_retryable());
  CHECK(std::string(error.what()) == "encrypting: the record is changed again and again (contention)");
}

TEST_CASE("a record of nobody that is not the newest is replaced", "[encrypting]") {
  SealedMemory sealed;
  const Installation of_nobody = user_of("T1", "");
  sealed.store.save(of_nobody);
  Installation newer = user_of("T1", "U1");
  newer.installed_at = test::at(2);
  sealed.store.save(newer);
  CHECK(sealed.store.replace_installation(of_nobody, std::nullopt));
  CHECK(sealed.store.find_installation({.team_id = "T1"}) == newer);
  sealed.store.delete_installation({.team_id = "T1", .user_id = "U1"});
  CHECK(sealed.store.find_installation({.team_id = "T1"}) == std::nullopt);
}

TEST_CASE("a workspace that joins an organisation is opened in its old place and sealed in its new one",
          "[encrypting]") {
  SealedMemory sealed;
  Installation saved = user_of("T1", "U1");
  saved.bot_token = "xoxb-not-a-real-token-1";
  sealed.store.save(saved);
  sealed.store.save(user_of("T1", "U2"));
  const auto moved =
      detail::rekey_workspace(static_cast<InstallationStore&>(sealed.store), "E1", "T1", std::nullopt, {});
  CHECK(moved.bot);
  CHECK(moved.installations == 2);
  CHECK(sealed.inner->find_bot({.team_id = "T1"}) == std::nullopt);
  saved.enterprise_id = "E1";
  CHECK(sealed.store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"}) == saved);
  CHECK(sealed.store.count_sealed().plain == 0);
}

TEST_CASE("app fields that are secret are sealed too", "[encrypting]") {
  const auto inner = std::make_shared<BasicMemoryInstallationStore<TenantInstallation, Bot>>();
  BasicEncryptingInstallationStore<TenantInstallation, Bot> store(inner, one_key());
  TenantInstallation saved;
  saved.team_id = "T1";
  saved.user_id = "U1";
  saved.tenant_id = "acme";
  saved.key = "not-a-real-key";
  store.save(saved);
  const auto stored = inner->find_installation({.team_id = "T1"}).value();
  CHECK(stored.tenant_id == "acme");
  CHECK(stored.key->starts_with("sealed:v1:"));
  CHECK(store.find_installation({.team_id = "T1"}) == saved);
}

TEST_CASE("what cannot be sealed is refused before anything is stored", "[encrypting]") {
  const auto error = test::thrown_by<InvalidArgumentError>(
      [] { EncryptingInstallationStore(std::make_shared<MemoryInstallationStore>(), KeyRing()); });
  CHECK(std::string(error.what()) == "keys have no current one: call set_current()");
  SealedMemory sealed;
  CHECK_THROWS_AS(sealed.store.save({.bot_token = "xoxb-not-a-real-token-1"}), InvalidArgumentError);
  CHECK_THROWS_AS(sealed.store.replace_bot(std::nullopt, std::nullopt), InvalidArgumentError);
  CHECK_THROWS_AS(sealed.store.replace_bot(bot_of("T1"), bot_of("T2")), InvalidArgumentError);
  CHECK_THROWS_AS(sealed.store.replace_installation(user_of("T1", "U1"), user_of("T1", "U2")), InvalidArgumentError);
}

TEST_CASE("all records that open are visited, and then the first error is thrown", "[encrypting]") {
  std::vector<std::string> lines;
  const auto inner = std::make_shared<MemoryInstallationStore>(MemoryInstallationStoreOptions{
      .logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) { lines.emplace_back(line); })});
  EncryptingInstallationStore store(inner, one_key());
  for (const char* const team_id : {"T1", "T2", "T3", "T4"}) {
    store.save_bot(bot_of(team_id));
    store.save(user_of(team_id, "U1"));
  }
  for (const char* const team_id : {"T1", "T3"}) {
    inner->save_bot({.team_id = team_id, .bot_token = "sealed:v9:whatever"});
    inner->save({.team_id = team_id, .user_id = "U1", .user_token = "sealed:v9:whatever"});
  }
  std::set<std::string> seen;
  CHECK_THROWS_AS(store.for_each_bot([&](const Bot& bot) { seen.insert(bot.team_id.value_or("")); }), InvalidDataError);
  CHECK(seen == std::set<std::string>{"T2", "T4"});
  REQUIRE(lines.size() == 2);
  CHECK((lines.front() + lines.back()).find("could not open a record team_id=\"T1\": bot_token is no sealed value") !=
        std::string::npos);
  for (const char* const team_id : {"T1", "T3"}) store.save_bot(bot_of(team_id));
  seen.clear();
  lines.clear();
  const auto error = test::thrown_by<InvalidDataError>([&] {
    store.for_each_installation(
        [&](const Installation& installation) { seen.insert(installation.team_id.value_or("")); });
  });
  CHECK(error.subject() == "user_token");
  CHECK(seen == std::set<std::string>{"T2", "T4"});
  CHECK(lines.size() == 2);
  struct Enough {};
  CHECK_THROWS_AS(store.for_each_bot([](const Bot&) { throw Enough(); }), Enough);
}

TEST_CASE("a store that cannot compare is known as one", "[encrypting]") {
  struct Plain : ForwardingInstallationStore {
    using ForwardingInstallationStore::ForwardingInstallationStore;
    bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
      return InstallationStore::replace_bot(stored, bot);
    }
    bool replace_installation(const std::optional<Installation>& stored,
                              const std::optional<Installation>& installation) override {
      return InstallationStore::replace_installation(stored, installation);
    }
  };
  const auto inner = std::make_shared<MemoryInstallationStore>();
  EncryptingInstallationStore compares(inner, one_key());
  EncryptingInstallationStore store(std::make_shared<Plain>(inner), one_key());
  CHECK(detail::decides_by_itself(static_cast<InstallationStore&>(compares)));
  CHECK_FALSE(detail::decides_by_itself(static_cast<InstallationStore&>(store)));
  CHECK_THROWS_AS(store.replace_installation(std::nullopt, std::nullopt), NotImplementedError);
}

TEST_CASE("encrypted() wraps the stores of an engine", "[encrypting]") {
  const Stores plain = memory_stores({.deduplicate_events = true});
  const Stores stores = encrypted(plain, one_key());
  CHECK(stores.events == plain.events);
  stores.installations->save_bot(bot_of("T1"));
  CHECK(plain.installations->find_bot({.team_id = "T1"})->bot_token.starts_with("sealed:v1:"));
  CHECK(stores.installations->find_bot({.team_id = "T1"}) == bot_of("T1"));
  const std::string state = stores.states->issue("not for everybody");
  const auto at_rest = plain.states->consume(state);
  CHECK(at_rest->get<std::string>().starts_with("sealed:v1:"));
  CHECK(encrypted(Stores{}, one_key()).installations == nullptr);
}

TEST_CASE("basic_encrypted() wraps stores of an app's own types", "[encrypting]") {
  const BasicStores<TenantInstallation, Bot> plain = basic_memory_stores<TenantInstallation, Bot>();
  const BasicStores<TenantInstallation, Bot> stores = basic_encrypted(plain, one_key());
  TenantInstallation saved;
  saved.team_id = "T1";
  saved.user_id = "U1";
  saved.key = "not-a-real-key";
  stores.installations->save(saved);
  CHECK(plain.installations->find_installation({.team_id = "T1"})->key.value().starts_with("sealed:v1:"));
  CHECK(stores.installations->find_installation({.team_id = "T1"}) == saved);
  const std::string state = stores.states->issue("not for everybody");
  CHECK(plain.states->consume(state)->get<std::string>().starts_with("sealed:v1:"));
}
