// Caches in several processes over one database: no look-up that begins after another process's commit has returned
// finds older data.
#if !defined(_WIN32)

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/processes.hpp"

namespace {

using namespace slack::oauth;

constexpr std::size_t workspaces = 8;
constexpr std::size_t readers = 6;

std::string team_of(std::size_t workspace) { return "T" + std::to_string(workspace); }
std::string token_of(std::int64_t version) { return "xoxb-not-a-real-token-" + std::to_string(version); }

/// What the processes tell one another, in memory that they share.
struct Board {
  std::array<std::atomic<std::int64_t>, workspaces> written{};
  std::atomic<int> writers{2};
};

class SharedBoard {
 public:
  SharedBoard()
      : memory_(::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        board_(new (memory_) Board) {}
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;
  ~SharedBoard() { ::munmap(memory_, sizeof(Board)); }
  Board* operator->() const { return board_; }

 private:
  void* memory_;
  Board* board_;
};

SQLite3InstallationStoreOptions options(const std::string& path) {
  return {.database = path, .client_id = "111.222", .synchronous = SQLite3Synchronous::off};
}

/// Half of the workspaces: through the library, by a cache of its own.
void write_by_library(const std::string& path, Board& board, std::int64_t writes) {
  CachingInstallationStore store(std::make_shared<SQLite3InstallationStore>(options(path)));
  for (std::int64_t i = 0; i < writes; ++i) {
    const auto workspace = static_cast<std::size_t>(i) % (workspaces / 2) * 2;
    const std::int64_t version = board.written[workspace] + 1;
    store.save({.team_id = team_of(workspace), .bot_token = token_of(version), .bot_id = "B1", .user_id = "U1"});
    board.written[workspace] = version;
  }
}

/// The other half: by SQL, as the Python SDK does, which also empties the log and rebuilds the file.
void write_by_sql(const std::string& path, Board& board, std::int64_t writes) {
  const test::RawDatabase database(path);
  for (std::int64_t i = 0; i < writes; ++i) {
    const auto workspace = static_cast<std::size_t>(i) % (workspaces / 2) * 2 + 1;
    const std::int64_t version = board.written[workspace] + 1;
    static_cast<void>(database.query("update slack_bots set bot_token = ?1 where team_id = ?2",
                                     {token_of(version), team_of(workspace)}));
    board.written[workspace] = version;
    if (i % 50 == 7) database.execute("pragma wal_checkpoint(truncate)");
    if (i % 200 == 99) database.execute("vacuum");
  }
}

/// Says how often it found a bot in its cache.
template <class Cache>
std::string read(const std::string& path, const Board& board, std::size_t seed) {
  const Cache store(std::make_shared<SQLite3InstallationStore>(options(path)));
  std::minstd_rand random(static_cast<unsigned>(seed) + 1);
  while (board.writers > 0) {
    const std::size_t workspace = random() % workspaces;
    const std::int64_t written = board.written[workspace];
    const auto bot = store.bot_snapshot({.team_id = team_of(workspace)});
    const std::int64_t seen = bot == nullptr ? -1 : std::stoll(bot->bot_token.substr(token_of(0).size() - 1));
    if (seen < written) {
      return "error: version " + std::to_string(seen) + " of " + team_of(workspace) + ", and version " +
             std::to_string(written) + " was committed before";
    }
  }
  return std::to_string(store.statistics().hits);
}

/// What each process says.
template <class Cache>
std::vector<std::string> read_while_others_write(std::int64_t writes) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  {
    SQLite3InstallationStore store(options(path));
    for (std::size_t i = 0; i < workspaces; ++i) {
      store.save({.team_id = team_of(i), .bot_token = token_of(0), .bot_id = "B1", .user_id = "U1"});
    }
  }
  const SharedBoard board;
  return test::in_processes(
      readers + 2, [] { return 0; },
      [&](int, std::size_t number) {
        if (number < readers) return read<Cache>(path, *board.operator->(), number);
        try {
          number == readers ? write_by_library(path, *board.operator->(), writes)
                            : write_by_sql(path, *board.operator->(), writes);
        } catch (...) {
          --board->writers;
          throw;
        }
        --board->writers;
        return std::string("0");
      });
}

bool is_error(const std::string& answer) { return answer.find_first_not_of("0123456789") != std::string::npos; }

struct DeafToOthers : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  static bool hear() { return true; }
};

}  // namespace

TEST_CASE("caches in processes over one database are never stale, whoever writes it", "[sqlite3]") {
  const char* const longer = std::getenv("SLACK_OAUTH_CACHE_WRITES");
  const std::int64_t writes = longer == nullptr ? 200 : std::atoll(longer);
  const auto answers = read_while_others_write<CachingInstallationStore>(writes);
  std::uint64_t hits = 0;
  for (const auto& answer : answers) {
    INFO(answer);
    REQUIRE_FALSE(is_error(answer));
    hits += std::stoull(answer);
  }
  std::printf("caches over SQLite: %llu hits in %zu processes while two others wrote %lld times, none stale\n",
              static_cast<unsigned long long>(hits), readers, static_cast<long long>(2 * writes));
  CHECK(hits > 0);
}

TEST_CASE("the processes find a cache that does not hear others", "[sqlite3]") {
  const auto answers = read_while_others_write<BasicCachingInstallationStore<Installation, Bot, DeafToOthers>>(50);
  CHECK(std::count_if(answers.begin(), answers.end(), is_error) > 0);
}

#endif
