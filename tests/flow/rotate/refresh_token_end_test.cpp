// Refresh tokens that end: those of apps that have PKCE switched on.
#include <chrono>
#include <optional>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"
#include "support/json_answer.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

using std::chrono::days;

/// An app without a secret, which has user tokens alone.
struct Desktop {
  explicit Desktop(std::chrono::seconds refresh_token_lifetime = days{30})
      : slack({.client_secret = "", .refresh_token_lifetime = refresh_token_lifetime, .clock = clock}) {}
  Desktop(const Desktop&) = delete;
  Desktop& operator=(const Desktop&) = delete;

  test::Clock clock{};
  testing::FakeSlack slack;
  MemoryInstallationStore store{};
  std::string last_request{};
  bool has_authorization = false;

  TokenRotator rotator(const std::string& client_secret = "") {
    TokenRotatorOptions options;
    options.clock = clock;
    options.sleep = [](std::chrono::milliseconds) {};
    SlackClient client([this](const HttpRequest& request) {
      last_request = request.body;
      has_authorization = find_header(request.headers, "Authorization").has_value();
      return slack.send(request);
    });
    return {std::move(client), {"111.222", client_secret}, std::move(options)};
  }

  Installation install(const std::string& team_id = "T1") {
    auto installation = installation_from_oauth_response(
        slack.grant({.team_id = team_id, .team_name = "Furnace Works"}, "", "search:read"), clock());
    installation.user_refresh_token_expires_at = expires_in(pkce_refresh_token_lifetime, clock());
    store.save(installation);
    return installation;
  }

  Installation user(const std::string& team_id = "T1") const {
    return store.find_installation({.team_id = team_id, .user_id = "U0ADA"}).value();
  }
  std::chrono::sys_seconds in(std::chrono::seconds time) const { return expires_in(time, clock()); }
};

}  // namespace

TEST_CASE("a client without a secret refreshes with its id alone, and the new refresh token has 30 days again",
          "[flow][pkce]") {
  Desktop desktop;
  auto rotator = desktop.rotator();
  const auto before = desktop.install();
  desktop.clock.advance(11h);
  const auto after = rotator.rotate(desktop.store, before);
  CHECK(after == desktop.user());
  CHECK(after.user_token != before.user_token);
  CHECK(after.user_refresh_token != before.user_refresh_token);
  CHECK(after.user_refresh_token_expires_at == desktop.in(days{30}));
  CHECK_THAT(desktop.last_request, ContainsSubstring("client_id=111.222"));
  CHECK_THAT(desktop.last_request, !ContainsSubstring("client_secret"));
  CHECK_FALSE(desktop.has_authorization);
}

TEST_CASE("the end of the new refresh token is Slack's word, where Slack says it", "[flow][pkce]") {
  test::Rotation rotation;
  auto rotator = rotation.rotator();
  const auto before = rotation.install("T1");
  CHECK_FALSE(before.user_refresh_token_expires_at);
  rotation.let_expire();
  const auto end = std::chrono::floor<std::chrono::seconds>(rotation.clock()) + days{9};
  const bool is_relative = GENERATE(true, false);
  rotation.instead = [&](const HttpRequest& request) {
    auto answer = nlohmann::json::parse(rotation.slack.send(request).body);
    answer[is_relative ? "refresh_token_expires_in" : "refresh_token_expires_at"] =
        is_relative ? std::chrono::seconds(days{9}).count() : end.time_since_epoch().count();
    return test::json_answer(answer);
  };
  const auto after = rotator.rotate(rotation.store, before);
  CHECK(after.bot_refresh_token_expires_at == end);
  CHECK(after.user_refresh_token_expires_at == end);
  CHECK(rotation.bot("T1").bot_refresh_token_expires_at == end);
}

TEST_CASE("an app with a secret has refresh tokens without an end, unless its last one had one", "[flow][pkce]") {
  test::Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1");
  rotation.install("T2");
  auto with_end = rotation.user("T2");
  with_end.bot_refresh_token_expires_at = expires_in(days{30}, rotation.clock());
  rotation.store.inner().save(with_end);
  rotation.let_expire();
  CHECK(rotator.rotate_all(rotation.store, 2h).passed());
  CHECK_FALSE(rotation.bot("T1").bot_refresh_token_expires_at);
  CHECK_FALSE(rotation.user("T2").user_refresh_token_expires_at);
  CHECK(rotation.bot("T2").bot_refresh_token_expires_at == expires_in(days{30}, rotation.clock()));
}

TEST_CASE("a job refreshes an idle installation as long as it can be refreshed", "[flow][pkce]") {
  Desktop desktop;
  auto rotator = desktop.rotator();
  desktop.install();
  for (int day = 0; day < 100; day += 20) {
    desktop.clock.advance(days{20});
    const auto report = rotator.rotate_all(desktop.store, 2h);
    REQUIRE(report.passed());
    REQUIRE(report.users == 1);
    CHECK(desktop.user().user_refresh_token_expires_at == desktop.in(days{30}));
  }
}

TEST_CASE("a token is due before its refresh token ends, though its own end is later or not known", "[flow][pkce]") {
  Desktop desktop;
  auto rotator = desktop.rotator();
  auto installation = desktop.install();
  const auto end = GENERATE(values<std::optional<std::chrono::days>>({std::nullopt, days{60}}));
  installation.user_token_expires_at = end ? std::optional(desktop.in(*end)) : std::nullopt;
  desktop.store.save(installation);
  CHECK_FALSE(rotator.is_due(installation));
  desktop.clock.advance(days{30} - 2h - 1s);
  CHECK_FALSE(rotator.is_due(installation));
  CHECK(rotator.rotate_all(desktop.store, 2h).users == 0);
  desktop.clock.advance(1s);
  CHECK(rotator.is_due(installation));
  CHECK(rotator.rotate_all(desktop.store, 2h).users == 1);
  CHECK_FALSE(rotator.is_due(desktop.user()));

  Bot bot{.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .bot_refresh_token = "xoxe-1-not-a-real-token-1"};
  CHECK_FALSE(rotator.is_due(bot));
  bot.bot_refresh_token_expires_at = desktop.in(1h);
  CHECK(rotator.is_due(bot));
}

TEST_CASE("a refresh token that has ended is refused once, and the error says since when and what to do",
          "[flow][pkce]") {
  Desktop desktop;
  auto rotator = desktop.rotator();
  const auto installation = desktop.install();
  desktop.clock.advance(days{31});
  const auto report = rotator.rotate_all(desktop.store, 2h);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].needs_installation);
  CHECK_THAT(report.failures[0].message,
             ContainsSubstring("whose refresh token ended at 2026-01-31T00:00:00.000000Z, so that somebody has to "
                               "install the app again"));
  CHECK_THAT(report.failures[0].message, !ContainsSubstring(*installation.user_refresh_token));
  CHECK(TokenRotator::needs_installation(desktop.user()));
  CHECK(rotator.rotate_all(desktop.store, 2h).passed());
  CHECK(desktop.slack.calls("oauth.v2.access refresh_token") == 1);

  // Slack's clock counts, not this machine's: what Slack takes is refreshed.
  Desktop other(std::chrono::years{10});
  auto hopeful = other.rotator();
  other.install();
  other.clock.advance(days{31});
  CHECK(hopeful.rotate_all(other.store, 2h).users == 1);
}

TEST_CASE("a refusal before the end of the refresh token says nothing of it", "[flow][pkce]") {
  Desktop desktop;
  auto rotator = desktop.rotator();
  desktop.install();
  desktop.clock.advance(days{29});
  desktop.slack.revoke_user("T1", "U0ADA");
  const auto error = test::thrown_by<TokenRotationError>([&] { (void)rotator.rotate(desktop.store, desktop.user()); });
  CHECK(error.code() == "invalid_refresh_token");
  CHECK_THAT(error.what(), !ContainsSubstring("ended"));
}
