// Who listens goes on hearing where another table takes the place of one, as a migration does it.
#include <atomic>
#include <chrono>
#include <memory>
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

void replace_table(const test::RawDatabase& raw, const std::string& name) {
  raw.execute("begin; alter table " + name + " rename to old; create table " + name +
              " (like old including all); insert into " + name + " select * from old; drop table old cascade; commit");
}

/// A sequence of its own, since that of the old table goes with it.
void keep_sequence(const test::RawDatabase& raw, const std::string& name) {
  raw.execute("alter sequence " + name + "_id_seq owned by none");
}

bool hears(StoreChanges& changes) {
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (!changes.may_have_changed()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return changes.take().workspaces.size() == 1;
}

}  // namespace

TEST_CASE("changes() hears writes to a table that took the place of one", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store;
  const auto other = store.again();
  store.save(installation("xoxb-not-a-real-token-1"));
  const auto changes = store.changes();
  const auto raw = store.raw();
  for (const std::string table : {"slack_bots", "slack_installations"}) {
    keep_sequence(raw, table);
    other->save(installation("xoxb-not-a-real-token-2"));
    CHECK(hears(*changes));
    replace_table(raw, table);
    other->save(installation("xoxb-not-a-real-token-3"));
    CHECK(hears(*changes));
  }
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
}

TEST_CASE("who waits for a lease is called where a table was replaced meanwhile", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store;
  const auto other = store.again();
  const WorkspaceRef workspace{.team_id = "T1"};
  const auto raw = store.raw();
  keep_sequence(raw, "slack_bots");
  auto held = store.try_lease(workspace, 1h);
  REQUIRE(held != nullptr);
  std::atomic<bool> is_taken{false};
  std::thread waiter([&] { is_taken = other->wait_lease(workspace, 1h, 20s) != nullptr; });
  // It listens, and has found that the lease is held.
  while (raw.value("select count(*) from pg_stat_activity where query like 'listen slack_oauth_leases_%'") == "0") {
    std::this_thread::sleep_for(1ms);
  }
  std::this_thread::sleep_for(200ms);
  replace_table(raw, "slack_bots");
  const auto given_back = std::chrono::steady_clock::now();
  held.reset();
  waiter.join();
  CHECK(is_taken);
  CHECK(std::chrono::steady_clock::now() - given_back < 10s);
}

TEST_CASE("stores that name the schema and those that find it by the search path hear each other", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore named;
  const std::string schema = named.opened_with().tables.schema;
  PostgreSQLInstallationStore found(
      {.connection_string = named.opened_with().connection_string + "?options=-c%20search_path%3D" + schema,
       .client_id = "111.222"});
  const auto changes = named.changes();
  found.save(installation("xoxb-not-a-real-token-1"));
  CHECK(hears(*changes));
  const auto changes_of_found = found.changes();
  named.save(installation("xoxb-not-a-real-token-2"));
  CHECK(hears(*changes_of_found));
}
