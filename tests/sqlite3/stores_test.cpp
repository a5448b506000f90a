// sqlite3_stores(): both stores in one file, with what they are told.
#include <chrono>
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

TEST_CASE("installations and states are in one file, as the options say", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("app.db");
  std::string lines;
  const Stores stores = sqlite3_stores({.database = path,
                                        .client_id = "111.222",
                                        .historical_data_enabled = true,
                                        .synchronous = SQLite3Synchronous::off,
                                        .state_expiration = std::chrono::minutes{1},
                                        .logger = Logger(LogLevel::debug, [&lines](LogLevel, std::string_view line) {
                                          lines += std::string(line) + "\n";
                                        })});
  for (int i = 0; i < 2; ++i) {
    stores.installations->save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
  }
  const std::string state = stores.states->issue("acme");
  const test::RawDatabase raw(path);
  CHECK(raw.value("select count(*) from slack_bots where client_id = '111.222'") == "2");
  CHECK(raw.value("select cast(expire_at - strftime('%s', 'now') as integer) between 50 and 61 from oauth_states") ==
        "1");
  CHECK(stores.states->consume(state) == "acme");
  CHECK(lines.find("saved an installation") != std::string::npos);
  CHECK(lines.find("consumed a state") != std::string::npos);
}

TEST_CASE("an option that neither store can work with is named", "[sqlite3]") {
  const auto subject = [](const SQLite3StoresOptions& options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(sqlite3_stores(options)); }).subject());
  };
  CHECK(subject({.client_id = "111.222"}) == "database");
  CHECK(subject({.database = ":memory:"}) == "client_id");
  CHECK(subject({.database = ":memory:", .client_id = "111.222", .reader_connections = 0}) == "reader_connections");
  CHECK(subject({.database = ":memory:", .client_id = "111.222", .state_expiration = std::chrono::seconds{0}}) ==
        "expiration");
}

TEST_CASE("the SQLite engine's stores have events where that is asked for, in the same file", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3StoresOptions options{.database = folder.file("app.db"), .client_id = "111.222"};
  const test::RawDatabase raw(options.database);
  CHECK(sqlite3_stores(options).events == nullptr);
  CHECK(raw.value("select count(*) from sqlite_master where name = 'slack_oauth_events'") == "0");

  options.deduplicate_events = true;
  options.event_claim_lifetime = std::chrono::seconds{30};
  options.event_expiration = std::chrono::hours{1};
  const Stores stores = sqlite3_stores(options);
  CHECK(stores.events->claim("Ev01", "ada") == EventState::claimed);
  CHECK(raw.value("select client_id || ' ' || event_id || ' ' || holder || ' ' || lifetime from slack_oauth_events") ==
        "111.222 Ev01 ada 30000");
  stores.events->mark_done("Ev01");
  CHECK(raw.value("select ifnull(holder, 'done') || ' ' || lifetime from slack_oauth_events") == "done 3600000");
  CHECK(sqlite3_stores(options).events->claim("Ev01", "bob") == EventState::done);
  CHECK(raw.value("select version from slack_oauth_schema where component = 'event_deduplicator'") == "1");
}
