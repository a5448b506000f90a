// SQLite3InstallationStore beside SQLite's own interface with statements prepared once, in the same journal mode.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "fixtures.hpp"
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

  [[nodiscard]] std::string path(const std::string& name) const { return folder.file(name); }

  Workspaces workspaces;
  TemporaryFolder folder{std::filesystem::temp_directory_path()};
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
};

void add_look_ups(std::size_t count) {
  add_look_up<Filled>("raw select of a bot", "", count,
                      [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_bot(ids)); });
  add_look_up<Filled>("find_bot", "raw select of a bot", count, [](Filled& all, const Ids& ids) {
    return Workspaces::next(*all.store->find_bot(query_of(ids)));
  });
  add_look_up<Filled>("raw join of a user's installation with the bot", "", count,
                      [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_user(ids, "U0ADA")); });
  add_look_up<Filled>("find_installation with a user", "raw join of a user's installation with the bot", count,
                      [](Filled& all, const Ids& ids) {
                        return Workspaces::next(*all.store->find_installation(query_of_user(ids, "U0ADA")));
                      });
  add_look_up<Filled>("raw join of the newest installation with the bot", "", count,
                      [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_newest(ids)); });
  add_look_up<Filled>(
      "find_installation without a user", "raw join of the newest installation with the bot", count,
      [](Filled& all, const Ids& ids) { return Workspaces::next(*all.store->find_installation(query_of_user(ids))); });
}

void add_misses(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto is_found) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled<Filled>(count);
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
  add("find_bot, miss", "raw select of a bot, miss",
      [](Filled& all, const Ids& ids) { return all.store->find_bot(query_of(ids)).has_value(); });
}

// Saves each workspace anew, as a reinstallation does.
void add_saves(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto save) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled<Filled>(count);
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
      Filled& all = filled<Filled>(count);
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

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  // As docs/stores/sqlite3.md says: SQLite's memory statistics take a lock that all threads share.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  return run_benchmarks(argc, argv, [](RatioReporter& /*reporter*/) {
    for (const std::size_t count : {1'000U, 100'000U}) {
      add_look_ups(count);
      add_misses(count);
      add_look_up_by_threads<Filled>("find_bot", count, [](const Filled& all, const Ids& ids) {
        return Workspaces::next(*all.store->find_bot(query_of(ids)));
      });
      add_saves(count);
      add_deletes(count);
    }
  });
}
