// Tokens of oauth.v2.user.access are refreshed there, in either shape of the answer.
#include <chrono>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp time_of_refresh{std::chrono::seconds{1'767'225'600}};

/// A user whose token has expired, and what Slack answers to a refresh of it.
struct UserOnlyRotation {
  nlohmann::json answer{};
  testing::FakeSlack slack{};
  MemoryInstallationStore store{};

  Installation rotate(bool user_only_enabled = true) {
    Installation user{.team_id = "T0FURNACE",
                      .user_id = "U0ADA",
                      .user_token = "xoxe.xoxp-1-not-real-first",
                      .user_refresh_token = "xoxe-1-not-real-refresh-first",
                      .token_type = "Bearer"};
    user.user_token_expires_at = std::chrono::floor<std::chrono::seconds>(time_of_refresh);
    store.save(user);
    slack.add_fault({.answer = answer});
    TokenRotator rotator(slack.client(), {.client_id = "111.222", .client_secret = "not-a-real-client-secret"},
                         {.user_only_enabled = user_only_enabled, .clock = [] { return time_of_refresh; }});
    return rotator.rotate(store, user);
  }
};

nlohmann::json tokens(const char* type) {
  return {{"token_type", type},
          {"access_token", "xoxe.xoxp-1-not-real-second"},
          {"refresh_token", "xoxe-1-not-real-refresh-second"},
          {"expires_in", 43200},
          {"scope", "search:read"}};
}

nlohmann::json at_the_top(const char* type) {
  nlohmann::json answer{{"ok", true}, {"team", {{"id", "T0FURNACE"}}}};
  answer.update(tokens(type));
  return answer;
}

nlohmann::json in_authed_user(const char* id) {
  nlohmann::json user = tokens("user");
  user["id"] = id;
  return {{"ok", true}, {"team", {{"id", "T0FURNACE"}}}, {"authed_user", user}};
}

}  // namespace

TEST_CASE("a user's token is refreshed where it came from, in either shape of the answer", "[flow]") {
  UserOnlyRotation rotation;
  rotation.answer = GENERATE(at_the_top("Bearer"), at_the_top("user"), in_authed_user("U0ADA"));
  const auto refreshed = rotation.rotate();
  CHECK(refreshed.user_token == "xoxe.xoxp-1-not-real-second");
  CHECK(refreshed.user_refresh_token == "xoxe-1-not-real-refresh-second");
  CHECK(refreshed.user_token_expires_at == std::chrono::floor<std::chrono::seconds>(time_of_refresh) + 12h);
  CHECK(refreshed.user_scopes == std::vector<std::string>{"search:read"});
  const auto stored = rotation.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"});
  CHECK(stored->user_refresh_token == "xoxe-1-not-real-refresh-second");
  const auto requests = rotation.slack.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "oauth.v2.user.access refresh_token");
  CHECK(requests[0].parameter("refresh_token") == "xoxe-1-not-real-refresh-first");
}

TEST_CASE("tokens of an answer that cannot be meant are not lost", "[flow]") {
  UserOnlyRotation rotation;
  rotation.answer = GENERATE(at_the_top("bot"), in_authed_user("U0BEN"));
  const auto error = test::thrown_by<UnsavedTokenError>([&] { rotation.rotate(); });
  CHECK(error.token().access_token == "xoxe.xoxp-1-not-real-second");
  CHECK(error.token().refresh_token == "xoxe-1-not-real-refresh-second");
}

TEST_CASE("other apps refresh by oauth.v2.access", "[flow]") {
  UserOnlyRotation rotation;
  rotation.answer = at_the_top("user");
  CHECK(rotation.rotate(false).user_token == "xoxe.xoxp-1-not-real-second");
  CHECK(rotation.slack.requests().at(0).method == "oauth.v2.access refresh_token");
}
