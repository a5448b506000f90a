// What changes() of the PostgreSQL store hears, and what it makes of a connection that breaks.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "postgresql/python_database.hpp"
#include "postgresql/server.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

using Workspaces = std::vector<WorkspaceChanges::Workspace>;

Installation installation(const std::string& team_id, int hour = 0) {
  Installation made = test::full_installation();
  made.enterprise_id.reset();
  made.team_id = team_id;
  made.installed_at += std::chrono::hours{hour};
  return made;
}

/// The next change, or none where there is none for as long as news may take.
WorkspaceChanges next(StoreChanges& changes, std::chrono::milliseconds patience = 5000ms) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!changes.may_have_changed()) {
    if (std::chrono::steady_clock::now() > deadline) return {};
    std::this_thread::sleep_for(1ms);
  }
  return changes.take();
}

bool is_quiet(StoreChanges& changes) {
  const WorkspaceChanges taken = next(changes, 150ms);
  return !taken.anything && taken.workspaces.empty();
}

/// With notices, or by polling.
PostgreSQLInstallationStoreOptions hearing(bool has_notices) {
  return {.changes = {.notices = has_notices, .poll_interval = 10ms}};
}

/// Another program that listens to what the store sends.
class Eavesdropper {
 public:
  Eavesdropper(const test::PlacedStore& store, const std::string& client_id = "111.222")
      : raw_(store.raw()),
        channel_(raw_.value("select " + detail::channel_sql(detail::PostgreSQLNames(store.opened_with().tables),
                                                            "'" + client_id + "'"))) {
    raw_.execute("listen " + channel_);
  }

  [[nodiscard]] const std::string& channel() const { return channel_; }

  /// What came since the last call.
  [[nodiscard]] std::vector<std::string> payloads() const {
    raw_.execute("select 1");  // the server sends what there is before it answers
    std::vector<std::string> all;
    while (::PGnotify* const notice = PQnotifies(raw_.get())) {
      all.emplace_back(notice->extra);
      PQfreemem(notice);
    }
    return all;
  }

 private:
  test::RawDatabase raw_;
  std::string channel_;
};

}  // namespace

TEST_CASE("changes() names the workspaces that were written, and only those of its app", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool has_notices = GENERATE(true, false);
  CAPTURE(has_notices);
  test::PlacedStore store(hearing(has_notices));
  const auto other = store.of_client("111.223");
  const auto changes = store.changes();
  other->save(installation("T1"));
  CHECK(is_quiet(*changes));
  const std::string hostile = "T'1/{\"},\\";
  store.save(installation(hostile));
  const auto heard = next(*changes);
  CHECK_FALSE(heard.anything);
  CHECK(heard.workspaces == Workspaces{{"", hostile}});

  // Several at once, each once.
  for (const std::string team_id : {"T1", "T2", "T1"}) store.save(installation(team_id));
  Workspaces all;
  while (all.size() < 2) {
    const auto some = next(*changes);
    REQUIRE_FALSE(some.workspaces.empty());
    all.insert(all.end(), some.workspaces.begin(), some.workspaces.end());
  }
  CHECK(std::ranges::find(all, WorkspaceChanges::Workspace{"", "T1"}) != all.end());
  CHECK(std::ranges::find(all, WorkspaceChanges::Workspace{"", "T2"}) != all.end());
}

TEST_CASE("a write that is not done is not heard", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool has_notices = GENERATE(true, false);
  CAPTURE(has_notices);
  test::PlacedStore store(hearing(has_notices));
  store.save(installation("T1"));
  const auto changes = store.changes();
  CHECK_FALSE(store.replace_bot(std::nullopt, installation("T1").to_bot()));
  CHECK(is_quiet(*changes));
}

TEST_CASE("a notice shows no id, and goes to a channel of the app and its tables", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store;
  const Eavesdropper ear(store);
  store.save(installation("T0SECRET"));
  const auto payloads = ear.payloads();
  REQUIRE(payloads.size() == 1);
  CHECK(payloads.front().size() == 64);
  CHECK(payloads.front().find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(store.raw().value("select notice from slack_oauth_workspaces") == payloads.front());
  store.save(installation("T0SECRET"));
  CHECK(ear.payloads() == payloads);

  const auto other = store.of_client("111.223");
  other->save(installation("T0SECRET"));
  CHECK(ear.payloads().empty());
  test::PlacedStore elsewhere;
  elsewhere.save(installation("T0SECRET"));
  PostgreSQLInstallationStoreOptions options = store.opened_with();
  options.tables.bots = "other_bots";
  test::PlacedStore other_tables(options);
  other_tables.save(installation("T0SECRET"));
  CHECK(ear.payloads().empty());
  CHECK(Eavesdropper(other_tables).channel() != ear.channel());
}

TEST_CASE("what another sends to the channel is not believed", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store;
  const auto changes = store.changes();
  const std::string payload = GENERATE(as<std::string>{}, "", "T1", "*", std::string(64, 'a'), std::string(64, '}'));
  CAPTURE(payload);
  store.raw().execute("notify " + Eavesdropper(store).channel() + ", '" + payload + "'");
  CHECK(next(*changes).anything);
  CHECK(is_quiet(*changes));
}

TEST_CASE("more notices than a look-up takes are anything", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store;
  const auto changes = store.changes();
  store.raw().execute("select pg_notify('" + Eavesdropper(store).channel() +
                      "', encode(sha256(n::text::bytea), 'hex')) from generate_series(1, 3000) n");
  const auto heard = next(*changes);
  CHECK(heard.anything);
  CHECK(heard.workspaces.empty());
}

TEST_CASE("without notices a write sends none, and without a way to listen changes() polls", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store(hearing(false));
  const Eavesdropper ear(store);
  const auto changes = store.changes();
  store.save(installation("T1"));
  CHECK(ear.payloads().empty());
  CHECK(next(*changes).workspaces == Workspaces{{"", "T1"}});

  // Behind a pooler a store that polls sends all the same: others may listen.
  auto options = store.opened_with();
  options.changes.notices = true;
  options.pooling = PostgreSQLPooling::transaction_unnamed;
  test::PlacedStore pooled(options);
  const auto polled = pooled.changes();
  pooled.save(installation("T1"));
  CHECK(ear.payloads().size() == 1);
  CHECK(next(*polled).workspaces == Workspaces{{"", "T1"}});
  CHECK(store.raw().value("select count(*) from pg_stat_activity where query = 'listen " + ear.channel() + "'") == "0");
}

TEST_CASE("polling asks no more often than it is told", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.changes = {.notices = false, .poll_interval = std::chrono::hours{1}}});
  const auto changes = store.changes();
  store.save(installation("T1"));
  CHECK(is_quiet(*changes));
}

TEST_CASE("polling finds what commits after what began later", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store(hearing(false));
  for (const std::string team_id : {"T1", "T2", "T3"}) store.save(installation(team_id));
  const auto changes = store.changes();
  CHECK(is_quiet(*changes));
  const auto raw = store.raw();
  raw.execute(
      "begin; update slack_oauth_workspaces set version = version + 1, changed_at = now() where team_id = 'T1'");
  for (int i = 0; i < 3; ++i) {
    store.save(installation("T2", i));
    CHECK(next(*changes).workspaces == Workspaces{{"", "T2"}});
  }
  CHECK(is_quiet(*changes));
  raw.execute("commit");
  CHECK(next(*changes).workspaces == Workspaces{{"", "T1"}});
  CHECK(is_quiet(*changes));

  // Changes that begin while something is at work hear of it too.
  raw.execute(
      "begin; update slack_oauth_workspaces set version = version + 1, changed_at = now() where team_id = 'T3'");
  std::this_thread::sleep_for(20ms);
  const auto later = store.changes();
  CHECK(is_quiet(*later));
  raw.execute("commit");
  CHECK(next(*later).workspaces == Workspaces{{"", "T3"}});
}

TEST_CASE("polling looks no further back than a write may take", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.changes = {.notices = false, .poll_interval = 1ms, .longest_write = 100ms}});
  const auto raw = store.raw();
  store.save(installation("T1"));
  const auto changes = store.changes();
  raw.execute("begin; update slack_oauth_workspaces set version = version + 1, changed_at = now()");
  std::this_thread::sleep_for(300ms);
  CHECK(is_quiet(*changes));
  raw.execute("commit");
  CHECK(is_quiet(*changes));
}

TEST_CASE("a listener whose connection is cut takes anything for written, and hears again", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  std::optional<test::Proxy> proxy(std::in_place, test::postgresql_server()->port());
  test::PlacedStore store({.changes = {.listen_connection_string = proxy->connection_string()}});
  const auto changes = store.changes();
  CHECK(is_quiet(*changes));
  const std::string how =
      GENERATE(as<std::string>{}, "by the network", "by the server", "when it is asked", "for long");
  CAPTURE(how);
  if (how == "by the network") proxy->cut_all();
  if (how == "by the server") {
    store.raw().execute("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen " +
                        Eavesdropper(store).channel() + "' and pid <> pg_backend_pid()");
  }
  if (how == "when it is asked") {
    proxy->expect(test::Fault::cut_in, "slack_oauth_others");
    store.save(installation("T1"));
  }
  if (how == "for long") {
    proxy.reset();
    for (int i = 0; i < 3; ++i) CHECK(next(*changes).anything);
    // And nobody waits for it: a try takes a tenth of the time.
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) CHECK(changes->take().anything);
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    return;
  }
  CHECK(next(*changes).anything);
  CHECK(is_quiet(*changes));
  store.save(installation("T2"));
  const auto heard = next(*changes);
  CHECK_FALSE(heard.anything);
  CHECK(heard.workspaces == Workspaces{{"", "T2"}});
  CHECK(proxy->connections() == 2);
}

TEST_CASE("where the store's calls lose their server, the listener takes its own for lost", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore store({.connection_string = proxy.connection_string(),
                           .changes = {.listen_connection_string = test::postgresql_server()->connection_string()}});
  const auto changes = store.changes();
  CHECK(is_quiet(*changes));
  proxy.cut_all();
  static_cast<void>(store.find_bot({.team_id = "T1"}));
  CHECK(changes->may_have_changed());
  CHECK(changes->take().anything);
  CHECK(is_quiet(*changes));
}

TEST_CASE("while one makes a new connection to listen, nobody else waits for it", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  std::mutex mutex;
  std::vector<std::string> lines;
  // It tries again after ten times as long.
  test::PlacedStore store({.timeout = 1500ms,
                           .changes = {.listen_connection_string = proxy.connection_string()},
                           .logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) {
                             const std::lock_guard lock(mutex);
                             lines.emplace_back(line);
                           })});
  const auto changes = store.changes();
  proxy.expect(test::Fault::silence, "");
  proxy.cut_all();
  for (int i = 0; i < 2000 && !changes->may_have_changed(); ++i) std::this_thread::sleep_for(1ms);
  REQUIRE(proxy.connections() == 1);
  std::atomic<bool> is_done = false;
  std::thread taking([&] {
    static_cast<void>(changes->take());
    is_done = true;
  });
  for (int i = 0; i < 2000 && proxy.faults() == 0; ++i) std::this_thread::sleep_for(1ms);
  CHECK(changes->may_have_changed());
  CHECK(changes->take().anything);
  CHECK_FALSE(is_done);
  taking.join();
  CHECK(changes->may_have_changed());
  while (changes->may_have_changed()) {
    CHECK(changes->take().anything);
    std::this_thread::sleep_for(100ms);
  }
  const std::lock_guard lock(mutex);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines.front(), ContainsSubstring("ETIMEDOUT"));
}

TEST_CASE("of those who poll at the same time one waits for the server, and all hear of its failure", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = hearing(false);
  options.changes.poll_interval = 2s;
  options.timeout = 1s;
  test::PlacedStore store(options);
  const auto changes = store.changes();
  const auto raw = store.raw();
  raw.execute("begin; lock table slack_oauth_workspaces in access exclusive mode");
  std::this_thread::sleep_for(2s);
  const auto start = std::chrono::steady_clock::now();
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      try {
        static_cast<void>(changes->may_have_changed());
      } catch (const StorageError& error) {
        failures += error.code() == "ETIMEDOUT" ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 8);
  CHECK(std::chrono::steady_clock::now() - start < 6s);
  raw.execute("commit");
  std::this_thread::sleep_for(2s);
  CHECK(is_quiet(*changes));
}

TEST_CASE("polling takes anything for written where the server may be another", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  auto options = hearing(false);
  options.connection_string = proxy.connection_string();
  test::PlacedStore store(options);
  store.save(installation("T1"));
  const auto changes = store.changes();
  CHECK(is_quiet(*changes));
  proxy.cut_all();
  static_cast<void>(store.find_bot({.team_id = "T1"}));
  CHECK(next(*changes).anything);
  static_cast<void>(next(*changes, 150ms));  // once more, where the poll itself came upon it
  CHECK(is_quiet(*changes));

  // One that has lost a write, and has seen another since.
  store.raw().execute("update slack_oauth_workspaces set changed_at = changed_at + interval '1 millisecond'");
  CHECK(next(*changes).workspaces == Workspaces{{"", "T1"}});
  CHECK(is_quiet(*changes));
}

TEST_CASE("changes() that cannot be heard is an error, and what may not be read is not lost", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string nowhere = "postgresql://postgres@127.0.0.1:" + std::to_string(test::free_port()) + "/postgres";
  test::PlacedStore deaf({.timeout = 2s, .changes = {.listen_connection_string = nowhere}});
  const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(deaf.changes()); });
  CHECK(error.is_retryable());

  test::PlacedStore store;
  const auto changes = store.changes();
  store.save(installation("T1"));
  const auto raw = store.raw();
  raw.execute("alter table slack_oauth_others rename to away");
  CHECK(test::thrown_by<StorageError>([&] { static_cast<void>(next(*changes)); }).code() == "42P01");
  CHECK(changes->may_have_changed());
  raw.execute("alter table away rename to slack_oauth_others");
  CHECK(changes->take().workspaces == Workspaces{{"", "T1"}});
}

TEST_CASE("what Python writes is heard where there are triggers, and only there", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool has_notices = GENERATE(true, false);
  const bool has_triggers = GENERATE(false, true);
  CAPTURE(has_notices, has_triggers);
  auto options = test::placed(hearing(has_notices));
  options.tables.triggers = has_triggers;
  const test::RawDatabase python(options.connection_string, options.tables.schema);
  test::make_python_tables(python);
  test::PlacedStore store(options);
  store.save(installation("T1"));
  const auto changes = store.changes();
  const auto expect = [&](const std::string& team_id) {
    CAPTURE(team_id);
    if (!has_triggers) {
      CHECK(is_quiet(*changes));
      return;
    }
    const auto heard = next(*changes);
    CHECK_FALSE(heard.anything);
    CHECK(heard.workspaces == Workspaces{{"", team_id}});
    static_cast<void>(is_quiet(*changes));  // it saves in two transactions
  };
  test::python_save(python, {.team_id = "T1"});
  expect("T1");
  test::python_save(python, {.team_id = "T2"});  // which no store of this library has written
  expect("T2");
  test::python_save_bot(python, {.team_id = "T2", .bot_token = "xoxb-not-a-real-token-2"});
  expect("T2");
  python.execute("delete from slack_bots where team_id = 'T2'");
  expect("T2");
  python.execute("delete from slack_installations where team_id = 'T2'");
  expect("T2");
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
}

TEST_CASE("with triggers own writes count once, and so does a transaction of Python's", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.tables = {.triggers = true}});
  const Eavesdropper ear(store);
  const auto raw = store.raw();
  store.save(installation("T1"));
  store.save(installation("T1", 1));
  store.delete_all({.team_id = "T1"});
  CHECK(ear.payloads().size() == 3);
  CHECK(raw.value("select count(*) from slack_oauth_others") == "0");
  CHECK(raw.value("select version from slack_oauth_workspaces") == "3");

  raw.execute("begin");
  for (int i = 0; i < 3; ++i) test::python_save(raw, {.team_id = "T1"});
  raw.execute("update slack_bots set team_id = 'T2'; commit");
  CHECK(ear.payloads().size() == 2);
  CHECK(raw.query("select team_id, version from slack_oauth_others order by team_id") ==
        std::vector<test::Row>{{"T1", "1"}, {"T2", "1"}});
  // Python's rows take it two transactions, of which the first only finds them.
  store.save(installation("T1", 2));
  CHECK(ear.payloads().size() == 1);
  CHECK(raw.value("select count(*) from slack_oauth_others where version > 1") == "0");
}

TEST_CASE("with triggers Python and a store that write one workspace do not wait for each other for ever",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.tables = {.triggers = true}});
  store.save(installation("T1"));
  const auto python = store.raw();
  python.execute("begin; delete from slack_bots where team_id = 'T1'");  // its row is locked
  std::string problem;
  std::thread saving([&] {
    try {
      store.save(installation("T1", 1));  // waits for that row, and has the workspace's
    } catch (const std::exception& error) {
      problem = error.what();
    }
  });
  const auto watch = store.raw();
  while (watch.value("select count(*) from pg_locks where not granted") == "0") std::this_thread::sleep_for(1ms);
  CHECK_NOTHROW(python.execute("delete from slack_installations where team_id = 'T1'; commit"));
  saving.join();
  CHECK(problem.empty());
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
}

TEST_CASE("purge_history() sends one notice, that of anything", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool has_triggers = GENERATE(false, true);
  CAPTURE(has_triggers);
  test::PlacedStore store({.historical_data_enabled = true, .tables = {.triggers = has_triggers}});
  for (int i = 0; i < 3; ++i) {
    for (const std::string team_id : {"T1", "T2", "T3"}) store.save(installation(team_id, i));
  }
  const auto changes = store.changes();
  const Eavesdropper ear(store);
  const Timestamp after = installation("T1", 100).installed_at;
  CHECK(store.purge_history(after) == 12);
  CHECK(ear.payloads() == std::vector<std::string>{"*"});
  CHECK(next(*changes).anything);
  CHECK(store.raw().value("select count(*) from slack_oauth_others") == "0");
  CHECK(store.purge_history(after) == 0);
  CHECK(ear.payloads().empty());
  CHECK(is_quiet(*changes));
}

TEST_CASE("triggers are made where they are asked for, and named where they are missing", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = test::placed(PostgreSQLInstallationStoreOptions{});
  const test::RawDatabase raw(options.connection_string, options.tables.schema);
  const auto triggers = [&] {
    return raw.value(
        "select count(*) from pg_trigger join pg_class c on c.oid = tgrelid where c.relnamespace = "
        "current_schema()::regnamespace");
  };
  { const PostgreSQLInstallationStore store(options); }
  CHECK(triggers() == "0");
  options.tables.triggers = true;
  options.create_tables = false;
  const auto error = test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(options); });
  CHECK_THAT(error.what(), ContainsSubstring("trigger slack_oauth_changes"));
  const bool is_scripted = GENERATE(false, true);
  if (is_scripted) {
    raw.execute(postgresql_schema_sql(options.tables));
    raw.execute(postgresql_schema_sql(options.tables));
  } else {
    options.create_tables = true;
  }
  { const PostgreSQLInstallationStore store(options); }
  CHECK(triggers() == "2");

  // Other tables in that schema, with names of every kind, have their own.
  options.create_tables = true;
  options.tables.bots = "Bots of \"us\" ''";
  options.tables.installations = "select";
  test::PlacedStore store(options);
  CHECK(triggers() == "4");
  const auto changes = store.changes();
  store.save(installation("T1"));
  CHECK(next(*changes).workspaces == Workspaces{{"", "T1"}});
  test::python_save(raw, {.team_id = "T2"});
  CHECK(is_quiet(*changes));
  raw.execute("delete from \"Bots of \"\"us\"\" ''\"");
  CHECK(next(*changes).workspaces == Workspaces{{"", "T1"}});
}

TEST_CASE("options of changes that cannot work are named", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto problem = [](const PostgreSQLChangesOptions& changes) {
    return std::string(test::thrown_by<InvalidArgumentError>([&] {
                         PostgreSQLInstallationStore store(
                             {.connection_string = "host=nowhere", .client_id = "111.222", .changes = changes});
                       }).what());
  };
  CHECK_THAT(problem({.poll_interval = 0ms}), ContainsSubstring("changes.poll_interval"));
  CHECK_THAT(problem({.longest_write = -1ms}), ContainsSubstring("changes.longest_write"));
  CHECK_THAT(problem({.listen_connection_string = std::string(1, '\0')}),
             ContainsSubstring("changes.listen_connection_string"));
}
