#include "slack/oauth/testing/state_store_contract.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "faulty_state_store.hpp"
#include "state_faults.hpp"
#include "state_faults_of_threads.hpp"

namespace {

using namespace kit_tests;
using so::testing::ContractViolation;
using so::testing::state_store_contract;

void break_nothing(SimpleStateStore& /*store*/) {}

std::set<std::string> names_of(const std::vector<so::testing::Check>& checks) {
  std::set<std::string> names;
  for (const auto& check : checks) names.insert(check.name());
  return names;
}

void require_caught(const std::vector<StateFault>& faults) {
  for (const auto& fault : faults) {
    INFO(fault.check << " — a store that " << fault.what);
    std::set<std::string> caught_by;
    for (const auto& check : state_checks(fault.break_it)) {
      if (is_concurrent(check)) continue;
      try {
        check.run();
      } catch (const ContractViolation& violation) {
        CHECK_THAT(violation.what(), Catch::Matchers::StartsWith(check.name() + ": "));
        CHECK_THAT(violation.what(), Catch::Matchers::ContainsSubstring("expected"));
        caught_by.insert(check.name());
      }
    }
    CHECK(caught_by == std::set<std::string>{fault.check});
  }
}

}  // namespace

TEST_CASE("wrong states and payloads are caught by the check meant for them, and no other") {
  require_caught(faults_of_issuing());
}
TEST_CASE("wrong consumption is caught by the check meant for it, and no other") {
  require_caught(faults_of_consuming());
}
TEST_CASE("wrong expiry, sharing and failures are caught by the check meant for them, and no other") {
  require_caught(faults_of_storage());
}

TEST_CASE("each check of the kit for state stores is known to catch a fault") {
  std::set<std::string> caught;
  for (const auto& faults :
       {faults_of_issuing(), faults_of_consuming(), faults_of_storage(), state_faults_of_threads()}) {
    for (const auto& fault : faults) caught.insert(fault.check);
  }
  CHECK(names_of(state_checks(break_nothing)) == caught);
}

TEST_CASE("the kit for state stores leaves out what it has no option for, and known deviations") {
  const auto make_store = [] { return std::make_unique<SimpleStateStore>(); };
  const auto all = names_of(state_checks(break_nothing));
  const auto least = names_of(state_store_contract(make_store));
  CHECK(all.size() == 28);
  CHECK(least.size() == 18);
  for (const auto& name : least) CHECK((name < "rule 5"));

  auto options = state_fault_options(break_nothing);
  options.is_one_time = false;
  const auto reusable = names_of(state_store_contract(make_store, options));
  CHECK(reusable.size() == 24);
  CHECK_FALSE(reusable.contains("rule 3: a state is consumed at most once"));

  options = state_fault_options(break_nothing);
  options.known_deviations = {"rule 4", "rule 1: no state is issued twice"};
  CHECK(names_of(state_store_contract(make_store, options)).size() == 28 - 4 - 1);
  options.known_deviations = {"rule"};
  CHECK_THROWS_WITH(state_store_contract(make_store, options), Catch::Matchers::ContainsSubstring("\"rule\""));
}

TEST_CASE("a factory that gives no state store, and exceptions of any kind, are violations") {
  const auto none = state_store_contract([] { return std::unique_ptr<SimpleStateStore>(); });
  CHECK_THROWS_AS(none.front().run(), ContractViolation);
  const auto failing = so::testing::run_state_contract(
      []() -> std::unique_ptr<so::OAuthStateStore> { throw std::runtime_error("no server"); });
  CHECK(failing.failures.size() == failing.checks);
  CHECK_THAT(failing.failures.front(), Catch::Matchers::ContainsSubstring("no server"));
}

TEST_CASE("a violation of the state contract shows no state") {
  std::string issued;
  const auto checks = state_checks([&](SimpleStateStore& store) {
    store.on_issue = [&](const json& payload) { return issued = store.issue_rightly(payload); };
    store.on_consume = [](std::string_view) { return std::optional<json>("wrong"); };
  });
  for (const auto& check : checks) {
    if (is_concurrent(check)) continue;
    try {
      check.run();
    } catch (const ContractViolation& violation) {
      CHECK(std::string(violation.what()).find(issued.substr(0, 10)) == std::string::npos);
    }
  }
}
