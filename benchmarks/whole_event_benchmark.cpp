// A whole event as an app takes it: its signature checked, its payload parsed, its ids read, and authorize() over a
// store; beside the signature check and the parser alone. Over each engine, with a cache in front of it and without
// one, and over sealed tokens. Each event leads to the next one, so that none is started early.
//
// Starts a PostgreSQL server of its own, or uses the one that DATABASE_URL names.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/file.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/web.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <utility>
#include <vector>

#include "../tests/postgresql/server.hpp"
#include "events.hpp"
#include "fixtures.hpp"
#include "ratio_reporter.hpp"
#include "raw_postgresql.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::Authorizer;
using slack::oauth::HttpRequest;
using slack::oauth::SignatureVerifier;
using slack::oauth::Stores;

constexpr std::size_t workspace_count = 10'000;

const SignatureVerifier& verifier() {
  static const SignatureVerifier one("not-a-real-signing-secret", {.tolerance = std::chrono::hours{24}});
  return one;
}

/// The events of one user, in all workspaces.
struct Requests {
  explicit Requests(const std::string& user_id) : events(workspace_count, user_id) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const std::string timestamp = std::to_string(now);
    for (std::size_t i = 0; i < workspace_count; ++i) {
      const std::string& body = events.body(i);
      all.push_back({.method = "POST",
                     .url = "/slack/events",
                     .headers = {{"Host", "smelter.example.com"},
                                 {"User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)"},
                                 {"Accept-Encoding", "gzip,deflate"},
                                 {"Accept", "*/*"},
                                 {"X-Slack-Signature", verifier().generate_signature(timestamp, body)},
                                 {"X-Slack-Request-Timestamp", timestamp},
                                 {"Content-Length", std::to_string(body.size())},
                                 {"Content-Type", "application/json"}},
                     .body = body});
    }
  }

  Events events;
  std::vector<HttpRequest> all{};
};

const Requests& of_installer() {
  static const Requests requests("U0ADA");
  return requests;
}

/// Who has no token, as most users.
const Requests& of_other_user() {
  static const Requests requests("U0GRACE");
  return requests;
}

nlohmann::json checked_and_parsed(const HttpRequest& request) {
  if (!verifier().is_valid_request(request)) std::abort();
  return slack::oauth::parse_json(request.body);
}

constexpr const char* base = "signature check, parse_json";

/// `step(i)` returns the place of the next workspace. Goes through all of them once before anything is measured. Counts
/// this thread's processor time.
template <class Step>
benchmark::internal::Benchmark* add(const std::string& name, Step step) {
  return benchmark::RegisterBenchmark(name.c_str(), [=, is_warm = false](benchmark::State& state) mutable {
    std::size_t i = 0;
    for (std::size_t k = 0; k < workspace_count && !is_warm; ++k) i = step(i);
    is_warm = true;
    for (auto _ : state) i = step(i);
    benchmark::DoNotOptimize(i);
    state.SetItemsProcessed(state.iterations());
    if (name != base) state.SetLabel(versus(base));
  });
}

/// Nothing expires, since what is measured are hits.
Stores cached(const Stores& stores) {
  slack::oauth::CacheOptions options;
  options.expiration = std::chrono::hours{24};
  options.miss_expiration = std::chrono::hours{24};
  return slack::oauth::cached(stores, options);
}

/// An engine's stores, made and filled when they are first used.
class Engine {
 public:
  explicit Engine(std::function<Stores()> make, bool is_server = false)
      : is_served_by_others(is_server), make_(std::move(make)) {}

  [[nodiscard]] std::size_t answer(bool is_cached, bool is_bot_only, const HttpRequest& request) {
    auto& authorizer = authorizers_[{is_cached, is_bot_only}];
    if (authorizer == nullptr) {
      authorizer = std::make_unique<Authorizer>(is_cached ? cached(stores()).installations : stores().installations,
                                                Authorizer::Options{.bot_only = is_bot_only});
    }
    return Events::next(*authorizer->authorize(checked_and_parsed(request))->bot_id);
  }

  const bool is_served_by_others;

 private:
  [[nodiscard]] const Stores& stores() {
    if (stores_) return *stores_;
    stores_ = make_();
    const Events& events = of_installer().events;
    for (std::size_t i = 0; i < workspace_count; ++i) stores_->installations->save(events.installation(i));
    return *stores_;
  }

  std::function<Stores()> make_;
  std::optional<Stores> stores_{};
  std::map<std::pair<bool, bool>, std::unique_ptr<Authorizer>> authorizers_{};
};

void add_engine(const std::string& name, Engine& engine) {
  for (const bool is_cached : {true, false}) {
    const auto add_one = [&](const std::string& what, const Requests& requests, bool is_bot_only) {
      auto* const added = add(
          (is_cached ? "cached(" + name + ")" : name) + what,
          [=, &engine, &requests](std::size_t i) { return engine.answer(is_cached, is_bot_only, requests.all[i]); });
      if (engine.is_served_by_others && !is_cached) added->UseRealTime();
    };
    add_one(", user and bot", of_installer(), false);
    add_one(", bot of another user", of_other_user(), false);
    add_one(", bot_only", of_installer(), true);
  }
}

Stores sqlite3_stores(const std::string& database) {
  return slack::oauth::sqlite3_stores(
      {.database = database, .client_id = "111.222", .synchronous = slack::oauth::SQLite3Synchronous::off});
}

Stores sealed(const Stores& stores) {
  slack::oauth::KeyRing keys;
  keys.add_text("2026-11", "bm90IGEgcmVhbCBrZXkgb2YgdGhpcnR5LXR3byBiATE=");
  keys.set_current("2026-11");
  return slack::oauth::encrypted(stores, std::move(keys), {.client_id = "111.222"});
}

/// Of the server that DATABASE_URL names, or of this program's own.
std::string postgresql_address() {
  if (const char* const given = std::getenv("DATABASE_URL")) return given;
  static const test::PostgreSQLServer server(test::postgresql_programs().value());
  return "postgresql:///postgres?user=postgres&host=" + server.folder() + "&port=" + std::to_string(server.port());
}

Stores postgresql_stores() {
  const std::string address = postgresql_address();
  const std::string schema = "slack_oauth_benchmark_events";
  RawPostgreSQL owner(address, "public");
  owner.execute("drop schema if exists " + schema + " cascade");
  owner.execute("create schema " + schema);
  return slack::oauth::postgresql_stores(
      {.connection_string = address, .client_id = "111.222", .tables = {.schema = schema}});
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  const TemporaryFolder folder;
  Engine memory([] { return slack::oauth::memory_stores(); });
  const auto files = [&](const char* client_id, bool map_changes) {
    return slack::oauth::file_stores(
        {.base_dir = folder.path(), .client_id = client_id, .map_changes = map_changes, .sync = false});
  };
  Engine file([&] { return files("111.222", false); });
  Engine mapped_file([&] { return files("111.333", true); });
  Engine sqlite([&] { return sqlite3_stores(folder.file("plain.db")); });
  Engine encrypted([&] { return sealed(sqlite3_stores(folder.file("sealed.db"))); });
  Engine postgresql([] { return postgresql_stores(); }, true);
  const auto add_all = [&](RatioReporter& /*reporter*/) {
    add(base, [](std::size_t i) {
      benchmark::DoNotOptimize(checked_and_parsed(of_installer().all[i]));
      return of_installer().events.after(i);
    });
    add_engine("memory", memory);
    add_engine("file", file);
    add_engine("file, map_changes", mapped_file);
    add_engine("SQLite", sqlite);
    add_engine("encrypted(SQLite)", encrypted);
    if (std::getenv("DATABASE_URL") != nullptr || test::postgresql_programs()) {
      add_engine("PostgreSQL", postgresql);
    } else {
      std::puts("**** PostgreSQL IS LEFT OUT: there is no server here, and DATABASE_URL names none ****");
    }
  };
  auto flags = in_turns;
  flags.emplace_back("--benchmark_min_time=0.05");  // each repetition is warm, and there are many benchmarks
  return run_benchmarks(argc, argv, add_all, flags);
}
