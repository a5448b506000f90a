// The contract kit for leases on stores that are wrong in one way each.
#include <memory>
#include <set>
#include <string>

#include "catch.hpp"
#include "lease_faults.hpp"
#include "slack/oauth/testing/workspace_lease_contract.hpp"

using namespace kit_tests;

TEST_CASE("wrong leases are caught by the check meant for them") {
  for (const auto& fault : lease_faults()) {
    INFO(fault.check << " — a store that " << fault.what);
    CHECK(lease_finding_of(fault.check, {}).empty());
    const std::string finding = lease_finding_of(fault.check, fault.flaws);
    CHECK(finding.starts_with(fault.check + ": "));
    CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("expected"));
  }
}

TEST_CASE("each check of leases is known to catch a fault") {
  std::set<std::string> caught;
  for (const auto& fault : lease_faults()) caught.insert(fault.check);
  std::set<std::string> names;
  const auto checks =
      so::testing::workspace_lease_contract([] { return std::make_shared<LeasingStore>(); }, lease_fault_options());
  for (const auto& check : checks) names.insert(check.name());
  CHECK(names == caught);
}

TEST_CASE("checks that need what the options do not give are left out") {
  const auto checks = so::testing::workspace_lease_contract([] { return std::make_shared<LeasingStore>(); });
  const auto all =
      so::testing::workspace_lease_contract([] { return std::make_shared<LeasingStore>(); }, lease_fault_options());
  CHECK(checks.size() + 3 == all.size());
}
