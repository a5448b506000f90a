// Hits of a CachingInstallationStore: over the memory store beside the memory store itself, and over SQLite beside a
// raw select with a statement that is prepared once.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <shared_mutex>
#include <slack/oauth/detail/reclamation.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <string_view>

#include "fixtures.hpp"
#include "heap_bytes.hpp"
#include "ratio_reporter.hpp"
#include "raw_sqlite3.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::CacheOptions;
using slack::oauth::CachingInstallationStore;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::SQLite3InstallationStore;

/// Nothing expires, since what is measured are hits.
CacheOptions options_for(std::size_t count) {
  CacheOptions options;
  options.expiration = std::chrono::hours{24};
  options.max_bots = count;
  return options;
}

struct Filled {
  explicit Filled(std::size_t count) : workspaces(count), cache(memory, options_for(count)) {
    for (std::size_t i = 0; i < count; ++i) memory.save(workspaces.installation(i));
    for (std::size_t i = 0; i < count; ++i) benchmark::DoNotOptimize(cache.bot_snapshot(query_of(workspaces.ids(i))));
  }

  Workspaces workspaces;
  MemoryInstallationStore memory;
  CachingInstallationStore cache;
};

/// The same in a SQLite file, which is gone with it.
struct FilledFile {
  explicit FilledFile(std::size_t count)
      : workspaces(count),
        store({.database = folder.file("store.db"),
               .client_id = "111.222",
               .synchronous = slack::oauth::SQLite3Synchronous::off}) {
    for (std::size_t i = 0; i < count; ++i) store.save(workspaces.installation(i));
    connection = std::make_unique<RawConnection>(folder.file("store.db"));
    raw = std::make_unique<RawBots>(connection->get());
    cache = std::make_unique<CachingInstallationStore>(store, options_for(count));
    for (std::size_t i = 0; i < count; ++i) benchmark::DoNotOptimize(cache->bot_snapshot(query_of(workspaces.ids(i))));
  }

  Workspaces workspaces;
  TemporaryFolder folder{};
  SQLite3InstallationStore store;
  std::unique_ptr<RawConnection> connection{};
  std::unique_ptr<RawBots> raw{};
  std::unique_ptr<CachingInstallationStore> cache{};
};

void register_snapshots(std::size_t count) {
  const auto of_memory = [](const Filled& all, const Ids& ids) {
    return Workspaces::next(*all.memory.bot_snapshot(query_of(ids)));
  };
  const auto of_cache = [](const Filled& all, const Ids& ids) {
    return Workspaces::next(*all.cache.bot_snapshot(query_of(ids)));
  };
  add_look_up<Filled>("memory, bot_snapshot", "", count, of_memory);
  add_look_up<Filled>("cached, bot_snapshot", "memory, bot_snapshot", count, of_cache);
  add_look_up_by_threads<Filled>("memory, bot_snapshot", count, of_memory);
  add_look_up_by_threads<Filled>("cached, bot_snapshot", count, of_cache);
}

void register_copies(std::size_t count) {
  const auto of_memory = [](const Filled& all, const Ids& ids) {
    return Workspaces::next(*all.memory.find_bot(query_of(ids)));
  };
  const auto of_cache = [](const Filled& all, const Ids& ids) {
    return Workspaces::next(*all.cache.find_bot(query_of(ids)));
  };
  add_look_up<Filled>("memory, find_bot", "", count, of_memory);
  add_look_up<Filled>("cached, find_bot", "memory, find_bot", count, of_cache);
  add_look_up_by_threads<Filled>("cached, find_bot", count, of_cache);
}

void register_sqlite3(std::size_t count) {
  const std::string_view raw = "raw select of a bot in SQLite";
  add_look_up<FilledFile>(
      raw, "", count, [](const FilledFile& all, const Ids& ids) { return Workspaces::next(*all.raw->find_bot(ids)); });
  add_look_up<FilledFile>("SQLite, find_bot", raw, count, [](const FilledFile& all, const Ids& ids) {
    return Workspaces::next(*all.store.find_bot(query_of(ids)));
  });
  add_look_up<FilledFile>("cached over SQLite, bot_snapshot", raw, count, [](const FilledFile& all, const Ids& ids) {
    return Workspaces::next(*all.cache->bot_snapshot(query_of(ids)));
  });
  add_look_up<FilledFile>("cached over SQLite, find_bot", raw, count, [](const FilledFile& all, const Ids& ids) {
    return Workspaces::next(*all.cache->find_bot(query_of(ids)));
  });
}

/// What a reader pays before it may look into a table that others change.
void register_guards() {
  static slack::oauth::detail::Reclaimer reclaimer;
  static std::shared_mutex mutex;
  for (const int threads : {1, 2}) {
    benchmark::RegisterBenchmark("a reader's lock of a std::shared_mutex",
                                 [](benchmark::State& state) {
                                   for (auto _ : state) {
                                     const std::shared_lock lock(mutex);
                                     benchmark::ClobberMemory();
                                   }
                                 })
        ->Threads(threads)
        ->UseRealTime();
    const std::string base = "a reader's lock of a std::shared_mutex/threads:" + std::to_string(threads);
    benchmark::RegisterBenchmark("a reader's guard of the reclaimer",
                                 [base](benchmark::State& state) {
                                   for (auto _ : state) {
                                     const auto guard = reclaimer.enter();
                                     benchmark::ClobberMemory();
                                   }
                                   state.SetLabel(versus(base));
                                 })
        ->Threads(threads)
        ->UseRealTime();
  }
}

void print_bytes(std::size_t count) {
  const auto before = heap_bytes();
  if (!before) return;
  const Workspaces workspaces(count);
  MemoryInstallationStore memory;
  for (std::size_t i = 0; i < count; ++i) memory.save(workspaces.installation(i));
  const CachingInstallationStore cache(memory, options_for(count));
  const std::size_t empty = *heap_bytes();
  for (std::size_t i = 0; i < count; ++i) benchmark::DoNotOptimize(cache.bot_snapshot(query_of(workspaces.ids(i))));
  const std::size_t of_bots = *heap_bytes();
  for (std::size_t i = 0; i < count; ++i) {
    benchmark::DoNotOptimize(cache.installation_snapshot(query_of_user(workspaces.ids(i))));
  }
  std::printf("bytes in the cache at %zu workspaces: %zu a bot, %zu an installation\n", count,
              (of_bots - empty) / count, (*heap_bytes() - of_bots) / count);
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  return run_benchmarks(argc, argv, [](RatioReporter& /*reporter*/) {
    for (const std::size_t count : {1'000U, 100'000U}) print_bytes(count);
    register_guards();
    for (const std::size_t count : {1'000U, 100'000U}) {
      register_snapshots(count);
      register_copies(count);
    }
    register_snapshots(1'000'000);
    for (const std::size_t count : {1'000U, 100'000U}) register_sqlite3(count);
  });
}
