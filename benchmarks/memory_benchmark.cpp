// MemoryInstallationStore beside a bare std::unordered_map that holds the same records, and beside the Node SDK's
// store where SLACK_OAUTH_NODE_RESULTS names a file of its measurements.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fixtures.hpp"
#include "heap_bytes.hpp"
#include "node_results.hpp"
#include "ratio_reporter.hpp"
#include "slack/oauth/memory.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::MemoryInstallationStore;

struct IdsView {
  std::string_view enterprise_id;
  std::string_view team_id;
};

struct IdsHash {
  using is_transparent = void;
  std::size_t operator()(const IdsView& ids) const {
    const std::hash<std::string_view> hash;
    return hash(ids.enterprise_id) * 31 + hash(ids.team_id);
  }
  std::size_t operator()(const Ids& ids) const { return (*this)(IdsView{ids.enterprise_id, ids.team_id}); }
};

struct IdsEqual {
  using is_transparent = void;
  template <class Left, class Right>
  bool operator()(const Left& left, const Right& right) const {
    return left.enterprise_id == right.enterprise_id && left.team_id == right.team_id;
  }
};

using Map = std::unordered_map<Ids, Bot, IdsHash, IdsEqual>;

struct Filled {
  explicit Filled(std::size_t count) : workspaces(count) {
    map.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Installation installation = workspaces.installation(i);
      map.emplace(workspaces.ids(i), *installation.to_bot());
      store.save(installation);
    }
  }

  Workspaces workspaces;
  Map map;
  MemoryInstallationStore store;
};

std::size_t map_hit(const Map& map, const Ids& ids) {
  return Workspaces::next(map.find(IdsView{ids.enterprise_id, ids.team_id})->second);
}

std::size_t snapshot_hit(const MemoryInstallationStore& store, const Ids& ids) {
  return Workspaces::next(*store.bot_snapshot(query_of(ids)));
}

void register_hits(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto look_up) {
    add_look_up<Filled>(what, base, count, look_up);
  };
  add("unordered_map, reference", "", [](const Filled& all, const Ids& ids) { return map_hit(all.map, ids); });
  add("bot_snapshot", "unordered_map, reference",
      [](const Filled& all, const Ids& ids) { return snapshot_hit(all.store, ids); });
  add("unordered_map, copied Bot", "", [](const Filled& all, const Ids& ids) {
    const Bot bot = all.map.find(IdsView{ids.enterprise_id, ids.team_id})->second;
    return Workspaces::next(bot);
  });
  add("find_bot", "unordered_map, copied Bot",
      [](const Filled& all, const Ids& ids) { return Workspaces::next(*all.store.find_bot(query_of(ids))); });
  add("installation_snapshot", "unordered_map, reference", [](const Filled& all, const Ids& ids) {
    return Workspaces::next(*all.store.installation_snapshot(query_of_user(ids)));
  });
}

// A miss leads nowhere, so the next look-up depends on it by what it did not find.
void register_misses(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto is_found) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled<Filled>(count);
      Ids ids = all.workspaces.ids(0);
      std::size_t i = 0;
      for (auto _ : state) {
        ids.team_id[0] = 'X';
        i = (i * 6364136223846793005U + 1442695040888963407U) + static_cast<std::size_t>(is_found(all, ids));
        const std::string& other = all.workspaces.ids((i >> 20U) % count).team_id;
        ids.team_id.replace(1, std::string::npos, other, 1);
      }
      state.SetItemsProcessed(state.iterations());
      if (!base.empty()) state.SetLabel(versus(named(base, count)));
    });
  };
  add("unordered_map, miss", "", [](const Filled& all, const Ids& ids) {
    return all.map.find(IdsView{ids.enterprise_id, ids.team_id}) != all.map.end();
  });
  add("bot_snapshot, miss", "unordered_map, miss",
      [](const Filled& all, const Ids& ids) { return all.store.bot_snapshot(query_of(ids)) != nullptr; });
}

/// Saves other workspaces at a steady pace, as an app does while it serves events.
class Saver {
 public:
  Saver(MemoryInstallationStore& store, const Workspaces& workspaces)
      : thread_([&store, &workspaces, this] {
          for (std::size_t i = 0; !is_stopped_; i = (i + 1) % workspaces.size()) {
            store.save(workspaces.installation(i));
            std::this_thread::sleep_for(std::chrono::microseconds(100));
          }
        }) {}
  Saver(const Saver&) = delete;
  Saver& operator=(const Saver&) = delete;
  ~Saver() {
    is_stopped_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> is_stopped_{false};
  std::thread thread_;
};

void register_threads(std::size_t count) {
  const auto look_up = [](const Filled& all, const Ids& ids) { return snapshot_hit(all.store, ids); };
  add_look_up_by_threads<Filled>("bot_snapshot", count, look_up);
  add_look_up_by_threads<Filled>("bot_snapshot while saving", count, look_up,
                                 [](Filled& all) { return std::make_unique<Saver>(all.store, all.workspaces); });
}

// Times a batch of deletes and puts the workspaces back outside of the clock.
void delete_all(benchmark::State& state, std::size_t count) {
  constexpr std::size_t batch = 256;
  Filled& all = filled<Filled>(count);
  std::size_t first = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t k = 0; k < batch; ++k) {
      const Ids& ids = all.workspaces.ids((first + k * 7) % count);
      all.store.delete_all({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id});
    }
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    for (std::size_t k = 0; k < batch; ++k) all.store.save(all.workspaces.installation((first + k * 7) % count));
    first = (first + batch * 7) % count;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  if (count > 1000) state.SetLabel(versus(named("delete_all", 1000)));
}

void register_size(std::size_t count) {
  register_hits(count);
  register_misses(count);
  register_threads(count);
  benchmark::RegisterBenchmark(named("delete_all", count).c_str(), [count](benchmark::State& state) {
    delete_all(state, count);
  })->UseManualTime();
}

void print_bytes(std::size_t count) {
  const auto before = heap_bytes();
  if (!before) {
    std::printf("bytes per workspace: this C library does not tell\n");
    return;
  }
  const Workspaces workspaces(count);
  const std::size_t start = *heap_bytes();
  std::vector<std::pair<Installation, Bot>> fields;
  fields.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Installation installation = workspaces.installation(i);
    fields.emplace_back(installation, *installation.to_bot());
  }
  const std::size_t of_fields = *heap_bytes() - start;
  MemoryInstallationStore store;
  const std::size_t empty = *heap_bytes();
  for (std::size_t i = 0; i < count; ++i) store.save(workspaces.installation(i));
  const std::size_t of_store = *heap_bytes() - empty;
  MemoryInstallationStore bots;
  for (std::size_t i = 0; i < count; ++i) bots.save_bot(*workspaces.installation(i).to_bot());
  const std::size_t of_bots = *heap_bytes() - empty - of_store;
  std::printf("bytes per workspace at %zu: %zu stored, %zu in its fields, %.2f x; %zu with a bot alone\n", count,
              of_store / count, of_fields / count, static_cast<double>(of_store) / static_cast<double>(of_fields),
              of_bots / count);
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  return run_benchmarks(argc, argv, [](RatioReporter& reporter) {
    for (const std::size_t count : {1'000U, 100'000U}) print_bytes(count);
    for (const std::size_t count : {1'000U, 10'000U, 100'000U, 1'000'000U}) register_size(count);
    record_node_results(reporter, "memory",
                        {{"fetchInstallation", "bot_snapshot"},
                         {"fetchInstallation", "find_bot"},
                         {"deleteInstallation", "delete_all"}});
  });
}
