// The contract kit for leases on MemoryInstallationStore, as it is and behind a wrapper.
#include <memory>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>

#include "catch.hpp"

using namespace slack::oauth;

TEST_CASE("MemoryInstallationStore leases workspaces") {
  for (const auto& check :
       testing::workspace_lease_contract([] { return std::make_unique<MemoryInstallationStore>(); })) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("a forwarding wrapper leases the workspaces of the store that it wraps") {
  testing::LeaseContractOptions<ForwardingInstallationStore> options;
  options.same_storage = [](ForwardingInstallationStore& store) {
    return std::make_shared<ForwardingInstallationStore>(static_cast<InstallationStore&>(store));
  };
  for (const auto& check : testing::workspace_lease_contract(
           [] { return std::make_unique<ForwardingInstallationStore>(std::make_shared<MemoryInstallationStore>()); },
           options)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("a lease in memory may outlive its store") {
  auto store = std::make_unique<MemoryInstallationStore>();
  auto lease = store->try_lease({.team_id = "T1"}, std::chrono::hours{1});
  store.reset();
  CHECK(lease->is_held());
  lease.reset();
}
