// Rows and tables as others than this library have made or altered them.
#include <chrono>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

const Timestamp start = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

Installation installation(const std::string& token, Timestamp installed_at = start) {
  return {.team_id = "T1",
          .bot_token = token,
          .bot_id = "B1",
          .user_id = "U1",
          .user_token = "xoxp-not-a-real-token-1",
          .installed_at = installed_at};
}

/// A store with one record, whose time is taken away.
class TimelessStore : public test::PlacedStore {
 public:
  TimelessStore() {
    save(installation("xoxb-not-a-real-token-1"));
    for (const std::string table : {"slack_bots", "slack_installations"}) {
      raw().execute("alter table " + table + " alter installed_at drop not null; update " + table +
                    " set installed_at = null");
    }
  }
};

}  // namespace

TEST_CASE("a record without a time is the same at each look-up, and can be replaced", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  TimelessStore store;
  const auto bot = store.find_bot({.team_id = "T1"});
  const auto found = store.find_installation({.team_id = "T1"});
  REQUIRE(bot.has_value());
  REQUIRE(found.has_value());
  CHECK(bot->installed_at == Timestamp{});
  CHECK(found->installed_at == Timestamp{});
  Bot newer = *bot;
  newer.bot_token = "xoxb-not-a-real-token-2";
  CHECK(store.replace_bot(bot, newer));
  CHECK(store.find_bot({.team_id = "T1"}) == newer);
}

TEST_CASE("a record without a time is older than any that is installed", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  TimelessStore store;
  SECTION("for delete_bot") {
    store.delete_bot({.team_id = "T1", .installed_until = start});
    CHECK_FALSE(store.find_bot({.team_id = "T1"}).has_value());
  }
  SECTION("for delete_installation") {
    store.delete_installation({.team_id = "T1", .installed_until = start});
    CHECK_FALSE(store.find_installation({.team_id = "T1"}).has_value());
  }
  SECTION("for delete_all") {
    store.delete_all({.team_id = "T1", .installed_until = start});
    CHECK_FALSE(store.find_bot({.team_id = "T1"}).has_value());
    CHECK_FALSE(store.find_installation({.team_id = "T1"}).has_value());
  }
}

TEST_CASE("columns with a time zone keep each moment, whatever the role's time zone is", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  PostgreSQLInstallationStoreOptions options;
  options.connection_string =
      test::postgresql_server()->connection_string() + "?options=-c%20timezone%3DAsia%2FKathmandu";
  options.historical_data_enabled = true;
  test::PlacedStore store(options);
  const auto raw = store.raw();
  raw.execute(
      "set timezone = 'UTC'; alter table slack_bots alter installed_at type timestamptz; alter table "
      "slack_installations alter installed_at type timestamptz");
  store.save(installation("xoxb-not-a-real-token-1", start));
  // The one that was superseded has to give way, and its time is kept beside.
  store.save(installation("xoxb-not-a-real-token-2", start - 1h));
  CHECK(raw.value("select given_installed_at from slack_installations where given_installed_at is not null") ==
        "2026-03-01 00:00:00");
  CHECK(store.find_installation({.team_id = "T1"})->installed_at == start - 1h);
  CHECK(store.purge_history(start) == 0);
  CHECK(store.purge_history(start + 1s) == 2);
}

TEST_CASE("a table whose numbers have run out says so", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store;
  store.raw().execute("select setval('slack_bots_id_seq', 2147483647)");
  const auto error = test::thrown_by<StorageError>([&store] { store.save(installation("xoxb-not-a-real-token-1")); });
  CHECK(error.code() == "2200H");
  CHECK(std::string(error.what()).find("slack_bots_id_seq") != std::string::npos);
}

TEST_CASE("a role that reads only by default saves, takes turns and issues states", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  PostgreSQLStoresOptions options = test::placed(PostgreSQLStoresOptions{});
  options.connection_string += "?options=-c%20default_transaction_read_only%3Don";
  options.timeout = 2s;
  const Stores stores = postgresql_stores(options);
  stores.installations->save(installation("xoxb-not-a-real-token-1"));
  CHECK(stores.installations->try_lease({.team_id = "T1"}, 1min) != nullptr);
  CHECK(stores.states->consume(stores.states->issue("acme")) == "acme");
}
