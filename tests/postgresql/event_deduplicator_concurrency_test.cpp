// Claims that wait for what another does at the same moment.
#include <chrono>
#include <future>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

TEST_CASE("an event whose mark has expired and that another claims at this moment is in progress", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = test::placed(PostgreSQLEventDeduplicatorOptions{.timeout = std::chrono::milliseconds{60'000}});
  PostgreSQLEventDeduplicator events(options);
  events.mark_done("Ev01");
  const test::RawDatabase other(options.connection_string, options.tables.schema);
  other.execute("update slack_oauth_events set expires_at = clock_timestamp() - interval '1 hour'");
  other.execute(
      "begin; update slack_oauth_events set holder = 'bob', expires_at = clock_timestamp() + interval '1 minute', "
      "lifetime = 120000");
  auto claimed = std::async(std::launch::async, [&] { return events.claim("Ev01", "ada"); });
  const test::RawDatabase watcher(options.connection_string, options.tables.schema);
  while (watcher.value("select count(*) from pg_locks where not granted and pid in (select pid from pg_stat_activity "
                       "where query like '%slack_oauth_events%')") == "0") {
    REQUIRE(claimed.wait_for(std::chrono::milliseconds{5}) == std::future_status::timeout);
  }
  other.execute("commit");
  CHECK(claimed.get() == EventState::in_progress);
}

TEST_CASE("a claim over the connections of other stores waits no longer than Slack does, and a mark as long as they do",
          "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = test::placed(PostgreSQLEventDeduplicatorOptions{.timeout = std::chrono::milliseconds{50}});
  auto others = options;
  others.timeout = std::chrono::milliseconds{60'000};
  PostgreSQLEventDeduplicator events(options, detail::make_postgresql_pool(others));
  const test::RawDatabase other(options.connection_string, options.tables.schema);
  other.execute("begin; lock slack_oauth_events");
  CHECK(test::thrown_by<StorageError>([&] { static_cast<void>(events.claim("Ev01", "ada")); }).code() == "ETIMEDOUT");
  auto marked = std::async(std::launch::async, [&] { events.mark_done("Ev02"); });
  CHECK(marked.wait_for(std::chrono::milliseconds{200}) == std::future_status::timeout);
  other.execute("commit");
  marked.get();
  CHECK(events.claim("Ev02", "ada") == EventState::done);
}
