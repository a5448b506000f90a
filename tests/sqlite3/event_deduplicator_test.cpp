// What SQLite3EventDeduplicator makes of its database, of one that is not its own, and of clocks.
#include "slack/oauth/sqlite3/event_deduplicator.hpp"

#include <chrono>
#include <filesystem>
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/state_clock.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

struct Database {
  test::TemporaryFolder folder{};
  std::string path = folder.file("app.db");
  test::StateClock clock{};

  [[nodiscard]] SQLite3EventDeduplicatorOptions options() const {
    return {.database = path, .client_id = "1.2", .synchronous = SQLite3Synchronous::off, .clock = clock.function()};
  }
};

}  // namespace

TEST_CASE("a claim by a clock that was ahead has ended, and a mark by one counts", "[sqlite3]") {
  const Database database;
  SQLite3EventDeduplicator events(database.options());
  database.clock.advance(10h);
  CHECK(events.claim("Ev01", "ada") == EventState::claimed);
  events.mark_done("Ev02");
  database.clock.advance(-1min);  // less than a lifetime: two calls may come that far apart
  CHECK(events.claim("Ev01", "bob") == EventState::in_progress);
  database.clock.advance(-9h);
  CHECK(events.claim("Ev01", "bob") == EventState::claimed);
  CHECK(events.claim("Ev02", "bob") == EventState::done);
}

TEST_CASE("a database of before there were events gets their table, and keeps what it has", "[sqlite3]") {
  const Database database;
  {
    SQLite3InstallationStore installations({.database = database.path, .client_id = "1.2"});
    installations.save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
  }
  const test::RawDatabase raw(database.path);
  CHECK(raw.value("select group_concat(component) from slack_oauth_schema") == "installation_store");
  for (int i = 0; i < 2; ++i) {
    SQLite3EventDeduplicator events(database.options());
    CHECK(events.claim("Ev01", "ada") == EventState::claimed);
  }
  CHECK(raw.value("select version from slack_oauth_schema where component = 'event_deduplicator'") == "1");
  CHECK(raw.value("select count(*) from slack_bots") == "1");
  CHECK(raw.value("select count(*) from slack_oauth_events") == "1");
}

TEST_CASE("a database whose events are of a newer version is refused, and left alone", "[sqlite3]") {
  const Database database;
  const test::RawDatabase raw(database.path);
  raw.execute(
      "create table slack_oauth_schema (component text primary key not null, version integer not null);"
      "insert into slack_oauth_schema values ('event_deduplicator', 2)");
  const auto error = test::thrown_by<StorageError>([&] { const SQLite3EventDeduplicator events(database.options()); });
  CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("newer version"));
  CHECK(raw.value("select count(*) from sqlite_master where type = 'table'") == "1");
}

TEST_CASE("options of events in SQLite are checked by name", "[sqlite3]") {
  const auto subject = [](const SQLite3EventDeduplicatorOptions& options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { const SQLite3EventDeduplicator events(options); }).subject());
  };
  CHECK(subject({.client_id = "1.2"}) == "database");
  CHECK(subject({.database = ":memory:"}) == "client_id");
  CHECK(subject({.database = ":memory:", .client_id = "1.2", .busy_timeout = -1ms}) == "busy_timeout");
  CHECK(subject({.database = ":memory:", .client_id = "1.2", .claim_lifetime = 0s}) == "claim_lifetime");
}

TEST_CASE("events say so where the database was moved away", "[sqlite3]") {
  const Database database;
  SQLite3EventDeduplicator events(database.options());
  CHECK(events.claim("Ev01", "ada") == EventState::claimed);
  std::filesystem::rename(database.path, database.path + ".moved");
  CHECK_THROWS_AS(events.claim("Ev01", "bob"), StorageError);
  CHECK_THROWS_AS(events.mark_done("Ev01"), StorageError);
}
