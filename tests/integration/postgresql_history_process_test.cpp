// What processes saw of one PostgreSQL database has an order in which each call was made at one moment, though some of
// them are killed, and though the primary is.
#include <chrono>
#include <filesystem>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/pair.hpp"
#include "postgresql/proxy.hpp"
#include "postgresql/server.hpp"
#include "support/history_processes.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;

std::shared_ptr<test::InstallationStore> open_database(const std::string& connection_string,
                                                       const std::string& schema) {
  return std::make_shared<slack::oauth::PostgreSQLInstallationStore>(
      slack::oauth::PostgreSQLInstallationStoreOptions{.connection_string = connection_string,
                                                       .client_id = "111.222",
                                                       .pool = {.size = 2},
                                                       .timeout = 60s,
                                                       .tables = {.schema = schema}});
}

}  // namespace

TEST_CASE("what processes saw of PostgreSQL has an order, though half of them were killed",
          "[postgresql]" NOT_SANITIZED) {
  auto* const server = test::postgresql_server();
  if (server == nullptr) return;
  const std::string schema = server->new_schema();
  open_database(server->connection_string(), schema);
  test::check_history("PostgreSQL", [&] { return open_database(server->connection_string(), schema); });
}

TEST_CASE("what processes saw of PostgreSQL has an order, though connections were cut", "[postgresql]" NOT_SANITIZED) {
  auto* const server = test::postgresql_server();
  if (server == nullptr) return;
  const std::string schema = server->new_schema();
  open_database(server->connection_string(), schema);
  test::Proxy proxy(server->port());
  test::check_history(
      "PostgreSQL with cut connections", [&] { return open_database(proxy.connection_string(), schema); }, false,
      [&](int) {
        for (int i = 0; i < 10; ++i) {
          // In the middle of a commit, whose outcome nobody hears of, and of anything else.
          proxy.expect(i % 2 == 0 ? test::Fault::cut_in : test::Fault::cut_after, i % 4 < 2 ? "commit" : "");
          std::this_thread::sleep_for(10ms);
          if (i % 3 == 0) proxy.cut_all();
        }
        proxy.expect(test::Fault::none, "");
      });
  CHECK(proxy.faults() > 0);
}

TEST_CASE("what processes saw of PostgreSQL has an order, though its primary was killed",
          "[postgresql]" NOT_SANITIZED) {
  if (test::postgresql_server() == nullptr) return;
  const auto programs = test::postgresql_programs();
  if (!std::filesystem::exists(*programs / "pg_basebackup")) {
    WARN("SKIPPED: there is no pg_basebackup here");
    return;
  }
  test::PostgreSQLPair pair(*programs);
  open_database(pair.connection_string(), "public");
  test::check_history(
      "PostgreSQL with a failover", [&] { return open_database(pair.connection_string(), "public"); }, false,
      [&](int round) {
        if (round != 0) return;
        std::this_thread::sleep_for(30ms);
        pair.fail_over();
      });
}
