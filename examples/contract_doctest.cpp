// The contract kit from doctest.
#include <memory>

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>

using MyStore = slack::oauth::MemoryInstallationStore;

// [test]
TEST_CASE("MyStore keeps the contract") {
  const auto make_store = [] { return std::make_unique<MyStore>(); };
  for (const auto& check : slack::oauth::testing::installation_store_contract(make_store)) {
    CHECK_NOTHROW(check.run());
  }
}
// [test]
