// Deletes of what was installed until a moment, against the times that this library, the Python SDK and people write.
#include <optional>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::Installation;
using slack::oauth::SQLite3InstallationStore;

constexpr std::int64_t noon = 1767268800;  // 2026-01-01 12:00:00

slack::oauth::SQLite3InstallationStoreOptions options(const test::TemporaryFolder& folder, bool keeps_history = false) {
  return {.database = folder.file("installations.db"),
          .client_id = "111.222",
          .historical_data_enabled = keeps_history,
          .synchronous = slack::oauth::SQLite3Synchronous::off};
}

Installation installation(const std::string& user_id, slack::oauth::Timestamp time) {
  return {.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = user_id, .installed_at = time};
}

}  // namespace

TEST_CASE("a time in any form is compared as the moment that it is", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  const test::RawDatabase raw(folder.file("installations.db"));
  // By the order of text, or of SQLite's types, each of these would be decided wrongly.
  const auto [sql, is_deleted] = GENERATE(table<std::string, bool>({
      {"'2026-01-01 12:00:00'", true},           // of Python
      {"'2026-01-01T12:00:00Z'", true},          // "T" comes behind " "
      {"'2026-01-01 14:00:00+02:00'", true},     // noon
      {"'2026-01-01 11:59:59.9-00:30'", false},  // half past
      {"1767268800", true},
      {"1767268801", false},
      {"1767268800.5", false},
      {"'2026-01-01 12:00:00.000001'", false},
      {"'1767268800'", true},
  }));
  CAPTURE(sql);
  const bool is_whole = GENERATE(true, false);
  store.save(installation("U1", test::at(noon)));
  raw.execute("update slack_bots set installed_at = " + sql + "; update slack_installations set installed_at = " + sql);
  if (is_whole) {
    store.delete_all({.team_id = "T1", .installed_until = test::at(noon)});
  } else {
    store.delete_bot({.team_id = "T1", .installed_until = test::at(noon)});
    store.delete_installation({.team_id = "T1", .user_id = "U1", .installed_until = test::at(noon)});
  }
  CHECK(store.find_bot({.team_id = "T1"}).has_value() != is_deleted);
  CHECK(store.find_installation({.team_id = "T1", .user_id = "U1"}).has_value() != is_deleted);
}

TEST_CASE("what was installed later stays, and shows the bot that is there", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const bool keeps_history = GENERATE(false, true);
  SQLite3InstallationStore store(options(folder, keeps_history));
  const test::RawDatabase python(folder.file("installations.db"));
  store.save(installation("U1", test::at(noon)));
  test::python_save(python, "T1", "U2", {.token = "xoxb-not-a-real-token-2"}, "2026-01-01 13:00:00");
  store.delete_all({.team_id = "T1", .installed_until = test::at(noon)});
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK_FALSE(store.find_installation({.team_id = "T1", .user_id = "U1"}));
  CHECK(store.find_installation({.team_id = "T1", .user_id = "U2"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(test::python_installation(python, "T1", "U2")->bot_token == "xoxb-not-a-real-token-2");
  store.delete_all({.team_id = "T1", .installed_until = test::at(noon + 3600)});
  CHECK_FALSE(store.find_bot({.team_id = "T1"}));
  CHECK(python.value("select count(*) from slack_installations") == "0");
}

TEST_CASE("several users are deleted in one step, and only those", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  for (const int i : {1, 2, 3, 4}) store.save(installation("U" + std::to_string(i), test::at(noon + i)));
  const std::vector<std::string_view> named{"U4", "U1", "", "U3", "U9"};
  store.delete_installations({.team_id = "T1", .installed_until = test::at(noon + 3)}, named);
  const auto is_there = [&store](const char* user_id) {
    return store.find_installation({.team_id = "T1", .user_id = user_id}).has_value();
  };
  CHECK_FALSE(is_there("U1"));
  CHECK(is_there("U2"));
  CHECK_FALSE(is_there("U3"));
  CHECK(is_there("U4"));
  store.delete_installations({.team_id = "T1"}, named);
  CHECK_FALSE(is_there("U4"));
  CHECK(is_there("U2"));
  CHECK(store.find_bot({.team_id = "T1"}));
}

TEST_CASE("a time that means nothing is an error, and nothing is deleted", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  store.save(installation("U1", test::at(noon)));
  const test::RawDatabase raw(folder.file("installations.db"));
  raw.execute("update slack_installations set installed_at = 'some day'");
  CHECK_THROWS_AS(store.delete_all({.team_id = "T1", .installed_until = test::at(noon)}),
                  slack::oauth::InvalidDataError);
  CHECK(raw.value("select count(*) from slack_bots") == "1");
  store.delete_all({.team_id = "T1"});
  CHECK(raw.value("select count(*) from slack_installations") == "0");
}
