// What others have made in a schema of the search path is never called: neither functions nor operators that fit the
// types of ours better than the server's own do.
#include <chrono>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

/// A schema with traps: for each pair of types that occur an operator of each name, and a function for those that are
/// called. What calls one fails, and is counted.
std::string schema_of_traps() {
  const std::string schema = test::postgresql_server()->new_schema();
  const test::RawDatabase raw(test::postgresql_server()->connection_string(), schema);
  raw.execute("create sequence calls");
  const std::string body =
      " language plpgsql as $$begin perform nextval('" + schema + ".calls'); raise exception 'trapped'; end$$;";
  const std::vector<std::string> types{"varchar",   "text",     "name",      "bytea",      "boolean",  "int4",
                                       "int8",      "numeric",  "float8",    "oid",        "regclass", "int8[]",
                                       "varchar[]", "interval", "timestamp", "timestamptz"};
  for (const auto& left : types) {
    std::string sql;
    for (const auto& right : types) {
      const std::string pair = "(" + left + ", " + right + ")";
      sql += "create function trap" + pair + " returns boolean" + body;
      for (const std::string name : {"=", "<>", "<", ">", "<=", "||", "+", "-", "*", "@>"}) {
        sql += "create operator " + name + " (leftarg = " + left + ", rightarg = " + right + ", function = trap);";
      }
      for (const std::string name :
           {"convert_to", "encode", "pg_notify", "array_remove", "array_position", "\"left\""}) {
        sql += "create function " + name + pair + " returns text" + body;
      }
    }
    for (const std::string name : {"sha256", "to_regclass", "ceil"}) {
      sql += "create function " + name + "(" + left + ") returns text" + body;
    }
    raw.execute(sql);
  }
  return schema;
}

}  // namespace

TEST_CASE("what others made in the search path is never called", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  static const std::string traps = schema_of_traps();
  const std::string address = test::postgresql_server()->connection_string() + "?options=-c%20search_path%3D" + traps;
  const auto pooling = GENERATE(PostgreSQLPooling::session, PostgreSQLPooling::transaction_unnamed);
  const bool keeps_history = GENERATE(false, true);
  const bool has_notices = keeps_history == (pooling == PostgreSQLPooling::session);
  CAPTURE(pooling == PostgreSQLPooling::session, keeps_history, has_notices);
  const std::string schema = test::postgresql_server()->new_schema();
  const PostgreSQLStoresOptions given{.connection_string = address,
                                      .client_id = "111.222",
                                      .historical_data_enabled = keeps_history,
                                      .pooling = pooling,
                                      .tables = {.schema = schema, .triggers = true},
                                      .changes = {.notices = has_notices, .poll_interval = 1ms},
                                      .deduplicate_events = true};
  const test::RawDatabase raw(test::postgresql_server()->connection_string(), schema);
  {
    // The traps work.
    const test::RawDatabase trapped(address);
    CHECK_THROWS(trapped.execute("select 'a'::varchar = 'b'::varchar"));
    CHECK_THROWS(trapped.execute("select convert_to('a' || 'b'::text, 'UTF8')"));
  }
  const std::string calls = raw.value("select last_value from " + traps + ".calls");
  const Stores stores = postgresql_stores(given);
  { const Stores again = postgresql_stores(given); }  // finds its tables
  auto& store = dynamic_cast<PostgreSQLInstallationStore&>(*stores.installations);
  const auto changes = store.changes();

  auto saved = test::full_installation();
  const WorkspaceRef workspace{.enterprise_id = *saved.enterprise_id, .team_id = *saved.team_id};
  int saves = 0;
  const auto save = [&](std::chrono::hours later) {
    saved.installed_at += later;
    store.save(saved);
    ++saves;
  };
  save(0h);
  save(1h);
  saved.user_id = "U0OTHER";
  save(1h);
  // One statement was all of it.
  if (!keeps_history) CHECK(raw.value("select version from slack_oauth_workspaces") == std::to_string(saves));
  save(-1h);
  saved.installed_at = test::full_installation().installed_at + 2h;
  store.save(saved);
  store.save_bot(*saved.to_bot());
  CHECK(store.find_bot({.enterprise_id = *saved.enterprise_id, .team_id = *saved.team_id}) == saved.to_bot());
  CHECK(store.find_installation({.enterprise_id = *saved.enterprise_id, .team_id = *saved.team_id}).has_value());
  CHECK(store.find_installation(
            {.enterprise_id = *saved.enterprise_id, .team_id = *saved.team_id, .user_id = saved.user_id}) == saved);

  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!changes->may_have_changed() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
  const auto heard = changes->take();
  CHECK_FALSE(heard.anything);
  CHECK_FALSE(heard.workspaces.empty());

  // As Python writes it, with the same search path: the triggers tell of it.
  raw.execute("update slack_installations set bot_checked = null");
  const test::RawDatabase other(address);
  other.execute("insert into " + schema +
                ".slack_bots (client_id, app_id, team_id, bot_token, bot_scopes, "
                "installed_at) values ('111.222', '', 'T2', 'xoxb-not-a-real-token-1', '', '2026-01-01')");
  CHECK(raw.value("select count(*) from slack_oauth_others where team_id = 'T2'") == "1");
  other.execute("delete from " + schema + ".slack_bots where team_id::text = 'T2'::text");

  std::size_t visited = 0;
  store.for_each_bot([&](const Bot&) { ++visited; });
  store.for_each_installation([&](const Installation&) { ++visited; });
  CHECK(visited == 3);
  const RefreshedToken token{.access_token = "xoxb-not-a-real-token-3", .refresh_token = "xoxe-not-a-real-token-2"};
  CHECK(store.replace_tokens({.enterprise_id = *saved.enterprise_id,
                              .team_id = *saved.team_id,
                              .used_refresh_token = *saved.bot_refresh_token,
                              .token = token}));
  CHECK(store.replace_tokens({.enterprise_id = *saved.enterprise_id,
                              .team_id = *saved.team_id,
                              .user_id = saved.user_id,
                              .used_refresh_token = *saved.user_refresh_token,
                              .token = {.access_token = "xoxp-not-a-real-token-3"}}));
  static_cast<void>(store.purge_history(saved.installed_at + 1h));
  {
    const auto lease = store.try_lease(workspace, 1min);
    REQUIRE(lease != nullptr);
    CHECK(lease->is_held());
    CHECK(lease->renew(1min));
    CHECK(store.wait_lease(workspace, 1min, 50ms) == nullptr);
  }
  store.delete_installation({.enterprise_id = *saved.enterprise_id, .team_id = *saved.team_id, .user_id = "U0OTHER"});
  store.delete_all(
      {.enterprise_id = *saved.enterprise_id, .team_id = *saved.team_id, .installed_until = saved.installed_at + 100h});
  store.delete_bot(workspace);
  CHECK_FALSE(store.find_bot({.enterprise_id = *saved.enterprise_id, .team_id = *saved.team_id}).has_value());
  CHECK(stores.events->claim("Ev01", "ada") == EventState::claimed);
  CHECK(stores.events->claim("Ev01", "bob") == EventState::in_progress);
  stores.events->release("Ev01", "ada");
  CHECK(stores.events->claim("Ev01", "bob") == EventState::claimed);
  stores.events->mark_done("Ev01");
  CHECK(stores.events->claim("Ev01", "ada") == EventState::done);
  const std::string state = stores.states->issue("acme");
  CHECK(stores.states->consume(state).has_value());
  CHECK_FALSE(stores.states->consume(state).has_value());

  // By the steps of a try whose answer was lost.
  detail::PostgreSQLPool pool({.connection_string = address, .timeout = 5s, .tables = {.schema = schema}});
  detail::PostgreSQLWrite write{.number = 1, .may_be_done = true, .sent_at = detail::PostgreSQLClock::now()};
  pool.run(detail::PostgreSQLRepeat::never, [&](detail::PostgreSQLSession& session) {
    session.connection().set_write(write);
    CHECK(session.connection().enter_workspace("111.222", {.team_id = "T3"}));
    CHECK_FALSE(session.connection().enter_workspace("111.222", {.team_id = "T3"}));
  });

  CHECK(raw.value("select last_value from " + traps + ".calls") == calls);
}
