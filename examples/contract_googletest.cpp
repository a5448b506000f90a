// The contract kit from GoogleTest.
#include <gtest/gtest.h>

#include <memory>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>

using MyStore = slack::oauth::MemoryInstallationStore;

// [test]
TEST(MyStore, KeepsTheContract) {
  const auto make_store = [] { return std::make_unique<MyStore>(); };
  for (const auto& check : slack::oauth::testing::installation_store_contract(make_store)) {
    EXPECT_NO_THROW(check.run());
  }
}
// [test]
