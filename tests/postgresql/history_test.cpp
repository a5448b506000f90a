// A long history costs look-ups nothing, and can be purged.
#include <chrono>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;

namespace {

/// How many rows and entries of indexes were read in this schema, when that stands still: what a connection did is
/// counted for all to see when it ends.
long long rows_read(const test::RawDatabase& raw) {
  const auto count = [&raw] {
    raw.execute("select pg_stat_clear_snapshot()");
    return std::stoll(raw.value("select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where schemaname = "
                                "current_schema()")) +
           std::stoll(raw.value("select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables where schemaname = "
                                "current_schema() and relname in ('slack_bots', 'slack_installations')"));
  };
  auto seen = count();
  while (true) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1500});  // longer than the server keeps counts to itself
    const auto again = count();
    if (again == seen) return seen;
    seen = again;
  }
}

}  // namespace

TEST_CASE("a look-up reads a few rows of a workspace that was saved 1 000 times, and sorts none", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  constexpr int saves = 1000;
  constexpr int look_ups = 50;
  const auto options = test::placed(PostgreSQLInstallationStoreOptions{.historical_data_enabled = true});
  const test::RawDatabase raw(options.connection_string, options.tables.schema);
  const auto installation = [](int number) {
    auto made = test::full_installation();
    made.user_id = "U" + std::to_string(number % 5);
    made.installed_at += std::chrono::minutes{number};
    return made;
  };
  {
    PostgreSQLInstallationStore store(options);
    for (int i = 0; i < saves; ++i) store.save(installation(i));
  }
  CHECK(raw.value("select count(*) from slack_installations") == std::to_string(saves));
  const auto before = rows_read(raw);
  {
    const PostgreSQLInstallationStore store(options);
    const BotQuery bot{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
    for (int i = 0; i < look_ups; ++i) {
      CHECK(store.find_bot(bot).has_value());
      CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->user_id == "U4");
      CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U1"}).has_value());
    }
  }
  const auto read = rows_read(raw) - before;
  CHECK(read > 0);
  CHECK(read < 3 * look_ups * 8);
}

TEST_CASE("purge_history erases what was superseded before a time, and leaves what is found", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.historical_data_enabled = true});
  auto installation = test::full_installation();
  for (int i = 0; i < 5; ++i) {
    installation.installed_at += std::chrono::hours{1};
    store.save(installation);
  }
  const auto raw = store.raw();
  CHECK(store.purge_history(installation.installed_at - std::chrono::hours{1}) == 6);
  CHECK(raw.value("select count(*) from slack_installations") == "2");
  CHECK(raw.value("select count(*) from slack_bots") == "2");
  CHECK(store.purge_history(installation.installed_at + std::chrono::hours{24}) == 2);
  CHECK(store.purge_history(installation.installed_at + std::chrono::hours{24}) == 0);
  CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) == installation);
}

TEST_CASE("purge_history looks at each row once, however many it leaves", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = test::placed(PostgreSQLInstallationStoreOptions{.historical_data_enabled = true});
  const test::RawDatabase raw(options.connection_string, options.tables.schema);
  { const PostgreSQLInstallationStore store(options); }
  // Workspaces that have never changed, and behind them one that was saved again and again.
  const int current = 30'000;
  const int superseded = 5'000;
  raw.execute(
      "insert into slack_bots (client_id, app_id, team_id, bot_token, is_enterprise_install, installed_at) "
      "select '111.222', 'A1', case when n <= " +
      std::to_string(current) +
      " then 'T' || n else 'T' end, 'xoxb-not-a-real-token-1', false, '2026-01-01' from generate_series(1, " +
      std::to_string(current + superseded + 1) + ") n");
  raw.execute("analyze slack_bots");
  const auto before = rows_read(raw);
  {
    PostgreSQLInstallationStore store(options);
    CHECK(store.purge_history(test::full_installation().installed_at + std::chrono::hours{24 * 3650}) == superseded);
  }
  CHECK(raw.value("select count(*) from slack_bots") == std::to_string(current + 1));
  const auto read = rows_read(raw) - before;
  CHECK(read > current);
  CHECK(read < 6 * (current + superseded));
}
