// A cache over PostgreSQLInstallationStore: the contract kit, how long what others write goes unseen, and that the turn
// of a workspace shows all that was written before it.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/race.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/python_database.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t writers = 3;  // the last one speaks SQL, as Python does
constexpr std::size_t readers = 2;
constexpr std::size_t workspaces = 2 * writers;
constexpr std::int64_t versions = 40;

std::string team_of(std::size_t workspace) { return "T" + std::to_string(workspace); }
std::string token_of(std::int64_t version) { return "xoxb-not-a-real-token-" + std::to_string(version); }

Installation version_of(std::int64_t version, const std::string& team_id = "T1") {
  return {.team_id = team_id, .bot_token = token_of(version), .user_id = "U1"};
}

std::int64_t version_in(const CachingInstallationStore& cache, const std::string& team_id = "T1") {
  const auto bot = cache.bot_snapshot({.team_id = team_id});
  return bot == nullptr ? 0 : std::stoll(bot->bot_token.substr(token_of(0).size() - 1));
}

/// What was written to a workspace.
struct Written {
  std::atomic<std::int64_t> version{0};  ///< the last that is known to be committed
  std::array<std::atomic<Clock::rep>, versions + 1> known_at{};
};

/// How long the first write that the look-up missed had been known to be committed when the look-up returned.
Clock::duration staleness(const CachingInstallationStore& cache, const std::string& team_id, const Written& written) {
  const std::int64_t before = written.version;
  const std::int64_t seen = version_in(cache, team_id);
  const auto now = Clock::now().time_since_epoch();
  if (seen >= before) return {};
  return now - Clock::duration(written.known_at.at(static_cast<std::size_t>(seen) + 1));
}

/// The longest staleness of a cache over a store, while others write over connections of their own. Each goes on when
/// the cache shows what it wrote: else the next write would hide that one was never heard.
Clock::duration longest_staleness(test::PlacedStore& store, const CachingInstallationStore& cache) {
  std::array<Written, workspaces> written{};
  std::array<Clock::duration, readers> longest{};
  testing::detail::Race race({.most_turns = 2 * versions, .time = 300s});
  for (std::size_t number = 0; number < writers; ++number) {
    const bool speaks_sql = number + 1 == writers;
    race.add_writer([&written, &cache, speaks_sql, number, own = store.again(),
                     python = std::make_shared<test::RawDatabase>(store.raw())](std::size_t turn) {
      const std::size_t workspace = 2 * number + turn % 2;
      const auto version = static_cast<std::int64_t>(turn / 2) + 1;
      if (version > versions) return;
      const std::string team_id = team_of(workspace);
      if (speaks_sql) {
        test::python_save_bot(*python, {.team_id = team_id, .bot_token = token_of(version)});
      } else {
        own->save(version_of(version, team_id));
      }
      const auto now = Clock::now();
      written.at(workspace).known_at.at(static_cast<std::size_t>(version)) = now.time_since_epoch().count();
      written.at(workspace).version = version;
      while (version_in(cache, team_id) < version) {
        if (Clock::now() > now + 30s) throw std::runtime_error("what was written to " + team_id + " is never seen");
        std::this_thread::sleep_for(100us);
      }
      std::this_thread::sleep_for(1ms);  // so that there is something to hit
    });
  }
  for (auto& longest_of_reader : longest) {
    race.add_reader([&, turn = std::size_t{0}]() mutable {
      const std::size_t workspace = ++turn % workspaces;
      longest_of_reader = std::max(longest_of_reader, staleness(cache, team_of(workspace), written.at(workspace)));
      return true;
    });
  }
  race.run();
  for (const auto& one : written) CHECK(one.version == versions);
  return *std::max_element(longest.begin(), longest.end());
}

}  // namespace

TEST_CASE("a cache over PostgreSQL keeps the contract", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  // Each check has clients of its own on the same tables, and small caches: to make others for each takes longer.
  const test::PlacedStore tables;
  const auto make = [&tables, clients = std::make_shared<int>(0)] {
    const auto store = tables.of_client("111." + std::to_string(++*clients));
    return cached(Stores{.installations = store, .states = nullptr}, {.max_bots = 1'000, .max_installations = 1'000})
        .installations;
  };
  testing::ContractOptions<InstallationStore> options;
  options.profile = testing::Profile::full;
  options.other_client = [&make](InstallationStore&) { return make(); };
  options.holds_nul = false;
  options.random_operations = 100;
  options.concurrent_time = 50ms;
  for (const auto& check : testing::installation_store_contract(make, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

TEST_CASE("what others write to PostgreSQL is seen as soon as it is heard", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  constexpr std::uint64_t quiet_look_ups = 1'000;
  const bool has_notices = GENERATE(true, false);
  const std::chrono::milliseconds interval = has_notices ? 0ms : 10ms;
  test::PlacedStore store({.tables = {.triggers = true}, .changes = {.notices = has_notices, .poll_interval = 10ms}});
  CacheOptions options;
  options.expiration = 1h;  // far beyond what the test waits
  options.miss_expiration = 1h;
  const CachingInstallationStore cache(store.again(), options);
  const auto longest = longest_staleness(store, cache);
  const auto found = cache.statistics();
  std::printf(
      "a cache over PostgreSQL, %s: %llu hits and %llu misses while others wrote %lld times, the longest staleness "
      "%lld us\n",
      has_notices ? "by notices" : "by polling each 10 ms", static_cast<unsigned long long>(found.hits),
      static_cast<unsigned long long>(found.misses), static_cast<long long>(workspaces * versions),
      static_cast<long long>(std::chrono::duration_cast<std::chrono::microseconds>(longest).count()));
  CHECK(longest < interval + 3s);  // milliseconds, where the machine has time for it
  for (std::uint64_t i = 0; i < quiet_look_ups; ++i) static_cast<void>(version_in(cache, team_of(i % workspaces)));
  CHECK(cache.statistics().hits > found.hits + quiet_look_ups / 2);
}

TEST_CASE("whoever gets the turn of a workspace sees what was written before, heard or not", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  // What it polls for once an hour is as good as never heard.
  const auto store = std::make_shared<test::PlacedStore>(
      PostgreSQLInstallationStoreOptions{.changes = {.notices = false, .poll_interval = 1h}});
  CachingInstallationStore cache(store->again(), {.expiration = 1h, .miss_expiration = 1h});
  for (std::int64_t version = 1; version <= 3; ++version) {
    static_cast<void>(version_in(cache));
    {
      const auto turn = store->try_lease({.team_id = "T1"}, 1min);
      REQUIRE(turn != nullptr);
      store->save(version_of(version));
    }
    CHECK(version_in(cache) < version);
    const auto turn = cache.wait_lease({.team_id = "T1"}, 1min, 10s);
    REQUIRE(turn != nullptr);
    CHECK(version_in(cache) == version);
  }
}
