// Several processes that consume the same states at the same moment.
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/processes.hpp"

#if !defined(_WIN32)

using slack::oauth::SQLite3OAuthStateStore;

TEST_CASE("of processes that consume a state at the same moment one gets it, with its payload", "[sqlite3]") {
  constexpr std::size_t states = 300;
  constexpr std::size_t processes = 4;
  const test::TemporaryFolder folder;
  const auto open = [&] {
    return std::make_unique<SQLite3OAuthStateStore>(
        slack::oauth::SQLite3OAuthStateStoreOptions{.database = folder.file("states.db"),
                                                    .synchronous = slack::oauth::SQLite3Synchronous::off,
                                                    .busy_timeout = std::chrono::milliseconds{60'000}});
  };
  std::vector<std::string> issued;
  {
    const auto store = open();
    for (std::size_t i = 0; i < states; ++i) issued.push_back(store->issue(i));
  }
  const auto answers = test::in_processes(processes, open, [&](const auto& store, std::size_t /*number*/) {
    std::string won;
    for (std::size_t i = 0; i < states; ++i) {
      const auto payload = store->consume(issued[i]);
      if (payload && *payload != i) return std::string("error: the payload of another state");
      won += payload ? '1' : '0';
    }
    return won;
  });
  std::vector<int> wins(states);
  for (const auto& answer : answers) {
    REQUIRE_THAT(answer, !Catch::Matchers::StartsWith("error"));
    REQUIRE(answer.size() == states);
    for (std::size_t i = 0; i < states; ++i) wins[i] += answer[i] == '1' ? 1 : 0;
  }
  CHECK(wins == std::vector<int>(states, 1));
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
