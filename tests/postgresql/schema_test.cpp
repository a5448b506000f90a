// The tables that the stores make, and how they upgrade those of others.
#include <algorithm>
#include <chrono>
#include <exception>
#include <future>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/python_database.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
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

/// Asks until there is one, or until it is clear that there will be none.
void wait_for_one(const test::RawDatabase& database, const std::string& count) {
  for (int i = 0; i < 2000 && database.value(count) == "0"; ++i) std::this_thread::sleep_for(5ms);
}

/// Opens a store in a thread of its own. Gives what went wrong.
std::future<std::string> open_aside(const PostgreSQLInstallationStoreOptions& options) {
  return std::async(std::launch::async, [options]() -> std::string {
    try {
      const PostgreSQLInstallationStore store(options);
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  });
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
  CHECK_THAT(error.what(), ContainsSubstring("create_tables") && ContainsSubstring("postgresql_schema_sql()"));
  const std::string schema = '"' + options.tables.schema + "\".";
  CHECK_THAT(error.what(), ContainsSubstring("table " + schema + "\"slack_oauth_leases\""));
  if (has_python_tables) {
    CHECK_THAT(error.what(),
               ContainsSubstring("in " + schema + "\"slack_bots\": column bot_scopes_exact, given_team_id"));
    CHECK_THAT(error.what(), ContainsSubstring("; no limit of column app_id, "));
  } else {
    CHECK_THAT(error.what(), ContainsSubstring("table " + schema + "\"slack_bots\""));
    CHECK_THAT(error.what(), !ContainsSubstring("custom_values") && !ContainsSubstring("_idx"));
    CHECK(std::string_view(error.what()).size() < 700);
  }
  const auto of_states = test::thrown_by<StorageError>([&] {
    PostgreSQLOAuthStateStore store(
        {.connection_string = options.connection_string, .create_tables = false, .tables = options.tables});
  });
  CHECK_THAT(of_states.what(),
             ContainsSubstring(has_python_tables ? "column payload; index" : "\"slack_oauth_states\""));
  const auto no_events = test::thrown_by<StorageError>([&] {
    PostgreSQLEventDeduplicator({.connection_string = options.connection_string,
                                 .client_id = "111.222",
                                 .create_tables = false,
                                 .tables = options.tables});
  });
  CHECK_THAT(no_events.what(), ContainsSubstring("table " + schema + "\"slack_oauth_events\""));

  const std::string script = postgresql_schema_sql(options.tables);
  raw.execute(script);
  raw.execute(script);  // any number of times
  const Stores stores = postgresql_stores({.connection_string = options.connection_string,
                                           .client_id = "111.222",
                                           .create_tables = false,
                                           .tables = options.tables,
                                           .deduplicate_events = true});
  stores.installations->save(test::full_installation());
  CHECK(stores.events->claim("Ev01", "ada") == EventState::claimed);
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
              "slack_oauth_workspaces, slack_oauth_others, slack_oauth_leases, slack_oauth_events to " +
              role + "; grant usage on all sequences in schema " + options.tables.schema + " to " + role);
  options.connection_string += "?user=" + role;
  const Stores stores = postgresql_stores({.connection_string = options.connection_string,
                                           .client_id = "111.222",
                                           .tables = options.tables,
                                           .deduplicate_events = true});
  stores.installations->save(test::full_installation());
  stores.installations->delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  CHECK(stores.installations->try_lease({.team_id = "T1"}, std::chrono::hours{1}) != nullptr);
  CHECK(stores.states->consume(stores.states->issue()).has_value());
  CHECK(stores.events->claim("Ev01", "ada") == EventState::claimed);
  stores.events->mark_done("Ev01");
  CHECK(stores.events->claim("Ev01", "bob") == EventState::done);

  raw.execute("revoke insert on slack_bots from " + role);
  const auto error = test::thrown_by<StorageError>([&] { stores.installations->save(test::full_installation()); });
  CHECK(error.code() == "42501");
  CHECK_FALSE(error.is_retryable());
  CHECK(raw.value("select count(*) from slack_installations") == "0");
  raw.execute("drop owned by " + role + "; drop role " + role);
}

TEST_CASE("of tables that a view shows only what is missing is made, by opening and by the script", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = in_new_schema();
  { const PostgreSQLInstallationStore store(options); }
  const auto raw = open(options);
  raw.execute("create view report as select * from slack_bots; drop index slack_oauth_bots_idx");
  options.tables.triggers = true;
  raw.execute("begin");
  raw.execute(postgresql_schema_sql(options.tables));
  raw.execute("rollback");
  CHECK_NOTHROW(PostgreSQLInstallationStore(options));
  CHECK(raw.value("select to_regclass('slack_oauth_bots_idx')") == "slack_oauth_bots_idx");
  CHECK(raw.value("select count(*) from pg_trigger where tgrelid = 'slack_bots'::regclass") == "1");
  raw.execute(postgresql_schema_sql(options.tables));

  // What a view of Python's table shows cannot be widened under it.
  const auto of_python = in_new_schema();
  const auto python = open(of_python);
  test::make_python_tables(python);
  python.execute("create view report as select bot_token from slack_bots");
  const auto error = test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(of_python); });
  CHECK(error.code() == "0A000");
  CHECK_THAT(error.what(), ContainsSubstring("postgresql_schema_sql()"));
  python.execute("drop view report");
  CHECK_NOTHROW(PostgreSQLInstallationStore(of_python));
}

TEST_CASE("each part of the schema that is missing is named, and made again", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = in_new_schema();
  options.tables.triggers = true;
  const Stores stores = postgresql_stores(
      {.connection_string = options.connection_string, .client_id = "111.222", .tables = options.tables});
  const auto raw = open(options);
  const auto missing = [&] {
    auto closed = options;
    closed.create_tables = false;
    const std::string text = test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(closed); }).what();
    std::string names = text.substr(text.find("Missing is: ") + 12);
    const std::size_t schema = names.find('"' + options.tables.schema + "\".");
    return schema == std::string::npos ? names : names.replace(schema, options.tables.schema.size() + 3, "");
  };
  const auto [damage, name] = GENERATE(table<std::string, std::string>(
      {{"drop table slack_oauth_leases", "table \"slack_oauth_leases\""},
       {"drop index slack_oauth_others_changed_idx", "in \"slack_oauth_others\": index slack_oauth_others_changed_idx"},
       {"alter table slack_installations drop column custom_values",
        "in \"slack_installations\": column custom_values"},
       {"alter table slack_bots alter column bot_token type varchar(200)",
        "in \"slack_bots\": no limit of column bot_token"},
       {"drop function slack_oauth_tell cascade", "in \"slack_bots\": function "},
       {"drop trigger slack_oauth_changes on slack_bots", "in \"slack_bots\": trigger slack_oauth_changes"},
       {"alter table slack_bots disable trigger slack_oauth_changes", "in \"slack_bots\": trigger slack_oauth_changes"},
       {"create function other() returns trigger language plpgsql as 'begin return null; end'; create or replace "
        "trigger slack_oauth_changes after insert on slack_bots for each row execute function other()",
        "in \"slack_bots\": trigger slack_oauth_changes"},
       {"update slack_oauth_schema set version = 1 where component = 'installation_store'",
        "in \"slack_oauth_schema\": version 3"}}));
  raw.execute(damage);
  CHECK_THAT(missing(), Catch::Matchers::StartsWith(name));
  const bool is_scripted = GENERATE(false, true);
  if (is_scripted) raw.execute(postgresql_schema_sql(options.tables));
  { const PostgreSQLInstallationStore store(options); }
  options.create_tables = false;
  CHECK_NOTHROW(PostgreSQLInstallationStore(options));
}

TEST_CASE("an upgrade may take longer than a call, and waits for no lock so that others have to wait", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = in_new_schema();
  options.timeout = 1s;
  const auto python = open(options);
  test::make_python_tables(python);
  test::python_save(python, {});
  const std::string name = options.tables.schema + "_slow";
  SECTION("where an index takes long, readers go on") {
    // As long as a large table takes: longer than a statement of the store's may.
    python.execute("create function " + name +
                   "() returns event_trigger language plpgsql as $$ begin if exists (select "
                   "from pg_event_trigger_ddl_commands() where schema_name = '" +
                   options.tables.schema +
                   "' and object_identity like '%slack_oauth_users_idx') then perform pg_sleep(3); end if; end $$; "
                   "create event trigger " +
                   name + " on ddl_command_end when tag in ('CREATE INDEX') execute function " + name + "()");
    auto opening = open_aside(options);
    const auto watch = open(options);
    wait_for_one(watch, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'");
    python.execute("set lock_timeout = '100ms'");
    CHECK(test::python_bot_token(python, "T1") == "xoxb-not-a-real-token-1");
    python.execute("reset lock_timeout");
    const std::string problem = opening.get();
    python.execute("drop event trigger " + name);
    CHECK(problem == "");
  }
  SECTION("where another has a lock for long") {
    python.execute("begin; select * from slack_bots");  // a reader, behind whom the upgrade has to wait
    auto opening = open_aside(options);
    const auto other = open(options);
    wait_for_one(other, "select count(*) from pg_locks where not granted and relation = 'slack_bots'::regclass");
    other.execute("set statement_timeout = '20s'");
    CHECK(test::python_bot_token(other, "T1") == "xoxb-not-a-real-token-1");  // in its turn, as the lock is given up
    std::this_thread::sleep_for(1s);
    python.execute("commit");
    CHECK(opening.get() == "");
  }
  options.create_tables = false;
  CHECK_NOTHROW(PostgreSQLInstallationStore(options));
}

TEST_CASE("a role that may make no tables hears of the script", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = in_new_schema();
  const auto raw = open(options);
  const std::string role = options.tables.schema + "_app";
  raw.execute("create role " + role + " login; grant usage on schema " + options.tables.schema + " to " + role);
  options.connection_string += "?user=" + role;
  const auto error = test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(options); });
  CHECK(error.code() == "42501");
  CHECK_FALSE(error.is_retryable());
  CHECK_THAT(error.what(), ContainsSubstring("permission denied") && ContainsSubstring("postgresql_schema_sql()"));
  raw.execute("drop owned by " + role + "; drop role " + role);
}

TEST_CASE("a database that is not in UTF-8 is refused", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::RawDatabase raw(test::postgresql_server()->connection_string());
  const std::string encoding = GENERATE("LATIN1", "SQL_ASCII");
  const std::string name = "slack_" + encoding;
  raw.execute("create database \"" + name + "\" encoding '" + encoding + "' locale 'C' template template0");
  const std::string address = test::postgresql_server()->connection_string();
  const std::string elsewhere = address.substr(0, address.rfind('/') + 1) + name;
  const auto error = test::thrown_by<StorageError>(
      [&] { PostgreSQLInstallationStore store({.connection_string = elsewhere, .client_id = "111.222"}); });
  CHECK_THAT(error.what(), ContainsSubstring(encoding));
  CHECK_FALSE(error.is_retryable());
  CHECK_THROWS_AS(PostgreSQLOAuthStateStore({.connection_string = elsewhere}), StorageError);
  CHECK(test::RawDatabase(elsewhere).value("select count(*) from pg_tables where tablename like 'slack%'") == "0");
  raw.execute("drop database \"" + name + "\"");
}

TEST_CASE("the script gives no notices", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = in_new_schema();
  const auto raw = open(options);
  int notices = 0;
  PQsetNoticeReceiver(
      raw.get(), [](void* count, const ::PGresult*) { ++*static_cast<int*>(count); }, &notices);
  for (int i = 0; i < 2; ++i) raw.execute(postgresql_schema_sql(options.tables));
  CHECK(notices == 0);
}

TEST_CASE("names of tables are what the options say, whatever they hold", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto schema = test::postgresql_server()->new_schema();
  const PostgreSQLTables tables{
      .schema = schema, .bots = "Bots of \"us\"", .installations = "select", .states = "Zustände; --"};
  const PostgreSQLStoresOptions options{.connection_string = test::postgresql_server()->connection_string(),
                                        .client_id = "111.222",
                                        .historical_data_enabled = true,
                                        .tables = tables,
                                        .deduplicate_events = true};
  for (int i = 0; i < 2; ++i) {
    const Stores stores = postgresql_stores(options);
    stores.installations->save(test::full_installation());
    CHECK(stores.installations->find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) ==
          test::full_installation());
    CHECK(stores.states->consume(stores.states->issue("acme")) == "acme");
    CHECK(stores.events->claim("Ev01", "ada") == EventState::claimed);
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
      "insert into slack_oauth_schema values ('installation_store', 99), ('state_store', 99), "
      "('event_deduplicator', 99)");
  const auto error = test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(options); });
  CHECK_THAT(error.what(), ContainsSubstring("newer version"));
  CHECK_THROWS_AS(PostgreSQLOAuthStateStore({.connection_string = options.connection_string, .tables = options.tables}),
                  StorageError);
  CHECK_THROWS_AS(
      PostgreSQLEventDeduplicator(
          {.connection_string = options.connection_string, .client_id = "111.222", .tables = options.tables}),
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
        }).subject() == "slack_oauth_states.id");
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
  if (test::postgresql_server() == nullptr) return;
  const std::string address = test::postgresql_server()->connection_string();
  CHECK(subject({.connection_string = address, .client_id = std::string(33, '1')}) == "client_id");
  std::string umlauts;
  for (int i = 0; i < 32; ++i) umlauts += "\u00fc";
  test::PlacedStore store({.client_id = umlauts});
  store.save(test::full_installation());
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}).has_value());
  CHECK(subject({.connection_string = address, .client_id = umlauts + "1"}) == "client_id");
}
