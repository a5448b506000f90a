// Threads that save, rotate, delete and move while others look up: no look-up that began after a write returned sees
// what was there before it.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/refreshed_token.hpp>
#include <slack/oauth/testing/race.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "catch.hpp"

using namespace slack::oauth;
using slack::oauth::testing::detail::Race;

namespace {

constexpr std::size_t places = 4;

std::string team_of(std::size_t place) { return "T" + std::to_string(place); }
std::string token_of(std::int64_t version) { return "xoxb-not-a-real-token-" + std::to_string(version); }
std::string refresh_token_of(std::int64_t version) { return "xoxe-not-a-real-token-" + std::to_string(version); }
std::int64_t version_of(const std::string& token) { return std::stoll(token.substr(token.rfind('-') + 1)); }

void stand_still() {
  thread_local std::minstd_rand random(std::random_device{}());
  if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds{20});
}

/// Between the moment in which a change is taken and that in which it is told, others may ask.
struct SlowChanges final : StoreChanges {
  explicit SlowChanges(std::unique_ptr<StoreChanges> changes) : inner(std::move(changes)) {}
  bool may_have_changed() override { return inner->may_have_changed(); }
  WorkspaceChanges take() override {
    auto changes = inner->take();
    stand_still();
    return changes;
  }

  std::unique_ptr<StoreChanges> inner;
};

/// Stands still now and then, so that a look-up and a write overlap in each way. Reports changes where it is told to.
struct SlowStore : ForwardingInstallationStore {
  explicit SlowStore(bool reports)
      : ForwardingInstallationStore(std::make_shared<MemoryInstallationStore>()), reports_changes(reports) {}

  std::optional<Bot> find_bot(const BotQuery& query) const override {
    stand_still();
    auto found = ForwardingInstallationStore::find_bot(query);
    stand_still();
    return found;
  }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    stand_still();
    auto found = ForwardingInstallationStore::find_installation(query);
    stand_still();
    return found;
  }
  void save(const Installation& installation) override {
    stand_still();
    ForwardingInstallationStore::save(installation);
    stand_still();
  }
  bool replace_tokens(const TokenReplacement& replacement) override {
    stand_still();
    return ForwardingInstallationStore::replace_tokens(replacement);
  }
  void delete_all(const WorkspaceRef& ref) override {
    stand_still();
    ForwardingInstallationStore::delete_all(ref);
    stand_still();
  }
  std::unique_ptr<StoreChanges> changes() const override {
    return reports_changes ? std::make_unique<SlowChanges>(ForwardingInstallationStore::changes()) : nullptr;
  }

  bool reports_changes;
};

/// What was written to a place, by one writer, who numbers what it writes.
struct Place {
  std::atomic<std::int64_t> written{0};        ///< the last write that has returned
  std::atomic<std::int64_t> last_deletion{0};  ///< the last deletion that has begun
};

template <class Cache>
class Check {
 public:
  Check(Cache& cache, InstallationStore& written_to, unsigned seed)
      : cache_(cache), written_to_(written_to), random_(seed) {}

  void write(std::size_t turn) {
    const std::size_t number = random_() % places;
    Place& place = places_[number];
    const std::int64_t version = static_cast<std::int64_t>(turn) + 1;
    const std::string team_id = team_of(number);
    switch (random_() % 6) {
      case 0:
        place.last_deletion = version;
        written_to_.delete_all({.team_id = team_id});
        break;
      case 1:
        move(place, team_id, version);
        break;
      case 2:
      case 3:
        if (rotate(team_id, version)) break;
        [[fallthrough]];
      default:
        save(team_id, version);
    }
    place.written = version;
  }

  bool look_up(std::minstd_rand& random) {
    const std::size_t number = random() % places;
    Place& place = places_[number];
    const std::string team_id = team_of(number);
    const std::int64_t written = place.written;
    std::optional<std::int64_t> seen;
    switch (random() % 4) {
      case 0:
        if (const auto bot = cache_.find_bot({.team_id = team_id})) seen = version_of(bot->bot_token);
        break;
      case 1:
        if (const auto bot = cache_.bot_snapshot({.team_id = team_id})) seen = version_of(bot->bot_token);
        break;
      case 2:
        seen = version_in(cache_.find_installation({.team_id = team_id}));
        break;
      default:
        seen = version_in(cache_.find_installation({.team_id = team_id, .user_id = "U1"}));
    }
    const std::int64_t deletion = place.last_deletion;
    if (seen ? *seen < written : deletion < written && written > 0) {
      throw std::runtime_error(team_id + " was seen as of write " + (seen ? std::to_string(*seen) : "none") +
                               ", and write " + std::to_string(written) + " had returned before");
    }
    return true;
  }

 private:
  static std::optional<std::int64_t> version_in(const std::optional<Installation>& installation) {
    if (!installation || !installation->bot_token) return std::nullopt;
    return version_of(*installation->bot_token);
  }

  static Installation installation_of(const std::string& team_id, std::int64_t version) {
    return {.team_id = team_id,
            .bot_token = token_of(version),
            .bot_refresh_token = refresh_token_of(version),
            .user_id = "U1"};
  }

  void save(const std::string& team_id, std::int64_t version) { written_to_.save(installation_of(team_id, version)); }

  bool rotate(const std::string& team_id, std::int64_t version) {
    const auto bot = written_to_.find_bot({.team_id = team_id});
    if (!bot) return false;
    const RefreshedToken token{
        .token_type = "bot", .access_token = token_of(version), .refresh_token = refresh_token_of(version)};
    return written_to_.replace_tokens(
        {.team_id = team_id, .used_refresh_token = *bot->bot_refresh_token, .token = token});
  }

  /// As after a migration: the records are there anew, and then their old ones are gone.
  void move(Place& place, const std::string& team_id, std::int64_t version) {
    const auto old = written_to_.find_installation({.team_id = team_id, .user_id = "U1"});
    const auto old_bot = written_to_.find_bot({.team_id = team_id});
    place.last_deletion = version;
    if (old) static_cast<void>(written_to_.replace_installation(old, std::nullopt));
    if (old_bot) static_cast<void>(written_to_.replace_bot(old_bot, std::nullopt));
    const Installation moved = installation_of(team_id, version);
    static_cast<void>(written_to_.replace_bot(std::nullopt, moved.to_bot()));
    static_cast<void>(written_to_.replace_installation(std::nullopt, moved));
  }

  Cache& cache_;
  InstallationStore& written_to_;
  std::minstd_rand random_;
  std::array<Place, places> places_{};
};

template <class Generations>
using Cache = BasicCachingInstallationStore<Installation, Bot, Generations>;

/// Throws where a look-up was stale. What is written goes to `written_to`, which is the cache or one beside it.
template <class Generations>
CacheStatistics race(Cache<Generations>& cache, InstallationStore& written_to, unsigned seed,
                     std::chrono::milliseconds time) {
  Check check(cache, written_to, seed);
  Race race({.least_turns = 100, .time = time, .patience = std::chrono::seconds{20}});
  race.add_writer([&](std::size_t turn) { check.write(turn); });
  for (unsigned reader = 1; reader <= 3; ++reader) {
    race.add_reader([&check, random = std::minstd_rand(seed + reader)]() mutable { return check.look_up(random); });
  }
  race.run();
  return cache.statistics();
}

void require_never_stale(const char* what, bool reports_changes, CacheOptions options) {
  const unsigned seed = std::random_device{}();
  INFO(what << ", seed " << seed);
  const auto store = std::make_shared<SlowStore>(reports_changes);
  Cache<detail::CacheGenerations> cache(store, std::move(options));
  Cache<detail::CacheGenerations> other(store);
  InstallationStore& writer = reports_changes ? other : cache;
  CacheStatistics statistics;
  REQUIRE_NOTHROW(statistics = race(cache, writer, seed, std::chrono::milliseconds{500}));
  std::printf("cache, %s: %llu hits, %llu misses, %llu evictions, none stale; seed %u\n", what,
              static_cast<unsigned long long>(statistics.hits), static_cast<unsigned long long>(statistics.misses),
              static_cast<unsigned long long>(statistics.evictions), seed);
  CHECK(statistics.hits > 0);
  CHECK(statistics.misses > 0);
}

// Faults that only threads show.

/// What is read while a write is under way is kept.
struct CountsWritesBefore : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  void begin_write(std::uint64_t workspace_hash) { forget(workspace_hash); }
  static void end_write(std::uint64_t) {}
};

/// A thread takes what others have written while another one that is told nothing of it goes on.
struct DoesNotWaitForNews : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  bool hear() {
    static_cast<void>(CacheGenerations::hear());
    return true;
  }
};

template <class Generations>
void require_found(bool reports_changes) {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  const auto store = std::make_shared<SlowStore>(reports_changes);
  Cache<Generations> cache(store);
  InstallationStore& writer = reports_changes ? static_cast<InstallationStore&>(*store) : cache;
  CHECK_THROWS_AS(race(cache, writer, seed, std::chrono::seconds{20}), std::runtime_error);
}

}  // namespace

TEST_CASE("no look-up that began after a write returned sees what was there before") {
  require_never_stale("over a store that reports nothing", false, {});
  require_never_stale("beside another cache that writes", true, {});
  require_never_stale("with two places", false, {.max_bots = 2, .max_installations = 2});
  CacheOptions brief;
  brief.expiration = std::chrono::milliseconds{20};
  brief.miss_expiration = std::chrono::milliseconds{20};
  require_never_stale("whose records soon expire", false, brief);
}

TEST_CASE("the race finds a cache that keeps what was read during a write") {
  require_found<CountsWritesBefore>(false);
}

TEST_CASE("the race finds a cache that goes on while another thread takes in what others wrote") {
  require_found<DoesNotWaitForNews>(true);
}
