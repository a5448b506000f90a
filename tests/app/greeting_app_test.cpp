// The test of docs/testing.md.
#include "../../examples/greeting_app.hpp"

#include <slack/oauth/app.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>

#include "catch.hpp"

using examples::serve;
using slack::oauth::App;
using slack::oauth::HttpRequest;
using slack::oauth::memory_stores;
using slack::oauth::testing::FakeSlack;

// [app]
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
