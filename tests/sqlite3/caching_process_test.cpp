// Caches in several processes over one database: no look-up that begins after another process's commit has returned
// finds older data.
#if !defined(_WIN32)

#include <sqlite3.h>
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
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/processes.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace slack::oauth;

constexpr std::size_t workspaces = 8;
constexpr std::size_t readers = 6;
constexpr std::uint64_t quiet_look_ups = 1'000;
constexpr int patience_ms = 60'000;  // for a slow machine; SQLite is asked more often by whoever waits longer

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
  return {.database = path,
          .client_id = "111.222",
          .synchronous = SQLite3Synchronous::off,
          .busy_timeout = std::chrono::milliseconds{patience_ms}};
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
  sqlite3_busy_timeout(database.get(), patience_ms);
  for (std::int64_t i = 0; i < writes; ++i) {
    const auto workspace = static_cast<std::size_t>(i) % (workspaces / 2) * 2 + 1;
    const std::int64_t version = board.written[workspace] + 1;
    database.execute("update slack_bots set bot_token = '" + token_of(version) + "' where team_id = '" +
                     team_of(workspace) + "'");
    board.written[workspace] = version;
    if (i % 50 == 7) database.execute("pragma wal_checkpoint(truncate)");
    if (i % 200 == 99) database.execute("vacuum");
  }
}

template <class Cache>
std::shared_ptr<Cache> open(const std::string& path) {
  return std::make_shared<Cache>(std::make_shared<SQLite3InstallationStore>(options(path)));
}

/// With a record of each workspace.
template <class Cache>
std::shared_ptr<Cache> open_and_fill(const std::string& path) {
  auto cache = open<Cache>(path);
  for (std::size_t i = 0; i < workspaces; ++i) static_cast<void>(cache->bot_snapshot({.team_id = team_of(i)}));
  return cache;
}

template <class Cache>
class Reader {
 public:
  Reader(std::shared_ptr<Cache> cache, const std::string& path, const Board& board, std::size_t number)
      : cache_(std::move(cache)), path_(path), board_(board), random_(static_cast<unsigned>(number) + 1) {}

  /// Says how often it looked a bot up while others wrote, how often it found it in its cache, and how often it did
  /// when nobody wrote any more.
  std::string run() {
    constexpr unsigned look_ups_of_file = 20'000;
    std::uint64_t look_ups = 0;
    std::uint64_t hits = 0;
    for (; board_.writers > 0; ++look_ups) {
      look_up();
      if (random_() % look_ups_of_file != 0) continue;
      hits += cache_->statistics().hits;
      cache_.reset();  // closes the file
      cache_ = open<Cache>(path_);
    }
    const std::uint64_t hits_before = cache_->statistics().hits;
    for (std::uint64_t i = 0; i < quiet_look_ups; ++i) look_up();
    const std::uint64_t quiet_hits = cache_->statistics().hits - hits_before;
    return std::to_string(look_ups) + " " + std::to_string(hits + hits_before) + " " + std::to_string(quiet_hits);
  }

 private:
  void look_up() {
    const std::size_t workspace = random_() % workspaces;
    const std::int64_t written = board_.written[workspace];
    const auto bot = cache_->bot_snapshot({.team_id = team_of(workspace)});
    const std::int64_t seen = bot == nullptr ? -1 : std::stoll(bot->bot_token.substr(token_of(0).size() - 1));
    if (seen >= written) return;
    throw std::runtime_error("version " + std::to_string(seen) + " of " + team_of(workspace) + ", and version " +
                             std::to_string(written) + " was committed before");
  }

  std::shared_ptr<Cache> cache_;
  const std::string& path_;
  const Board& board_;
  std::minstd_rand random_;
};

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
      readers + 2, [&] { return open_and_fill<Cache>(path); },
      [&](std::shared_ptr<Cache>& cache, std::size_t number) {
        if (number < readers) return Reader<Cache>(std::move(cache), path, *board.operator->(), number).run();
        cache.reset();
        try {
          number == readers ? write_by_library(path, *board.operator->(), writes)
                            : write_by_sql(path, *board.operator->(), writes);
        } catch (...) {
          --board->writers;
          throw;
        }
        --board->writers;
        return std::string("0 0 0");
      });
}

bool is_error(const std::string& answer) { return answer.find_first_not_of("0123456789 ") != std::string::npos; }

struct DeafToOthers : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  static bool hear() { return true; }
};

}  // namespace

TEST_CASE("caches in processes over one database are never stale, whoever writes it", "[sqlite3]") {
  const char* const longer = std::getenv("SLACK_OAUTH_CACHE_WRITES");
  const std::int64_t writes = longer != nullptr ? std::atoll(longer) : test::is_sanitized ? 100 : 1'500;
  const auto answers = read_while_others_write<CachingInstallationStore>(writes);
  std::uint64_t all_look_ups = 0;
  std::uint64_t all_hits = 0;
  for (std::size_t number = 0; number < answers.size(); ++number) {
    INFO(answers[number]);
    REQUIRE_FALSE(is_error(answers[number]));
    std::uint64_t look_ups = 0;
    std::uint64_t hits = 0;
    std::uint64_t quiet_hits = 0;
    std::istringstream(answers[number]) >> look_ups >> hits >> quiet_hits;
    all_look_ups += look_ups;
    all_hits += hits;
    // Each bot is looked up once, and once more where another process has just opened the file.
    if (number < readers) CHECK(quiet_hits >= quiet_look_ups - (1 + readers) * workspaces);
  }
  std::printf(
      "caches over SQLite: %llu hits of %llu look-ups in %zu processes while two others wrote %lld times, none "
      "stale\n",
      static_cast<unsigned long long>(all_hits), static_cast<unsigned long long>(all_look_ups), readers,
      static_cast<long long>(2 * writes));
  CHECK(all_hits > 0);
}

TEST_CASE("the processes find a cache that does not hear others", "[sqlite3]") {
  const auto answers = read_while_others_write<BasicCachingInstallationStore<Installation, Bot, DeafToOthers>>(50);
  CHECK(std::count_if(answers.begin(), answers.end(), is_error) > 0);
}

#endif
