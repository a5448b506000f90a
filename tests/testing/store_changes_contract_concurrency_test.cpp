// The contract kit for changes on stores that are wrong in one way each.
#include <memory>
#include <set>
#include <string>

#include "catch.hpp"
#include "changes_faults.hpp"
#include "simple_backend.hpp"
#include "slack/oauth/testing/store_changes_contract.hpp"

using namespace kit_tests;

TEST_CASE("wrong changes are caught by the check meant for them") {
  for (const auto& fault : changes_faults()) {
    INFO(fault.check << " — a store that " << fault.what);
    CHECK(finding_among(changes_checks({}), fault.check).empty());
    const std::string finding = finding_among(changes_checks(fault.flaws), fault.check);
    CHECK(finding.starts_with(fault.check + ": "));
    CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("expected"));
  }
}

TEST_CASE("each check of changes is known to catch a fault") {
  std::set<std::string> caught;
  for (const auto& fault : changes_faults()) caught.insert(fault.check);
  std::set<std::string> names;
  for (const auto& check : changes_checks({})) names.insert(check.name());
  CHECK(names == caught);
}

TEST_CASE("a store that hears nothing does not pass the kit for changes, and says why") {
  const auto report = so::testing::run_changes_contract([] { return std::make_shared<SimpleStore>(); });
  CHECK(report.checks == report.failures.size());
  CHECK(report.left_out.size() == 1);
  CHECK_THAT(report.failures.at(0), Catch::Matchers::ContainsSubstring("changes(): expected what hears changes"));
}
