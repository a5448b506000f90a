// The whole contract kit on SQLite3OAuthStateStore, in memory and in a file, alone and beside an installation store.
#include <chrono>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <string>
#include <utility>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/state_clock.hpp"

namespace {

using slack::oauth::OAuthStateStore;
using slack::oauth::SQLite3OAuthStateStore;
using slack::oauth::SQLite3OAuthStateStoreOptions;
using Options = slack::oauth::testing::StateContractOptions<OAuthStateStore>;

void require_contract(const std::function<std::shared_ptr<OAuthStateStore>()>& make_store, const Options& options) {
  for (const auto& check : slack::oauth::testing::state_store_contract(make_store, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

SQLite3OAuthStateStoreOptions options_for(const std::string& database, const test::StateClock& clock) {
  // The disk is not what is tested here, and some of it is on slow ones.
  return {.database = database,
          .synchronous = slack::oauth::SQLite3Synchronous::off,
          .busy_timeout = std::chrono::milliseconds{20'000},
          .clock = clock.function()};
}

}  // namespace

TEST_CASE("the SQLite store of states keeps the contract in memory", "[sqlite3]") {
  const test::StateClock clock;
  Options options;
  options.advance_clock = [&](OAuthStateStore&, std::chrono::seconds time) { clock.advance(time); };
  require_contract([&] { return std::make_shared<SQLite3OAuthStateStore>(options_for(":memory:", clock)); }, options);
}

TEST_CASE("the SQLite store of states keeps the contract in a file", "[sqlite3]") {
  const bool is_beside_installations = GENERATE(false, true);
  CAPTURE(is_beside_installations);
  const test::StateClock clock;
  const test::TemporaryFolder folder;
  std::string path;
  int number = 0;
  Options options;
  options.advance_clock = [&](OAuthStateStore&, std::chrono::seconds time) { clock.advance(time); };
  options.count_states = [&](OAuthStateStore&) {
    return std::stoul(test::RawDatabase(path).value("select count(*) from oauth_states"));
  };
  options.reopen = [&](OAuthStateStore&) { return std::make_shared<SQLite3OAuthStateStore>(options_for(path, clock)); };
  options.break_storage = [&](OAuthStateStore&) {
    test::execute(path, "alter table oauth_states rename to away");
    return [&] { test::execute(path, "alter table away rename to oauth_states"); };
  };
  options.states = 300;
  options.races = 20;
  require_contract(
      [&] {
        path = folder.file(std::to_string(++number) + ".db");
        if (is_beside_installations) {
          slack::oauth::SQLite3InstallationStore installations({.database = path, .client_id = "111.222"});
        }
        return std::make_shared<SQLite3OAuthStateStore>(options_for(path, clock));
      },
      options);
}
