// A cache over PostgreSQLInstallationStore: the contract kit, how long what others write goes unseen, and that the turn
// of a workspace shows all that was written before it.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

Installation version_of(std::int64_t version) {
  return {.team_id = "T1", .bot_token = "xoxb-not-a-real-token-" + std::to_string(version), .user_id = "U1"};
}

std::int64_t version_in(const CachingInstallationStore& cache) {
  const auto bot = cache.bot_snapshot({.team_id = "T1"});
  return bot == nullptr ? 0 : std::stoll(bot->bot_token.substr(version_of(0).bot_token->size() - 1));
}

}  // namespace

TEST_CASE("a cache over PostgreSQL keeps the contract", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto make = [] {
    return cached(Stores{.installations = std::make_shared<test::PlacedStore>(), .states = nullptr}).installations;
  };
  testing::ContractOptions<InstallationStore> options;
  options.profile = testing::Profile::full;
  options.holds_nul = false;
  options.random_operations = 100;
  options.concurrent_time = 50ms;
  // What the store's own test checks, and caches over other engines do; each check makes tables of its own.
  options.known_deviations = {"rule 1", "rule 2", "rule 7", "rule 8", "rule 12", "rule 13"};
  for (const auto& check : testing::installation_store_contract(make, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

TEST_CASE("what others write to PostgreSQL is seen as soon as it is heard", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t writes = 100;
  const auto store = std::make_shared<test::PlacedStore>();
  CacheOptions options;
  options.expiration = 1h;  // far beyond what the test waits
  options.miss_expiration = 1h;
  const CachingInstallationStore cache(store->again(), options);
  const auto deadline = Clock::now() + 20s;
  std::atomic<std::int64_t> written{0};
  std::atomic<Clock::duration> written_at{Clock::duration::zero()};
  std::thread writer([&] {
    for (std::int64_t version = 1; version <= writes && Clock::now() < deadline; ++version) {
      store->save(version_of(version));
      written_at = Clock::now().time_since_epoch();
      written = version;
      while (version_in(cache) < version && Clock::now() < deadline) std::this_thread::yield();
    }
  });
  Clock::duration longest{};
  std::size_t look_ups = 0;
  while (written < writes && Clock::now() < deadline) {
    const std::int64_t before = written;
    const auto since = Clock::now().time_since_epoch() - written_at.load();
    if (version_in(cache) < before && since > longest) longest = since;
    ++look_ups;
  }
  writer.join();
  std::printf(
      "a cache over PostgreSQL: %zu look-ups while another store wrote %lld times, the longest staleness %lld us\n",
      look_ups, static_cast<long long>(writes),
      static_cast<long long>(std::chrono::duration_cast<std::chrono::microseconds>(longest).count()));
  CHECK(longest < 10s);
  CHECK(version_in(cache) == writes);
  CHECK(cache.statistics().hits > 0);
}

TEST_CASE("whoever gets the turn of a workspace sees what was written before, heard or not", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  // What it polls for once an hour is as good as never heard.
  const auto store = std::make_shared<test::PlacedStore>(
      PostgreSQLInstallationStoreOptions{.changes = {.notices = false, .poll_interval = 1h}});
  CachingInstallationStore cache(store->again());
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
