// The life of an app that people install for themselves, without a bot.
#include <chrono>
#include <slack/oauth/app.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <string>

#include "catch.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

TEST_CASE("an app without a bot is installed, and its users' tokens are kept fresh", "[app]") {
  testing::FakeSlack slack({.scopes = {}, .user_scopes = {"chat:write"}});
  auto settings = slack.settings();
  settings.user_only_enabled = true;
  const auto stores = memory_stores();
  App app(stores, slack.client(), settings);
  slack.connect([&](const HttpRequest& request) { return app.receive(request).response.value(); });
  slack.install("T0FURNACE");

  const auto user = [&] {
    return stores.installations->find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"}).value();
  };
  const auto installed = user();
  CHECK_FALSE(installed.bot_token);
  REQUIRE(installed.user_refresh_token);
  CHECK(slack.calls("oauth.v2.user.access") == 1);

  slack.advance(11h);
  CHECK(app.rotate_all().users == 1);
  const auto refreshed = user();
  CHECK(refreshed.user_token != installed.user_token);
  CHECK(slack.calls("oauth.v2.user.access refresh_token") == 1);
  CHECK(slack.calls("oauth.v2.access") == 0);
  app.client().call("chat.postMessage", refreshed.user_token.value(), {{"channel", "C0CASTINGS"}, {"text", "Hello!"}});
}
