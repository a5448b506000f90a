// With doctest: the contract kit on a store, and an app against a FakeSlack.
#include <memory>

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <slack/oauth/app.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>

#include "greeting_app.hpp"

using examples::serve;
using MyStore = slack::oauth::MemoryInstallationStore;

// [store]
TEST_CASE("MyStore keeps the contract") {
  const auto make_store = [] { return std::make_unique<MyStore>(); };
  for (const auto& check : slack::oauth::testing::installation_store_contract(make_store)) {
    CHECK_NOTHROW(check.run());
  }
}
// [store]

// [app]
TEST_CASE("MyApp greets until it is uninstalled") {
  slack::oauth::testing::FakeSlack slack;
  slack::oauth::App app(slack::oauth::memory_stores(), slack.client(), slack.settings());
  slack.connect([&](const slack::oauth::HttpRequest& request) { return serve(app, request); });
  CHECK(slack.install("T0FURNACE").status == 200);
  slack.mention("T0FURNACE", "hello");
  REQUIRE(slack.messages().size() == 1);
  CHECK(slack.messages()[0].text == "Hello!");
  slack.uninstall("T0FURNACE");
  CHECK_FALSE(app.stores().installations->find_bot({.team_id = "T0FURNACE"}));
}
// [app]
