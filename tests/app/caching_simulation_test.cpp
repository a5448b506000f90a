// A cache in worlds where everything goes wrong, and caches with a fault, which the simulation has to find.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/simulation.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace slack::oauth;
using slack::oauth::testing::simulate;
using slack::oauth::testing::SimulationFailure;
using slack::oauth::testing::SimulationOptions;

using StorePointer = std::shared_ptr<InstallationStore>;
using Wrap = std::function<StorePointer(StorePointer)>;

std::vector<Stores> in_memory(std::size_t processes) { return std::vector(processes, memory_stores()); }

/// A world has a time of its own, so nothing expires here.
CacheOptions options_of_cache() {
  CacheOptions options;
  options.clock = [] { return Timestamp(std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}); };
  return options;
}

template <class Generations>
StorePointer cached_by(StorePointer store) {
  return std::make_shared<BasicCachingInstallationStore<Installation, Bot, Generations>>(std::move(store),
                                                                                         options_of_cache());
}

/// A storage that reports nothing. What is written through the cache has to do.
struct Silent : ForwardingInstallationStore {
  using ForwardingInstallationStore::ForwardingInstallationStore;
  std::unique_ptr<StoreChanges> changes() const override { return nullptr; }
};

template <class Generations>
StorePointer cached_in_silence(StorePointer store) {
  return cached_by<Generations>(std::make_shared<Silent>(std::move(store)));
}

/// Several processes, each with a cache, that hear of one another by changes().
SimulationOptions several(Wrap wrap) {
  SimulationOptions options;
  options.wrap = std::move(wrap);
  return options;
}

/// One process, whose cache hears of nothing.
SimulationOptions alone(Wrap wrap) {
  SimulationOptions options = several(std::move(wrap));
  options.processes = 1;
  options.steps = 30;
  return options;
}

struct DeafToOthers : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  static bool hear() { return true; }
};

/// One look-up in four does not listen.
struct HearsNowAndThen : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  bool hear() { return ++turns_ % 4 == 0 || CacheGenerations::hear(); }

 private:
  int turns_ = 0;
};

struct ForgetsNothingOfWrites : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  static void begin_write(std::uint64_t) {}
  static void end_write(std::uint64_t) {}
};

/// A write that throws may have been carried out.
struct ForgetsNothingOfWritesThatThrow : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  void begin_write(std::uint64_t) { throwing_ = std::uncaught_exceptions(); }
  void end_write(std::uint64_t workspace_hash) {
    if (std::uncaught_exceptions() == throwing_) forget(workspace_hash);
  }

 private:
  int throwing_ = 0;
};

/// As if the place among the changes were noted after the read: what is written meanwhile is never heard of.
struct DropsNewsOfLookUps : ForwardingInstallationStore {
  using ForwardingInstallationStore::ForwardingInstallationStore;
  std::unique_ptr<StoreChanges> changes() const override {
    struct Shared final : StoreChanges {
      explicit Shared(std::shared_ptr<StoreChanges> all) : changes(std::move(all)) {}
      bool may_have_changed() override { return changes->may_have_changed(); }
      WorkspaceChanges take() override { return changes->take(); }
      std::shared_ptr<StoreChanges> changes;
    };
    changes_ = ForwardingInstallationStore::changes();
    return std::make_unique<Shared>(changes_);
  }
  std::optional<Bot> find_bot(const BotQuery& query) const override {
    auto found = ForwardingInstallationStore::find_bot(query);
    static_cast<void>(changes_->take());
    return found;
  }

 private:
  mutable std::shared_ptr<StoreChanges> changes_;
};

/// That there is no bot is remembered whatever is saved.
struct KeepsMisses : CachingInstallationStore {
  using CachingInstallationStore::CachingInstallationStore;
  std::optional<Bot> find_bot(const BotQuery& query) const override {
    const std::string team_id(query.team_id.value_or(""));
    if (missed_.contains(team_id)) return std::nullopt;
    auto bot = CachingInstallationStore::find_bot(query);
    if (!bot) missed_.insert(team_id);
    return bot;
  }

 private:
  mutable std::set<std::string> missed_;
};

void run(const char* what, SimulationOptions options) {
  const char* const more = std::getenv("SLACK_OAUTH_CACHE_SEEDS");
  options.seeds = test::is_sanitized ? 20 : 100;
  if (more != nullptr) options.seeds = std::strtoull(more, nullptr, 10);
  const auto fixed = simulate(in_memory, options);
  CHECK(fixed.authorized > 0);
  options.first_seed = std::random_device()();
  std::printf("simulation, %s: fresh seeds from %llu on\n", what, static_cast<unsigned long long>(options.first_seed));
  CHECK(simulate(in_memory, options).authorized > 0);
}

void require_found(const char* name, SimulationOptions options) {
  INFO(name);
  options.seeds = 5'000;
  options.shrinks = false;
  std::optional<std::uint64_t> seed;
  try {
    simulate(in_memory, options);
  } catch (const SimulationFailure& failure) {
    seed = failure.seed();
    std::printf("simulation: \"%s\" found after %llu seeds, by the judge of %s\n", name,
                static_cast<unsigned long long>(*seed), std::string(failure.subject()).c_str());
  }
  CHECK(seed.has_value());
}

}  // namespace

TEST_CASE("caches are never stale in worlds where things go wrong") {
  run("three caches that hear of one another", several(cached_by<detail::CacheGenerations>));
  run("a cache over a storage that reports nothing", alone(cached_in_silence<detail::CacheGenerations>));
}

TEST_CASE("the simulation finds faults of the cache", NOT_SANITIZED) {
  require_found("what others wrote is not taken in", several(cached_by<DeafToOthers>));
  require_found("what others wrote is taken in now and then", several(cached_by<HearsNowAndThen>));
  require_found("the place among the changes is noted after the read", several([](StorePointer store) {
                  return cached_by<detail::CacheGenerations>(std::make_shared<DropsNewsOfLookUps>(std::move(store)));
                }));
  require_found("a write leaves the cache as it is", alone(cached_in_silence<ForgetsNothingOfWrites>));
  SimulationOptions failing = alone(cached_in_silence<ForgetsNothingOfWritesThatThrow>);
  failing.workspaces = 1;
  failing.faults.store_failure = 0.1;
  require_found("a write that throws leaves the cache as it is", failing);
  require_found("a save leaves remembered misses", alone([](StorePointer store) -> StorePointer {
                  return std::make_shared<KeepsMisses>(std::make_shared<Silent>(std::move(store)), options_of_cache());
                }));
}
