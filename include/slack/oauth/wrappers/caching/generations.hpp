// Says which records of a cache still count: by what was written through the cache, and by what others wrote.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "slack/oauth/detail/hashing.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/caching/counters.hpp"
#include "slack/oauth/wrappers/caching/options.hpp"

namespace slack::oauth::inline v0::detail {

/// As of one moment. A record counts while it is equal to what it was before the record was read.
struct CacheGeneration {
  std::uint64_t writes =
      0;  ///< to the workspace: those through the cache, and those that others are known to have made
  std::uint64_t others = 0;  ///< how often others may have written anything

  [[nodiscard]] bool is_being_written() const { return writes >= one_writer; }

  friend bool operator==(const CacheGeneration&, const CacheGeneration&) = default;

  static constexpr std::uint64_t one_writer = std::uint64_t{1} << 48U;  // the writers at work are counted above this
};

/// The counters of workspaces are in a table of fixed size, by the hash of the key. So they outlive every record, and
/// those that share one only cost each other a look-up.
///
/// Threads: any thread may call any method at any time.
class CacheGenerations {
 public:
  /// `changes` may be null. Borrows the rest.
  CacheGenerations(std::unique_ptr<StoreChanges> changes, const CacheOptions& options, const Logger& logger)
      : changes_(std::move(changes)),
        options_(options),
        logger_(logger),
        mask_(std::bit_ceil(
                  std::clamp(std::max(options.max_bots, options.max_installations), fewest_counters, most_counters)) -
              1),
        writes_(std::make_unique<std::atomic<std::uint64_t>[]>(mask_ + 1)) {}

  [[nodiscard]] std::uint64_t hash_of(const WorkspaceKey& key) const { return hash_(key.enterprise_id, key.team_id); }

  /// Takes in what others have written, and returns true. Returns false where that is not known at this moment: then no
  /// record counts, and none may be kept. Call it first.
  [[nodiscard]] bool hear() {
    if (changes_ == nullptr) return true;
    try {
      if (changes_->may_have_changed()) return take_changes();
    } catch (const StorageError& error) {
      unheard_.add_one();
      warn(error);
      return false;
    }
    // What another thread has taken, and not counted yet, is no news any more to may_have_changed().
    return !is_taking_.load();
  }

  [[nodiscard]] CacheGeneration of(std::uint64_t workspace_hash) const {
    return {writes_[workspace_hash & mask_].load(), others_.load()};
  }

  /// Between the two, no record of the workspace counts and none is kept: others may see the write before it returns.
  void begin_write(std::uint64_t workspace_hash) { writes_[workspace_hash & mask_] += CacheGeneration::one_writer; }
  void end_write(std::uint64_t workspace_hash) { writes_[workspace_hash & mask_] -= CacheGeneration::one_writer - 1; }

  /// What was read of the workspace counts no longer.
  void forget(std::uint64_t workspace_hash) { ++writes_[workspace_hash & mask_]; }

  /// How often nobody could tell what others have written.
  [[nodiscard]] std::uint64_t unheard() const { return unheard_.sum(); }

 private:
  static constexpr std::size_t fewest_counters = 64;
  static constexpr std::size_t most_counters = 65'536;  // half a megabyte

  void warn(const StorageError& error) {
    if (!warnings_.is_due(time_of(options_))) return;
    logger_.warning("the cache answers nothing, since the store cannot tell what others wrote (" +
                    std::string(error.what()) + ")");
  }

  // Nobody waits for a thread that asks the storage what was written.
  [[nodiscard]] bool take_changes() {
    if (is_taking_.exchange(true)) return false;
    const Taking taking{is_taking_};
    const WorkspaceChanges written = changes_->take();
    if (written.anything) ++others_;
    for (const auto& one : written.workspaces) forget(hash_of({one.enterprise_id, one.team_id}));
    return true;
  }

  struct Taking {
    std::atomic<bool>& is_taking;

    explicit Taking(std::atomic<bool>& flag) : is_taking(flag) {}
    Taking(const Taking&) = delete;
    Taking& operator=(const Taking&) = delete;
    ~Taking() { is_taking.store(false); }
  };

  std::unique_ptr<StoreChanges> changes_;
  const CacheOptions& options_;
  const Logger& logger_;
  PairHash hash_{};
  std::size_t mask_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> writes_;
  std::atomic<std::uint64_t> others_{0};
  std::atomic<bool> is_taking_{false};
  SpreadCounter unheard_{};
  OncePerSecond warnings_{};
};

}  // namespace slack::oauth::inline v0::detail
