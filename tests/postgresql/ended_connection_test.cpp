// What is called after the server has ended the connections that the pool keeps.
#include <chrono>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

Installation installation(const std::string& token) {
  return {.team_id = "T1", .bot_token = token, .bot_id = "B1", .user_id = "U1"};
}

/// The server has said so, and closed them, when this returns.
void end_connections() {
  const test::RawDatabase raw(test::postgresql_server()->connection_string());
  const std::string ours = " from pg_stat_activity where application_name = 'slack-oauth'";
  raw.execute("select pg_terminate_backend(pid)" + ours);
  while (raw.value("select count(*)" + ours) != "0") std::this_thread::sleep_for(1ms);
}

}  // namespace

TEST_CASE("a save that was never sent is not taken for one that may have been done", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store;
  test::PlacedStore other(store.opened_with());
  CHECK_FALSE(store.find_bot({.team_id = "T1"}).has_value());
  // So many that what this store would have written cannot be known any more.
  for (int i = 0; i < 20; ++i) other.save(installation("xoxb-not-a-real-token-1"));
  end_connections();
  store.save(installation("xoxb-not-a-real-token-2"));
  CHECK(other.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
}

TEST_CASE("a state is consumed though the pool's connections have ended, however many", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = test::placed(PostgreSQLStoresOptions{});
  const Stores stores = postgresql_stores(options);
  const std::string state = stores.states->issue("acme");
  {
    // Two look-ups that have to wait, each over a connection of its own.
    const test::RawDatabase raw(options.connection_string);
    const test::RawDatabase blocker(options.connection_string, options.tables.schema);
    blocker.execute("begin; lock table slack_bots in access exclusive mode");
    std::thread first([&] { static_cast<void>(stores.installations->find_bot({.team_id = "T1"})); });
    std::thread second([&] { static_cast<void>(stores.installations->find_bot({.team_id = "T1"})); });
    while (raw.value("select count(*) from pg_stat_activity where application_name = 'slack-oauth' and "
                     "wait_event_type = 'Lock'") != "2") {
      std::this_thread::sleep_for(1ms);
    }
    blocker.execute("commit");
    first.join();
    second.join();
  }
  end_connections();
  CHECK(stores.states->consume(state) == "acme");
}
