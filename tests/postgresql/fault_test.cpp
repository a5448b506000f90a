// What breaks between a store and its server: connections that are cut before, in and after each step of a call, a
// server that is silent, one that restarts, a standby.
#include <chrono>
#include <csignal>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using test::Fault;

namespace {

Installation installation(const std::string& token, const std::string& team_id = "T1") {
  return {.team_id = team_id,
          .bot_token = token,
          .bot_id = "B1",
          .bot_refresh_token = "xoxe-not-a-real-token-1",
          .user_id = "U1",
          .user_token = token};
}

/// Stores behind a proxy. The SQL is in each message, so that a fault can be aimed at a step.
struct Proxied {
  explicit Proxied(std::chrono::milliseconds timeout = 10s, bool keeps_history = false,
                   PostgreSQLPooling pooling = PostgreSQLPooling::transaction_unnamed)
      : proxy(test::postgresql_server()->port()),
        schema(test::postgresql_server()->new_schema()),
        stores(postgresql_stores({.connection_string = proxy.connection_string(),
                                  .client_id = "111.222",
                                  .historical_data_enabled = keeps_history,
                                  .pooling = pooling,
                                  .timeout = timeout,
                                  .tables = {.schema = schema}})),
        raw(test::postgresql_server()->connection_string(), schema) {}

  test::Proxy proxy;
  std::string schema;
  Stores stores;
  test::RawDatabase raw;
};

}  // namespace

TEST_CASE("a cut before, in or after any step of a write neither loses, doubles nor undoes it", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at(10s, true);  // history shows what was written twice
  InstallationStore& store = *at.stores.installations;
  int cuts = 0;
  int saves = 0;
  for (const Fault fault : {Fault::cut_before, Fault::cut_in, Fault::cut_after}) {
    for (const std::string step : {"begin", "slack_oauth_workspaces", "insert into \"", "update \"", "commit"}) {
      CAPTURE(static_cast<int>(fault), step);
      at.proxy.expect(fault, step);
      const std::string token = "xoxb-not-a-real-token-" + std::to_string(++saves);
      store.save(installation(token));
      CHECK(store.find_bot({.team_id = "T1"})->bot_token == token);
      CHECK(at.raw.value("select count(*) from slack_bots") == std::to_string(saves));
      CHECK(at.raw.value("select count(*) from slack_installations") == std::to_string(saves));
      CHECK(at.raw.value("select version from slack_oauth_workspaces") == std::to_string(saves));
      ++cuts;
    }
  }
  at.proxy.expect(Fault::none, "");
  CHECK(at.proxy.faults() >= 12);
  WARN("connections cut: " << at.proxy.faults() << " in " << cuts << " saves, each written once");
}

TEST_CASE("a write whose answer was lost does not undo what another wrote since", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  PostgreSQLInstallationStore other({.connection_string = test::postgresql_server()->connection_string(),
                                     .client_id = "111.222",
                                     .tables = {.schema = at.schema}});
  at.stores.installations->save(installation("xoxb-not-a-real-token-1"));
  // The client hears of nothing, and meanwhile the workspace is written by another and deleted.
  for (const Fault fault : {Fault::cut_in, Fault::cut_after}) {
    CAPTURE(static_cast<int>(fault));
    at.proxy.expect(fault, "commit");
    at.stores.installations->save(installation("xoxb-not-a-real-token-2"));
    other.save(installation("xoxb-not-a-real-token-3"));
    CHECK(at.stores.installations->find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
  }
  // As the retry would meet it: the write is done, and another is done after it.
  const std::string before = at.raw.value("select version from slack_oauth_workspaces");
  at.proxy.expect(Fault::cut_after, "commit");
  std::thread writer([&other, &at, &before] {
    const test::RawDatabase raw(test::postgresql_server()->connection_string(), at.schema);
    while (raw.value("select version from slack_oauth_workspaces") == before) std::this_thread::sleep_for(1ms);
    other.delete_all({.team_id = "T1"});
  });
  at.stores.installations->save(installation("xoxb-not-a-real-token-4"));
  writer.join();
  CHECK_FALSE(at.stores.installations->find_bot({.team_id = "T1"}).has_value());
}

TEST_CASE("a token is replaced once, also where the answer was lost", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  InstallationStore& store = *at.stores.installations;
  for (const Fault fault : {Fault::cut_before, Fault::cut_in, Fault::cut_after}) {
    CAPTURE(static_cast<int>(fault));
    store.save(installation("xoxb-not-a-real-token-1"));
    const RefreshedToken token{.access_token = "xoxb-not-a-real-token-2", .refresh_token = "xoxe-not-a-real-token-2"};
    at.proxy.expect(fault, "commit");
    CHECK(store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-not-a-real-token-1", .token = token}));
    CHECK_FALSE(
        store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-not-a-real-token-1", .token = token}));
    CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  }
  CHECK(at.proxy.faults() == 3);
}

TEST_CASE("look-ups and leases go on over a new connection", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  InstallationStore& store = *at.stores.installations;
  store.save(installation("xoxb-not-a-real-token-1"));
  for (const Fault fault : {Fault::cut_before, Fault::cut_in, Fault::cut_after}) {
    CAPTURE(static_cast<int>(fault));
    at.proxy.expect(fault, "slack_bots");
    CHECK(store.find_bot({.team_id = "T1"}).has_value());
    at.proxy.expect(fault, "slack_installations");
    CHECK(store.find_installation({.team_id = "T1"}).has_value());
    at.proxy.expect(fault, "slack_oauth_leases");
    auto lease = store.try_lease({.team_id = "T1"}, 1h);
    REQUIRE(lease != nullptr);
    at.proxy.expect(fault, "slack_oauth_leases");
    CHECK(lease->renew(1h));
    CHECK(store.try_lease({.team_id = "T1"}, 1h) == nullptr);
    at.proxy.expect(fault, "slack_oauth_leases");
    lease.reset();
    CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
  }
  CHECK(at.proxy.faults() == 15);
}

TEST_CASE("a state is issued once, and never consumed twice: what is not known is said", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Proxied at;
  for (const Fault fault : {Fault::cut_before, Fault::cut_in, Fault::cut_after}) {
    CAPTURE(static_cast<int>(fault));
    at.proxy.expect(fault, "insert into \"" + at.schema + "\".\"slack_oauth_states\"");
    const std::string state = at.stores.states->issue("acme");
    CHECK(at.raw.value("select count(*) from slack_oauth_states") == "1");
    at.proxy.expect(fault, "returning payload");
    // It was sent, and the network does not say how far it came.
    const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(at.stores.states->consume(state)); });
    CHECK(error.code() == "08006");
    CHECK(at.stores.states->consume(state).has_value() == (fault == Fault::cut_before));
    CHECK_FALSE(at.stores.states->consume(state).has_value());
  }
}

TEST_CASE("a state is consumed where it is certain that a try before it did nothing", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto pooling = GENERATE(PostgreSQLPooling::session, PostgreSQLPooling::transaction_unnamed);
  const std::string how = GENERATE(as<std::string>{}, "cut while it is idle", "cut while it is prepared", "ended",
                                   "ended while it waits", "idle for too long", "while it connects");
  CAPTURE(how, pooling == PostgreSQLPooling::session);
  Proxied at(10s, false, pooling);
  const std::string backends =
      " from pg_stat_activity where application_name = 'slack-oauth' and query like '%" + at.schema + "%'";
  const std::string state = at.stores.states->issue("acme");
  bool is_heard_of = false;
  if (how == "cut while it is idle") at.proxy.cut_all();
  if (how == "cut while it is prepared") {
    if (pooling != PostgreSQLPooling::session) return;  // nothing is prepared
    at.proxy.expect(Fault::cut_in, "returning payload");
  }
  if (how == "ended") static_cast<void>(at.raw.query("select pg_terminate_backend(pid)" + backends));
  std::thread ender;
  if (how == "ended while it waits") {
    at.raw.execute("begin; lock table slack_oauth_states");
    ender = std::thread([&] {
      const test::RawDatabase raw(test::postgresql_server()->connection_string());
      const std::string waiting = backends + " and wait_event_type = 'Lock'";
      while (raw.value("select count(*)" + waiting) == "0") std::this_thread::sleep_for(1ms);
      is_heard_of = raw.query("select pg_terminate_backend(pid)" + waiting).size() == 1;
      at.raw.execute("commit");
    });
  }
  if (how == "idle for too long") {
    at.raw.execute("alter role postgres set idle_session_timeout = 100");
    auto again = Proxied(10s, false, pooling);
    const std::string fresh = again.stores.states->issue("acme");
    at.raw.execute("alter role postgres reset idle_session_timeout");
    std::this_thread::sleep_for(500ms);
    CHECK(again.stores.states->consume(fresh).has_value());
  }
  if (how == "while it connects") {
    at.proxy.cut_all();
    std::this_thread::sleep_for(100ms);
    at.proxy.expect(Fault::cut_in, "application_name");
  }
  if (how != "ended while it waits") std::this_thread::sleep_for(100ms);  // the end has come
  CHECK(at.stores.states->consume(state).has_value());
  if (ender.joinable()) {
    ender.join();
    CHECK(is_heard_of);
  }
  CHECK_FALSE(at.stores.states->consume(state).has_value());
}

TEST_CASE("a connection that was unused for too long is not taken for a server that is lost", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string address = test::postgresql_server()->connection_string();
  detail::PostgreSQLPool pool({.connection_string = address + "?options=-c%20idle_session_timeout%3D100",
                               .timeout = 10s,
                               .tables = {.schema = test::postgresql_server()->new_schema()}});
  const auto pid = [&] {
    return pool.run(detail::PostgreSQLRepeat::always, [](detail::PostgreSQLSession& session) {
      auto statement = session.connection().prepare("select pg_backend_pid()");
      if (!statement.step()) throw std::logic_error("no row");
      return statement.row().integer(0);
    });
  };
  const auto first = pid();
  const test::RawDatabase raw(address);
  while (raw.value("select count(*) from pg_stat_activity where pid = " + std::to_string(first)) != "0") {
    std::this_thread::sleep_for(1ms);
  }
  CHECK(pid() != first);
  CHECK(pool.generation() == 0);
}

TEST_CASE("a server that accepts and never answers costs no more than the timeout", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  using Clock = std::chrono::steady_clock;
  Proxied at(2s);
  at.stores.installations->save(installation("xoxb-not-a-real-token-1"));
  const auto took = [](const auto& call) {
    const auto start = Clock::now();
    const auto error = test::thrown_by<StorageError>(call);
    CHECK(error.code() == "ETIMEDOUT");
    CHECK(error.is_retryable());
    CHECK_THAT(error.what(), ContainsSubstring("127.0.0.1:"));
    return Clock::now() - start;
  };
  at.proxy.expect(Fault::silence, "slack_bots");
  CHECK(took([&] { static_cast<void>(at.stores.installations->find_bot({.team_id = "T1"})); }) < 10s);
  at.proxy.expect(Fault::silence, "commit");
  CHECK(took([&] { at.stores.installations->save(installation("xoxb-not-a-real-token-2")); }) < 10s);
  CHECK(at.stores.installations->find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-1");

  // Before there is any connection.
  at.proxy.expect(Fault::silence, "");
  CHECK(took([&] {
          PostgreSQLInstallationStore(
              {.connection_string = at.proxy.connection_string(), .client_id = "111.222", .timeout = 2s});
        }) < 10s);
}

TEST_CASE("of several hosts, one that is silent or refuses is passed by", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy silent(test::postgresql_server()->port());
  const std::string ports = std::to_string(silent.port()) + "," + std::to_string(test::free_port()) + "," +
                            std::to_string(test::postgresql_server()->port());
  const bool is_uri = GENERATE(false, true);
  const std::string keywords = "host=127.0.0.1,127.0.0.1,127.0.0.1 user=postgres dbname=postgres port=" + ports;
  std::string uri = "postgresql://postgres@127.0.0.1:" + ports + "/postgres?target_session_attrs=read-write";
  for (std::size_t comma = uri.find(','); comma != std::string::npos; comma = uri.find(',', comma + 2)) {
    uri.insert(comma + 1, "127.0.0.1:");
  }
  silent.expect(Fault::silence, "");
  PostgreSQLInstallationStore store({.connection_string = is_uri ? uri : keywords,
                                     .client_id = "111.222",
                                     .timeout = 3s,
                                     .tables = {.schema = test::postgresql_server()->new_schema()}});
  store.save(installation("xoxb-not-a-real-token-1"));
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
  CHECK(silent.faults() == 1);
}

TEST_CASE("a pool whose connections are all at work says so in time", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.pool = {.size = 1}, .timeout = 2s});
  store.save(installation("xoxb-not-a-real-token-1"));
  const auto raw = store.raw();
  raw.execute("begin; lock table slack_bots");
  std::thread blocked([&store] { CHECK_THROWS_AS(store.find_bot({.team_id = "T1"}), StorageError); });
  std::this_thread::sleep_for(50ms);
  const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(store.find_bot({.team_id = "T1"})); });
  blocked.join();
  CHECK(error.code() == "ETIMEDOUT");
  raw.execute("rollback");
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
}

TEST_CASE("the same store objects go on after the server was restarted, and after it ended their connections",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PostgreSQLServer server(*test::postgresql_programs());
  PostgreSQLInstallationStore store(
      {.connection_string = server.connection_string(), .client_id = "111.222", .timeout = 30s});
  store.save(installation("xoxb-not-a-real-token-0"));
  int acknowledged = 0;
  for (const int signal : {SIGINT, SIGQUIT, SIGKILL}) {
    server.stop(signal);
    const std::string token = "xoxb-not-a-real-token-" + std::to_string(++acknowledged);
    std::string problem;
    std::thread writer([&] {
      try {
        store.save(installation(token));
      } catch (const StorageError& error) {
        problem = error.what();
      }
    });
    std::this_thread::sleep_for(200ms);
    server.start();  // by this thread, since it ends with the one that started it
    writer.join();
    CHECK(problem.empty());
    CHECK(store.find_bot({.team_id = "T1"})->bot_token == token);
  }
  const test::RawDatabase raw(server.connection_string());
  raw.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slack-oauth'");
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
}

TEST_CASE("an error says where and why, and shows neither a password nor a value", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string port = std::to_string(test::postgresql_server()->port());
  const auto refused = [](const std::string& connection_string) {
    return test::thrown_by<StorageError>([&] {
      PostgreSQLInstallationStore({.connection_string = connection_string, .client_id = "1", .timeout = 2s});
    });
  };
  const auto missing = refused("postgresql://postgres:not-a-real-password@127.0.0.1:" + port + "/nowhere");
  CHECK(missing.code() == "3D000");
  CHECK(missing.backend() == "postgresql");
  CHECK_FALSE(missing.is_retryable());
  CHECK_THAT(missing.what(), ContainsSubstring("127.0.0.1") && ContainsSubstring(port));
  CHECK_THAT(missing.what(), ContainsSubstring("nowhere"));
  CHECK_THAT(missing.what(), !ContainsSubstring("not-a-real-password"));
  const auto nobody = refused("host=127.0.0.1 port=" + std::to_string(test::free_port()) + " password=not-a-real-one");
  CHECK(nobody.is_retryable());
  CHECK_THAT(nobody.what(), !ContainsSubstring("not-a-real-one"));

  test::PlacedStore store;
  auto hostile = installation("xoxb-not-a-real-token-1");
  hostile.team_name = "not UTF-8: \xff, and a secret of hers";
  const auto invalid = test::thrown_by<StorageError>([&] { store.save(hostile); });
  CHECK(invalid.code() == "22021");
  CHECK_THAT(invalid.what(), !ContainsSubstring("secret"));
  hostile.team_name = std::string("before\0after", 12);
  CHECK_THROWS_AS(store.save(hostile), InvalidArgumentError);
  CHECK_THROWS_AS(store.find_bot({.team_id = std::string_view("T1\0", 3)}), InvalidArgumentError);
  CHECK_FALSE(store.find_bot({.team_id = "T1"}).has_value());
  store.raw().execute(
      "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'it is %', new.bot_token; "
      "end $$; create trigger refuse before insert on slack_bots for each row execute function refuse()");
  const auto raised = test::thrown_by<StorageError>([&] { store.save(installation("xoxb-not-a-real-token-1")); });
  CHECK(raised.code() == "P0001");
  CHECK_THAT(raised.what(), !ContainsSubstring("not-a-real"));
}
