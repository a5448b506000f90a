// Several processes that get the same events.
#if !defined(_WIN32)
#include <chrono>
#include <memory>
#include <slack/oauth/sqlite3.hpp>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/event_processes.hpp"

using namespace slack::oauth;

namespace {

auto opener(const test::TemporaryFolder& folder, std::chrono::seconds claim_lifetime) {
  return [=, path = folder.file("app.db")] {
    return std::make_shared<SQLite3EventDeduplicator>(
        SQLite3EventDeduplicatorOptions{.database = path,
                                        .client_id = "1.2",
                                        .claim_lifetime = claim_lifetime,
                                        .synchronous = SQLite3Synchronous::off,
                                        .busy_timeout = std::chrono::milliseconds{60'000}});
  };
}

}  // namespace

TEST_CASE("each event that several processes get is handled once, by way of SQLite", "[sqlite3]") {
  const test::TemporaryFolder folder;
  test::check_events_of_processes(200, opener(folder, std::chrono::hours{1}));  // the table is made by all at once
}

TEST_CASE("the event of a process that died is handled by another, by way of SQLite", "[sqlite3]") {
  const test::TemporaryFolder folder;
  test::check_event_of_dead_process(opener(folder, std::chrono::seconds{1}));
}
#endif
