// Hits of a CachingInstallationStore: over the memory store beside the memory store itself, and over SQLite beside a
// raw select with a statement that is prepared once.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <shared_mutex>
#include <slack/oauth/detail/reclamation.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "heap_bytes.hpp"
#include "ratio_reporter.hpp"
#include "raw_sqlite3.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::BotQuery;
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

BotQuery query_of(const Ids& ids) { return {.enterprise_id = ids.enterprise_id, .team_id = ids.team_id}; }

/// One size, filled once and shared by all of its benchmarks.
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
class FilledFile {
 public:
  explicit FilledFile(std::size_t count) : workspaces(count) {
    folder_ =
        std::filesystem::temp_directory_path() / ("slack-oauth-benchmark-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directory(folder_);
    const std::string path = (folder_ / "store.db").string();
    store = std::make_shared<SQLite3InstallationStore>(slack::oauth::SQLite3InstallationStoreOptions{
        .database = path, .client_id = "111.222", .synchronous = slack::oauth::SQLite3Synchronous::off});
    for (std::size_t i = 0; i < count; ++i) store->save(workspaces.installation(i));
    connection_ = std::make_unique<RawConnection>(path);
    raw = std::make_unique<RawBots>(connection_->get());
    cache = std::make_unique<CachingInstallationStore>(store, options_for(count));
    for (std::size_t i = 0; i < count; ++i) benchmark::DoNotOptimize(cache->bot_snapshot(query_of(workspaces.ids(i))));
  }
  FilledFile(const FilledFile&) = delete;
  FilledFile& operator=(const FilledFile&) = delete;
  ~FilledFile() {
    cache.reset();
    raw.reset();
    connection_.reset();
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  Workspaces workspaces;
  std::shared_ptr<SQLite3InstallationStore> store;
  std::unique_ptr<RawBots> raw;
  std::unique_ptr<CachingInstallationStore> cache;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<RawConnection> connection_;
};

template <class All>
All& filled(std::size_t count) {
  static std::map<std::size_t, std::unique_ptr<All>> all;
  auto& entry = all[count];
  if (entry == nullptr) entry = std::make_unique<All>(count);
  return *entry;
}

std::string named(std::string_view what, std::size_t count) { return std::string(what) + "/" + std::to_string(count); }

/// Follows the workspaces with `look_up(all, ids)`, which returns the place of the next one. Two threads that do not
/// slow one another take half the time of one.
template <class All, class LookUp>
void add(std::string_view what, std::string_view base, std::size_t count, LookUp look_up) {
  const auto run = [=](benchmark::State& state) {
    All& all = filled<All>(count);
    std::size_t i = count / 2 * static_cast<std::size_t>(state.thread_index());
    for (auto _ : state) i = look_up(all, all.workspaces.ids(i));
    benchmark::DoNotOptimize(i);
    state.SetItemsProcessed(state.iterations());
    if (!base.empty()) state.SetLabel(versus(named(base, count)));
  };
  benchmark::RegisterBenchmark(named(what, count).c_str(), run);
}

template <class LookUp>
void add_threads(std::string_view what, std::size_t count, LookUp look_up) {
  for (const int threads : {1, 2}) {
    const auto run = [=](benchmark::State& state) {
      Filled& all = filled<Filled>(count);
      std::size_t i = count / 2 * static_cast<std::size_t>(state.thread_index());
      for (auto _ : state) i = look_up(all, all.workspaces.ids(i));
      benchmark::DoNotOptimize(i);
      state.SetItemsProcessed(state.iterations());
      if (threads > 1) state.SetLabel(versus(named(what, count) + "/threads:1"));
    };
    benchmark::RegisterBenchmark(named(what, count).c_str(), run)->Threads(threads)->UseRealTime();
  }
}

void register_memory(std::size_t count) {
  add<Filled>("memory, bot_snapshot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.memory.bot_snapshot(query_of(ids))); });
  add<Filled>("cached, bot_snapshot", "memory, bot_snapshot", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.cache.bot_snapshot(query_of(ids))); });
  add<Filled>("memory, find_bot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.memory.find_bot(query_of(ids))); });
  add<Filled>("cached, find_bot", "memory, find_bot", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.cache.find_bot(query_of(ids))); });
  add_threads("memory, bot_snapshot by threads", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.memory.bot_snapshot(query_of(ids))); });
  add_threads("cached, bot_snapshot by threads", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.cache.bot_snapshot(query_of(ids))); });
  add_threads("cached, find_bot by threads", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.cache.find_bot(query_of(ids))); });
}

void register_sqlite3(std::size_t count) {
  add<FilledFile>("raw select of a bot in SQLite", "", count,
                  [](FilledFile& all, const Ids& ids) { return Workspaces::next(*all.raw->find_bot(ids)); });
  add<FilledFile>("SQLite, find_bot", "raw select of a bot in SQLite", count, [](FilledFile& all, const Ids& ids) {
    return Workspaces::next(*all.store->find_bot(query_of(ids)));
  });
  add<FilledFile>(
      "cached over SQLite, bot_snapshot", "raw select of a bot in SQLite", count,
      [](FilledFile& all, const Ids& ids) { return Workspaces::next(*all.cache->bot_snapshot(query_of(ids))); });
  add<FilledFile>(
      "cached over SQLite, find_bot", "raw select of a bot in SQLite", count,
      [](FilledFile& all, const Ids& ids) { return Workspaces::next(*all.cache->find_bot(query_of(ids))); });
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
  std::printf("bytes per cached bot at %zu: %zu\n", count, (*heap_bytes() - empty) / count);
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const std::size_t count : {1'000U, 100'000U}) print_bytes(count);
  register_guards();
  for (const std::size_t count : {1'000U, 100'000U}) register_memory(count);
  for (const std::size_t count : {1'000U, 100'000U}) register_sqlite3(count);
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
