// Processes that rotate tokens in one PostgreSQL database at the same time, also while its primary dies.
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <memory>
#include <random>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "integration/rotating_processes.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

/// Opens a store with connections of its own.
test::OpenStore opener(const std::string& connection_string, const std::string& schema) {
  return [=] {
    return postgresql_stores({.connection_string = connection_string,
                              .client_id = "111.222",
                              .pool = {.size = 2},
                              .timeout = 60s,
                              .tables = {.schema = schema}})
        .installations;
  };
}

/// A primary and its synchronous standby.
struct Pair {
  explicit Pair(const std::filesystem::path& programs) : primary(programs), standby(primary, test::free_port()) {
    const test::RawDatabase raw(primary.connection_string());
    raw.execute("alter system set synchronous_standby_names = '*'");
    raw.execute("select pg_reload_conf()");
    while (raw.value("select count(*) from pg_stat_replication where sync_state = 'sync'") != "1") {
      std::this_thread::sleep_for(10ms);
    }
  }

  /// Both, of which the one that may be written is taken.
  [[nodiscard]] std::string connection_string() const {
    return "host=127.0.0.1,127.0.0.1 port=" + std::to_string(primary.port()) + "," + std::to_string(standby.port()) +
           " user=postgres dbname=postgres target_session_attrs=read-write";
  }

  void fail_over() {
    primary.stop(SIGKILL);
    std::this_thread::sleep_for(200ms);
    test::RawDatabase(standby.connection_string()).execute("select pg_promote()");
  }

  test::PostgreSQLServer primary;
  test::PostgreSQLServer standby;
};

}  // namespace

TEST_CASE(
    "8 processes keep 1000 workspaces in PostgreSQL working while one request in ten fails, is delayed or dropped",
    "[postgresql]") {
  auto* const server = test::postgresql_server();
  if (server == nullptr) return;
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  test::RotationScene scene(opener(server->connection_string(), server->new_schema()), 1000, test::one_in_ten(seed));
  test::rotate_in_eight_processes(scene, seed);
}

TEST_CASE("8 processes keep 1000 workspaces working while the PostgreSQL primary dies, and its standby takes over",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto programs = test::postgresql_programs();
  if (!std::filesystem::exists(*programs / "pg_basebackup")) {
    WARN("SKIPPED: there is no pg_basebackup here");
    return;
  }
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  Pair servers(*programs);
  test::RotationScene scene(opener(servers.connection_string(), "public"), 1000, test::one_in_ten(seed));
  std::exception_ptr problem;
  std::atomic<bool> has_failed_over = false;
  int requests = 0;
  std::thread failover;
  scene.on_request = [&] {
    if (++requests != 400) return;
    failover = std::thread([&] {
      try {
        servers.fail_over();
        has_failed_over = true;
      } catch (...) {
        problem = std::current_exception();
      }
    });
  };
  test::rotate_in_eight_processes(scene, seed);
  if (failover.joinable()) failover.join();
  if (problem) std::rethrow_exception(problem);
  CHECK(has_failed_over);
  CHECK(requests > 600);  // it was in the middle
}

TEST_CASE("jobs of several processes share the work in PostgreSQL, and none asks for a token twice", "[postgresql]") {
  auto* const server = test::postgresql_server();
  if (server == nullptr) return;
  test::share_a_job(opener(server->connection_string(), server->new_schema()));
}
