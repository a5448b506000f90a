// With GoogleTest: the contract kit on a store, and an app against a FakeSlack.
#include <gtest/gtest.h>

#include <memory>
#include <slack/oauth/app.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>

#include "greeting_app.hpp"

using examples::serve;
using MyStore = slack::oauth::MemoryInstallationStore;

// [store]
TEST(MyStore, KeepsTheContract) {
  const auto make_store = [] { return std::make_unique<MyStore>(); };
  for (const auto& check : slack::oauth::testing::installation_store_contract(make_store)) {
    EXPECT_NO_THROW(check.run());
  }
}
// [store]

// [app]
TEST(MyApp, GreetsUntilItIsUninstalled) {
  slack::oauth::testing::FakeSlack slack;
  slack::oauth::App app(slack::oauth::memory_stores(), slack.client(), slack.settings());
  slack.connect([&](const slack::oauth::HttpRequest& request) { return serve(app, request); });
  EXPECT_EQ(slack.install("T0FURNACE").status, 200);
  slack.mention("T0FURNACE", "hello");
  ASSERT_EQ(slack.messages().size(), 1U);
  EXPECT_EQ(slack.messages()[0].text, "Hello!");
  slack.uninstall("T0FURNACE");
  EXPECT_FALSE(app.stores().installations->find_bot({.team_id = "T0FURNACE"}));
}
// [app]
