// A client that stands still in a transaction, or is gone without a word: what it has locked is free again soon.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <slack/oauth/postgresql.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

Installation installation(const std::string& token) {
  return {.team_id = "T1", .bot_token = token, .bot_id = "B1", .user_id = "U1", .user_token = token};
}

/// Locks a workspace in a process of its own, and stands still there.
::pid_t freeze_in_transaction(const std::string& schema) {
  const ::pid_t child = ::fork();
  if (child != 0) return child;
  try {
    detail::PostgreSQLPool pool({.connection_string = test::postgresql_server()->connection_string(),
                                 .timeout = 1s,
                                 .tables = {.schema = schema}});
    detail::PostgreSQLWrite write{.number = 1};
    pool.run(detail::PostgreSQLRepeat::never, [&](detail::PostgreSQLSession& session) {
      auto& connection = session.connection();
      connection.set_write(write);
      auto begin = connection.prepare(detail::PostgreSQLDialect::begin_writing);
      auto commit = connection.prepare("commit");
      detail::SqlTransaction transaction(connection, begin, commit);
      static_cast<void>(connection.enter_workspace("111.222", {.team_id = "T1"}));
      ::raise(SIGSTOP);
    });
  } catch (const std::exception&) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

TEST_CASE("a process that stands still in a transaction does not block its workspace for long", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.timeout = 30s});
  const ::pid_t frozen = freeze_in_transaction(store.opened_with().tables.schema);
  int status = 0;
  REQUIRE(::waitpid(frozen, &status, WUNTRACED) == frozen);
  CHECK(WIFSTOPPED(status));
  CHECK_NOTHROW(store.save(installation("xoxb-not-a-real-token-1")));
  ::kill(frozen, SIGKILL);
  if (WIFSTOPPED(status)) ::waitpid(frozen, nullptr, 0);
}

TEST_CASE("a client that the network has lost in a transaction does not block its workspace for long", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto pooling =
      GENERATE(PostgreSQLPooling::session, PostgreSQLPooling::transaction, PostgreSQLPooling::transaction_unnamed);
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore store({.timeout = 30s});
  auto given = store.opened_with();
  given.connection_string = proxy.connection_string();
  given.historical_data_enabled = true;  // it writes in steps
  given.pooling = pooling;
  given.timeout = 1s;
  test::PlacedStore lost(given);
  proxy.expect(test::Fault::silence, "insert into \"" + given.tables.schema + "\".\"slack_bots\"");
  CHECK(test::thrown_by<StorageError>([&] { lost.save(installation("xoxb-not-a-real-token-1")); }).code() ==
        "ETIMEDOUT");
  REQUIRE(proxy.faults() == 1);
  CHECK(store.raw().value("select count(*) from pg_stat_activity where state = 'idle in transaction' and "
                          "application_name = 'slack-oauth'") == "1");
  CHECK_NOTHROW(store.save(installation("xoxb-not-a-real-token-2")));
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(store.raw().value("select count(*) from slack_bots") == "1");
}
