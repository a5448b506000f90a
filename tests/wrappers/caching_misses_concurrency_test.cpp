// Threads that miss the same record in a cache, and those that wait for another one's look-up.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/logger.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/timestamp.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace slack::oauth;

namespace {

std::string token_of(std::int64_t version) { return "xoxb-not-a-real-token-" + std::to_string(version); }

/// Look-ups stay where they are, once they have read, until they are let go.
struct HeldStore : ForwardingInstallationStore {
  HeldStore() : ForwardingInstallationStore(std::make_shared<MemoryInstallationStore>()) {}

  std::optional<Bot> find_bot(const BotQuery& query) const override {
    auto found = ForwardingInstallationStore::find_bot(query);
    const bool is_first = ++look_ups == 1;
    while (is_first && is_held) std::this_thread::yield();
    if (fails) throw StorageError({.backend = "test", .native_code = "1", .is_retryable = true}, "does not answer");
    return found;
  }
  std::unique_ptr<StoreChanges> changes() const override { return nullptr; }
  const Logger& logger() const override { return own_logger; }

  mutable std::atomic<int> look_ups{0};
  std::atomic<bool> is_held{true};
  std::atomic<bool> fails{false};
  Logger own_logger{};
};

/// The first two look-ups meet, and then each makes the one that the other is at.
struct CrossingStore : ForwardingInstallationStore {
  CrossingStore() : ForwardingInstallationStore(std::make_shared<MemoryInstallationStore>()) {}

  std::optional<Bot> find_bot(const BotQuery& query) const override {
    if (has_met()) static_cast<void>(cache->find_installation({.team_id = "T1"}));
    return ForwardingInstallationStore::find_bot(query);
  }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    if (has_met()) static_cast<void>(cache->find_bot({.team_id = "T1"}));
    return ForwardingInstallationStore::find_installation(query);
  }
  bool has_met() const {
    if (++look_ups > 2) return false;
    while (look_ups < 2) std::this_thread::yield();
    return true;
  }

  mutable std::atomic<int> look_ups{0};
  const InstallationStore* cache = nullptr;
};

/// Lets the first go when all have missed, and returns how many found the bot.
int look_up_at_once(HeldStore& store, const CachingInstallationStore& cache, std::uint64_t threads) {
  const std::uint64_t misses_before = cache.statistics().misses;
  std::atomic<int> found{0};
  std::vector<std::thread> all;
  for (std::uint64_t i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      try {
        if (cache.bot_snapshot({.team_id = "T1"}) != nullptr) ++found;
      } catch (const StorageError&) {  // counted by who is missing
      }
    });
  }
  while (cache.statistics().misses < misses_before + threads) std::this_thread::yield();
  store.is_held = false;
  for (auto& thread : all) thread.join();
  return found;
}

/// Stands still until it is set.
struct Clock {
  std::atomic<Timestamp::duration> passed{Timestamp::duration::zero()};

  [[nodiscard]] CacheOptions options() {
    CacheOptions options;
    options.clock = [this, start = now()] { return start + passed.load(); };
    options.serve_stale_for = std::chrono::hours{1};
    return options;
  }
};

/// The cache has a record that is too old, and the store answers no more.
void make_stale(HeldStore& store, const CachingInstallationStore& cache, Clock& clock) {
  store.is_held = false;
  store.save({.team_id = "T1", .bot_token = token_of(1), .user_id = "U1"});
  CHECK(cache.find_bot({.team_id = "T1"}));
  clock.passed = std::chrono::minutes{5};
  store.fails = true;
}

}  // namespace

TEST_CASE("threads that miss the same record make one look-up") {
  HeldStore store;
  store.save({.team_id = "T1", .bot_token = token_of(1), .user_id = "U1"});
  const CachingInstallationStore cache(store);
  CHECK(look_up_at_once(store, cache, 4) == 4);
  CHECK(store.look_ups == 1);
}

TEST_CASE("where that look-up fails, each makes its own") {
  HeldStore store;
  store.fails = true;
  const CachingInstallationStore cache(store);
  CHECK(look_up_at_once(store, cache, 4) == 0);
  CHECK(store.look_ups == 4);
}

TEST_CASE("a look-up that begins after a write does not wait for one from before it") {
  HeldStore store;
  store.save({.team_id = "T1", .bot_token = token_of(1), .user_id = "U1"});
  CachingInstallationStore cache(store);
  std::thread early([&] { static_cast<void>(cache.find_bot({.team_id = "T1"})); });
  while (store.look_ups == 0) std::this_thread::yield();
  cache.save({.team_id = "T1", .bot_token = token_of(2), .user_id = "U1"});
  CHECK(cache.find_bot({.team_id = "T1"})->bot_token == token_of(2));
  store.is_held = false;
  early.join();
  CHECK(cache.find_bot({.team_id = "T1"})->bot_token == token_of(2));
  CHECK(store.look_ups == 2);
}

TEST_CASE("look-ups that make each other's inside do not wait for each other") {
  CrossingStore store;
  const CachingInstallationStore cache(store);
  store.cache = &cache;
  std::thread other([&] { static_cast<void>(cache.find_installation({.team_id = "T1"})); });
  CHECK(cache.find_bot({.team_id = "T1"}) == std::nullopt);
  other.join();
  CHECK(store.look_ups >= 3);
}

TEST_CASE("a logger that hears of a stale record may wait for another thread's look-up") {
  HeldStore store;
  Clock clock;
  const CachingInstallationStore cache(store, clock.options());
  make_stale(store, cache, clock);
  const auto finds = [&] { return cache.bot_snapshot({.team_id = "T1"}) != nullptr; };
  std::atomic<int> found{0};
  store.own_logger = Logger(LogLevel::warning,
                            [&](LogLevel, std::string_view) { std::thread([&] { found += finds() ? 1 : 0; }).join(); });
  CHECK(finds());
  CHECK(found == 1);
  CHECK(cache.statistics().stale_served == 2);
}

TEST_CASE("those who waited for a look-up that ends with a stale record count as served so, too") {
  HeldStore store;
  Clock clock;
  const CachingInstallationStore cache(store, clock.options());
  make_stale(store, cache, clock);
  store.is_held = true;
  store.look_ups = 0;
  CHECK(look_up_at_once(store, cache, 4) == 4);
  CHECK(cache.statistics().stale_served == 4);
}
