// Several processes that consume the same states at the same moment.
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/processes.hpp"
#include "support/state_processes.hpp"

#if !defined(_WIN32)

using slack::oauth::SQLite3OAuthStateStore;

TEST_CASE("of processes that consume a state at the same moment one gets it, with its payload", "[sqlite3]") {
  const test::TemporaryFolder folder;
  test::check_states_of_processes(300, [&] {
    return std::make_unique<SQLite3OAuthStateStore>(
        slack::oauth::SQLite3OAuthStateStoreOptions{.database = folder.file("states.db"),
                                                    .synchronous = slack::oauth::SQLite3Synchronous::off,
                                                    .busy_timeout = std::chrono::milliseconds{60'000}});
  });
}

TEST_CASE("processes that race to make the table of states, and issue, lose none", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("states.db");
  const auto answers = test::in_processes(
      4, [] { return 0; },
      [&](int, std::size_t number) {
        SQLite3OAuthStateStore store({.database = path,
                                      .synchronous = slack::oauth::SQLite3Synchronous::off,
                                      .busy_timeout = std::chrono::milliseconds{60'000}});
        std::string states;
        for (int i = 0; i < 50; ++i) states += store.issue(number) + "\n";
        return states;
      });
  SQLite3OAuthStateStore store({.database = path});
  for (std::size_t number = 0; number < answers.size(); ++number) {
    REQUIRE(answers[number].size() == 50 * 41);
    for (std::size_t i = 0; i < 50; ++i) CHECK(store.consume(answers[number].substr(i * 41, 40)) == number);
  }
}

#endif
