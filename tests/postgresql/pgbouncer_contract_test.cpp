// The contract kits through PgBouncer, in each of its modes that an app may have.
#include <chrono>
#include <functional>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "postgresql/pgbouncer.hpp"
#include "postgresql/placed_store.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

namespace {

void run(const std::vector<testing::Check>& checks) {
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

void require_contracts(const std::string& connection_string, PostgreSQLPooling pooling) {
  const auto make = [&] {
    return std::make_unique<test::PlacedStore>(
        PostgreSQLInstallationStoreOptions{.connection_string = connection_string, .pooling = pooling});
  };
  testing::ContractOptions<test::PlacedStore> options;
  options.other_client = [](test::PlacedStore& store) { return store.of_client("111.223"); };
  options.holds_nul = false;
  // Each check, and briefly: what the server may be slow at, other tests look for.
  options.random_operations = 100;
  options.visited_workspaces = 20;
  options.concurrent_time = std::chrono::milliseconds{50};
  run(testing::installation_store_contract(make, options));
  testing::LeaseContractOptions<test::PlacedStore> lease_options;
  lease_options.same_storage = [](test::PlacedStore& store) { return store.again(); };
  lease_options.holds_nul = false;
  lease_options.concurrent_time = std::chrono::milliseconds{50};
  run(testing::workspace_lease_contract(make, lease_options));
  run(testing::state_store_contract(
      [&]() -> std::shared_ptr<OAuthStateStore> {
        return std::make_shared<PostgreSQLOAuthStateStore>(
            test::placed(PostgreSQLOAuthStateStoreOptions{.connection_string = connection_string, .pooling = pooling}));
      },
      {.states = 100, .races = 10}));
}

}  // namespace

TEST_CASE("the PostgreSQL stores keep their contracts through PgBouncer that pools sessions", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string program = test::pgbouncer_program();
  if (program.empty()) return;
  const test::PgBouncer pgbouncer(program, *test::postgresql_server(), "session");
  require_contracts(pgbouncer.connection_string(), PostgreSQLPooling::session);
}

TEST_CASE("the PostgreSQL stores keep their contracts through PgBouncer that pools transactions", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string program = test::pgbouncer_program();
  if (program.empty()) return;
  const test::PgBouncer pgbouncer(program, *test::postgresql_server(), "transaction");
  require_contracts(pgbouncer.connection_string(), PostgreSQLPooling::transaction_unnamed);
}

// Debian 12 has an older one. By SLACK_OAUTH_PGBOUNCER another can be named.
TEST_CASE("the PostgreSQL stores keep their contracts as behind PgBouncer that knows prepared statements",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string program = test::pgbouncer_program();
  if (program.empty()) return;
  if (!test::has_prepared_statements(program)) {
    WARN("this PgBouncer is older than 1.21, so the stores use the server without it");
    return require_contracts(test::postgresql_server()->connection_string(), PostgreSQLPooling::transaction);
  }
  const test::PgBouncer pgbouncer(program, *test::postgresql_server(), "transaction",
                                  "max_prepared_statements = 100\n");
  require_contracts(pgbouncer.connection_string(), PostgreSQLPooling::transaction);
}
