// The contract kit for leases on PostgreSQLInstallationStore, among several stores.
#include <cstddef>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;

TEST_CASE("PostgreSQLInstallationStore leases workspaces", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::size_t connections = GENERATE(as<std::size_t>{}, 1, 8);
  CAPTURE(connections);
  testing::LeaseContractOptions<test::PlacedStore> options;
  options.same_storage = [](test::PlacedStore& store) { return store.again(); };
  options.other_client = [](test::PlacedStore& store) { return store.of_client("111.223"); };
  options.scope = LeaseScope::processes;
  options.holds_nul = false;
  const auto make_store = [connections] {
    return std::make_unique<test::PlacedStore>(PostgreSQLInstallationStoreOptions{.pool = {.size = connections}});
  };
  for (const auto& check : testing::workspace_lease_contract(make_store, options)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}
