#include <memory>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>

#include "catch.hpp"
#include "support/state_clock.hpp"

using namespace slack::oauth;

TEST_CASE("the memory store of states keeps the contract") {
  test::StateClock clock;
  testing::StateContractOptions<MemoryOAuthStateStore> options;
  options.advance_clock = [&](MemoryOAuthStateStore&, std::chrono::seconds time) { clock.advance(time); };
  options.count_states = [](MemoryOAuthStateStore& store) { return store.size(); };
  const auto make_store = [&] {
    return std::make_unique<MemoryOAuthStateStore>(MemoryOAuthStateStoreOptions{.clock = clock.function()});
  };
  for (const auto& check : testing::state_store_contract(make_store, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}
