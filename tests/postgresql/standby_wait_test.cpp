// A server that is told to stop waiting for its standby: what it has only for itself is no state and no turn.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <set>
#include <slack/oauth/postgresql.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

/// A server whose standby never comes.
class LonelyServer {
 public:
  LonelyServer() { raw_.execute("create role app login superuser"); }

  [[nodiscard]] const test::RawDatabase& raw() const { return raw_; }

  [[nodiscard]] Stores stores(PostgreSQLPooling pooling = PostgreSQLPooling::session) const {
    return postgresql_stores(
        {.connection_string = "host=127.0.0.1 user=app dbname=postgres port=" + std::to_string(server_.port()),
         .client_id = "111.222",
         .pooling = pooling,
         .timeout = 60s});
  }

  void wait_for_standby(bool waits) const {
    raw_.execute(waits ? "alter role app reset synchronous_commit" : "alter role app set synchronous_commit = local");
  }

  /// Calls it, and cancels each wait for the standby meanwhile. From the third on, new connections do not wait. Returns
  /// how many there were.
  std::size_t cancel_waits(const std::function<void()>& call) const {
    std::atomic<bool> is_done{false};
    std::string problem;
    std::thread caller([&] {
      try {
        call();
      } catch (const std::exception& error) {
        problem = error.what();
      }
      is_done = true;
    });
    std::set<std::string> waits;
    while (!is_done) {
      // By transaction: the server shows what waits now beside a query that may be the one before.
      for (const auto& row : raw_.query("select pid, pid || ' ' || backend_xid from pg_stat_activity "
                                        "where wait_event = 'SyncRep' and backend_xid is not null")) {
        if (!waits.insert(row[1]).second) continue;
        if (waits.size() == 3) wait_for_standby(false);
        raw_.execute("select pg_cancel_backend(" + row[0] + ")");
      }
    }
    caller.join();
    if (!problem.empty()) throw std::runtime_error(problem);
    return waits.size();
  }

 private:
  test::PostgreSQLServer server_{*test::postgresql_programs(), {"synchronous_standby_names=nobody"}};
  test::RawDatabase raw_{server_.connection_string() + "?options=-c%20synchronous_commit%3Dlocal"};
};

Installation installation() {
  return {.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .bot_id = "B1", .user_id = "U1"};
}

}  // namespace

TEST_CASE("no save, state or turn is acknowledged that the standby did not get", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const LonelyServer server;
  server.wait_for_standby(false);
  const std::string state = server.stores().states->issue("acme");
  auto pooling = PostgreSQLPooling::session;
  SECTION("where the server warns") {
    pooling = GENERATE(PostgreSQLPooling::session, PostgreSQLPooling::transaction_unnamed);
  }
  SECTION("where the role wants no warnings") {
    server.raw().execute("alter role app set client_min_messages = error");
  }

  // With connections of its own for each, since the role's settings are those of new ones.
  const auto cancel_waits = [&](const auto& call) {
    server.wait_for_standby(true);
    const Stores stores = server.stores(pooling);
    return server.cancel_waits([&] { call(stores); });
  };
  CHECK(cancel_waits([](const Stores& stores) { stores.installations->save(installation()); }) == 3);
  std::string issued;
  CHECK(cancel_waits([&](const Stores& stores) { issued = stores.states->issue("other"); }) == 3);
  CHECK(server.raw().value("select count(*) from slack_oauth_states where state = $1", {issued}) == "1");
  bool is_taken = false;
  CHECK(cancel_waits([&](const Stores& stores) {
          is_taken = stores.installations->try_lease({.team_id = "T1"}, 1h) != nullptr;
        }) == 3);
  CHECK(is_taken);
  // Whether it is consumed is not known: a standby that is promoted still has it.
  std::string code;
  CHECK(cancel_waits([&](const Stores& stores) {
          const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(stores.states->consume(state)); });
          code = error.code();
        }) == 1);
  CHECK(code == "40003");
}
