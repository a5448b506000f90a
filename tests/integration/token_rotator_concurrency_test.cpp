// Threads with a store each on one SQLite file, as processes have, that want the same token at once.
#include <atomic>
#include <chrono>
#include <exception>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"
#include "sqlite3/temporary_folder.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

TEST_CASE("threads with stores of their own on one file cause one refresh of each token", "[flow]") {
  test::Rotation rotation;
  const test::TemporaryFolder folder;
  const SQLite3InstallationStoreOptions options{.database = folder.file("installations.db"),
                                                .client_id = "111.222",
                                                .synchronous = SQLite3Synchronous::off,
                                                .busy_timeout = 60s};
  constexpr int workspaces = 5;
  SQLite3InstallationStore first(options);
  for (int i = 0; i < workspaces; ++i) first.save(rotation.install("T" + std::to_string(i)));
  rotation.let_expire();
  const auto rotator =
      rotation.rotator({.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }});
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < 6; ++number) {
    threads.emplace_back([&, number] {
      try {
        auto own_rotator = rotator;
        SQLite3InstallationStore store(options);
        for (int i = 0; i < workspaces; ++i) {
          const std::string team_id = "T" + std::to_string((i + number / 3) % workspaces);
          const auto found = store.find_installation({.team_id = team_id}).value();
          if (own_rotator.is_due(own_rotator.rotate(store, found))) ++failed;
        }
      } catch (const std::exception&) {
        ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(rotation.refreshes() == 2 * workspaces);
  first.for_each_installation([&](const Installation& found) {
    CHECK(rotation.slack.is_working(*found.bot_token));
    CHECK(rotation.slack.is_working(*found.user_token));
  });
}
