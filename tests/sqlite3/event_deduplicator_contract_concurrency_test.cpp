// The whole contract kit on SQLite3EventDeduplicator, in memory and in a file, alone and beside the stores.
#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/event_deduplicator_contract.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/state_clock.hpp"

namespace {

using slack::oauth::EventDeduplicator;
using slack::oauth::SQLite3EventDeduplicator;
using slack::oauth::SQLite3EventDeduplicatorOptions;
using Options = slack::oauth::testing::EventContractOptions;
using MakeEvents = std::function<std::shared_ptr<EventDeduplicator>()>;

void require_contract(std::size_t expected, const MakeEvents& make_events, const Options& options) {
  const auto checks = slack::oauth::testing::event_deduplicator_contract(make_events, options);
  CHECK(checks.size() == expected);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

SQLite3EventDeduplicatorOptions options_for(const std::string& database, const test::StateClock& clock,
                                            const std::string& client_id = "1.2") {
  // The disk is not what is tested here, and some of it is on slow ones.
  return {.database = database,
          .client_id = client_id,
          .synchronous = slack::oauth::SQLite3Synchronous::off,
          .busy_timeout = std::chrono::milliseconds{20'000},
          .clock = clock.function()};
}

}  // namespace

TEST_CASE("the events in SQLite keep the contract in memory", "[sqlite3]") {
  const test::StateClock clock;
  Options options;
  options.advance_clock = [&](EventDeduplicator&, std::chrono::seconds time) { clock.advance(time); };
  require_contract(
      16, [&] { return std::make_shared<SQLite3EventDeduplicator>(options_for(":memory:", clock)); }, options);
}

TEST_CASE("the events in SQLite keep the contract in a file", "[sqlite3]") {
  const bool is_beside_stores = GENERATE(false, true);
  CAPTURE(is_beside_stores);
  const test::StateClock clock;
  const test::TemporaryFolder folder;
  std::string path;
  int number = 0;
  Options options;
  options.advance_clock = [&](EventDeduplicator&, std::chrono::seconds time) { clock.advance(time); };
  options.count_events = [&](EventDeduplicator&) {
    return std::stoul(test::RawDatabase(path).value("select count(*) from slack_oauth_events"));
  };
  options.reopen = [&](EventDeduplicator&) {
    return std::make_shared<SQLite3EventDeduplicator>(options_for(path, clock));
  };
  options.open_for_another_app = [&](EventDeduplicator&) {
    return std::make_shared<SQLite3EventDeduplicator>(options_for(path, clock, "1.20"));
  };
  options.break_storage = [&](EventDeduplicator&) {
    test::execute(path, "alter table slack_oauth_events rename to away");
    return [&] { test::execute(path, "alter table away rename to slack_oauth_events"); };
  };
  options.races = 20;
  require_contract(
      23,
      [&] {
        path = folder.file(std::to_string(++number) + ".db");
        if (is_beside_stores) {
          slack::oauth::SQLite3InstallationStore installations({.database = path, .client_id = "1.2"});
          slack::oauth::SQLite3OAuthStateStore states({.database = path});
        }
        return std::make_shared<SQLite3EventDeduplicator>(options_for(path, clock));
      },
      options);
}
