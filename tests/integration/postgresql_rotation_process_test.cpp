// Processes that rotate tokens in one PostgreSQL database at the same time, also while its primary dies.
#include <atomic>
#include <chrono>
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
#include "postgresql/pair.hpp"
#include "postgresql/server.hpp"
#include "support/sanitizers.hpp"

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

}  // namespace

TEST_CASE(
    "8 processes keep 1000 workspaces in PostgreSQL working while one request in ten fails, is delayed or dropped",
    "[postgresql]" NOT_SANITIZED) {
  auto* const server = test::postgresql_server();
  if (server == nullptr) return;
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  test::RotationScene scene(opener(server->connection_string(), server->new_schema()), 1000, test::one_in_ten(seed));
  test::rotate_in_eight_processes(scene, seed);
}

TEST_CASE("8 processes keep 1000 workspaces working while the PostgreSQL primary dies, and its standby takes over",
          "[postgresql]" NOT_SANITIZED) {
  if (test::postgresql_server() == nullptr) return;
  const auto programs = test::postgresql_programs();
  if (!std::filesystem::exists(*programs / "pg_basebackup")) {
    WARN("SKIPPED: there is no pg_basebackup here");
    return;
  }
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  test::PostgreSQLPair servers(*programs);
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
