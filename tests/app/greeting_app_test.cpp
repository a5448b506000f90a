// The tests of docs/testing.md.
#include "../../examples/greeting_app.hpp"

#include <chrono>

// [headers]
#include <slack/oauth/app.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
// [headers]

#include "catch.hpp"

using examples::serve;

// [app]
using slack::oauth::App;
using slack::oauth::HttpRequest;
using slack::oauth::memory_stores;
using slack::oauth::testing::FakeSlack;

TEST_CASE("the app greets until it is uninstalled") {
  FakeSlack slack;
  App app(memory_stores(), slack.client(), slack.settings());
  slack.connect([&](const HttpRequest& request) { return serve(app, request); });
  CHECK(slack.install("T0FURNACE").status == 200);
  slack.mention("T0FURNACE", "hello");
  REQUIRE(slack.messages().size() == 1);
  CHECK(slack.messages()[0].text == "Hello!");
  slack.uninstall("T0FURNACE");
  CHECK_FALSE(app.stores().installations->find_bot({.team_id = "T0FURNACE"}));
}
// [app]

// [lost]
TEST_CASE("the answer to a refresh is lost, and the app is installed again") {
  using slack::oauth::testing::Fault;
  using namespace std::chrono_literals;
  FakeSlack slack;
  App app(memory_stores(), slack.client(), slack.settings(),
          {.authorizer = {.executor = [](const auto& task) { task(); }}});  // refreshes on this thread
  slack.connect([&](const HttpRequest& request) { return serve(app, request); });
  slack.install("T0FURNACE");

  slack.advance(13h);  // the token has expired
  slack.add_fault({.method = "oauth.v2.access refresh_token", .fault = Fault::drop_after});
  CHECK_THROWS_AS(slack.mention("T0FURNACE", "hello"), slack::oauth::TokenRotationError);  // what serve() throws
  slack.advance(10s);                   // the rotator asks again after five
  slack.mention("T0FURNACE", "hello");  // the refresh token is used up, so nobody is greeted
  CHECK(slack.messages().empty());

  slack.install("T0FURNACE");
  slack.mention("T0FURNACE", "hello");
  CHECK(slack.messages().size() == 1);
}
// [lost]
