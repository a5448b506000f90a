// An event that Slack sends for a user's installation, and that is about somebody else.
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/models/oauth_response.hpp"
#include "slack/oauth/testing/fake_slack.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using nlohmann::json;
using testing::FakeSlack;

Installation user_only(const std::string& user_id) {
  return {.team_id = "T1",
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-of-" + user_id,
          .user_scopes = {"channels:history"}};
}

/// As they install it for themselves, in a workspace that knows no bot.
Installation granted(FakeSlack& slack, const std::string& user_id) {
  return installation_from_oauth_response(slack.grant({.team_id = "T1", .user_id = user_id}, "", "channels:history"));
}

json event_by(std::string_view user_id, json authorization) {
  return {{"type", "event_callback"},
          {"team_id", "T1"},
          {"event", {{"type", "message"}, {"user", user_id}}},
          {"authorizations", json::array({std::move(authorization)})}};
}

json for_bob() { return {{"enterprise_id", nullptr}, {"team_id", "T1"}, {"user_id", "U0BOB"}, {"is_bot", false}}; }

PayloadIds ids_by(const std::string& user_id) {
  return {.team_id = "T1", .user_id = user_id, .authorized_user_id = "U0BOB"};
}

}  // namespace

TEST_CASE("the user whose installation an event is sent for is read as what it is") {
  CHECK(ids_from_payload(event_by("U0CAROL", for_bob())) == ids_by("U0CAROL"));
  CHECK(ids_from_payload(event_by("U0BOB", for_bob())) == ids_by("U0BOB"));

  json authorization = for_bob();
  authorization["is_bot"] = true;  // U0BOB is the bot's own user
  CHECK_FALSE(ids_from_payload(event_by("U0CAROL", authorization)).authorized_user_id);
  for (const json& unknown : {json(nullptr), json::array()}) {
    json payload = event_by("U0CAROL", for_bob());
    payload["authorizations"] = unknown;
    CHECK_FALSE(ids_from_payload(payload).authorized_user_id);
  }
  authorization.erase("is_bot");
  CHECK_FALSE(ids_from_payload(event_by("U0CAROL", authorization)).authorized_user_id);
  authorization = for_bob();
  authorization["user_id"] = "";
  CHECK_FALSE(ids_from_payload(event_by("U0CAROL", authorization)).authorized_user_id);
  authorization["user_id"] = 5;
  CHECK(test::thrown_by<InvalidDataError>([&] {
          static_cast<void>(ids_from_payload(event_by("U0CAROL", authorization)));
        }).subject() == "authorizations[0].user_id");
}

TEST_CASE("an event about one user finds the token of the one whom it is sent for") {
  MemoryInstallationStore store;
  store.save(user_only("U0BOB"));
  Authorizer authorizer(store);
  const AuthorizeResult expected{.team_id = "T1",
                                 .user_id = "U0CAROL",
                                 .authorized_user_id = "U0BOB",
                                 .authorized_user_token = "xoxp-not-a-real-token-of-U0BOB",
                                 .authorized_user_scopes = {"channels:history"},
                                 .authorized_user_source = RecordSource::workspace};
  CHECK(authorizer.authorize(event_by("U0CAROL", for_bob())) == expected);

  SECTION("beside the acting user's own, and the bot") {
    store.save(user_only("U0CAROL"));
    store.save_bot({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1"});
    const auto result = authorizer.authorize(event_by("U0CAROL", for_bob()));
    REQUIRE(result);
    CHECK(result->user_token == "xoxp-not-a-real-token-of-U0CAROL");
    CHECK(result->authorized_user_token == "xoxp-not-a-real-token-of-U0BOB");
    CHECK(result->bot_token == "xoxb-not-a-real-token-1");
  }
  SECTION("without one who acts") {
    json payload = event_by("U0CAROL", for_bob());
    payload["event"].erase("user");
    const auto result = authorizer.authorize(payload);
    REQUIRE(result);
    CHECK_FALSE(result->user_token);
    CHECK(result->authorized_user_token == "xoxp-not-a-real-token-of-U0BOB");
  }
  SECTION("who installed nothing") {
    store.delete_all({.team_id = "T1"});
    store.save(user_only("U0DAVE"));
    CHECK_FALSE(authorizer.authorize(event_by("U0CAROL", for_bob())));
  }
  SECTION("for an app that wants bots alone") {
    Authorizer bots(store, {.bot_only = true});
    CHECK_FALSE(bots.authorize(event_by("U0CAROL", for_bob())));
  }
}

TEST_CASE("a user who acts in an event that is sent for them has one token, by both names") {
  MemoryInstallationStore store;
  store.save(user_only("U0BOB"));
  test::WatchedStore watched(store);
  Authorizer authorizer(watched);
  const auto result = authorizer.authorize(ids_by("U0BOB"));
  REQUIRE(result);
  CHECK(result->user_token == "xoxp-not-a-real-token-of-U0BOB");
  CHECK(result->authorized_user_token == result->user_token);
  CHECK(result->authorized_user_scopes == result->user_scopes);
  CHECK(result->authorized_user_source == RecordSource::workspace);
  CHECK(watched.calls("find_installation") == 1);
}

TEST_CASE("an event that is sent for a bot takes no further look-up") {
  MemoryInstallationStore store;
  Installation installation = user_only("U0GRACE");
  installation.bot_token = "xoxb-not-a-real-token-1";
  store.save(installation);
  test::WatchedStore watched(store);
  Authorizer authorizer(watched);
  static_cast<void>(authorizer.authorize(PayloadIds{.team_id = "T1", .user_id = "U0GRACE"}));
  CHECK(watched.calls("find_installation") + watched.calls("find_bot") == 2);  // whether the store keeps bots apart
  static_cast<void>(authorizer.authorize(PayloadIds{.team_id = "T1", .user_id = "U0GRACE"}));
  CHECK(watched.calls("find_installation") + watched.calls("find_bot") == 3);
  store.save(user_only("U0BOB"));
  static_cast<void>(
      authorizer.authorize(PayloadIds{.team_id = "T1", .user_id = "U0GRACE", .authorized_user_id = "U0BOB"}));
  CHECK(watched.calls("find_installation") + watched.calls("find_bot") == 5);
}

TEST_CASE("a stranger in a shared channel gets nobody's token, and the authorized user's is found") {
  MemoryInstallationStore store;
  store.save(user_only("U0BOB"));
  PayloadIds ids = ids_by("U0CAROL");
  ids.actor = PayloadActor{.team_id = "T2", .user_id = "U0CAROL"};
  const auto resolution = GENERATE(UserTokenResolution::authed_user, UserTokenResolution::actor);
  Authorizer authorizer(store, {.user_token_resolution = resolution});
  const auto result = authorizer.authorize(ids);
  REQUIRE(result);
  CHECK_FALSE(result->user_token);
  CHECK(result->authorized_user_token == "xoxp-not-a-real-token-of-U0BOB");
}

TEST_CASE("the authorized user's record is filed anew where their workspace joined an organisation") {
  MemoryInstallationStore store;
  store.save(user_only("U0BOB"));
  PayloadIds ids = ids_by("U0CAROL");
  ids.enterprise_id = "E1";
  Authorizer authorizer(store);
  const auto result = authorizer.authorize(ids);
  REQUIRE(result);
  CHECK(result->authorized_user_token == "xoxp-not-a-real-token-of-U0BOB");
  CHECK(result->authorized_user_source == RecordSource::workspace);
  CHECK(store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U0BOB"}));
  CHECK_FALSE(store.find_installation({.team_id = "T1", .user_id = "U0BOB"}));
}

TEST_CASE("the authorized user's token is refreshed, and an expired one is not given") {
  MemoryInstallationStore store;
  FakeSlack slack;
  Timestamp time = test::at(1'000);
  Installation bob = granted(slack, "U0BOB");
  bob.user_token_expires_at = test::at_second(10'000);
  store.save(bob);
  Authorizer authorizer(
      store, {.rotator = std::make_shared<TokenRotator>(
                  slack.client(), ClientCredentials{"111.222", "not-a-real-client-secret"},
                  TokenRotatorOptions{.clock = [&] { return time; }, .sleep = [](std::chrono::milliseconds) {}}),
              .clock = [&] { return time; }});
  CHECK(authorizer.authorize(ids_by("U0CAROL"))->authorized_user_token == bob.user_token);

  time = test::at(9'000);
  const auto refreshed = authorizer.authorize(ids_by("U0CAROL"))->authorized_user_token.value();
  CHECK(refreshed != bob.user_token);
  CHECK(slack.is_working(refreshed));

  slack.revoke_user("T1", "U0BOB");
  time = test::at(9'000 + 50'000);
  SECTION("alone it is not installed any more") { CHECK_FALSE(authorizer.authorize(ids_by("U0CAROL"))); }
  SECTION("beside a bot it is left out") {
    store.save_bot({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1"});
    const auto result = authorizer.authorize(ids_by("U0CAROL"));
    REQUIRE(result);
    CHECK(result->bot_token);
    CHECK_FALSE(result->authorized_user_token);
    CHECK(result->authorized_user_scopes.empty());
  }
}

TEST_CASE("auth.test is asked about the authorized user's token too") {
  MemoryInstallationStore store;
  FakeSlack slack({.token_rotation = false});
  const Installation bob = granted(slack, "U0BOB");
  const std::string token = bob.user_token.value();
  store.save(bob);
  const auto auth_tests = [&] { return slack.requests("auth.test").size(); };
  Authorizer authorizer(store, {.auth_test_client = slack.client()});

  SECTION("it works") {
    const auto result = authorizer.authorize(ids_by("U0CAROL"));
    REQUIRE(result);
    CHECK(result->authorized_user_token == token);
    CHECK(result->url == "https://T1.slack.example/");
    CHECK(auth_tests() == 1);
    CHECK(authorizer.authorize(ids_by("U0BOB"))->authorized_user_token == token);
    CHECK(auth_tests() == 1);
  }
  SECTION("Slack refuses it for good") {
    slack.revoke_user("T1", "U0BOB");
    CHECK_FALSE(authorizer.authorize(ids_by("U0CAROL")));
    CHECK(detail::is_rejected(store.find_installation({.team_id = "T1", .user_id = "U0BOB"})->custom_values, token));
    CHECK_FALSE(authorizer.authorize(ids_by("U0BOB")));
    CHECK(auth_tests() == 1);
  }
  SECTION("Slack refuses it for good where they act themselves") {
    slack.revoke_user("T1", "U0BOB");
    CHECK_FALSE(authorizer.authorize(ids_by("U0BOB")));
  }
  SECTION("it is another user's") {
    Installation mixed = bob;
    mixed.user_token = granted(slack, "U0MALLORY").user_token;
    store.save(mixed);
    CHECK_FALSE(authorizer.authorize(ids_by("U0CAROL")));
  }
}
