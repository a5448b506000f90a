// SQLite3InstallationStore beside SQLite's own interface with statements prepared once, in the same journal mode.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "ratio_reporter.hpp"
#include "raw_sqlite3.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::SQLite3InstallationStore;
using slack::oauth::SQLite3InstallationStoreOptions;

SQLite3InstallationStoreOptions options_for(const std::string& path) {
  return {.database = path, .client_id = "111.222"};
}

/// One size, in two databases that hold the same, and are gone with it.
class Filled {
 public:
  explicit Filled(std::size_t count) : workspaces(count) {
    folder_ =
        std::filesystem::temp_directory_path() / ("slack-oauth-benchmark-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directory(folder_);
    RawStore::make_tables(path("raw.db"));
    RawStore filler(path("raw.db"));
    auto options = options_for(path("store.db"));
    options.synchronous = slack::oauth::SQLite3Synchronous::off;
    SQLite3InstallationStore store_filler(options);
    for (std::size_t i = 0; i < count; ++i) store_filler.save(workspaces.installation(i));
    // The rows are copied, since saving each of them alone waits for the disk.
    const RawConnection copy(path("raw.db"));
    copy.execute(("attach '" + path("store.db") + "' as filled").c_str());
    copy.execute(copy_sql("slack_bots").c_str());
    copy.execute(copy_sql("slack_installations").c_str());
    raw = std::make_unique<RawStore>(path("raw.db"));
    auto with_history = options_for(path("raw_history.db"));
    with_history.historical_data_enabled = true;
    { const SQLite3InstallationStore makes_tables(with_history); }
    raw_history = std::make_unique<RawHistory>(path("raw_history.db"));
    with_history.database = path("history.db");
    history = std::make_unique<SQLite3InstallationStore>(with_history);
    store = std::make_unique<SQLite3InstallationStore>(options_for(path("store.db")));
  }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;
  ~Filled() {
    raw.reset();
    store.reset();
    raw_history.reset();
    history.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Workspaces workspaces;
  std::unique_ptr<RawStore> raw;
  std::unique_ptr<SQLite3InstallationStore> store;
  std::unique_ptr<RawHistory> raw_history;
  std::unique_ptr<SQLite3InstallationStore> history;

 private:
  static std::string copy_sql(const std::string& table) {
    const std::string user = table == "slack_bots" ? "" : ", user_id, token_type";
    const std::string columns =
        "client_id, app_id, enterprise_id, enterprise_name, team_id, team_name, bot_token, bot_id, bot_user_id, "
        "bot_scopes, is_enterprise_install, installed_at" +
        user;
    return "insert into main." + table + " (" + columns + ") select " + columns + " from filled." + table +
           " order by id";
  }

  std::filesystem::path folder_;
};

Filled& filled(std::size_t count) {
  static std::size_t filled_count = 0;
  static std::unique_ptr<Filled> current;
  if (filled_count != count) {
    current.reset();
    current = std::make_unique<Filled>(count);
    filled_count = count;
  }
  return *current;
}

std::string named(std::string_view what, std::size_t count) { return std::string(what) + "/" + std::to_string(count); }

/// Follows the workspaces with `look_up(filled, ids)`, which returns the place of the next one.
template <class LookUp>
void add_look_up(std::string_view what, std::string_view base, std::size_t count, LookUp look_up) {
  benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
    Filled& all = filled(count);
    std::size_t i = 0;
    for (auto _ : state) i = look_up(all, all.workspaces.ids(i));
    benchmark::DoNotOptimize(i);
    state.SetItemsProcessed(state.iterations());
    if (!base.empty()) state.SetLabel(versus(named(base, count)));
  });
}

void add_look_ups(std::size_t count) {
  add_look_up("raw select of a bot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_bot(ids)); });
  add_look_up("find_bot", "raw select of a bot", count, [](Filled& all, const Ids& ids) {
    return Workspaces::next(*all.store->find_bot({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id}));
  });
  add_look_up("raw join of a user's installation with the bot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_user(ids, "U0ADA")); });
  add_look_up("find_installation with a user", "raw join of a user's installation with the bot", count,
              [](Filled& all, const Ids& ids) {
                return Workspaces::next(*all.store->find_installation(
                    {.enterprise_id = ids.enterprise_id, .team_id = ids.team_id, .user_id = "U0ADA"}));
              });
  add_look_up("raw join of the newest installation with the bot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_newest(ids)); });
  add_look_up("find_installation without a user", "raw join of the newest installation with the bot", count,
              [](Filled& all, const Ids& ids) {
                return Workspaces::next(
                    *all.store->find_installation({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id}));
              });
}

void add_misses(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto is_found) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled(count);
      std::size_t i = 0;
      for (auto _ : state) {
        Ids ids = all.workspaces.ids(i);
        ids.team_id[0] = 'X';
        i = (i + 7919 + static_cast<std::size_t>(is_found(all, ids))) % count;
      }
      state.SetItemsProcessed(state.iterations());
      if (!base.empty()) state.SetLabel(versus(named(base, count)));
    });
  };
  add("raw select of a bot, miss", "", [](Filled& all, const Ids& ids) { return all.raw->has_bot(ids); });
  add("find_bot, miss", "raw select of a bot, miss", [](Filled& all, const Ids& ids) {
    return all.store->find_bot({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id}).has_value();
  });
}

// Saves each workspace anew, as a reinstallation does.
void add_saves(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto save) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled(count);
      std::size_t i = 0;
      for (auto _ : state) {
        save(all, all.workspaces.installation(i));
        i = (i + 7919) % count;
      }
      state.SetItemsProcessed(state.iterations());
      if (!base.empty()) state.SetLabel(versus(named(base, count)));
    })->UseRealTime();
  };
  add("raw transaction of two upserts", "",
      [](Filled& all, const slack::oauth::Installation& value) { all.raw->save(value); });
  add("save", "raw transaction of two upserts",
      [](Filled& all, const slack::oauth::Installation& value) { all.store->save(value); });
  add("raw transaction of two inserts into the same tables", "",
      [](Filled& all, const slack::oauth::Installation& value) { all.raw_history->save(value); });
  add("save with history", "raw transaction of two inserts into the same tables",
      [](Filled& all, const slack::oauth::Installation& value) { all.history->save(value); });
}

// Times a batch of deletes and puts the workspaces back outside of the clock.
void add_deletes(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto erase, auto save) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      constexpr std::size_t batch = 64;
      Filled& all = filled(count);
      std::size_t first = 0;
      const auto at = [&](std::size_t k) { return (first + k * 7) % count; };
      for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t k = 0; k < batch; ++k) erase(all, all.workspaces.ids(at(k)));
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        for (std::size_t k = 0; k < batch; ++k) save(all, all.workspaces.installation(at(k)));
        first = (first + batch * 7) % count;
      }
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
      if (!base.empty()) state.SetLabel(versus(named(base, count)));
    })->UseManualTime();
  };
  add(
      "raw transaction of two deletes", "", [](Filled& all, const Ids& ids) { all.raw->delete_all(ids); },
      [](Filled& all, const slack::oauth::Installation& value) { all.raw->save(value); });
  add(
      "delete_all", "raw transaction of two deletes",
      [](Filled& all, const Ids& ids) {
        all.store->delete_all({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id});
      },
      [](Filled& all, const slack::oauth::Installation& value) { all.store->save(value); });
}

// The time of one look-up across all threads: two threads that do not slow one another halve it.
void add_threads(std::size_t count) {
  const auto run = [count](benchmark::State& state) {
    Filled& all = filled(count);
    std::size_t i = count / 2 * static_cast<std::size_t>(state.thread_index());
    for (auto _ : state) {
      const Ids& ids = all.workspaces.ids(i);
      i = Workspaces::next(*all.store->find_bot({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id}));
    }
    benchmark::DoNotOptimize(i);
    state.SetItemsProcessed(state.iterations());
    if (state.threads() > 1) state.SetLabel(versus(named("find_bot, one thread", count) + "/threads:1"));
  };
  benchmark::RegisterBenchmark(named("find_bot, one thread", count).c_str(), run)->Threads(1)->UseRealTime();
  benchmark::RegisterBenchmark(named("find_bot, two threads", count).c_str(), run)->Threads(2)->UseRealTime();
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  // As docs/stores/sqlite3.md says: SQLite's memory statistics take a lock that all threads share.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const std::size_t count : {1'000U, 100'000U}) {
    add_look_ups(count);
    add_misses(count);
    add_threads(count);
    add_saves(count);
    add_deletes(count);
  }
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
