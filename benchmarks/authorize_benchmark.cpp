// Authorizing a payload beside the bare look-up of its records, over memory and over SQLite: in the same run, of the
// same workspaces. Each look-up leads to the next one, so that none is started early.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "ratio_reporter.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::AnyHttpTransport;
using slack::oauth::BasicAuthorizer;
using slack::oauth::Installation;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::SQLite3InstallationStore;

constexpr std::size_t workspace_count = 10'000;

nlohmann::json event_of(const Ids& ids) {
  return {{"token", "fixed-verification-token"},
          {"team_id", ids.team_id},
          {"enterprise_id", ids.enterprise_id},
          {"api_app_id", "A0SMELTER"},
          {"event",
           {{"type", "app_mention"},
            {"user", "U0ADA"},
            {"text", "<@U0BOTUSER> pour"},
            {"ts", "1767225600.000100"},
            {"channel", "C0CASTINGS"},
            {"event_ts", "1767225600.000100"}}},
          {"type", "event_callback"},
          {"event_id", "Ev0001"},
          {"event_time", 1767225600},
          {"authorizations",
           {{{"enterprise_id", ids.enterprise_id},
             {"team_id", ids.team_id},
             {"user_id", "U0BOTUSER"},
             {"is_bot", true},
             {"is_enterprise_install", false}}}}};
}

/// The events of all workspaces; the bot_id of each says which one is next.
struct Scene {
  Scene() : workspaces(workspace_count) {
    for (std::size_t i = 0; i < workspace_count; ++i) bodies.push_back(event_of(workspaces.ids(i)).dump());
  }

  [[nodiscard]] Installation installation(std::size_t i) const {
    auto installation = workspaces.installation(i);
    installation.user_token = "xoxp-not-a-real-token-of-a-usual-length-" + workspaces.ids(i).team_id;
    installation.user_scopes = {"search:read"};
    installation.bot_id = std::to_string(Workspaces::next(installation));
    return installation;
  }

  Workspaces workspaces;
  std::vector<std::string> bodies{};
};

const Scene& scene() {
  static const Scene all;
  return all;
}

class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("slack-oauth-benchmark-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directory(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

MemoryInstallationStore& memory_store() {
  static MemoryInstallationStore store;
  return store;
}

SQLite3InstallationStore& sqlite3_store() {
  static const TemporaryFolder folder;
  static SQLite3InstallationStore store({.database = folder.file("store.db"),
                                         .client_id = "111.222",
                                         .synchronous = slack::oauth::SQLite3Synchronous::off});
  return store;
}

template <class Store>
void fill(Store& store) {
  for (std::size_t i = 0; i < workspace_count; ++i) store.save(scene().installation(i));
}

std::size_t next_of(const std::string& bot_id) { return static_cast<std::size_t>(std::stoul(bot_id)); }

PayloadIds ids_of(std::size_t i) {
  const auto& [enterprise_id, team_id] = scene().workspaces.ids(i);
  return {.enterprise_id = enterprise_id, .team_id = team_id, .user_id = "U0ADA"};
}

/// `step(i)` returns the place of the next workspace.
template <class Step>
void add(const std::string& name, const std::string& base, Step step) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) i = step(i);
    benchmark::DoNotOptimize(i);
    if (!base.empty()) state.SetLabel(versus(base));
  });
}

template <class Store>
std::size_t find_user(const Store& store, std::size_t i) {
  const auto& [enterprise_id, team_id] = scene().workspaces.ids(i);
  return next_of(
      *store.find_installation({.enterprise_id = enterprise_id, .team_id = team_id, .user_id = "U0ADA"})->bot_id);
}

template <class Store>
std::size_t find_bot(const Store& store, std::size_t i) {
  const auto& [enterprise_id, team_id] = scene().workspaces.ids(i);
  return next_of(store.find_bot({.enterprise_id = enterprise_id, .team_id = team_id})->bot_id);
}

nlohmann::json parsed(std::size_t i) { return slack::oauth::parse_json(scene().bodies[i]); }

template <class Store>
void register_store(const std::string& engine, Store& (*store)()) {
  using Authorizer = BasicAuthorizer<Store, AnyHttpTransport>;
  const auto users = std::make_shared<Authorizer>(store());
  const auto bots = std::make_shared<Authorizer>(store(), typename Authorizer::Options{.bot_only = true});
  const auto named = [&engine](std::string_view what) { return engine + ": " + std::string(what); };

  add(named("find_installation of the user"), "", [store](std::size_t i) { return find_user(store(), i); });
  add(named("authorize"), named("find_installation of the user"),
      [users](std::size_t i) { return next_of(*users->authorize(ids_of(i))->bot_id); });
  add(named("parse_json, find_installation"), "", [store](std::size_t i) {
    benchmark::DoNotOptimize(parsed(i));
    return find_user(store(), i);
  });
  add(named("parse_json, authorize"), named("parse_json, find_installation"),
      [users](std::size_t i) { return next_of(*users->authorize(parsed(i))->bot_id); });

  add(named("find_bot"), "", [store](std::size_t i) { return find_bot(store(), i); });
  add(named("authorize, bots alone"), named("find_bot"),
      [bots](std::size_t i) { return next_of(*bots->authorize(ids_of(i))->bot_id); });
  add(named("parse_json, find_bot"), "", [store](std::size_t i) {
    benchmark::DoNotOptimize(parsed(i));
    return find_bot(store(), i);
  });
  add(named("parse_json, authorize, bots alone"), named("parse_json, find_bot"),
      [bots](std::size_t i) { return next_of(*bots->authorize(parsed(i))->bot_id); });
}

void register_reading() {
  add("parse_json of an event", "", [](std::size_t i) { return (i + parsed(i).size()) % workspace_count; });
  add("ids_from_payload of an event", "parse_json of an event", [event = parsed(0)](std::size_t i) {
    return (i + slack::oauth::ids_from_payload(event).team_id->size()) % workspace_count;
  });
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  fill(memory_store());
  fill(sqlite3_store());
  register_reading();
  register_store<MemoryInstallationStore>("memory", &memory_store);
  register_store<SQLite3InstallationStore>("sqlite3", &sqlite3_store);
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
