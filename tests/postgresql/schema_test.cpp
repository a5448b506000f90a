// The tables that the stores make, and how they upgrade those of others.
#include <algorithm>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/python_database.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;

namespace {

PostgreSQLInstallationStoreOptions in_new_schema() { return test::placed(PostgreSQLInstallationStoreOptions{}); }

test::RawDatabase open(const PostgreSQLInstallationStoreOptions& options) {
  return test::RawDatabase(options.connection_string, options.tables.schema);
}

std::vector<test::Row> columns_of(const test::RawDatabase& database, const std::string& table,
                                  const std::string& more = "") {
  return database.query("select column_name, udt_name, is_nullable" + more +
                        " from information_schema.columns where table_schema = current_schema() and table_name = '" +
                        table + "' order by ordinal_position");
}

std::vector<test::Row> indexes_of(const test::RawDatabase& database) {
  return database.query(
      "select indexname, regexp_replace(indexdef, current_schema() || '\\.', '', 'g') from pg_indexes where schemaname "
      "= current_schema() order by indexname");
}

}  // namespace

TEST_CASE("the tables begin with the Python SDK's columns, and the rest may be null", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = in_new_schema();
  const PostgreSQLInstallationStore store(options);
  const auto ours = open(options);
  const auto python = open(in_new_schema());
  test::make_python_tables(python);
  for (const std::string table : {"slack_installations", "slack_bots"}) {
    CAPTURE(table);
    const auto wanted = columns_of(python, table);
    const auto found = columns_of(ours, table);
    REQUIRE(found.size() > wanted.size());
    CHECK(std::equal(wanted.begin(), wanted.end(), found.begin()));
    for (std::size_t i = wanted.size(); i < found.size(); ++i) {
      CAPTURE(found[i][0]);
      CHECK(found[i][2] == "YES");
    }
  }
  const auto all = indexes_of(ours);
  for (const auto& index : indexes_of(python)) {
    CAPTURE(index[0]);
    CHECK(std::find(all.begin(), all.end(), index) != all.end());
  }
}

TEST_CASE("a database of the Python SDK is upgraded in place, once, and Python goes on", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = in_new_schema();
  const auto python = open(options);
  test::make_python_tables(python);
  test::python_save(python, {});
  const std::string rows = "select id, team_id, bot_token, installed_at from slack_bots";
  const auto before = python.query(rows);
  { const PostgreSQLInstallationStore store(options); }
  CHECK(python.query(rows) == before);
  CHECK(python.value("select version from slack_oauth_schema where component = 'installation_store'") == "3");

  // The same columns and indexes as in a database of our own, and none with a limit but the client's.
  const auto fresh_options = in_new_schema();
  { const PostgreSQLInstallationStore store(fresh_options); }
  const auto fresh = open(fresh_options);
  for (const std::string table :
       {"slack_installations", "slack_bots", "slack_oauth_workspaces", "slack_oauth_others", "slack_oauth_leases"}) {
    CAPTURE(table);
    CHECK(columns_of(python, table, ", character_maximum_length, is_nullable") ==
          columns_of(fresh, table, ", character_maximum_length, is_nullable"));
  }
  CHECK(indexes_of(python) == indexes_of(fresh));
  CHECK(python.value("select string_agg(table_name || '.' || column_name, ' ' order by table_name) from "
                     "information_schema.columns where table_schema = current_schema() and character_maximum_length is "
                     "not null") == "slack_bots.client_id slack_installations.client_id");

  const std::string changes = "select count(*), max(xmin::text::bigint) from pg_attribute";
  const auto upgraded = python.query(changes);
  { const PostgreSQLInstallationStore store(options); }
  CHECK(python.query(changes) == upgraded);

  test::python_save(python, {.bot_token = "xoxb-not-a-real-token-2", .installed_at = "2026-01-02 00:00:00"});
  CHECK(test::python_bot_token(python, "T1") == "xoxb-not-a-real-token-2");
  CHECK(PostgreSQLInstallationStore(options).find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
}

TEST_CASE("a database from before refresh tokens ended is upgraded, and its records have no such end", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = in_new_schema();
  const auto raw = open(options);
  PostgreSQLInstallationStore(options).save(test::full_installation());
  raw.execute(
      "alter table slack_installations drop column bot_refresh_token_expires_at, drop column "
      "user_refresh_token_expires_at;"
      "alter table slack_bots drop column bot_refresh_token_expires_at;"
      "update slack_oauth_schema set version = 2");
  PostgreSQLInstallationStore store(options);
  const InstallationQuery query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0ADA"};
  CHECK(store.find_installation(query) == test::full_installation());
  const RefreshedToken token{.access_token = "xoxe.xoxp-1-not-a-real-token-2",
                             .refresh_token = "xoxe-1-not-a-real-token-2",
                             .refresh_token_expires_at = test::at_second(1769860800)};
  CHECK(store.replace_tokens({.enterprise_id = "E0KILN",
                              .team_id = "T0FURNACE",
                              .user_id = "U0ADA",
                              .used_refresh_token = *test::full_installation().user_refresh_token,
                              .token = token}));
  CHECK(store.find_installation(query)->user_refresh_token_expires_at == test::at_second(1769860800));
  CHECK(raw.value("select user_refresh_token_expires_at from slack_installations") == "2026-01-31 12:00:00");
  CHECK(raw.value("select version from slack_oauth_schema where component = 'installation_store'") == "3");
}

TEST_CASE("stores that are opened at the same time make the tables together", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = in_new_schema();
  std::vector<std::thread> threads;
  std::vector<std::string> problems(6);
  for (auto& problem : problems) {
    threads.emplace_back([&options, &problem] {
      try {
        const Stores stores = postgresql_stores(
            {.connection_string = options.connection_string, .client_id = "111.222", .tables = options.tables});
        stores.installations->save(test::full_installation());
        static_cast<void>(stores.states->issue());
      } catch (const std::exception& error) {
        problem = error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(problems == std::vector<std::string>(problems.size()));
}

TEST_CASE("a role that may not make tables is told what is missing, and the script makes it", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = in_new_schema();
  options.create_tables = false;
  const auto raw = open(options);
  const bool has_python_tables = GENERATE(false, true);
  CAPTURE(has_python_tables);
  if (has_python_tables) {
    test::make_python_tables(raw);
    test::make_python_state_table(raw);
  }
  const auto error = test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(options); });
  CHECK_FALSE(error.is_retryable());
  CHECK_THAT(error.what(), ContainsSubstring("create_tables"));
  CHECK_THAT(error.what(), ContainsSubstring(has_python_tables ? "alter table slack_bots add column \"custom_values\""
                                                               : "create table slack_bots"));
  CHECK_THROWS_AS(
      PostgreSQLOAuthStateStore(
          {.connection_string = options.connection_string, .create_tables = false, .tables = options.tables}),
      StorageError);

  const std::string script = postgresql_schema_sql(options.tables);
  raw.execute(script);
  raw.execute(script);  // any number of times
  const Stores stores = postgresql_stores({.connection_string = options.connection_string,
                                           .client_id = "111.222",
                                           .create_tables = false,
                                           .tables = options.tables});
  stores.installations->save(test::full_installation());
  CHECK(stores.installations->find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) == test::full_bot());
  CHECK(stores.states->consume(stores.states->issue("acme")) == "acme");
}

TEST_CASE("a role with the grants of the documentation can do everything but make tables", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = in_new_schema();
  const auto raw = open(options);
  raw.execute(postgresql_schema_sql(options.tables));
  const std::string role = options.tables.schema + "_app";
  raw.execute("create role " + role + " login; grant usage on schema " + options.tables.schema + " to " + role +
              "; grant select on slack_oauth_schema to " + role +
              "; grant select, insert, update, delete on slack_bots, slack_installations, slack_oauth_states, "
              "slack_oauth_workspaces, slack_oauth_others, slack_oauth_leases to " +
              role + "; grant usage on all sequences in schema " + options.tables.schema + " to " + role);
  options.connection_string += "?user=" + role;
  const Stores stores = postgresql_stores(
      {.connection_string = options.connection_string, .client_id = "111.222", .tables = options.tables});
  stores.installations->save(test::full_installation());
  stores.installations->delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  CHECK(stores.installations->try_lease({.team_id = "T1"}, std::chrono::hours{1}) != nullptr);
  CHECK(stores.states->consume(stores.states->issue()).has_value());

  raw.execute("revoke insert on slack_bots from " + role);
  const auto error = test::thrown_by<StorageError>([&] { stores.installations->save(test::full_installation()); });
  CHECK(error.code() == "42501");
  CHECK_FALSE(error.is_retryable());
  CHECK(raw.value("select count(*) from slack_installations") == "0");
  raw.execute("drop owned by " + role + "; drop role " + role);
}

TEST_CASE("names of tables are what the options say, whatever they hold", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto schema = test::postgresql_server()->new_schema();
  const PostgreSQLTables tables{
      .schema = schema, .bots = "Bots of \"us\"", .installations = "select", .states = "Zustände; --"};
  const PostgreSQLStoresOptions options{.connection_string = test::postgresql_server()->connection_string(),
                                        .client_id = "111.222",
                                        .historical_data_enabled = true,
                                        .tables = tables};
  for (int i = 0; i < 2; ++i) {
    const Stores stores = postgresql_stores(options);
    stores.installations->save(test::full_installation());
    CHECK(stores.installations->find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) ==
          test::full_installation());
    CHECK(stores.states->consume(stores.states->issue("acme")) == "acme");
  }
  const test::RawDatabase raw(options.connection_string, schema);
  CHECK(raw.value("select count(*) from \"Bots of \"\"us\"\"\"") == "2");
  CHECK(raw.value("select count(*) from \"select\"") == "2");
  CHECK(raw.value("select count(*) from pg_tables where schemaname = current_schema() and tablename = 'slack_bots'") ==
        "0");
  raw.execute(postgresql_schema_sql(tables));
}

TEST_CASE("a database of a newer version is refused, and left alone", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = in_new_schema();
  const auto raw = open(options);
  raw.execute(
      "create table slack_oauth_schema (component text primary key not null, version integer not null);"
      "insert into slack_oauth_schema values ('installation_store', 99), ('state_store', 99)");
  const auto error = test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(options); });
  CHECK_THAT(error.what(), ContainsSubstring("newer version"));
  CHECK_THROWS_AS(PostgreSQLOAuthStateStore({.connection_string = options.connection_string, .tables = options.tables}),
                  StorageError);
  CHECK(raw.value("select count(*) from pg_tables where schemaname = current_schema()") == "1");
}

TEST_CASE("tables of these names that are not a Slack SDK's are refused", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = in_new_schema();
  const auto raw = open(options);
  raw.execute(
      "create table slack_bots (id serial primary key, name text); create table slack_oauth_states (name text)");
  CHECK(test::thrown_by<InvalidDataError>([&] { PostgreSQLInstallationStore store(options); }).subject() ==
        "slack_bots.app_id");
  CHECK(test::thrown_by<InvalidDataError>([&] {
          PostgreSQLOAuthStateStore store({.connection_string = options.connection_string, .tables = options.tables});
        }).subject() == "slack_oauth_states");
}

TEST_CASE("an option that no store can work with is named", "[postgresql]") {
  const auto subject = [](const PostgreSQLStoresOptions& options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(postgresql_stores(options)); }).subject());
  };
  CHECK(subject({.connection_string = "host='not closed", .client_id = "1"}) == "connection_string");
  CHECK(subject({.client_id = "1", .pool = {.size = 0}}) == "pool.size");
  CHECK(subject({.client_id = "1", .pool = {.idle_timeout = std::chrono::milliseconds{0}}}) == "pool.idle_timeout");
  CHECK(subject({.client_id = "1", .pool = {.lifetime = std::chrono::milliseconds{-1}}}) == "pool.lifetime");
  CHECK(subject({.client_id = "1", .timeout = std::chrono::milliseconds{0}}) == "timeout");
  CHECK(subject({.client_id = "1", .tables = {.bots = ""}}) == "tables.bots");
  CHECK(subject({.client_id = "1", .tables = {.schema = std::string("a\0b", 3)}}) == "tables.schema");
  CHECK(subject({}) == "client_id");
}
