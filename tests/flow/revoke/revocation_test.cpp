#include "slack/oauth/flow/revoke/revocation.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/memory.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

namespace {

using nlohmann::json;
using slack::oauth::handle_revocation;
using slack::oauth::Installation;
using slack::oauth::InstallationStore;
using slack::oauth::InvalidDataError;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::RevocationOutcome;
using slack::oauth::StorageError;
using slack::oauth::Timestamp;
using Result = RevocationOutcome::Result;

constexpr std::int64_t event_second = 1767225600;  // of the payloads in tests/data

json payload_of(const std::string& name) { return test::read_json("payloads/event." + name + ".json"); }

Installation installation_of(std::string user_id, Timestamp installed_at) {
  return {.enterprise_id = "E0KILN",
          .team_id = "T0FURNACE",
          .bot_token = "xoxb-not-a-real-token-1",
          .bot_user_id = "U0BOTUSER",
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-of-" + user_id,
          .installed_at = installed_at};
}

Installation user_only(std::string user_id, Timestamp installed_at) {
  auto installation = installation_of(std::move(user_id), installed_at);
  installation.bot_token.reset();
  return installation;
}

const Timestamp before = test::at(event_second - 100);
const Timestamp after = test::at(event_second + 100);

bool has_bot(const InstallationStore& store) {
  return store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}).has_value();
}
bool has_user(const InstallationStore& store, std::string_view user_id) {
  return store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = user_id}).has_value();
}

const RevocationOutcome deleted_all{.result = Result::deleted, .bot = true, .installations = true};
const RevocationOutcome nothing{.result = Result::nothing};

}  // namespace

TEST_CASE("app_uninstalled deletes a workspace's records and no others, and may come again") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA", before));
  store.save(installation_of("U0GRACE", before));
  auto other = installation_of("U0ADA", before);
  other.team_id = "T0OTHER";
  store.save(other);
  auto organisation = installation_of("U0ADA", before);
  organisation.is_enterprise_install = true;
  store.save(organisation);

  CHECK(handle_revocation(store, payload_of("app_uninstalled")) == deleted_all);
  CHECK_FALSE(has_bot(store));
  CHECK_FALSE(has_user(store, "U0ADA"));
  CHECK_FALSE(has_user(store, "U0GRACE"));
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0OTHER"}));
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .is_enterprise_install = true}));
  CHECK(handle_revocation(store, payload_of("app_uninstalled")) == nothing);
}

TEST_CASE("app_uninstalled of an organisation deletes the organisation's records") {
  for (const bool has_authorization : {false, true}) {
    MemoryInstallationStore store;
    auto organisation = installation_of("U0ADA", before);
    organisation.is_enterprise_install = true;
    store.save(organisation);
    store.save(installation_of("U0ADA", before));
    json payload = payload_of("app_uninstalled.org_wide");
    if (has_authorization) {
      const json authorization{{"enterprise_id", "E0KILN"}, {"team_id", nullptr}, {"is_enterprise_install", true}};
      payload["authorizations"] = json::array({authorization});
    }
    CHECK(handle_revocation(store, payload) == deleted_all);
    CHECK_FALSE(store.find_bot({.enterprise_id = "E0KILN", .is_enterprise_install = true}));
    CHECK(has_bot(store));
  }
}

TEST_CASE("app_uninstalled deletes what the workspace had before it joined the organisation too") {
  MemoryInstallationStore store;
  auto old = installation_of("U0ADA", before);
  old.enterprise_id.reset();
  store.save(old);
  CHECK(handle_revocation(store, payload_of("app_uninstalled")) == deleted_all);
  CHECK_FALSE(store.find_bot({.team_id = "T0FURNACE"}));
}

TEST_CASE("An app that was installed again is not removed by an event from before") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA", after));
  for (const char* event : {"app_uninstalled", "tokens_revoked", "tokens_revoked.bot"}) {
    CAPTURE(event);
    const auto outcome = handle_revocation(store, payload_of(event));
    CHECK(outcome == RevocationOutcome{.result = Result::outdated, .kept_newer = true});
    CHECK(has_bot(store));
    CHECK(has_user(store, "U0ADA"));
  }
}

TEST_CASE("Each record's own age counts") {
  MemoryInstallationStore store;
  store.save(user_only("U0ADA", before));
  store.save(installation_of("U0GRACE", before));

  SECTION("of the users' whose app was not installed again") {
    store.save(installation_of("U0GRACE", after));
    CHECK(handle_revocation(store, payload_of("app_uninstalled")) ==
          RevocationOutcome{.result = Result::outdated, .kept_newer = true});
    CHECK(has_bot(store));
    CHECK(has_user(store, "U0GRACE"));
    CHECK_FALSE(has_user(store, "U0ADA"));
  }
  SECTION("of the bot's") {
    store.save(user_only("U0GRACE", after));
    CHECK(handle_revocation(store, payload_of("app_uninstalled")) ==
          RevocationOutcome{.result = Result::deleted, .bot = true, .kept_newer = true});
    CHECK_FALSE(has_bot(store));
    CHECK(has_user(store, "U0GRACE"));
    CHECK_FALSE(has_user(store, "U0ADA"));
  }
}

TEST_CASE("The time of an event is exact in event_ts, and a second in event_time") {
  MemoryInstallationStore store;
  json payload = payload_of("app_uninstalled");
  const auto is_deleted_at = [&](std::int64_t second, std::int64_t microsecond) {
    store.save(installation_of("U0ADA", test::at(second, microsecond)));
    handle_revocation(store, payload);
    const bool is_deleted = !has_bot(store);
    store.delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
    return is_deleted;
  };
  CHECK(is_deleted_at(event_second, 124849));
  CHECK(is_deleted_at(event_second, 124850));
  CHECK_FALSE(is_deleted_at(event_second, 124851));

  payload["event"].erase("event_ts");
  CHECK(is_deleted_at(event_second, 0));
  CHECK(is_deleted_at(event_second, 999'999));
  CHECK_FALSE(is_deleted_at(event_second + 1, 0));

  for (const json& whole : {json("1767225600124850"), json("1767225600"), json(1767225600), json(1767225600124850)}) {
    CAPTURE(whole);
    payload["event"]["event_ts"] = whole;  // event_time says it
    CHECK(is_deleted_at(event_second, 999'999));
    CHECK_FALSE(is_deleted_at(event_second + 1, 0));
  }
}

TEST_CASE("tokens_revoked deletes the named users' records, or the bot, and no others") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA", before));
  store.save(installation_of("U0GRACE", before));

  SECTION("users") {
    CHECK(handle_revocation(store, payload_of("tokens_revoked")) ==
          RevocationOutcome{.result = Result::deleted, .installations = true});
    CHECK_FALSE(has_user(store, "U0ADA"));
    CHECK(has_user(store, "U0GRACE"));
    CHECK(has_bot(store));
    CHECK(handle_revocation(store, payload_of("tokens_revoked")) == nothing);
  }
  SECTION("the bot") {
    CHECK(handle_revocation(store, payload_of("tokens_revoked.bot")) ==
          RevocationOutcome{.result = Result::deleted, .bot = true});
    CHECK_FALSE(has_bot(store));
    CHECK(has_user(store, "U0ADA"));
    CHECK(handle_revocation(store, payload_of("tokens_revoked.bot")) == nothing);
  }
  SECTION("another bot user's are not this bot's") {
    json payload = payload_of("tokens_revoked.bot");
    payload["event"]["tokens"]["bot"] = {"U0OTHERBOT"};
    CHECK(handle_revocation(store, payload) == nothing);
    payload["event"]["tokens"]["bot"] = {"U0OTHERBOT", "U0BOTUSER"};
    CHECK(handle_revocation(store, payload).bot);
  }
  SECTION("of users who have none") {
    json payload = payload_of("tokens_revoked");
    payload["event"]["tokens"]["oauth"] = {"U0AD", "U0ADA2", ""};
    CHECK(handle_revocation(store, payload) == nothing);
    CHECK(has_user(store, "U0ADA"));
  }
  SECTION("lists that are missing, null or empty") {
    json payload = payload_of("tokens_revoked");
    for (const json& tokens :
         {json::object(), json{{"oauth", nullptr}, {"bot", nullptr}}, json{{"oauth", json::array()}}}) {
      payload["event"]["tokens"] = tokens;
      CHECK(handle_revocation(store, payload) == nothing);
    }
    CHECK(has_bot(store));
    CHECK(has_user(store, "U0ADA"));
  }
}

TEST_CASE("A user who installed the app again keeps it, and another's goes") {
  MemoryInstallationStore store;
  store.save(user_only("U0ADA", after));
  store.save(user_only("U0GRACE", before));
  json payload = payload_of("tokens_revoked");
  payload["event"]["tokens"]["oauth"] = {"U0ADA", "U0GRACE"};
  CHECK(handle_revocation(store, payload) ==
        RevocationOutcome{.result = Result::deleted, .installations = true, .kept_newer = true});
  CHECK(has_user(store, "U0ADA"));
  CHECK_FALSE(has_user(store, "U0GRACE"));
}

TEST_CASE("The events of one removal leave nothing in whatever order they come, and however often") {
  std::vector<std::string> events{"app_uninstalled", "tokens_revoked", "tokens_revoked", "tokens_revoked.bot"};
  std::sort(events.begin(), events.end());
  do {
    MemoryInstallationStore store;
    store.save(installation_of("U0ADA", before));
    for (const auto& event : events) handle_revocation(store, payload_of(event));
    CHECK_FALSE(has_bot(store));
    CHECK_FALSE(has_user(store, "U0ADA"));
    store.save(installation_of("U0ADA", after));
    for (const auto& event : events) handle_revocation(store, payload_of(event));
    CHECK(has_bot(store));
    CHECK(has_user(store, "U0ADA"));
  } while (std::next_permutation(events.begin(), events.end()));
}

TEST_CASE("app_uninstalled_team deletes the workspace that it names, and leaves the organisation's records") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA", before));
  auto organisation = installation_of("U0ADA", before);
  organisation.is_enterprise_install = true;
  store.save(organisation);

  SECTION("a workspace") {
    CHECK(handle_revocation(store, payload_of("app_uninstalled_team")) == deleted_all);
    CHECK_FALSE(has_bot(store));
    CHECK(store.find_bot({.enterprise_id = "E0KILN", .is_enterprise_install = true}));
    CHECK(handle_revocation(store, payload_of("app_uninstalled_team")) == nothing);
  }
  SECTION("the organisation") {
    json payload = payload_of("app_uninstalled_team");
    payload["event"]["team_id"] = "E0KILN";
    CHECK(handle_revocation(store, payload) == deleted_all);
    CHECK(has_bot(store));
    CHECK_FALSE(store.find_bot({.enterprise_id = "E0KILN", .is_enterprise_install = true}));
  }
  SECTION("of another app, which this one administers") {
    CHECK(handle_revocation(store, payload_of("app_uninstalled_team.other_app")) == RevocationOutcome{});
    CHECK(has_bot(store));
  }
}

TEST_CASE("grid_migration_finished files the workspace's records under the organisation") {
  MemoryInstallationStore store;
  for (const char* user : {"U0ADA", "U0GRACE"}) {
    auto old = installation_of(user, after);
    old.enterprise_id.reset();
    store.save(old);
  }
  CHECK(handle_revocation(store, payload_of("grid_migration_finished")) ==
        RevocationOutcome{.result = Result::moved, .bot = true, .installations = true});
  CHECK(has_bot(store));
  CHECK(has_user(store, "U0ADA"));
  CHECK(has_user(store, "U0GRACE"));
  CHECK_FALSE(store.find_bot({.team_id = "T0FURNACE"}));
  CHECK_FALSE(store.find_installation({.team_id = "T0FURNACE"}));
  CHECK(handle_revocation(store, payload_of("grid_migration_finished")) == nothing);
}

TEST_CASE("Other payloads are left alone") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA", before));
  for (const char* event : {"app_mention", "url_verification", "team_join"}) {
    CHECK(handle_revocation(store, payload_of(event)) == RevocationOutcome{});
  }
  CHECK(handle_revocation(store, test::read_json("payloads/block_actions.json")) == RevocationOutcome{});
  CHECK(handle_revocation(store, json::object()) == RevocationOutcome{});
  CHECK(handle_revocation(store, {{"type", "app_uninstalled"}, {"team_id", "T0FURNACE"}}) == RevocationOutcome{});
  CHECK(handle_revocation(store, {{"type", "x"}, {"event", 5}}) == RevocationOutcome{});
  CHECK(handle_revocation(store, {{"event", json::array()}}) == RevocationOutcome{});
  CHECK(has_bot(store));
}

TEST_CASE("A malformed event is an error that names the field, and deletes nothing") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA", before));
  const auto subject = [&](const json& payload) {
    const auto error = test::thrown_by<InvalidDataError>([&] { handle_revocation(store, payload); });
    CHECK(has_bot(store));
    CHECK(has_user(store, "U0ADA"));
    return std::string(error.subject());
  };
  const auto changed = [](const std::string& name, const std::string& pointer, const json& value) {
    json payload = payload_of(name);
    payload[json::json_pointer(pointer)] = value;
    return payload;
  };
  CHECK(subject(json::array()) == "the payload");
  CHECK(subject({{"type", "event_callback"}, {"event", 5}}) == "event");
  CHECK(subject(changed("app_uninstalled", "/event/event_ts", "yesterday")) == "event.event_ts");
  CHECK(subject(changed("app_uninstalled", "/event/event_ts", json::array())) == "event.event_ts");
  CHECK(subject(changed("app_uninstalled", "/team_id", 5)) == "team_id");
  CHECK(subject(changed("tokens_revoked", "/event/tokens", nullptr)) == "event.tokens");
  CHECK(subject(changed("tokens_revoked", "/event/tokens", json::array())) == "event.tokens");
  CHECK(subject(changed("tokens_revoked", "/event/tokens/oauth", "U0ADA")) == "event.tokens.oauth");
  CHECK(subject(changed("tokens_revoked", "/event/tokens/bot", json::array({5}))) == "event.tokens.bot");
  CHECK(subject(changed("app_uninstalled_team", "/event/team_id", nullptr)) == "event.team_id");
  CHECK(subject(changed("app_uninstalled_team", "/event/app_id", nullptr)) == "event.app_id");
  CHECK(subject(changed("app_uninstalled_team", "/api_app_id", nullptr)) == "api_app_id");
  CHECK(subject(changed("grid_migration_finished", "/team_id", nullptr)) == "team_id");
  CHECK(subject(changed("grid_migration_finished", "/event/enterprise_id", 5)) == "event.enterprise_id");

  json timeless = payload_of("app_uninstalled");
  timeless["event"].erase("event_ts");
  timeless["event_time"] = nullptr;
  CHECK(subject(timeless) == "event_time");
  timeless["event_time"] = 1e300;
  CHECK(subject(timeless) == "event_time");
  json nowhere = payload_of("app_uninstalled");
  nowhere["team_id"] = nullptr;
  nowhere["enterprise_id"] = nullptr;
  CHECK(subject(nowhere) == "team_id");
}

TEST_CASE("A store that fails throws, and all is as it was") {
  MemoryInstallationStore memory;
  memory.save(installation_of("U0ADA", before));
  test::WatchedStore store(memory);
  for (const std::string failing : {"find_bot", "find_installation", "delete_all"}) {
    CAPTURE(failing);
    store.before = [&](std::string_view method) {
      if (method == failing) test::fail();
    };
    CHECK_THROWS_AS(handle_revocation(store, payload_of("app_uninstalled")), StorageError);
    CHECK(has_bot(memory));
    CHECK(has_user(memory, "U0ADA"));
  }
}

TEST_CASE("Over a store that compares by itself, an event waits for nobody's turn") {
  MemoryInstallationStore store;
  const slack::oauth::RevocationOptions options{.lease_timeout = std::chrono::milliseconds{0}};
  for (const char* event : {"app_uninstalled", "app_uninstalled_team", "tokens_revoked", "tokens_revoked.bot"}) {
    CAPTURE(event);
    store.save(installation_of("U0ADA", before));
    const auto today = store.try_lease({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}, std::chrono::hours{1});
    const auto of_before = store.try_lease({.team_id = "T0FURNACE"}, std::chrono::hours{1});
    REQUIRE(today);
    REQUIRE(of_before);
    CHECK(handle_revocation(store, payload_of(event), options).result == Result::deleted);
  }
}

TEST_CASE("What is installed between the look-up and the deletion stays, since the store decides") {
  for (const char* event : {"app_uninstalled", "tokens_revoked", "tokens_revoked.bot"}) {
    CAPTURE(event);
    MemoryInstallationStore memory;
    memory.save(installation_of("U0ADA", before));
    test::WatchedStore store(memory);
    store.before = [&](std::string_view method) {
      if (method.starts_with("delete")) memory.save(installation_of("U0ADA", after));
    };
    handle_revocation(store, payload_of(event));
    CHECK(has_bot(memory));
    CHECK(has_user(memory, "U0ADA"));
  }
}

TEST_CASE("A workspace's many users are deleted in one call for each of its keys") {
  MemoryInstallationStore memory;
  json payload = payload_of("tokens_revoked");
  payload["event"]["tokens"]["oauth"] = json::array();
  for (int i = 0; i < 2000; ++i) {
    const std::string user_id = "U" + std::to_string(i);
    memory.save(user_only(user_id, before));
    payload["event"]["tokens"]["oauth"].push_back(user_id);
  }
  memory.save(user_only("U0GRACE", before));
  memory.save(user_only("U7", after));
  test::WatchedStore store(memory);
  CHECK(handle_revocation(store, payload) ==
        RevocationOutcome{.result = Result::deleted, .installations = true, .kept_newer = true});
  CHECK(store.calls("delete_installations") == 1);  // there is nothing under the key from before the migration
  CHECK(store.calls("delete_installation") == 0);
  int left = 0;
  memory.for_each_installation([&](const Installation&) { ++left; });
  CHECK(left == 2);
}

TEST_CASE("Options of a revocation that cannot work are errors that name them") {
  MemoryInstallationStore store;
  const auto subject = [&](const slack::oauth::RevocationOptions& options) {
    return std::string(test::thrown_by<slack::oauth::InvalidArgumentError>([&] {
                         handle_revocation(store, payload_of("app_uninstalled"), options);
                       }).subject());
  };
  CHECK(subject({.lease_lifetime = std::chrono::milliseconds{0}}) == "lease_lifetime");
  CHECK(subject({.lease_timeout = std::chrono::milliseconds{-1}}) == "lease_timeout");
}

TEST_CASE("What an outcome is called") {
  CHECK(to_string(Result::ignored) == "ignored");
  CHECK(to_string(Result::nothing) == "nothing");
  CHECK(to_string(Result::outdated) == "outdated");
  CHECK(to_string(Result::deleted) == "deleted");
  CHECK(to_string(Result::moved) == "moved");
}
