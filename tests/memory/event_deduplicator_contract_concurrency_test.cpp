// The whole contract kit on MemoryEventDeduplicator.
#include <chrono>
#include <memory>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/event_deduplicator_contract.hpp>

#include "catch.hpp"
#include "support/state_clock.hpp"

using namespace slack::oauth;

TEST_CASE("the events in memory keep the contract") {
  const test::StateClock clock;
  testing::EventContractOptions options;
  options.advance_clock = [&](EventDeduplicator&, std::chrono::seconds time) { clock.advance(time); };
  options.count_events = [](EventDeduplicator& events) {
    return dynamic_cast<MemoryEventDeduplicator&>(events).size();
  };
  const auto make_events = [&] {
    return std::make_shared<MemoryEventDeduplicator>(MemoryEventDeduplicatorOptions{.clock = clock.function()});
  };
  const auto checks = testing::event_deduplicator_contract(make_events, options);
  CHECK(checks.size() == 17);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}
