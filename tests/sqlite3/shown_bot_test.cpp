// What is stored holds no bot token but the current one: rule 15, beside rows that the Python SDK writes.
#include <sqlite3.h>

#include <chrono>
#include <optional>
#include <random>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::SQLite3InstallationStore;

constexpr const char* first_token = "xoxb-not-a-real-token-1";
constexpr const char* second_token = "xoxb-not-a-real-token-2";
constexpr const char* third_token = "xoxb-not-a-real-token-3";

slack::oauth::SQLite3InstallationStoreOptions options(const test::TemporaryFolder& folder, bool keeps_history = false) {
  return {.database = folder.file("installations.db"),
          .client_id = "111.222",
          .historical_data_enabled = keeps_history,
          .synchronous = slack::oauth::SQLite3Synchronous::off};
}

slack::oauth::Timestamp minute(int number) { return test::at(1767225600 + number * 60, 250'000); }

Installation installation(const std::string& user_id, const std::string& token, int number) {
  return {.team_id = "T1",
          .bot_token = token.empty() ? std::nullopt : std::optional(token),
          .bot_id = token.empty() ? std::nullopt : std::optional<std::string>("B0BOT"),
          .bot_refresh_token = token.empty() ? std::nullopt : std::optional("xoxe-1-not-real-" + token),
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-1",
          .installed_at = minute(number)};
}

/// The rows of the workspace that hold a bot's token, the newest row first: "<user> <token>".
std::vector<test::Row> holders(const test::RawDatabase& database) {
  return database.query(
      "select user_id || ' ' || coalesce(bot_token, bot_refresh_token) from slack_installations "
      "where bot_token is not null or bot_refresh_token is not null order by installed_at desc, id desc");
}

std::vector<test::Row> only(const std::string& user_and_token) { return {{user_and_token}}; }

/// As Python 3.43 does it: the installations' rows stay as they are.
void python_delete_bot(const test::RawDatabase& database) {
  database.execute("delete from slack_bots where team_id = 'T1'");
}

}  // namespace

TEST_CASE("one row of the workspace holds the bot's token, and it is the current one", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  const test::RawDatabase raw(folder.file("installations.db"));
  store.save(installation("U1", first_token, 1));
  store.save(installation("U2", second_token, 2));
  CHECK(holders(raw) == only(std::string("U2 ") + second_token));

  const auto bot = store.find_bot({.team_id = "T1"});
  auto rotated = bot;
  rotated->bot_token = third_token;
  CHECK(store.replace_bot(bot, rotated));
  CHECK(holders(raw) == only(std::string("U2 ") + third_token));

  // One that is older than the newest, one of the same user that goes back in time, and one without a bot.
  store.save(installation("U3", first_token, 0));
  CHECK(holders(raw) == only(std::string("U2 ") + first_token));
  store.save(installation("U2", second_token, -1));
  CHECK(holders(raw) == only(std::string("U1 ") + second_token));
  store.save(installation("U4", "", 9));
  CHECK(holders(raw) == only(std::string("U4 ") + second_token));

  store.delete_installation({.team_id = "T1", .user_id = "U4"});
  CHECK(holders(raw) == only(std::string("U1 ") + second_token));
  const auto stored = store.find_installation({.team_id = "T1", .user_id = "U1"});
  CHECK(store.replace_installation(stored, std::nullopt));
  CHECK(holders(raw) == only(std::string("U3 ") + second_token));
  store.delete_bot({.team_id = "T1"});
  CHECK(holders(raw).empty());
  CHECK(raw.value("select count(*) from slack_installations") == "2");
}

TEST_CASE("the next write heals rows that the Python SDK wrote", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  const test::RawDatabase python(folder.file("installations.db"));
  store.save(installation("U1", first_token, 1));
  test::python_save(python, "T1", "U2", {.token = second_token}, "2026-01-01 00:05:00");
  test::python_save(python, "T1", "U2", {.token = second_token}, "2026-01-01 00:04:00");
  test::python_save(python, "T1", "U3", {.token = third_token}, "2026-01-01 00:03:00");
  REQUIRE(holders(python).size() == 4);

  const int write = GENERATE(0, 1, 2, 3);
  CAPTURE(write);
  if (write == 0) {
    store.save(installation("U1", "xoxb-not-a-real-token-4", 9));
    CHECK(holders(python) == only("U1 xoxb-not-a-real-token-4"));
  } else if (write == 1) {
    store.save_bot(*installation("U1", "xoxb-not-a-real-token-4", 9).to_bot());
    CHECK(holders(python) == only("U2 xoxb-not-a-real-token-4"));
  } else if (write == 2) {
    store.delete_installation({.team_id = "T1", .user_id = "U2"});
    CHECK(holders(python) == only(std::string("U3 ") + third_token));
  } else {
    store.save(installation("U4", "", 0));
    CHECK(holders(python) == only(std::string("U2 ") + third_token));
  }
  // A workspace of the same app that was not written is as Python left it.
  test::python_save(python, "T2", "U1", {.token = first_token});
  store.save(installation("U1", second_token, 10));
  CHECK(python.value("select bot_token from slack_installations where team_id = 'T2'") == first_token);
}

TEST_CASE("a token that the Python SDK left behind when it deleted the bot is not uncovered", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  const test::RawDatabase python(folder.file("installations.db"));
  test::python_save(python, "T1", "U1", {.token = first_token}, "2026-01-01 00:01:00");
  store.save(installation("U2", second_token, 2));
  python_delete_bot(python);
  REQUIRE(holders(python).size() == 1);
  const int write = GENERATE(0, 1, 2);
  CAPTURE(write);
  if (write == 0) {
    store.delete_installation({.team_id = "T1", .user_id = "U2"});
  } else if (write == 1) {
    store.save(installation("U3", "", 3));
  } else {
    const auto stored = store.find_installation({.team_id = "T1", .user_id = "U1"});
    CHECK(store.replace_installation(stored, stored));
  }
  CHECK(holders(python).empty());
  CHECK(store.find_installation({.team_id = "T1"})->bot_token == std::nullopt);
}

TEST_CASE("after any sequence of writes, ours and the Python SDK's, only the newest row holds the current token",
          "[sqlite3]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  const test::RawDatabase python(folder.file("installations.db"));
  const auto below = [&random](unsigned end) { return static_cast<int>(random() % end); };
  for (int i = 0; i < 1'500; ++i) {
    const std::string user_id = "U" + std::to_string(below(4));
    const std::string token = "xoxb-not-a-real-token-" + std::to_string(i);
    const auto python_time = [&] { return "2026-01-01 00:0" + std::to_string(below(10)) + ":00"; };
    bool is_ours = true;
    const int operation = below(13);
    switch (operation) {
      case 0:
      case 1:
        store.save(installation(user_id, token, below(10)));
        break;
      case 2:
        store.save(installation(user_id, "", below(10)));
        break;
      case 3:
        store.save_bot(*installation(user_id, token, below(10)).to_bot());
        break;
      case 4:
        store.delete_installation({.team_id = "T1", .user_id = user_id});
        break;
      case 5:
        store.delete_bot({.team_id = "T1"});
        break;
      case 6:
        store.delete_all({.team_id = "T1", .installed_until = minute(below(10))});
        break;
      case 7: {
        const auto stored = store.find_installation({.team_id = "T1", .user_id = user_id});
        if (!stored) continue;
        auto changed = stored;
        changed->user_token = "xoxp-not-a-real-token-" + std::to_string(i);
        CHECK(store.replace_installation(stored, below(2) == 0 ? changed : std::nullopt));
        break;
      }
      case 8: {
        const auto stored = store.find_bot({.team_id = "T1"});
        if (!stored) continue;
        auto changed = stored;
        changed->bot_token = token;
        CHECK(store.replace_bot(stored, below(3) == 0 ? std::nullopt : changed));
        break;
      }
      case 9:
        python_delete_bot(python);
        is_ours = false;
        break;
      case 10:
        test::python_save_bot(python, "T1", {.token = token}, python_time());
        is_ours = false;
        break;
      default:
        test::python_save(python, "T1", user_id, {.token = token}, python_time());
        is_ours = false;
    }
    if (!is_ours) continue;
    const auto bot = store.find_bot({.team_id = "T1"});
    const auto newest = python.query(
        "select user_id, coalesce(bot_token, '') from slack_installations order by installed_at desc, id desc limit 1");
    const auto found = holders(python);
    CAPTURE(i, operation);
    if (!bot || newest.empty()) {
      REQUIRE(found.empty());
    } else {
      REQUIRE(found == only(newest.front()[0] + " " + bot->bot_token));
    }
    REQUIRE(python.query("select bot_token from slack_bots") ==
            (bot ? only(bot->bot_token) : std::vector<test::Row>{}));
  }
}

TEST_CASE("history keeps the tokens of superseded rows, and no other row keeps one", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder, true));
  const test::RawDatabase python(folder.file("installations.db"));
  store.save(installation("U1", first_token, 1));
  store.save(installation("U1", second_token, 2));
  store.save(installation("U2", third_token, 3));
  // U1's latest row is superseded by none, and the bot that it showed is another's by now.
  CHECK(holders(python) ==
        std::vector<test::Row>{{std::string("U2 ") + third_token}, {std::string("U1 ") + first_token}});

  // Python's rows: one that U3's next supersedes, and U3's latest.
  test::python_save(python, "T1", "U3", {.token = first_token}, "2026-01-01 00:04:00");
  test::python_save(python, "T1", "U3", {.token = second_token}, "2026-01-01 00:05:00");
  store.save(installation("U4", "xoxb-not-a-real-token-4", 6));
  CHECK(holders(python) == std::vector<test::Row>{{"U4 xoxb-not-a-real-token-4"},
                                                  {std::string("U3 ") + first_token},
                                                  {std::string("U1 ") + first_token}});
  store.delete_bot({.team_id = "T1"});
  CHECK(holders(python).empty());
}

TEST_CASE("a save costs the same after 1 000 rows of history as after two", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const bool keeps_history = GENERATE(true, false);
  const std::string path = folder.file("installations.db");
  { const SQLite3InstallationStore makes_tables(options(folder, keeps_history)); }
  slack::oauth::detail::SQLite3Connection connection(path, SQLITE_OPEN_READWRITE, std::chrono::milliseconds{1000});
  slack::oauth::detail::SqlWriter<slack::oauth::detail::SQLite3Connection, Installation, Bot> writer(
      connection, "111.222", keeps_history);
  // Steps of SQLite's machine: a price that is the same on every computer.
  const auto price = [&](int number) {
    for (sqlite3_stmt* next = nullptr; (next = sqlite3_next_stmt(connection.get(), next)) != nullptr;) {
      sqlite3_stmt_status(next, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    const std::string user_id = keeps_history ? "U" + std::to_string(number % 2) : "U" + std::to_string(number);
    const auto value = installation(user_id, "xoxb-not-a-real-token-" + std::to_string(number), number);
    const auto bot = value.to_bot();
    writer.write({"", "T1"}, &value, &*bot);
    int steps = 0;
    for (sqlite3_stmt* next = nullptr; (next = sqlite3_next_stmt(connection.get(), next)) != nullptr;) {
      steps += sqlite3_stmt_status(next, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    return steps;
  };
  price(0);
  price(1);
  price(2);
  const int first = price(3);
  for (int i = 4; i < 1'000; ++i) price(i);
  CHECK(price(1'000) <= first + 10);
}
