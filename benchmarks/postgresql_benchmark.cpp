// PostgreSQLInstallationStore beside libpq with statements prepared once, on the same socket of the same server.
//
// The program starts a server of its own, or uses the one that DATABASE_URL names. For figures of one thread, give it
// and its server one core, or they depend on how two cores wake each other:
//
//     taskset -c 0 build/bench/benchmarks/bin/postgresql_benchmark --benchmark_filter=-threads
//     build/bench/benchmarks/bin/postgresql_benchmark --benchmark_filter=threads
//
// SLACK_OAUTH_BENCHMARK_WORKSPACES=1000000 measures one more number of workspaces.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/postgresql/server.hpp"
#include "fixtures.hpp"
#include "ratio_reporter.hpp"
#include "raw_postgresql.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::Installation;
using slack::oauth::PostgreSQLInstallationStore;
using slack::oauth::PostgreSQLInstallationStoreOptions;

constexpr int thread_count = 16;

enum class Disk { waited_for, not_waited_for };

std::string address_of(const test::PostgreSQLServer& server) {
  return "postgresql:///postgres?user=postgres&host=" + server.folder() + "&port=" + std::to_string(server.port());
}

/// Of the server that DATABASE_URL names, or of one that waits for its disk as asked.
std::string address(Disk disk) {
  if (const char* const given = std::getenv("DATABASE_URL")) return given;
  if (disk == Disk::waited_for) {
    static const test::PostgreSQLServer durable(test::postgresql_programs().value(), {"fsync=on"});
    return address_of(durable);
  }
  static const test::PostgreSQLServer quick(test::postgresql_programs().value());
  return address_of(quick);
}

/// So many workspaces, in two schemas that hold the same, and are gone with it.
class Filled {
 public:
  Filled(std::size_t count, Disk waits_for)
      : workspaces(count), disk(waits_for), address_(address(waits_for)), owner_(address_, "public") {
    drop();
    owner_.execute("create schema " + raw_schema + "; create schema " + store_schema);
    RawPostgreSQL filler(address_, raw_schema);
    filler.make_tables();
    PostgreSQLInstallationStore{options()};  // makes its tables
    fill(raw_schema, "", "");
    fill(store_schema, ", bot_checked", "\t1");
    fill_workspaces();
    store = std::make_unique<PostgreSQLInstallationStore>(options());
    auto with_history = options();
    with_history.historical_data_enabled = true;
    history = std::make_unique<PostgreSQLInstallationStore>(with_history);
    for (int i = 0; i < history_saves; ++i) history->save(saved_often(i));
    owner_.execute("vacuum analyze");
    for (int i = 0; i < thread_count; ++i) {
      raws.push_back(std::make_unique<RawPostgreSQL>(address_, raw_schema));
      raws.back()->prepare_statements();
    }
    raw = raws.front().get();
  }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;
  ~Filled() {
    raws.clear();
    store.reset();
    history.reset();
    drop();
  }

  [[nodiscard]] Installation saved_often(int i) const {
    Installation made = workspaces.installation(0);
    made.team_id = "T0OFTEN";
    made.user_id = "U" + std::to_string(i % 5);
    made.installed_at += std::chrono::minutes{i};
    return made;
  }

  Workspaces workspaces;
  Disk disk;
  std::vector<std::unique_ptr<RawPostgreSQL>> raws{};
  RawPostgreSQL* raw = nullptr;
  std::unique_ptr<PostgreSQLInstallationStore> store{};
  std::unique_ptr<PostgreSQLInstallationStore> history{};

 private:
  static constexpr int history_saves = 1000;
  static inline const std::string raw_schema = "slack_oauth_benchmark_raw";
  static inline const std::string store_schema = "slack_oauth_benchmark_store";

  [[nodiscard]] PostgreSQLInstallationStoreOptions options() const {
    return {.connection_string = address_,
            .client_id = "111.222",
            .pool = {.size = thread_count},
            .tables = {.schema = store_schema}};
  }

  void drop() {
    for (const auto& schema : {raw_schema, store_schema}) {
      owner_.execute("drop schema if exists " + schema + " cascade");
    }
  }

  // All rows at once, since saving each of them alone takes long.
  void fill(const std::string& schema, const std::string& column, const std::string& value) {
    const auto line_of = [&](std::size_t i, const std::string& rest) {
      const Installation made = workspaces.installation(i);
      return "111.222\t" + *made.enterprise_id + "\t" + *made.team_id + "\t" + *made.app_id + "\t" +
             *made.enterprise_name + "\t" + *made.team_name + "\t" + *made.bot_token + "\t" + *made.bot_id + "\t" +
             *made.bot_user_id + "\t" + slack::oauth::join_scopes(made.bot_scopes) + "\t" +
             slack::oauth::format_timestamp(made.installed_at) + rest;
    };
    const auto copy = [&](const std::string& table, const std::string& more, const std::string& rest) {
      std::size_t i = 0;
      owner_.copy("copy " + schema + "." + table +
                      " (client_id, enterprise_id, team_id, app_id, enterprise_name, team_name, bot_token, bot_id, "
                      "bot_user_id, bot_scopes, installed_at" +
                      more + ") from stdin",
                  [&] { return i == workspaces.size() ? std::string() : line_of(i++, rest); });
    };
    copy("slack_bots", "", "");
    copy("slack_installations", ", user_id, token_type" + column, "\tU0ADA\tbot" + value);
  }

  // Each workspace has been written once, or the statistics of the server would speak of an empty table.
  void fill_workspaces() {
    const std::string of_bots = "enterprise_id, team_id, 1, now()";
    owner_.execute("insert into " + raw_schema + ".workspaces select client_id, " + of_bots + " from " + raw_schema +
                   ".slack_bots");
    owner_.execute("insert into " + store_schema +
                   ".slack_oauth_workspaces (notice, last_writes, client_id, enterprise_id, team_id, version, "
                   "changed_at) select " +
                   slack::oauth::detail::notice_sql("client_id", "enterprise_id", "team_id") +
                   ", array[]::bigint[], client_id, " + of_bots + " from " + store_schema + ".slack_bots");
  }

  std::string address_;
  RawPostgreSQL owner_;
};

/// What is measured now; none at the end, since the servers end before what is static here.
std::unique_ptr<Filled>& current() {
  static std::unique_ptr<Filled> filled;
  return filled;
}

/// Threads: any, at the same time, who want the same.
Filled& filled(std::size_t count, Disk disk = Disk::not_waited_for) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (current() == nullptr || current()->workspaces.size() != count || current()->disk != disk) {
    current().reset();
    current() = std::make_unique<Filled>(count, disk);
  }
  return *current();
}

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
  })->UseRealTime();
}

void add_look_ups(std::size_t count) {
  add_look_up("raw select of a bot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_bot(ids)); });
  add_look_up("find_bot", "raw select of a bot", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.store->find_bot(query_of(ids))); });
  add_look_up("raw join of a user's installation with the bot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_user(ids, "U0ADA")); });
  add_look_up("find_installation with a user", "raw join of a user's installation with the bot", count,
              [](Filled& all, const Ids& ids) {
                return Workspaces::next(*all.store->find_installation(query_of_user(ids, "U0ADA")));
              });
  add_look_up("raw join of the newest installation with the bot", "", count,
              [](Filled& all, const Ids& ids) { return Workspaces::next(*all.raw->find_newest(ids)); });
  add_look_up(
      "find_installation without a user", "raw join of the newest installation with the bot", count,
      [](Filled& all, const Ids& ids) { return Workspaces::next(*all.store->find_installation(query_of_user(ids))); });
}

// Of one workspace that was saved 1 000 times with history, beside workspaces that were saved once.
void add_history(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto find) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled(count);
      const Ids ids{*all.saved_often(0).enterprise_id, *all.saved_often(0).team_id};
      for (auto _ : state) benchmark::DoNotOptimize(find(all, ids));
      state.SetItemsProcessed(state.iterations());
      state.SetLabel(versus(named(base, count)));
    })->UseRealTime();
  };
  add("find_bot, 1 000 saves of history", "find_bot",
      [](Filled& all, const Ids& ids) { return all.history->find_bot(query_of(ids)).value(); });
  add("find_installation with a user, 1 000 saves of history", "find_installation with a user",
      [](Filled& all, const Ids& ids) { return all.history->find_installation(query_of_user(ids, "U1")).value(); });
  add("find_installation without a user, 1 000 saves of history", "find_installation without a user",
      [](Filled& all, const Ids& ids) { return all.history->find_installation(query_of_user(ids)).value(); });
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
    })->UseRealTime();
  };
  add("raw select of a bot, miss", "", [](Filled& all, const Ids& ids) { return all.raw->has_bot(ids); });
  add("find_bot, miss", "raw select of a bot, miss",
      [](Filled& all, const Ids& ids) { return all.store->find_bot(query_of(ids)).has_value(); });
}

// Each thread goes through workspaces of its own, over a connection of its own or what the pool gives it.
void add_threads(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto look_up) {
    benchmark::RegisterBenchmark(
        named(what, count).c_str(),
        [=](benchmark::State& state) {
          Filled& all = filled(count);
          const auto thread = static_cast<std::size_t>(state.thread_index());
          std::size_t i = count / thread_count * thread;
          for (auto _ : state) i = look_up(all, thread, all.workspaces.ids(i));
          benchmark::DoNotOptimize(i);
          state.SetItemsProcessed(state.iterations());
          if (!base.empty()) state.SetLabel(versus(named(base, count) + "/threads:" + std::to_string(thread_count)));
        })
        ->Threads(thread_count)
        ->UseRealTime();
  };
  add("raw select of a bot, 16 threads and connections", "", [](Filled& all, std::size_t thread, const Ids& ids) {
    return Workspaces::next(*all.raws[thread]->find_bot(ids));
  });
  add("find_bot, 16 threads", "raw select of a bot, 16 threads and connections",
      [](Filled& all, std::size_t /*thread*/, const Ids& ids) {
        return Workspaces::next(*all.store->find_bot(query_of(ids)));
      });
}

// Saves each workspace anew, as a reinstallation does.
void add_saves(std::size_t count, Disk disk, const std::string& how) {
  const auto add = [=](const std::string& what, const std::string& base, auto save) {
    benchmark::RegisterBenchmark(named(what + how, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled(count, disk);
      std::size_t i = 0;
      for (auto _ : state) {
        save(all, all.workspaces.installation(i));
        i = (i + 7919) % count;
      }
      state.SetItemsProcessed(state.iterations());
      if (!base.empty()) state.SetLabel(versus(named(base + how, count)));
    })->UseRealTime();
  };
  add("raw pipeline that updates both rows", "", [](Filled& all, const Installation& value) { all.raw->save(value); });
  add("save", "raw pipeline that updates both rows",
      [](Filled& all, const Installation& value) { all.store->save(value); });
}

// Times a batch of deletes and puts the workspaces back outside of the clock.
void add_deletes(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto erase, auto put_back) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      constexpr std::size_t batch = 64;
      Filled& all = filled(count);
      std::size_t first = 0;
      const auto at = [&](std::size_t k) { return (first + k * 7) % count; };
      for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t k = 0; k < batch; ++k) erase(all, all.workspaces.ids(at(k)));
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        for (std::size_t k = 0; k < batch; ++k) put_back(all, all.workspaces.installation(at(k)));
        first = (first + batch * 7) % count;
      }
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
      if (!base.empty()) state.SetLabel(versus(named(base, count)));
    })->UseManualTime();
  };
  add(
      "raw pipeline of two deletes", "", [](Filled& all, const Ids& ids) { all.raw->delete_all(ids); },
      [](Filled& all, const Installation& value) { all.raw->put_back(value); });
  add(
      "delete_all", "raw pipeline of two deletes",
      [](Filled& all, const Ids& ids) {
        all.store->delete_all({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id});
      },
      [](Filled& all, const Installation& value) { all.store->save(value); });
}

void add_all() {
  std::vector<std::size_t> counts{1'000, 100'000};
  if (const char* const more = std::getenv("SLACK_OAUTH_BENCHMARK_WORKSPACES")) counts.push_back(std::stoul(more));
  for (const std::size_t count : counts) {
    add_look_ups(count);
    add_history(count);
    add_misses(count);
    add_threads(count);
    add_saves(count, Disk::not_waited_for, "");
    add_deletes(count);
  }
  add_saves(1'000, Disk::waited_for, ", with fsync");
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  if (std::getenv("DATABASE_URL") == nullptr && !test::postgresql_programs()) {
    std::puts("there is no PostgreSQL server here, and DATABASE_URL names none: nothing is measured");
    return 0;
  }
  try {
    // A server ends with the thread that started it, and those of a benchmark do not last.
    static_cast<void>(address(Disk::not_waited_for));
    const int code = run_benchmarks(argc, argv, [](RatioReporter& /*reporter*/) { add_all(); });
    current().reset();
    return code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
