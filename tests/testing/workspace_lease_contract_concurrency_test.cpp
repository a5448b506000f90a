// The contract kit for leases on stores that are wrong in one way each.
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <type_traits>

#include "catch.hpp"
#include "lease_faults.hpp"
#include "slack/oauth/testing/workspace_lease_contract.hpp"

using namespace kit_tests;

TEST_CASE("wrong leases are caught by the check meant for them") {
  for (const auto& fault : lease_faults()) {
    INFO(fault.check << " — a store that " << fault.what);
    CHECK(lease_finding_of(fault.check, {}, std::chrono::seconds{10}).empty());
    const std::string finding = lease_finding_of(fault.check, fault.flaws, std::chrono::milliseconds{200});
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
  CHECK(checks.size() + 4 == all.size());
  const auto report = so::testing::run_lease_contract([] { return std::make_shared<LeasingStore>(); });
  CHECK(report.checks == checks.size());
  CHECK(report.left_out.size() == 4);
  CAPTURE(report.failures);
  CHECK(report.passed());
  REQUIRE(report.turns.size() == 1);
  CHECK(report.turns[0].check == "lease: of many threads one has it");
  CHECK(report.turns[0].turns >= 4 * 20);
}

TEST_CASE("a store whose lease few threads get in time does not pass") {
  const auto hoarding = [] {
    struct HoardingStore : LeasingStore {
      std::unique_ptr<so::WorkspaceLease> try_lease(const so::WorkspaceRef& ref,
                                                    std::chrono::milliseconds lifetime) override {
        auto lease = LeasingStore::try_lease(ref, lifetime);
        if (lease != nullptr) std::this_thread::sleep_for(std::chrono::milliseconds{20});
        return lease;
      }
    };
    return std::make_shared<HoardingStore>();
  };
  so::testing::LeaseContractOptions<std::remove_cvref_t<decltype(*hoarding())>> options;
  options.concurrent_time = std::chrono::milliseconds{10};
  options.patience = std::chrono::milliseconds{100};
  const std::string finding =
      finding_among(so::testing::workspace_lease_contract(hoarding, options), "lease: of many threads one has it");
  CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("expected each thread to make 20 turns or more in 110 ms"));
  CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("raise `patience`"));
}
