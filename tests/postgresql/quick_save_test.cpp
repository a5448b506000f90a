// A save in one round trip: in which states of a workspace it is one, that it writes what the steps of any save do, and
// what is known of it where its answer was lost.
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::Fault;

namespace {

const Timestamp start = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

Installation installation(const std::string& token, const std::string& user_id = "U1", std::chrono::seconds later = 0s,
                          const std::string& team_id = "T1") {
  return {.team_id = team_id,
          .bot_token = token,
          .bot_id = "B1",
          .bot_scopes = {"chat:write", "a, b"},
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-1",
          .installed_at = start + later};
}

/// What a person sees in both tables, in the order in which it was added.
std::vector<test::Row> rows(const test::RawDatabase& raw) {
  auto all = raw.query(
      "select user_id, bot_token, bot_id, bot_scopes, user_token, installed_at, bot_checked, team_id, client_id from "
      "slack_installations order by team_id, id");
  for (auto& row : raw.query("select bot_token, bot_id, bot_scopes, bot_scopes_exact, installed_at, team_id, client_id "
                             "from slack_bots order by team_id, id")) {
    all.push_back(std::move(row));
  }
  return all;
}

std::string version(const test::RawDatabase& raw) {
  return raw.value("select version from slack_oauth_workspaces where team_id = 'T1'");
}

/// Writes by the steps of any save, as SqlWriter has them.
class StepwiseStore {
 public:
  explicit StepwiseStore(const std::string& schema)
      : pool_({.connection_string = test::postgresql_server()->connection_string(),
               .timeout = 5s,
               .tables = {.schema = schema}}) {}

  void save(const Installation& installation) {
    detail::PostgreSQLWrite write{.number = ++number_};
    const auto bot = installation.to_bot();
    pool_.run(detail::PostgreSQLRepeat::always, [&](detail::PostgreSQLSession& session) {
      session.connection().set_write(write);
      detail::SqlWriter<detail::PostgreSQLConnection, Installation, Bot> writer(session.connection(), "111.222", false);
      writer.write({.team_id = *installation.team_id}, &installation, bot ? &*bot : nullptr);
    });
  }

 private:
  detail::PostgreSQLPool pool_;
  std::int64_t number_ = 0;
};

/// As Python's SDK does it: a row more.
void save_as_python(const test::RawDatabase& raw, const Installation& saved) {
  const std::string time = detail::PostgreSQLDialect::format_time(saved.installed_at);
  static_cast<void>(raw.query(
      "insert into slack_installations (client_id, app_id, team_id, user_id, bot_token, bot_scopes, user_scopes, "
      "installed_at, is_enterprise_install) values ('111.222', '', $1, $2, $3, '', '', $4, false)",
      {*saved.team_id, saved.user_id, *saved.bot_token, time}));
  static_cast<void>(raw.query(
      "insert into slack_bots (client_id, app_id, team_id, bot_token, bot_scopes, installed_at, is_enterprise_install) "
      "values ('111.222', '', $1, $2, '', $3, false)",
      {*saved.team_id, *saved.bot_token, time}));
}

struct Proxied {
  explicit Proxied(PostgreSQLPooling pooling = PostgreSQLPooling::transaction_unnamed, bool keeps_history = false)
      : store({.connection_string = proxy.connection_string(),
               .historical_data_enabled = keeps_history,
               .pooling = pooling,
               .pool = {.size = 1},
               .timeout = 10s}),
        raw(store.raw()) {}

  test::Proxy proxy{test::postgresql_server()->port()};
  test::PlacedStore store;
  test::RawDatabase raw;
};

/// The parts of a save, one by one, over one connection to a workspace that another store writes too.
struct InParts {
  void save_as_others(int count) {
    for (int i = 0; i < count; ++i) store.save(installation("xoxb-not-a-real-token-3", "U1", 2h));
  }

  bool save_in_one(detail::PostgreSQLSession& session) {
    session.connection().set_write(write);
    detail::PostgreSQLQuickSave<Installation, Bot> quick(session.connection(), "111.222");
    return quick.save(key, mine, *mine.to_bot(), write.number);
  }

  void save_in_steps(detail::PostgreSQLSession& session) {
    session.connection().set_write(write);
    detail::SqlWriter<detail::PostgreSQLConnection, Installation, Bot> writer(session.connection(), "111.222", false);
    const auto bot = mine.to_bot();
    writer.write(key, &mine, &*bot);
  }

  template <class Work>
  void run(const Work& work) {
    pool.run(detail::PostgreSQLRepeat::never, work);
  }

  std::string schema = test::postgresql_server()->new_schema();
  test::PlacedStore store{{.tables = {.schema = schema}}};
  detail::PostgreSQLPool pool{{.connection_string = test::postgresql_server()->connection_string(),
                               .timeout = 5s,
                               .tables = {.schema = schema}}};
  WorkspaceKey key{.team_id = "T1"};
  Installation mine = installation("xoxb-not-a-real-token-2", "U1", 1h);
  detail::PostgreSQLWrite write{.number = 1};
};

}  // namespace

TEST_CASE("a save is one round trip, for the first user of a workspace, the same again and a newer one",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto pooling = GENERATE(PostgreSQLPooling::session, PostgreSQLPooling::transaction_unnamed);
  Proxied at(pooling);
  at.store.save(installation("xoxb-not-a-real-token-0", "U0", 0s, "T0"));  // its statements are prepared
  int saves = 0;
  for (const std::string user_id : {"U1", "U1", "U2", "U1", "U3"}) {
    const int before = at.proxy.round_trips();
    const std::string token = "xoxb-not-a-real-token-" + std::to_string(++saves);
    at.store.save(installation(token, user_id, std::chrono::seconds{saves}));
    CHECK(at.proxy.round_trips() - before == 1);
    const auto found = at.store.find_installation({.team_id = "T1"});
    CHECK(found->user_id == user_id);
    CHECK(found->bot_token == token);
    CHECK(at.raw.value("select count(*) from slack_installations where bot_token is not null and team_id = 'T1'") ==
          "1");
  }
  CHECK(version(at.raw) == std::to_string(saves));
  // A time that goes back needs more than that, and the workspace has one number more of it.
  at.store.save(installation("xoxb-not-a-real-token-9", "U2"));
  CHECK(version(at.raw) == std::to_string(saves + 2));
  CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-9");
  CHECK(at.raw.value("select cardinality(last_writes) from slack_oauth_workspaces where team_id = 'T1'") ==
        std::to_string(saves + 1));
}

TEST_CASE("a save in one round trip leaves the rows that a save in steps leaves", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore quick;
  test::PlacedStore other;
  StepwiseStore stepwise(other.opened_with().tables.schema);
  const auto raw = quick.raw();
  const auto other_raw = other.raw();
  std::mt19937 random(7);
  const auto below = [&random](unsigned end) { return static_cast<int>(random() % end); };
  constexpr int operations = 400;
  for (int i = 0; i < operations; ++i) {
    auto saved = installation("xoxb-not-a-real-token-" + std::to_string(i), "U" + std::to_string(below(3)),
                              std::chrono::seconds{below(8) == 0 ? below(400) : i}, "T" + std::to_string(below(6)));
    const int kind = below(12);
    if (kind == 0) saved.bot_token.reset();
    if (kind == 1) {
      save_as_python(raw, saved);
      save_as_python(other_raw, saved);
    } else {
      quick.save(saved);
      stepwise.save(saved);
    }
    if (kind == 2) {
      quick.delete_installation({.team_id = saved.team_id, .user_id = saved.user_id});
      other.delete_installation({.team_id = saved.team_id, .user_id = saved.user_id});
    }
    CAPTURE(i, kind, saved.user_id);
    REQUIRE(rows(raw) == rows(other_raw));
  }
  // What could not be quick has counted twice.
  const auto versions = [](const test::RawDatabase& database) {
    return std::stoi(database.value("select sum(version) from slack_oauth_workspaces"));
  };
  const int declined = versions(raw) - versions(other_raw);
  CHECK(declined > operations / 20);
  CHECK(declined < operations / 2);
}

TEST_CASE("a save in one round trip whose connection is cut is done once", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  int saves = 0;
  for (const bool is_simple : {true, false}) {
    for (const Fault fault : {Fault::cut_before, Fault::cut_in, Fault::cut_after}) {
      CAPTURE(is_simple, static_cast<int>(fault));
      at.proxy.expect(fault, "taken_back");
      const std::string token = "xoxb-not-a-real-token-" + std::to_string(++saves);
      // Of the same time as another user's, it is written in steps.
      if (!is_simple) at.store.save(installation("xoxb-not-a-real-token-0", "U2", std::chrono::seconds{saves}));
      at.proxy.expect(fault, "taken_back");
      const int faults = at.proxy.faults();
      at.store.save(installation(token, "U1", std::chrono::seconds{saves}));
      CHECK(at.proxy.faults() == faults + 1);
      CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == token);
      CHECK(at.store.find_installation({.team_id = "T1"})->bot_token == token);
      CHECK(at.raw.value("select count(*) from slack_bots") == "1");
      // Each number is there once.
      CHECK(at.raw.value("select count(*) - count(distinct number) from slack_oauth_workspaces, unnest(last_writes) "
                         "number") == "0");
    }
  }
}

TEST_CASE("a save whose connection was cut while it waited for its turn is done once, and not after others",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  at.store.save(installation("xoxb-not-a-real-token-1"));
  const auto blocker = at.store.raw();
  for (const auto wait : {100ms, 1500ms}) {
    CAPTURE(wait.count());
    blocker.execute("begin; select from slack_oauth_workspaces for update");
    at.proxy.expect(Fault::cut_in, "taken_back");
    std::thread saver([&at] { at.store.save(installation("xoxb-not-a-real-token-2", "U1", 1s)); });
    std::this_thread::sleep_for(wait);
    blocker.execute("commit");
    saver.join();
    // The first try may yet be at work on the server.
    while (at.raw.value("select count(*) from pg_stat_activity where application_name = 'slack-oauth' and wait_event = "
                        "'transactionid'") != "0") {
      std::this_thread::sleep_for(1ms);
    }
    CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
    CHECK(at.raw.value("select count(*) from slack_installations") == "1");
    CHECK(at.raw.value("select count(*) from slack_bots") == "1");
    at.store.save(installation("xoxb-not-a-real-token-3", "U1", 2s));
    CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
  }
}

TEST_CASE("where too many others may have followed a save whose answer was lost, it says so at once", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  const auto other = at.store.again();
  for (int i = 0; i < 20; ++i) other->save(installation("xoxb-not-a-real-token-1", "U1", std::chrono::seconds{i}));
  const auto cut = [&at](Fault fault, const std::string& token) {
    at.proxy.expect(fault, "taken_back");
    at.store.save(installation(token, "U1", 60s));
  };
  // This store never wrote the workspace, which was written a moment ago.
  const auto begin = std::chrono::steady_clock::now();
  const auto error = test::thrown_by<StorageError>([&] { cut(Fault::cut_before, "xoxb-not-a-real-token-2"); });
  CHECK(error.code() == "40003");
  CHECK(error.is_retryable());
  CHECK(std::chrono::steady_clock::now() - begin < 9s);
  CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-1");
  // What was done is found, however many writes the workspace has seen.
  cut(Fault::cut_after, "xoxb-not-a-real-token-3");
  CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
  // It knows of its own last write now, and few others came since.
  for (int i = 0; i < 5; ++i) other->save(installation("xoxb-not-a-real-token-4", "U1", 61s));
  cut(Fault::cut_before, "xoxb-not-a-real-token-5");
  CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-5");
  // Or nobody wrote it for long.
  const auto third = std::make_shared<test::PlacedStore>(at.store.opened_with());
  at.raw.execute("update slack_oauth_workspaces set changed_at = now() - interval '1 hour'");
  at.proxy.expect(Fault::cut_before, "taken_back");
  third->save(installation("xoxb-not-a-real-token-6", "U1", 62s));
  CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-6");
}

TEST_CASE("a store that wrote a workspace itself knows no less of a lost save than one that never did",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  const auto other = at.store.again();
  at.store.save(installation("xoxb-not-a-real-token-1"));
  for (int i = 0; i < 20; ++i) other->save(installation("xoxb-not-a-real-token-2", "U1", std::chrono::seconds{i}));
  // Its own write is too long ago, but so is the last of all.
  at.raw.execute("update slack_oauth_workspaces set changed_at = now() - interval '1 hour'");
  at.proxy.expect(Fault::cut_before, "taken_back");
  at.store.save(installation("xoxb-not-a-real-token-3", "U1", 60s));
  CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
  CHECK(version(at.raw) == "22");
}

TEST_CASE("a save that gave way is known not to be done, however many others write before its next try",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string schema = test::postgresql_server()->new_schema();
  test::PlacedStore store({.tables = {.schema = schema}});
  store.save(installation("xoxb-not-a-real-token-1", "U1", 1h));
  detail::PostgreSQLPool pool({.connection_string = test::postgresql_server()->connection_string(),
                               .timeout = 5s,
                               .tables = {.schema = schema}});
  const WorkspaceKey key{.team_id = "T1"};
  detail::PostgreSQLWrite write{.number = 1};
  pool.run(detail::PostgreSQLRepeat::never, [&](detail::PostgreSQLSession& session) {
    session.connection().set_write(write);
    detail::PostgreSQLQuickSave<Installation, Bot> quick(session.connection(), "111.222");
    const Installation older = installation("xoxb-not-a-real-token-2", "U2");  // which takes several steps
    REQUIRE_FALSE(quick.save(key, older, *older.to_bot(), write.number));
    for (int i = 0; i < 20; ++i) store.save(installation("xoxb-not-a-real-token-3", "U1", 2h));
    CHECK(session.connection().enter_workspace("111.222", key));
  });
}

TEST_CASE("a save that the server rolled back is known not to be done, however many others write before its next try",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  InParts save;
  const auto raw = save.store.raw();
  const bool is_at_commit = GENERATE(false, true);
  raw.execute(
      "create function deadlock() returns trigger language plpgsql as $$ begin raise exception 'a deadlock' using "
      "errcode = '40P01'; end $$; create constraint trigger deadlock after insert on slack_bots " +
      std::string(is_at_commit ? "deferrable initially deferred" : "") + " for each row execute function deadlock()");
  save.run([&](detail::PostgreSQLSession& session) {
    CHECK(test::thrown_by<StorageError>([&] { save.save_in_steps(session); }).code() == "40P01");
    raw.execute("drop function deadlock cascade");
    save.save_as_others(20);
    save.save_in_steps(session);
  });
  CHECK(save.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
}

TEST_CASE("a save in steps whose answer was lost is not done again in one round trip, over what others saved since",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  InParts save;
  save.run([&](detail::PostgreSQLSession& session) {
    save.save_in_steps(session);  // as if its last answer had not come
    save.save_as_others(20);
    CHECK_FALSE(save.save_in_one(session));
    CHECK(test::thrown_by<StorageError>([&] { save.save_in_steps(session); }).code() == "40003");
  });
  CHECK(save.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
}

TEST_CASE("a save that was found to be done, and whose answer was lost again, is not done again", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  InParts save;
  save.mine = installation("xoxb-not-a-real-token-2", "U1", 3h);
  save.save_as_others(1);
  save.run([&](detail::PostgreSQLSession& session) {
    REQUIRE(save.save_in_one(session));  // as if its answer had not come
    save.save_as_others(15);
    save.save_in_steps(session);  // finds it, and its answer does not come either
    save.save_as_others(1);
    CHECK(test::thrown_by<StorageError>([&] { save.save_in_steps(session); }).code() == "40003");
  });
  CHECK(save.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
}

TEST_CASE("a store that may not save in one round trip saves after any number of others", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.pool = {.size = 1}});
  const auto other = store.again();
  const auto raw = store.raw();
  raw.execute("create rule aside as on update to slack_bots do also select 1");  // which no such statement may meet
  for (int i = 0; i < 2; ++i) {
    store.save(installation("xoxb-not-a-real-token-1"));
    for (int saves = 0; saves < 20; ++saves) other->save(installation("xoxb-not-a-real-token-2"));
  }
  store.save(installation("xoxb-not-a-real-token-3"));
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
}

TEST_CASE("a save that a standby did not get is not acknowledged, though the server says that it is committed",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::PostgreSQLServer server(*test::postgresql_programs(), {"synchronous_standby_names=nobody"});
  const std::string waits_for_none = server.connection_string() + "?options=-c%20synchronous_commit%3Dlocal";
  PostgreSQLInstallationStore({.connection_string = waits_for_none, .client_id = "111.222"})
      .save(installation("xoxb-not-a-real-token-1"));
  const test::RawDatabase raw(waits_for_none);
  PostgreSQLInstallationStore store(
      {.connection_string = server.connection_string(), .client_id = "111.222", .timeout = 60s});
  std::atomic<bool> is_saved{false};
  std::thread saver([&] {
    store.save(installation("xoxb-not-a-real-token-2"));
    is_saved = true;
  });
  const std::string waiting =
      "select count(*) from pg_stat_activity where application_name = 'slack-oauth' and wait_event = 'SyncRep'";
  constexpr int cancelled = 3;
  for (int i = 1; i <= cancelled; ++i) {
    while (raw.value(waiting) != "1" && !is_saved) std::this_thread::sleep_for(1ms);
    CHECK_FALSE(is_saved);
    // It tries again over a new connection.
    if (i == cancelled) raw.execute("alter role postgres set synchronous_commit = local");
    raw.execute("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
    while (raw.value(waiting) == "1") std::this_thread::sleep_for(1ms);
  }
  saver.join();
  CHECK(is_saved);
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(version(raw) == "2");
}

TEST_CASE("a server that does not understand a save in one statement is written to in steps", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at(PostgreSQLPooling::session);
  at.raw.execute("alter table slack_oauth_workspaces rename column last_writes to them");
  CHECK_THROWS_AS(at.store.save(installation("xoxb-not-a-real-token-1")), StorageError);
  at.raw.execute("alter table slack_oauth_workspaces rename column them to last_writes");
  at.store.save(installation("xoxb-not-a-real-token-1"));  // the connection is as it was
  const int before = at.proxy.round_trips();
  at.store.save(installation("xoxb-not-a-real-token-2"));
  CHECK(at.proxy.round_trips() - before > 1);
  CHECK(version(at.raw) == "2");
  CHECK(at.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
}
