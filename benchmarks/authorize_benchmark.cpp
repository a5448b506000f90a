// Authorizing a payload beside the bare look-up of its records, over memory and over SQLite: in the same run, of the
// same workspaces. Each look-up leads to the next one, so that none is started early.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <string_view>

#include "events.hpp"
#include "fixtures.hpp"
#include "ratio_reporter.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::AnyHttpTransport;
using slack::oauth::BasicAuthorizer;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::SQLite3InstallationStore;

constexpr std::size_t workspace_count = 10'000;

const Events& events() {
  static const Events all(workspace_count);
  return all;
}

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
  for (std::size_t i = 0; i < workspace_count; ++i) store.save(events().installation(i));
}

PayloadIds ids_of(std::size_t i) {
  const auto& [enterprise_id, team_id] = events().ids(i);
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
  return Events::next(*store.find_installation(query_of_user(events().ids(i), "U0ADA"))->bot_id);
}

template <class Store>
std::size_t find_bot(const Store& store, std::size_t i) {
  return Events::next(store.find_bot(query_of(events().ids(i)))->bot_id);
}

nlohmann::json parsed(std::size_t i) { return slack::oauth::parse_json(events().body(i)); }

template <class Store>
void register_store(const std::string& engine, Store& (*store)()) {
  using Authorizer = BasicAuthorizer<Store, AnyHttpTransport>;
  const auto users = std::make_shared<Authorizer>(store());
  const auto bots = std::make_shared<Authorizer>(store(), typename Authorizer::Options{.bot_only = true});
  const auto named = [&engine](std::string_view what) { return engine + ": " + std::string(what); };

  add(named("find_installation of the user"), "", [store](std::size_t i) { return find_user(store(), i); });
  add(named("authorize"), named("find_installation of the user"),
      [users](std::size_t i) { return Events::next(*users->authorize(ids_of(i))->bot_id); });
  add(named("parse_json, find_installation"), "", [store](std::size_t i) {
    benchmark::DoNotOptimize(parsed(i));
    return find_user(store(), i);
  });
  add(named("parse_json, authorize"), named("parse_json, find_installation"),
      [users](std::size_t i) { return Events::next(*users->authorize(parsed(i))->bot_id); });

  add(named("find_bot"), "", [store](std::size_t i) { return find_bot(store(), i); });
  add(named("authorize, bots alone"), named("find_bot"),
      [bots](std::size_t i) { return Events::next(*bots->authorize(ids_of(i))->bot_id); });
  add(named("parse_json, find_bot"), "", [store](std::size_t i) {
    benchmark::DoNotOptimize(parsed(i));
    return find_bot(store(), i);
  });
  add(named("parse_json, authorize, bots alone"), named("parse_json, find_bot"),
      [bots](std::size_t i) { return Events::next(*bots->authorize(parsed(i))->bot_id); });
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
  return run_benchmarks(argc, argv, [](RatioReporter& /*reporter*/) {
    fill(memory_store());
    fill(sqlite3_store());
    register_reading();
    register_store<MemoryInstallationStore>("memory", &memory_store);
    register_store<SQLite3InstallationStore>("sqlite3", &sqlite3_store);
  });
}
