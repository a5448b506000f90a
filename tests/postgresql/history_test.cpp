// A long history costs look-ups nothing, and can be purged.
#include <chrono>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;

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
  // What a connection did is counted for all to see when it ends.
  const auto count = [&raw] {
    raw.execute("select pg_stat_clear_snapshot()");
    return std::stoll(raw.value("select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where schemaname = "
                                "current_schema()")) +
           std::stoll(raw.value("select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables where schemaname = "
                                "current_schema() and relname in ('slack_bots', 'slack_installations')"));
  };
  const auto settled = [&] {
    auto seen = count();
    while (true) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1500});  // longer than the server keeps counts to itself
      const auto again = count();
      if (again == seen) return seen;
      seen = again;
    }
  };
  const auto before = settled();
  {
    const PostgreSQLInstallationStore store(options);
    const BotQuery bot{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
    for (int i = 0; i < look_ups; ++i) {
      CHECK(store.find_bot(bot).has_value());
      CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->user_id == "U4");
      CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U1"}).has_value());
    }
  }
  const auto read = settled() - before;
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
