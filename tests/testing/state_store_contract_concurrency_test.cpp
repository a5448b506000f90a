#include <set>
#include <string>

#include "catch.hpp"
#include "faulty_state_store.hpp"
#include "slack/oauth/testing/state_store_contract.hpp"
#include "state_faults_of_threads.hpp"

using namespace kit_tests;

TEST_CASE("a correct state store passes the kit") {
  for (const auto& check : state_checks([](SimpleStateStore&) {})) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

TEST_CASE("faults of state stores between threads are caught by the check meant for them, and no other") {
  for (const auto& fault : state_faults_of_threads()) {
    INFO(fault.check << " — a store that " << fault.what);
    std::set<std::string> caught_by;
    for (const auto& check : state_checks(fault.break_it)) {
      if (!is_concurrent(check)) continue;
      try {
        check.run();
      } catch (const so::testing::ContractViolation& violation) {
        CHECK_THAT(violation.what(), Catch::Matchers::ContainsSubstring("expected"));
        caught_by.insert(check.name());
      }
    }
    CHECK(caught_by == std::set<std::string>{fault.check});
  }
}
