// The records that a cache keeps: bounded, and read without a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/detail/hash_table.hpp"
#include "slack/oauth/detail/reclamation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/caching/generations.hpp"

namespace slack::oauth::inline v0::detail {

/// Borrowed for the call.
struct CacheKey {
  WorkspaceKey workspace{};
  OptionalId user_id{};  ///< without one: the bot, or the newest installation
  std::uint64_t workspace_hash = 0;
  std::uint64_t hash = 0;  ///< of all

  friend bool operator==(const CacheKey& left, const CacheKey& right) {
    return left.hash == right.hash && left.workspace == right.workspace && left.user_id == right.user_id;
  }
};

/// What a look-up found: a record, or that there is none. It does not change once it is published.
template <class Record>
struct CachedRecord : Reclaimable {
  CachedRecord(const CacheKey& key, std::optional<Record> found)
      : hash(key.hash),
        workspace_hash(key.workspace_hash),
        enterprise_id(key.workspace.enterprise_id),
        team_id(key.workspace.team_id),
        user_id(key.user_id),
        record(std::move(found)) {}

  [[nodiscard]] bool is_of(const CacheKey& key) const {
    return team_id == key.workspace.team_id && enterprise_id == key.workspace.enterprise_id && user_id == key.user_id;
  }

  /// Where the clock was set back to before it was read, nobody knows how old it is.
  [[nodiscard]] bool is_fresh(Timestamp time) const { return read_at <= time && time < fresh_until; }

  /// nullptr where there is none.
  [[nodiscard]] std::shared_ptr<const Record> snapshot() const {
    return record ? std::shared_ptr<const Record>(self, &*record) : nullptr;
  }

  std::uint64_t hash;
  std::uint64_t workspace_hash;
  std::string enterprise_id;
  std::string team_id;
  std::optional<std::string> user_id;
  std::optional<Record> record;
  CacheGeneration generation{};
  Timestamp read_at{};
  Timestamp fresh_until{};
  Timestamp stale_until{};
  mutable std::atomic<bool> was_used{false};  // since the hand of the clock came by
  std::size_t place = 0;                      // in the circle; the writer's
};

/// Evicts by CLOCK: a hand goes round, and takes the first record that was not used since it came by last.
///
/// Threads: any thread may call any method at any time. Readers take no lock; writers take turns.
template <class Record>
class CachedRecords {
 public:
  using Node = CachedRecord<Record>;

  explicit CachedRecords(std::size_t most) : most_(most) {}
  CachedRecords(const CachedRecords&) = delete;
  CachedRecords& operator=(const CachedRecords&) = delete;
  ~CachedRecords() {
    for (Node* const node : circle_) release(node);
  }

  /// Returns what `use` does with what is kept under the key; with nullptr where nothing is.
  template <class Use>
  auto look_at(const CacheKey& key, const Use& use) const {
    const auto guard = reclaimer_.enter();
    return use(static_cast<const Node*>(find(key)));
  }

  /// Keeps `fresh` in the place of what has the same key. Where all places are taken, one that `is_outdated(node)` or
  /// was not used of late makes room.
  template <class IsOutdated>
  void put(const CacheKey& key, Unpublished<Node> fresh, const IsOutdated& is_outdated) {
    [[maybe_unused]] Garbage garbage;
    const std::lock_guard lock(writing_);
    if (Node* const old = find(key)) {
      reclaimer_.reserve(1);
      fresh->was_used = old->was_used.load();
      fresh->place = old->place;
      circle_[fresh->place] = fresh.get();
      nodes_.replace(old, fresh.release());
      reclaimer_.retire(old);
    } else {
      nodes_.reserve_one();
      reclaimer_.reserve(1);
      if (circle_.size() < most_) {
        fresh->place = circle_.size();
        circle_.push_back(fresh.get());
      } else {
        fresh->place = evict(is_outdated);
        circle_[fresh->place] = fresh.get();
      }
      nodes_.insert(fresh.release());
    }
    garbage = reclaimer_.collect();
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(writing_);
    return circle_.size();
  }
  [[nodiscard]] std::uint64_t evictions() const {
    const std::lock_guard lock(writing_);
    return evictions_;
  }

 private:
  [[nodiscard]] Node* find(const CacheKey& key) const {
    return nodes_.find(key.hash, [&key](const Node& node) { return node.is_of(key); });
  }

  /// The place that has become free.
  template <class IsOutdated>
  [[nodiscard]] std::size_t evict(const IsOutdated& is_outdated) {
    while (true) {
      const std::size_t place = hand_;
      hand_ = (hand_ + 1) % circle_.size();
      Node* const node = circle_[place];
      if (!is_outdated(*node) && node->was_used.exchange(false)) continue;
      nodes_.remove(node);
      reclaimer_.retire(node);
      ++evictions_;
      return place;
    }
  }

  Reclaimer reclaimer_{};
  HashTable<Node> nodes_{reclaimer_};
  mutable std::mutex writing_{};
  std::size_t most_;
  std::vector<Node*> circle_{};
  std::size_t hand_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace slack::oauth::inline v0::detail
