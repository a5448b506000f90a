// Threads on one SQLite store: for the thread sanitizer too.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::SQLite3InstallationStore;
using slack::oauth::SQLite3InstallationStoreOptions;

SQLite3InstallationStoreOptions options(const std::string& database, std::size_t reader_connections = 8) {
  return {.database = database,
          .client_id = "111.222",
          .synchronous = slack::oauth::SQLite3Synchronous::off,
          .reader_connections = reader_connections};
}

void run_threads(const std::vector<std::function<void()>>& works) {
  std::vector<std::thread> threads;
  threads.reserve(works.size());
  for (const auto& work : works) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("threads on one SQLite store see whole saves, with any number of connections", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const bool is_in_memory = GENERATE(false, true);
  const std::size_t connections = is_in_memory ? std::size_t{1} : GENERATE(as<std::size_t>{}, 1, 2, 8);
  SQLite3InstallationStore store(options(is_in_memory ? ":memory:" : folder.file("installations.db"), connections));
  std::atomic<int> wrong{0};
  std::atomic<bool> is_done{false};
  const auto read = [&] {
    while (!is_done) {
      const auto found = store.find_installation({.team_id = "T1"});
      if (found && found->bot_token != found->user_token) ++wrong;
      store.for_each_installation([&](const auto& each) { wrong += each.bot_token == each.user_token ? 0 : 1; });
    }
  };
  run_threads({read, read, read, [&] {
                 for (int i = 0; i < 200; ++i) {
                   const std::string token = "xoxb-not-a-real-token-" + std::to_string(i);
                   store.save({.team_id = "T1", .bot_token = token, .user_id = "U1", .user_token = token});
                 }
                 is_done = true;
               }});
  CHECK(wrong == 0);
}

TEST_CASE("stores that are opened at the same time make the tables together", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const auto open_and_save = [&](const std::string& user_id) {
    return [&folder, user_id] {
      SQLite3InstallationStore store(options(folder.file("installations.db")));
      auto installation = test::full_installation();
      installation.user_id = user_id;
      store.save(installation);
    };
  };
  run_threads({open_and_save("U1"), open_and_save("U2"), open_and_save("U3"), open_and_save("U4")});
  int visited = 0;
  SQLite3InstallationStore(options(folder.file("installations.db"))).for_each_installation([&](const auto&) {
    ++visited;
  });
  CHECK(visited == 4);
}
