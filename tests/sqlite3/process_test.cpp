// Several processes on one database, and one that is killed at any moment.
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"
#include "support/sanitizers.hpp"

#if !defined(_WIN32)

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {

using slack::oauth::Installation;
using slack::oauth::SQLite3InstallationStore;
using slack::oauth::SQLite3InstallationStoreOptions;

SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database, .client_id = "111.222"};
}

/// Every field that a version touches says which one it is, so that a mixture shows.
Installation version_of(const std::string& team_id, const std::string& user_id, std::int64_t version) {
  const std::string number = std::to_string(version);
  return {.team_id = team_id,
          .team_name = "name " + number + std::string(static_cast<std::size_t>(version % 3'000), 'x'),
          .bot_token = "xoxb-not-a-real-token-" + number,
          .bot_id = "B" + number,
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-" + number,
          .installed_at = test::at(1767225600 + version)};
}

/// Runs `work` in a process of its own, which must not be left in any other way.
pid_t start(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child != 0) return child;
  int result = 0;
  try {
    work();
  } catch (const std::exception& error) {
    const std::string text = std::string(error.what()) + "\n";
    result = ::write(STDERR_FILENO, text.data(), text.size()) < 0 ? 2 : 1;
  }
  _exit(result);
}

int exit_code(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("processes that write and read one database at the same time lose nothing", "[sqlite3]") {
  constexpr std::int64_t saves = 200;
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  // They also race to make the tables.
  std::vector<pid_t> children;
  for (int number = 0; number < 3; ++number) {
    children.push_back(start([&, number] {
      auto opened_as = options(path);
      opened_as.synchronous = slack::oauth::SQLite3Synchronous::off;
      SQLite3InstallationStore store(opened_as);
      const std::string team_id = "T" + std::to_string(number);
      for (std::int64_t i = 1; i <= saves; ++i) {
        store.save(version_of(team_id, "U" + std::to_string(i % 7), i));
        const auto own = store.find_bot({.team_id = team_id});
        if (!own || own->bot_id != "B" + std::to_string(i)) throw std::runtime_error("a save was lost");
        const auto other = store.find_installation({.team_id = "T" + std::to_string((number + 1) % 3)});
        if (other && other->user_token->substr(21) != other->bot_token->substr(21)) {
          throw std::runtime_error("half a save was seen");
        }
      }
    }));
  }
  for (const pid_t child : children) CHECK(exit_code(child) == 0);
  SQLite3InstallationStore store(options(path));
  int visited = 0;
  store.for_each_installation([&](const Installation& found) {
    CHECK(found.bot_id == "B" + std::to_string(saves));
    ++visited;
  });
  CHECK(visited == 3 * 7);
}

TEST_CASE("a process that changes its working folder keeps its database", "[sqlite3]") {
  const test::TemporaryFolder folder;
  CHECK(exit_code(start([&] {
          if (chdir(folder.path().c_str()) != 0) throw std::runtime_error("cannot change the folder");
          SQLite3InstallationStore store(options("below/installations.db"));
          store.save(version_of("T1", "U1", 1));
          if (chdir("/") != 0) throw std::runtime_error("cannot change the folder");
          if (!store.find_bot({.team_id = "T1"})) throw std::runtime_error("the bot was not found");
        })) == 0);
  CHECK(SQLite3InstallationStore(options(folder.file("below/installations.db"))).find_bot({.team_id = "T1"}));
}

TEST_CASE("a writer that is killed at any moment loses nothing that it acknowledged", "[sqlite3]" NOT_SANITIZED) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  std::mt19937 random(20260101);
  std::uniform_int_distribution<int> delay(0, 40'000);
  std::map<std::string, std::int64_t> acknowledged;
  std::int64_t next = 1;
  int kills = 0;
  for (; kills < 100; ++kills) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const pid_t child = start([&] {
      auto opened_as = options(path);
      opened_as.historical_data_enabled = kills % 2 == 1;
      SQLite3InstallationStore store(opened_as);
      for (std::int64_t version = next;; ++version) {
        store.save(version_of("T" + std::to_string(version % 3), "U1", version));
        if (::write(ends[1], &version, sizeof version) != sizeof version) return;
      }
    });
    close(ends[1]);
    const auto read_one = [&] {
      std::int64_t version = 0;
      if (read(ends[0], &version, sizeof version) != sizeof version) return false;
      acknowledged["T" + std::to_string(version % 3)] = version;
      next = version + 1;
      return true;
    };
    // Some die while they open the database.
    if (kills % 4 != 0) REQUIRE(read_one());
    std::this_thread::sleep_for(std::chrono::microseconds{delay(random)});
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read_one()) {
    }
    close(ends[0]);

    const SQLite3InstallationStore store(options(path));
    const std::int64_t in_flight = next;
    for (auto& [team_id, last] : acknowledged) {
      const auto found = store.find_installation({.team_id = team_id});
      const auto bot = store.find_bot({.team_id = team_id});
      REQUIRE(found);
      REQUIRE(bot);
      const std::int64_t seen = found->installed_at.time_since_epoch() / std::chrono::seconds{1} - 1767225600;
      CAPTURE(kills, team_id, last, seen);
      // The save that was killed may have been done.
      CHECK((seen == last || seen == in_flight));
      last = seen;
      CHECK(*found == version_of(team_id, "U1", seen));
      CHECK(bot == version_of(team_id, "U1", seen).to_bot());
      next = std::max(next, seen + 1);
    }
  }
  CHECK(next > 75);
  CHECK(test::RawDatabase(path).value("pragma integrity_check") == "ok");
}

#endif
