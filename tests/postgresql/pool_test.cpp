// The connections of a pool: which are kept, for how long, and at what cost.
#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "support/allocations.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

Installation installation(const std::string& token) {
  return {.team_id = "T1", .bot_token = token, .bot_id = "B1", .user_id = "U1"};
}

}  // namespace

TEST_CASE("a save whose statements warn keeps its connection, and is one round trip", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore store({.connection_string = proxy.connection_string()});
  const auto raw = store.raw();
  raw.execute(
      "create function audit() returns trigger language plpgsql as $$ begin raise warning 'audit'; return null; end "
      "$$; "
      "create trigger audit after insert or update on slack_bots for each row execute function audit()");
  store.save(installation("xoxb-not-a-real-token-0"));
  const int connections = proxy.connections();
  for (int i = 1; i <= 5; ++i) {
    const int before = proxy.round_trips();
    store.save(installation("xoxb-not-a-real-token-" + std::to_string(i)));
    CHECK(proxy.round_trips() - before == 1);
  }
  CHECK(proxy.connections() == connections);
  CHECK(raw.value("select version from slack_oauth_workspaces") == "6");
}

TEST_CASE("times may be as long as their type has them", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  constexpr auto longest = std::chrono::milliseconds::max();
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore store({.connection_string = proxy.connection_string(),
                           .pool = {.size = 1, .idle_timeout = longest, .lifetime = longest},
                           .timeout = longest,
                           .changes = {.notices = false, .poll_interval = 1ms, .longest_write = longest}});
  const auto changes = store.changes();
  for (int i = 0; i < 3; ++i) store.save(installation("xoxb-not-a-real-token-1"));
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
  CHECK(proxy.connections() == 1);
  CHECK_FALSE(changes->take().workspaces.empty());

  detail::PostgreSQLPool pool(
      {.connection_string = test::postgresql_server()->connection_string(), .timeout = longest});
  pool.run(detail::PostgreSQLRepeat::never, [](detail::PostgreSQLSession& session) {
    auto settings = session.connection().prepare(
        "select name, setting from pg_settings where name in ('statement_timeout', 'plan_cache_mode') order by name");
    REQUIRE(settings.step());
    CHECK(settings.row().text(1) == "force_generic_plan");
    REQUIRE(settings.step());
    CHECK(settings.row().text(1) != "0");
  });
}

TEST_CASE("to give a connection back allocates nothing, so that it cannot fail", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  detail::PostgreSQLPool pool(
      {.connection_string = test::postgresql_server()->connection_string(), .timeout = 10s, .pool = {.size = 4}});
  for (const bool has_lost_server : {false, true}) {
    CAPTURE(has_lost_server);
    if (has_lost_server) {
      CHECK_THROWS_AS(pool.run(detail::PostgreSQLRepeat::never,
                               [](detail::PostgreSQLSession& session) {
                                 session.connection().execute("select pg_terminate_backend(pg_backend_pid())");
                               }),
                      StorageError);
    }
    std::size_t in_use = 0;
    pool.run(detail::PostgreSQLRepeat::never, [&](detail::PostgreSQLSession& /*first*/) {
      pool.run(detail::PostgreSQLRepeat::never,
               [&](detail::PostgreSQLSession& /*second*/) { in_use = test::allocations(); });
      const std::size_t after = test::allocations();
      CHECK(after == in_use);
      in_use = test::allocations();
    });
    const std::size_t after = test::allocations();
    CHECK(after == in_use);
  }
}
