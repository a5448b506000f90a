// Superseded records: removed, or kept without a price for look-ups.
#include <sqlite3.h>

#include <chrono>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::Installation;
using slack::oauth::SQLite3InstallationStore;

slack::oauth::SQLite3InstallationStoreOptions options(const std::string& database, bool keeps_history) {
  return {.database = database,
          .client_id = "111.222",
          .historical_data_enabled = keeps_history,
          .synchronous = slack::oauth::SQLite3Synchronous::off};
}

Installation installation(const std::string& user_id, int number) {
  return {.team_id = "T1",
          .bot_token = "xoxb-not-a-real-token-" + std::to_string(number),
          .user_id = user_id,
          .installed_at = test::at(1767225600 + number)};
}

int rows(const test::RawDatabase& database, const std::string& table) {
  return std::stoi(database.value("select count(*) from " + table));
}

}  // namespace

TEST_CASE("superseded records are removed, or kept where that is asked for", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase other(folder.file("installations.db"));
  SQLite3InstallationStore store(options(folder.file("installations.db"), true));
  for (int i = 0; i < 3; ++i) store.save(installation("U1", i));
  store.save_bot(*installation("U1", 4).to_bot());
  CHECK(rows(other, "slack_installations") == 3);
  CHECK(rows(other, "slack_bots") == 4);
  CHECK(other.value("select bot_token from slack_bots order by id limit 1") == "xoxb-not-a-real-token-0");

  SQLite3InstallationStore latest_only(options(folder.file("installations.db"), false));
  latest_only.save(installation("U1", 5));
  CHECK(rows(other, "slack_installations") == 1);
  CHECK(rows(other, "slack_bots") == 1);
}

TEST_CASE("a record that is older than the one it supersedes counts, also for the Python SDK", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase python(folder.file("installations.db"));
  SQLite3InstallationStore store(options(folder.file("installations.db"), true));
  for (int i = 3; i > 0; --i) store.save(installation("U1", i));
  CHECK(store.find_installation({.team_id = "T1"}) == store.find_installation({.team_id = "T1", .user_id = "U1"}));
  CHECK(store.find_installation({.team_id = "T1"})->installed_at == test::at(1767225601));
  CHECK(test::python_bot_token(python, "T1") == "xoxb-not-a-real-token-1");
  CHECK(test::python_installation(python, "T1", "U1")->bot_token == "xoxb-not-a-real-token-1");
  CHECK(rows(python, "slack_installations") == 3);
}

TEST_CASE("history is purged, and what is found stays", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase other(folder.file("installations.db"));
  SQLite3InstallationStore store(options(folder.file("installations.db"), true));
  for (int i = 0; i < 10; ++i) store.save(installation("U1", i));
  store.save(installation("U2", 2));
  auto stranger = options(folder.file("installations.db"), true);
  stranger.client_id = "333";
  SQLite3InstallationStore other_app(stranger);
  for (int i = 0; i < 2; ++i) other_app.save(installation("U1", i));

  CHECK(store.purge_history(test::at(1767225600)) == 0);
  CHECK(store.purge_history(test::at(1767225605)) == 10);
  CHECK(store.purge_history(test::at(1767225605)) == 0);
  CHECK(other.value("select count(*) from slack_installations where client_id = '111.222'") == "6");
  CHECK(other.value("select count(*) from slack_bots where client_id = '333'") == "2");
  CHECK(store.purge_history(slack::oauth::now()) > 0);
  CHECK(store.find_installation({.team_id = "T1", .user_id = "U1"})->installed_at == test::at(1767225609));
  CHECK(store.find_installation({.team_id = "T1", .user_id = "U2"})->installed_at == test::at(1767225602));
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(other.value("select count(*) from slack_installations where client_id = '111.222'") == "2");
}

TEST_CASE("a long history is purged in steps", "[sqlite3]") {
  SQLite3InstallationStore store(options(":memory:", true));
  for (int i = 0; i < 2'500; ++i) store.save(installation("U1", i));
  CHECK(store.purge_history(slack::oauth::now()) == 2 * 2'499);
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2499");
}

TEST_CASE("no look-up scans or sorts", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  const SQLite3InstallationStore store(options(path, true));
  // The statements themselves, as SQLite keeps them for a connection.
  using Reader =
      slack::oauth::detail::SqlReader<slack::oauth::detail::SQLite3Connection, Installation, slack::oauth::Bot>;
  slack::oauth::detail::SQLite3Connection connection(path, SQLITE_OPEN_READWRITE, std::chrono::milliseconds{0});
  const Reader reader(connection, "111.222");
  const test::RawDatabase other(path);
  int statements = 0;
  for (sqlite3_stmt* next = nullptr; (next = sqlite3_next_stmt(connection.get(), next)) != nullptr; ++statements) {
    const std::string sql = sqlite3_sql(next);
    CAPTURE(sql);
    for (const auto& row : other.query("explain query plan " + sql)) {
      CAPTURE(row.back());
      CHECK(row.back().find("SCAN") == std::string::npos);
      CHECK(row.back().find("TEMP B-TREE") == std::string::npos);
    }
  }
  CHECK(statements == 3);
}

TEST_CASE("the Python SDK's look-ups neither scan nor sort", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  const SQLite3InstallationStore store(options(path, true));
  const test::RawDatabase python(path);
  const std::string key = " where client_id = ?1 and enterprise_id = ?2 and team_id = ?3 ";
  for (const std::string& sql :
       {"select bot_token from slack_bots" + key, "select bot_token from slack_installations" + key,
        "select bot_token from slack_installations" + key + "and user_id = ?4 ",
        "select bot_token from slack_installations" + key + "and bot_token is not null "}) {
    for (const auto& row : python.query("explain query plan " + sql + "order by installed_at desc limit 1")) {
      CAPTURE(sql, row.back());
      CHECK(row.back().find("SEARCH") != std::string::npos);
    }
  }
}

TEST_CASE("a look-up costs the same after 1 000 saves as after one", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  const bool goes_back_in_time = GENERATE(false, true);
  SQLite3InstallationStore store(options(path, true));
  slack::oauth::detail::SQLite3Connection connection(path, SQLITE_OPEN_READWRITE, std::chrono::milliseconds{1000});
  slack::oauth::detail::SqlReader<slack::oauth::detail::SQLite3Connection, Installation, slack::oauth::Bot> reader(
      connection, "111.222");
  // Steps of SQLite's machine: a price that is the same on every computer.
  const auto price = [&] {
    const slack::oauth::WorkspaceKey key{"", "T1"};
    CHECK(reader.find_bot(key));
    CHECK(reader.find_installation(key, "U1"));
    CHECK(reader.find_installation(key, std::nullopt));
    int steps = 0;
    for (sqlite3_stmt* next = nullptr; (next = sqlite3_next_stmt(connection.get(), next)) != nullptr;) {
      steps += sqlite3_stmt_status(next, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    return steps;
  };
  store.save(installation("U1", 20'000));
  const int first = price();
  for (int i = 1; i < 1'000; ++i) store.save(installation("U1", goes_back_in_time ? 20'000 - i : 20'000 + i));
  CHECK(price() <= first + 10);
}
