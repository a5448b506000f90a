// The contract kit for changes on PostgreSQLInstallationStore: with notices and by polling, directly and through
// PgBouncer.
#include <chrono>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/store_changes_contract.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/pgbouncer.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

void require_contract(const PostgreSQLInstallationStoreOptions& options) {
  testing::ChangesContractOptions<test::PlacedStore> contract;
  contract.same_storage = [](test::PlacedStore& store) { return store.again(); };
  contract.delay = 200ms;
  const auto make = [&options] { return std::make_shared<test::PlacedStore>(options); };
  for (const auto& check : testing::store_changes_contract(make, contract)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

}  // namespace

TEST_CASE("the PostgreSQL store tells of its changes", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool has_notices = GENERATE(true, false);
  const bool has_triggers = GENERATE(false, true);
  CAPTURE(has_notices, has_triggers);
  require_contract({.tables = {.triggers = has_triggers}, .changes = {.notices = has_notices, .poll_interval = 10ms}});
}

TEST_CASE("the PostgreSQL store tells of its changes through PgBouncer that pools sessions", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string program = test::pgbouncer_program();
  if (program.empty()) return;
  const test::PgBouncer pgbouncer(program, *test::postgresql_server(), "session");
  require_contract({.connection_string = pgbouncer.connection_string()});
}

TEST_CASE("the PostgreSQL store tells of its changes through PgBouncer that pools transactions", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string program = test::pgbouncer_program();
  if (program.empty()) return;
  const test::PgBouncer pgbouncer(program, *test::postgresql_server(), "transaction");
  // Past PgBouncer it listens, and else it polls.
  const bool listens = GENERATE(false, true);
  CAPTURE(listens);
  const std::string direct = listens ? test::postgresql_server()->connection_string() : "";
  require_contract({.connection_string = pgbouncer.connection_string(),
                    .pooling = PostgreSQLPooling::transaction_unnamed,
                    .changes = {.listen_connection_string = direct, .poll_interval = 10ms}});
}
