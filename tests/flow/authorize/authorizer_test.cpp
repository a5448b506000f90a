#include "slack/oauth/flow/authorize/authorizer.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "catch.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/scopes.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::AuthorizeResult;
using slack::oauth::Installation;
using slack::oauth::InvalidArgumentError;
using slack::oauth::InvalidDataError;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::RecordSource;
using slack::oauth::StorageError;
using slack::oauth::UserTokenResolution;

Installation installation_of(std::string user_id) {
  return {.enterprise_id = "E0KILN",
          .team_id = "T0FURNACE",
          .bot_token = "xoxb-not-a-real-token-of-furnace",
          .bot_id = "B0SMELTER",
          .bot_user_id = "U0BOTUSER",
          .bot_scopes = {"chat:write"},
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-of-" + user_id,
          .user_scopes = {"search:read"}};
}

Installation organisation_of(std::string user_id) {
  return {.enterprise_id = "E0KILN",
          .bot_token = "xoxb-not-a-real-token-of-kiln",
          .user_id = std::move(user_id),
          .is_enterprise_install = true};
}

PayloadIds ids_of(std::string user_id) {
  return {.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = std::move(user_id)};
}

}  // namespace

TEST_CASE("A payload is authorized with the bot of its workspace and the token of its very user") {
  MemoryInstallationStore store;
  store.save(installation_of("U0GRACE"));
  Authorizer authorizer(store);

  CHECK(authorizer.authorize(test::read_json("payloads/event.app_mention.json")) ==
        AuthorizeResult{.enterprise_id = "E0KILN",
                        .team_id = "T0FURNACE",
                        .user_id = "U0GRACE",
                        .bot_token = "xoxb-not-a-real-token-of-furnace",
                        .bot_id = "B0SMELTER",
                        .bot_user_id = "U0BOTUSER",
                        .bot_scopes = {"chat:write"},
                        .bot_source = RecordSource::workspace,
                        .user_token = "xoxp-not-a-real-token-of-U0GRACE",
                        .user_scopes = {"search:read"},
                        .user_source = RecordSource::workspace});
  for (const char* file : {"block_actions.json", "shortcut.json", "message_action.json", "view_submission.json"}) {
    CAPTURE(file);
    CHECK(authorizer.authorize(test::read_json(std::string("payloads/") + file))->user_token);
  }
}

TEST_CASE("A user who installed nothing has the bot, and nobody's token") {
  MemoryInstallationStore store;
  store.save(installation_of("U0GRACE"));
  Authorizer authorizer(store);
  for (const auto& ids : {ids_of("U0ADA"), ids_of("U0GRAC"), ids_of("U0GRACE2"),
                          PayloadIds{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}}) {
    const auto result = authorizer.authorize(ids);
    REQUIRE(result);
    CHECK(result->bot_token == "xoxb-not-a-real-token-of-furnace");
    CHECK_FALSE(result->user_token);
    CHECK(result->user_scopes.empty());
    CHECK(result->user_source == RecordSource::none);
  }
}

TEST_CASE("A store that gives another user's record gives no token away") {
  class CarelessStore : public test::InstallationOnlyStore {
   public:
    [[nodiscard]] std::optional<Installation> find_installation(
        const slack::oauth::InstallationQuery& query) const override {
      return InstallationOnlyStore::find_installation({query.enterprise_id, query.team_id});
    }
  } store;
  store.save(installation_of("U0GRACE"));
  Authorizer authorizer(store);
  const auto result = authorizer.authorize(ids_of("U0ADA"));
  CHECK(result->bot_token == "xoxb-not-a-real-token-of-furnace");
  CHECK_FALSE(result->user_token);
}

TEST_CASE("Not installed is absent") {
  MemoryInstallationStore store;
  store.save(installation_of("U0GRACE"));
  Authorizer authorizer(store);
  CHECK_FALSE(authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0OTHER", .user_id = "U0GRACE"}));
  CHECK_FALSE(authorizer.authorize({.enterprise_id = "E0OTHER", .team_id = "T0FURNACE", .user_id = "U0GRACE"}));
  CHECK_FALSE(authorizer.authorize({.team_id = "T0FURNACE", .user_id = "U0GRACE"}));
  CHECK_FALSE(authorizer.authorize({.user_id = "U0GRACE"}));
  CHECK_FALSE(authorizer.authorize(test::read_json("payloads/event.url_verification.json")));
}

TEST_CASE("A user's own token is enough") {
  MemoryInstallationStore store;
  auto installation = installation_of("U0GRACE");
  installation.bot_token.reset();
  store.save(installation);
  Authorizer authorizer(store);
  const auto result = authorizer.authorize(ids_of("U0GRACE"));
  CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
  CHECK_FALSE(result->bot_token);
  CHECK(result->bot_source == RecordSource::none);
  CHECK_FALSE(authorizer.authorize(ids_of("U0ADA")));
}

TEST_CASE("An organisation's installation comes first where the payload says so, and the workspace's next") {
  MemoryInstallationStore store;
  store.save(organisation_of("U0ADA"));
  store.save(installation_of("U0GRACE"));
  Authorizer authorizer(store);
  PayloadIds ids = ids_of("U0GRACE");

  auto result = authorizer.authorize(ids);
  CHECK(result->bot_token == "xoxb-not-a-real-token-of-furnace");
  CHECK(result->bot_source == RecordSource::workspace);
  CHECK_FALSE(result->is_enterprise_install);

  ids.is_enterprise_install = true;
  result = authorizer.authorize(ids);
  CHECK(result->bot_token == "xoxb-not-a-real-token-of-kiln");
  CHECK(result->bot_source == RecordSource::organisation);
  CHECK(result->is_enterprise_install);
  CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
  CHECK(result->user_source == RecordSource::workspace);

  store.delete_all({.enterprise_id = "E0KILN"});
  CHECK(authorizer.authorize(ids)->bot_source == RecordSource::workspace);
}

TEST_CASE("A payload of an organisation alone is authorized as such") {
  MemoryInstallationStore store;
  store.save(organisation_of("U0ADA"));
  Authorizer authorizer(store);
  CHECK(authorizer.authorize(test::read_json("payloads/event.app_mention.org_wide.json"))->bot_source ==
        RecordSource::organisation);
  CHECK(authorizer.authorize(PayloadIds{.enterprise_id = "E0KILN"})->bot_source == RecordSource::organisation);
}

TEST_CASE("A bot that was installed by another user later is the one that is used") {
  MemoryInstallationStore store;
  store.save(installation_of("U0GRACE"));
  auto later = installation_of("U0ADA");
  later.bot_token = "xoxb-not-a-real-token-2";
  store.save(later);
  Authorizer authorizer(store);
  const auto result = authorizer.authorize(ids_of("U0GRACE"));
  CHECK(result->bot_token == "xoxb-not-a-real-token-2");
  CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
}

TEST_CASE("Where nothing is due, a user's tokens take one look-up and the bot's alone one more") {
  MemoryInstallationStore memory;
  test::WatchedStore store(memory);
  store.save(installation_of("U0GRACE"));
  slack::oauth::BasicAuthorizer<test::WatchedStore, slack::oauth::AnyHttpTransport> authorizer(store);
  static_cast<void>(authorizer.authorize(ids_of("U0GRACE")));  // learns what the store has
  store.forget_calls();

  SECTION("with the user's record") {
    static_cast<void>(authorizer.authorize(ids_of("U0GRACE")));
    CHECK(store.look_ups() == 1);
  }
  SECTION("for a user who installed nothing, outside of an organisation") {
    auto installation = installation_of("U0GRACE");
    installation.enterprise_id.reset();
    memory.save(installation);
    static_cast<void>(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE", .user_id = "U0ADA"}));
    CHECK(store.look_ups() == 2);
  }
  SECTION("for bots alone") {
    slack::oauth::BasicAuthorizer<test::WatchedStore, slack::oauth::AnyHttpTransport> bots(store, {.bot_only = true});
    static_cast<void>(bots.authorize(ids_of("U0GRACE")));  // looks once for what was left before a migration
    store.forget_calls();
    CHECK_FALSE(bots.authorize(ids_of("U0GRACE"))->user_token);
    CHECK(store.calls("find_bot") == 1);
    CHECK(store.calls("find_installation") == 0);
  }
  CHECK(store.writes() == 0);
}

TEST_CASE("A stranger in a shared channel has no token of the workspace's user of that id") {
  MemoryInstallationStore store;
  store.save(installation_of("U0LINUS"));
  auto own = installation_of("U0LINUS");
  own.enterprise_id.reset();
  own.team_id = "T0HAMMER";
  own.user_token = "xoxp-not-a-real-token-of-hammer";
  own.bot_token = "xoxb-not-a-real-token-of-hammer";
  store.save(own);
  const auto payload = test::read_json("payloads/event.message.slack_connect.json");

  Authorizer authorizer(store);
  auto result = authorizer.authorize(payload);
  CHECK(result->bot_token == "xoxb-not-a-real-token-of-furnace");
  CHECK_FALSE(result->user_token);

  Authorizer of_actors(store, {.user_token_resolution = UserTokenResolution::actor});
  result = of_actors.authorize(payload);
  CHECK(result->bot_token == "xoxb-not-a-real-token-of-furnace");
  CHECK(result->user_token == "xoxp-not-a-real-token-of-hammer");
}

TEST_CASE("A member of the workspace has their token in a shared channel too") {
  MemoryInstallationStore store;
  store.save(installation_of("U0LINUS"));
  auto payload = test::read_json("payloads/event.message.slack_connect.json");
  payload["event"]["user_team"] = "T0FURNACE";
  for (const auto resolution : {UserTokenResolution::authed_user, UserTokenResolution::actor}) {
    Authorizer authorizer(store, {.user_token_resolution = resolution});
    CHECK(authorizer.authorize(payload)->user_token == "xoxp-not-a-real-token-of-U0LINUS");
  }
}

TEST_CASE("A failing store is an error and never \"not installed\"") {
  MemoryInstallationStore memory;
  test::WatchedStore store(memory);
  memory.save(installation_of("U0GRACE"));
  Authorizer authorizer(store);
  for (const std::string failing : {"find_installation", "find_bot"}) {
    store.before = [failing](std::string_view method) {
      if (method == failing) test::fail();
    };
    CHECK_THROWS_AS(authorizer.authorize(ids_of("U0ADA")), StorageError);
  }
  store.before = [](std::string_view) {};
  CHECK(authorizer.authorize(ids_of("U0GRACE")));
}

TEST_CASE("A malformed payload is an error that names the field") {
  MemoryInstallationStore store;
  Authorizer authorizer(store);
  CHECK(test::thrown_by<InvalidDataError>([&] {
          authorizer.authorize(nlohmann::json{{"team_id", 5}});
        }).subject() == "team_id");
}

TEST_CASE("Options that cannot work are errors that name them") {
  MemoryInstallationStore store;
  CHECK(test::thrown_by<InvalidArgumentError>([&] {
          Authorizer(store, {.auth_test_lifetime = std::chrono::seconds{0}});
        }).subject() == "auth_test_lifetime");
  CHECK(test::thrown_by<InvalidArgumentError>([&] {
          Authorizer(store, {.lease_lifetime = std::chrono::milliseconds{0}});
        }).subject() == "lease_lifetime");
  CHECK(test::thrown_by<InvalidArgumentError>([&] {
          Authorizer(store, {.refresh_lease_timeout = std::chrono::milliseconds{-1}});
        }).subject() == "refresh_lease_timeout");
  CHECK_THROWS_AS(Authorizer(std::shared_ptr<MemoryInstallationStore>()), InvalidArgumentError);
}

TEST_CASE("A workflow token is given with the other tokens, and without them") {
  MemoryInstallationStore store;
  Authorizer authorizer(store);
  const auto payload = test::read_json("payloads/event.function_executed.json");
  const auto alone = authorizer.authorize(payload);
  CHECK(alone ==
        AuthorizeResult{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .workflow_token = "xwfp-not-a-real-token"});

  store.save(installation_of("U0GRACE"));
  const auto all = authorizer.authorize(payload).value();
  CHECK(all.bot_token == "xoxb-not-a-real-token-of-furnace");
  CHECK(all.workflow_token == "xwfp-not-a-real-token");
  CHECK_FALSE(authorizer.authorize(ids_of("U0GRACE")).value().workflow_token);
}

TEST_CASE("An event of an assistant's thread has the token of its user") {
  MemoryInstallationStore store;
  store.save(installation_of("U0GRACE"));
  const auto found = Authorizer(store).authorize(test::read_json("payloads/event.assistant_thread_started.json"));
  CHECK(found.value().user_token == "xoxp-not-a-real-token-of-U0GRACE");
}

TEST_CASE("What an event may use says which scopes it lacks") {
  MemoryInstallationStore store;
  store.save(installation_of("U0GRACE"));
  Authorizer authorizer(store);
  const slack::oauth::InstallationScopes wanted{{"chat:write", "files:read"}, {"search:read"}};
  using slack::oauth::missing_scopes;
  CHECK(missing_scopes(authorizer.authorize(ids_of("U0GRACE")).value(), wanted) ==
        slack::oauth::InstallationScopes{{"files:read"}, {}});
  CHECK(missing_scopes(authorizer.authorize(ids_of("U0BOB")).value(), wanted).user_scopes == wanted.user_scopes);
}
