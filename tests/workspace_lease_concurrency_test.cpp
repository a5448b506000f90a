// The contract kit for leases on stores that have no try_lease of their own.
#include <chrono>
#include <memory>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>

#include "catch.hpp"
#include "testing/simple_backend.hpp"

using namespace slack::oauth;

namespace {

struct BareStore : InstallationStore {
  void save(const Installation& /*installation*/) override {}
  void delete_all(const WorkspaceRef& /*ref*/) override {}
};

}  // namespace

TEST_CASE("a store without try_lease leases workspaces among its threads") {
  for (const auto& check : testing::workspace_lease_contract([] { return std::make_unique<BareStore>(); })) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("a store over a backend without try_lease leases workspaces among its threads") {
  for (const auto& check :
       testing::workspace_lease_contract([] { return std::make_unique<kit_tests::SimpleStore>(); })) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("a wrapper leases the workspaces of the store that it wraps, which has no try_lease either") {
  testing::LeaseContractOptions<ForwardingInstallationStore> options;
  options.same_storage = [](ForwardingInstallationStore& store) {
    return std::make_shared<ForwardingInstallationStore>(static_cast<InstallationStore&>(store));
  };
  for (const auto& check : testing::workspace_lease_contract(
           [] { return std::make_unique<ForwardingInstallationStore>(std::make_shared<BareStore>()); }, options)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("stores without try_lease take no turns with one another") {
  BareStore left;
  BareStore right;
  const auto lease = left.try_lease({.team_id = "T1"}, std::chrono::hours{1});
  REQUIRE(lease != nullptr);
  CHECK(left.try_lease({.team_id = "T1"}, std::chrono::hours{1}) == nullptr);
  CHECK(right.try_lease({.team_id = "T1"}, std::chrono::hours{1}) != nullptr);
}
