// An authorizer that refreshes what is due.
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "catch.hpp"
#include "flow/fake_slack.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/authorizer.hpp"
#include "slack/oauth/flow/token_rotator.hpp"
#include "slack/oauth/memory.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::AuthorizerOptions;
using slack::oauth::ClientCredentials;
using slack::oauth::Installation;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::RecordSource;
using slack::oauth::Timestamp;
using slack::oauth::TokenRotationError;
using slack::oauth::TokenRotator;
using test::FakeSlack;

Installation expiring(std::string user_id) {
  return {.team_id = "T0FURNACE",
          .bot_token = "xoxe.xoxb-1-not-a-real-token-1",
          .bot_scopes = {"chat:write"},
          .bot_refresh_token = "xoxe-1-not-a-real-bot-refresh-1",
          .bot_token_expires_at = test::at_second(10'000),
          .user_id = user_id,
          .user_token = "xoxe.xoxp-1-not-a-real-token-of-" + user_id,
          .user_refresh_token = "xoxe-1-not-a-real-refresh-of-" + user_id,
          .user_token_expires_at = test::at_second(10'000)};
}

nlohmann::json refreshed(std::string_view token, std::string_view type) {
  return {
      {"ok", true},
      {"access_token", std::string("xoxe.xox") + (type == "bot" ? "b" : "p") + "-1-not-a-real-" + std::string(token)},
      {"refresh_token", "xoxe-1-not-a-real-refresh-" + std::string(token)},
      {"expires_in", 43200},
      {"token_type", type},
      {"app_id", "A0SMELTER"},
      {"scope", "chat:write"},
      {"team", {{"id", "T0FURNACE"}}}};
}

struct Scene {
  Scene() {
    store.save(expiring("U0GRACE"));
    slack.refreshed["xoxe-1-not-a-real-bot-refresh-1"] = refreshed("bot-2", "bot");
    slack.refreshed["xoxe-1-not-a-real-refresh-of-U0GRACE"] = refreshed("grace-2", "user");
  }

  AuthorizerOptions options() {
    return {.rotator = std::make_shared<TokenRotator>(
                slack.client(), ClientCredentials{"111.222", "not-a-real-secret"},
                slack::oauth::TokenRotatorOptions{.clock = [this] { return time; },
                                                  .sleep = [](std::chrono::milliseconds) {}}),
            .clock = [this] { return time; }};
  }

  MemoryInstallationStore store{};
  FakeSlack slack{};
  Timestamp time = test::at(1'000);
};

const PayloadIds grace{.team_id = "T0FURNACE", .user_id = "U0GRACE"};
const PayloadIds nobody{.team_id = "T0FURNACE", .user_id = "U0NOBODY"};

}  // namespace

TEST_CASE("What is not due is given as it is") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());
  CHECK(authorizer.authorize(grace)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  CHECK(authorizer.authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  CHECK(scene.slack.refreshes == 0);
}

TEST_CASE("What is due is refreshed, saved and given") {
  Scene scene;
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());

  SECTION("for the user, with the bot") {
    const auto result = authorizer.authorize(grace);
    CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(result->user_token == "xoxe.xoxp-1-not-a-real-grace-2");
    CHECK(scene.slack.refreshes == 2);
    CHECK(authorizer.authorize(grace) == result);
    CHECK(scene.slack.refreshes == 2);
  }
  SECTION("for another user, the bot alone") {
    CHECK(authorizer.authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(scene.slack.refreshes == 1);
    CHECK(scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"})->user_token ==
          "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
  }
  CHECK(scene.store.find_bot({.team_id = "T0FURNACE"})->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
}

TEST_CASE("A record from before a migration is filed anew and refreshed there") {
  Scene scene;
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());
  const auto result = authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0GRACE"});
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK(result->bot_source == RecordSource::workspace);
  CHECK(scene.store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->bot_token ==
        "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"}));
}

TEST_CASE("A token that could not be refreshed is used until it expires, and then is an error") {
  Scene scene;
  scene.slack.refreshed.clear();
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token == "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
  CHECK(authorizer.authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  scene.time = test::at(10'000);
  CHECK_THROWS_AS(authorizer.authorize(grace), TokenRotationError);
  CHECK_THROWS_AS(authorizer.authorize(nobody), TokenRotationError);
}

TEST_CASE("Where one of two tokens could not be refreshed, the other one's new token is given") {
  Scene scene;
  scene.slack.refreshed.erase("xoxe-1-not-a-real-refresh-of-U0GRACE");
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());
  const auto result = authorizer.authorize(grace);
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK(result->user_token == "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
}

TEST_CASE("A user whose token is lost for good has the bot all the same") {
  Scene scene;
  scene.slack.refreshed.erase("xoxe-1-not-a-real-refresh-of-U0GRACE");
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token);
  scene.time = test::at(11'000);
  const auto result = authorizer.authorize(grace);
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK_FALSE(result->user_token);
  CHECK(result->user_scopes.empty());
  CHECK(result->user_source == RecordSource::none);
}

TEST_CASE("New tokens that could not be saved are never passed over in silence") {
  Scene scene;
  test::WatchedStore store(scene.store);
  store.before = [](std::string_view method) {
    if (method == "save_bot") test::fail();
  };
  scene.time = test::at(9'000);
  Authorizer authorizer(store, scene.options());
  try {
    static_cast<void>(authorizer.authorize(nobody));
    FAIL("expected an error");
  } catch (const TokenRotationError& error) {
    CHECK(error.has_unsaved_token());
  }
}

TEST_CASE("An app that is uninstalled while its token is refreshed is not installed") {
  Scene scene;
  test::WatchedStore store(scene.store);
  scene.time = test::at(9'000);
  Authorizer authorizer(store, scene.options());
  int look_ups = 0;
  store.before = [&](std::string_view method) {
    if (method == "find_bot" && ++look_ups == 2) scene.store.delete_all({.team_id = "T0FURNACE"});
  };
  CHECK_FALSE(authorizer.authorize({.team_id = "T0FURNACE"}));
  CHECK(scene.slack.refreshes == 0);
}

TEST_CASE("Minimal stores have their tokens refreshed") {
  Scene scene;
  scene.time = test::at(9'000);
  SECTION("bots alone") {
    test::BotOnlyStore store;
    store.save(expiring("U0GRACE"));
    Authorizer authorizer(store, scene.options());
    CHECK(authorizer.authorize(grace)->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(store.bots.begin()->second.bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  }
  SECTION("installations alone") {
    test::InstallationOnlyStore store;
    store.save(expiring("U0GRACE"));
    Authorizer authorizer(store, scene.options());
    const auto result = authorizer.authorize(grace);
    CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(result->user_token == "xoxe.xoxp-1-not-a-real-grace-2");
    CHECK(scene.slack.refreshes == 2);
  }
}
