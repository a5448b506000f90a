// The tables that the store makes, and how it upgrades those of others.
#include <cstdint>
#include <optional>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::InvalidDataError;
using slack::oauth::SQLite3InstallationStore;
using slack::oauth::StorageError;

slack::oauth::SQLite3InstallationStoreOptions options(const test::TemporaryFolder& folder) {
  return {.database = folder.file("installations.db"), .client_id = "111.222"};
}

std::vector<test::Row> columns_of(const test::RawDatabase& database, const std::string& table) {
  return database.query("select name, lower(type), \"notnull\", dflt_value, pk from pragma_table_info('" + table +
                        "')");
}

std::vector<test::Row> indexes_of(const test::RawDatabase& database, const std::string& index) {
  return database.query("select name from pragma_index_info('" + index + "')");
}

/// All that a database says about itself.
std::vector<test::Row> schema_of(const test::RawDatabase& database) {
  auto rows = database.query("select type, name, tbl_name, sql from sqlite_master order by name");
  rows.push_back(database.query("pragma schema_version").front());
  return rows;
}

}  // namespace

TEST_CASE("the tables begin with the Python SDK's columns, and the rest may be null", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const SQLite3InstallationStore store(options(folder));
  const test::RawDatabase ours(folder.file("installations.db"));
  const test::RawDatabase python(folder.file("python.db"));
  test::make_python_tables(python);

  for (const std::string table : {"slack_installations", "slack_bots"}) {
    CAPTURE(table);
    const auto wanted = columns_of(python, table);
    const auto found = columns_of(ours, table);
    REQUIRE(found.size() > wanted.size());
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(wanted.size());
    CHECK(std::vector<test::Row>(found.begin(), end) == wanted);
    for (auto added = end; added != found.end(); ++added) {
      CAPTURE(added->front());
      CHECK(added->at(2) == "0");
    }
    CHECK(ours.value("select lower(sql) like '%id integer primary key autoincrement%' from sqlite_master where name = "
                     "'" +
                     table + "'") == "1");
  }
  for (const std::string index : {"slack_installations_idx", "slack_bots_idx"}) {
    CHECK(indexes_of(ours, index) == indexes_of(python, index));
  }
}

TEST_CASE("a database of the Python SDK is upgraded in place, once", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase python(folder.file("installations.db"));
  test::make_python_tables(python);
  test::python_save(python, "T1", "U1", {.token = "xoxb-not-a-real-token-1"});
  const auto rows_before = python.query("select id, team_id, bot_token, installed_at from slack_bots");

  { const SQLite3InstallationStore store(options(folder)); }
  const auto upgraded = schema_of(python);
  CHECK(python.value("select version from slack_oauth_schema") == "3");
  CHECK(python.value("pragma user_version") == "0");
  CHECK(python.query("select id, team_id, bot_token, installed_at from slack_bots") == rows_before);
  // The same columns and indexes as in a database of our own.
  const test::RawDatabase fresh(folder.file("fresh.db"));
  {
    auto other = options(folder);
    other.database = folder.file("fresh.db");
    const SQLite3InstallationStore store(other);
  }
  for (const std::string table : {"slack_installations", "slack_bots"}) {
    CHECK(columns_of(python, table) == columns_of(fresh, table));
  }
  CHECK(python.query("select name from sqlite_master order by name") ==
        fresh.query("select name from sqlite_master order by name"));

  { const SQLite3InstallationStore store(options(folder)); }
  CHECK(schema_of(python) == upgraded);

  // The Python SDK goes on, on what is now a table with more columns.
  test::python_save(python, "T1", "U1", {.token = "xoxb-not-a-real-token-2"});
  CHECK(test::python_bot_token(python, "T1") == "xoxb-not-a-real-token-2");
}

TEST_CASE("a database of an old version of the Python SDK gets the columns that it lacks", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase python(folder.file("installations.db"));
  test::make_python_tables(python);
  python.execute(
      "alter table slack_installations drop column bot_refresh_token;"
      "alter table slack_installations drop column bot_token_expires_at;"
      "alter table slack_bots drop column bot_refresh_token;"
      "drop index slack_bots_idx");
  SQLite3InstallationStore store(options(folder));
  store.save(test::full_installation());
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) == test::full_bot());
  CHECK(python.value("select count(*) from sqlite_master where name = 'slack_bots_idx'") == "1");
}

TEST_CASE("a failing upgrade changes nothing", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase other(folder.file("installations.db"));
  test::make_python_tables(other);
  // The last thing that an upgrade makes is in the way.
  other.execute("create view slack_oauth_schema as select 1 as one");
  const auto before = other.query("select name, sql from sqlite_master order by name");
  CHECK_THROWS_AS(SQLite3InstallationStore(options(folder)), StorageError);
  CHECK(other.query("select name, sql from sqlite_master order by name") == before);
}

TEST_CASE("a database of a newer version is refused, and left alone", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase other(folder.file("installations.db"));
  test::make_python_tables(other);
  other.execute(
      "create table slack_oauth_schema (component text primary key not null, version integer not null);"
      "insert into slack_oauth_schema values ('installation_store', 4)");
  const auto before = schema_of(other);
  const auto error = test::thrown_by<StorageError>([&] { const SQLite3InstallationStore store(options(folder)); });
  CHECK(std::string(error.what()).find("schema version 4") != std::string::npos);
  CHECK(std::string(error.what()).find("newer") != std::string::npos);
  CHECK_FALSE(error.is_retryable());
  CHECK(schema_of(other) == before);
  CHECK(other.value("pragma journal_mode") == "delete");
}

TEST_CASE("tables that only have the same name are refused", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase other(folder.file("installations.db"));
  other.execute("create table slack_bots (name text, owner text)");
  const auto error = test::thrown_by<InvalidDataError>([&] { const SQLite3InstallationStore store(options(folder)); });
  CHECK(error.subject() == "slack_bots.app_id");
  CHECK(other.value("select count(*) from sqlite_master where name like 'slack%'") == "1");
}

TEST_CASE("an app's own tables in the same database are left alone", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase other(folder.file("installations.db"));
  other.execute("create table customers (name text); insert into customers values ('Ada'); pragma user_version = 42");
  SQLite3InstallationStore store(options(folder));
  store.save(test::full_installation());
  CHECK(other.value("select name from customers") == "Ada");
  CHECK(other.value("pragma user_version") == "42");
}

TEST_CASE("a database of the first version of this library is upgraded, and its rows are healed as they are written",
          "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase raw(folder.file("installations.db"));
  {
    SQLite3InstallationStore store(options(folder));
    store.save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
    store.save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-2", .user_id = "U2"});
  }
  raw.execute(
      "drop index slack_oauth_unchecked_idx; alter table slack_installations drop column bot_checked;"
      "update slack_oauth_schema set version = 1; update slack_installations set bot_token = "
      "'xoxb-not-a-real-token-0'");
  SQLite3InstallationStore store(options(folder));
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  store.save({.team_id = "T1", .user_id = "U3"});
  CHECK(raw.query("select user_id, bot_token from slack_installations where bot_token is not null") ==
        std::vector<test::Row>{{"U3", "xoxb-not-a-real-token-2"}});
  CHECK(raw.value("select version from slack_oauth_schema") == "3");
}

TEST_CASE("a database from before refresh tokens ended is upgraded, and its records have no such end", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase raw(folder.file("installations.db"));
  {
    SQLite3InstallationStore store(options(folder));
    store.save(test::full_installation());
  }
  raw.execute(
      "alter table slack_installations drop column bot_refresh_token_expires_at;"
      "alter table slack_installations drop column user_refresh_token_expires_at;"
      "alter table slack_bots drop column bot_refresh_token_expires_at;"
      "update slack_oauth_schema set version = 2");
  SQLite3InstallationStore store(options(folder));
  const slack::oauth::InstallationQuery query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0ADA"};
  CHECK(store.find_installation(query) == test::full_installation());
  const slack::oauth::RefreshedToken token{.access_token = "xoxe.xoxp-1-not-a-real-token-2",
                                           .refresh_token = "xoxe-1-not-a-real-token-2",
                                           .refresh_token_expires_at = test::at_second(1769860800)};
  CHECK(store.replace_tokens({.enterprise_id = "E0KILN",
                              .team_id = "T0FURNACE",
                              .user_id = "U0ADA",
                              .used_refresh_token = *test::full_installation().user_refresh_token,
                              .token = token}));
  CHECK(store.find_installation(query)->user_refresh_token_expires_at == test::at_second(1769860800));
  CHECK(raw.value("select user_refresh_token_expires_at from slack_installations") == "1769860800");
  CHECK(raw.value("select version from slack_oauth_schema") == "3");

  // The Python SDK adds a row that says nothing of it.
  test::python_save_bot(raw, "T0FURNACE", {.token = "xoxb-not-a-real-token-2"});
  CHECK_FALSE(store.find_bot({.team_id = "T0FURNACE"})->bot_refresh_token_expires_at);
}
