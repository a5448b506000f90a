// The records that a cache keeps: bounded, and read without a lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
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

template <class Record>
[[nodiscard]] bool says_key(const Record& record, const CacheKey& key) {
  if (key_of(record) != key.workspace) return false;
  if constexpr (requires { record.user_id; }) return !key.user_id || record.user_id == *key.user_id;
  return true;
}

/// What a look-up found: a record, or that there is none. What it says does not change once it is published.
///
/// There are many of them, so they are packed: the record says the key where it can, times are lengths, and the first
/// members fill the bytes that Reclaimable leaves.
template <class Record>
struct CachedRecord : Reclaimable {
  [[nodiscard]] static Unpublished<CachedRecord> make(const CacheKey& key, std::optional<Record> found) {
    const bool is_said = found && says_key(*found, key);
    Unpublished<CachedRecord> made(is_said ? make_reclaimable<CachedRecord>() : make_reclaimable<WithKey>(key));
    made->flags = static_cast<std::uint8_t>((is_said ? 0 : has_own_key) | (key.user_id ? is_of_user : 0));
    made->hash = key.hash;
    made->record = std::move(found);
    return made;
  }

  [[nodiscard]] bool is_of(const CacheKey& key) const {
    if (has(has_own_key)) {
      const auto& own = static_cast<const WithKey&>(*this);
      return own.workspace() == key.workspace && own.user_id == key.user_id;
    }
    return has(is_of_user) == key.user_id.has_value() && says_key(*record, key);
  }

  [[nodiscard]] WorkspaceKey workspace() const {
    return has(has_own_key) ? static_cast<const WithKey&>(*this).workspace() : *key_of(*record);
  }

  void set_times(Timestamp now, Timestamp fresh_until, Timestamp stale_until) {
    read_at = now;
    fresh_for = length_between(now, fresh_until);
    stale_for = length_between(now, stale_until);
  }

  // Where the clock was set back to before it was read, nobody knows how old it is.
  [[nodiscard]] bool is_fresh(Timestamp time) const { return is_within(fresh_for, time); }
  [[nodiscard]] bool may_be_served_stale(Timestamp time) const { return is_within(stale_for, time); }

  /// nullptr where there is none.
  [[nodiscard]] std::shared_ptr<const Record> snapshot() const {
    return record ? std::shared_ptr<const Record>(this->owner(), &*record) : nullptr;
  }

  void note_use() const {
    if (!has(was_used)) flags.fetch_or(was_used, std::memory_order_relaxed);
  }
  /// Whether it was used since this was asked last.
  [[nodiscard]] bool take_use() { return (flags.fetch_and(static_cast<std::uint8_t>(~was_used)) & was_used) != 0; }

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags.load(std::memory_order_relaxed) & flag) != 0; }

  struct WithKey;

  static constexpr std::uint8_t was_used = 1;
  static constexpr std::uint8_t has_own_key = 2;
  static constexpr std::uint8_t is_of_user = 4;

  using Length = std::uint32_t;  // in milliseconds, up to 49 days

  mutable std::atomic<std::uint8_t> flags{0};
  std::uint32_t place = 0;  // in the circle; the writer's
  std::uint64_t hash = 0;   // of the key
  CacheGeneration generation{};
  Timestamp read_at{};
  Length fresh_for = 0;
  Length stale_for = 0;
  std::optional<Record> record{};

 private:
  [[nodiscard]] static Length length_between(Timestamp from, Timestamp until) {
    if (until <= from) return 0;
    const auto length = std::chrono::floor<std::chrono::milliseconds>(until - from).count();
    return static_cast<Length>(std::clamp<std::int64_t>(length, 1, std::numeric_limits<Length>::max()));
  }
  [[nodiscard]] bool is_within(Length length, Timestamp time) const {
    return read_at <= time && time - read_at < std::chrono::milliseconds{length};
  }
};

template <class Record>
struct CachedRecord<Record>::WithKey : CachedRecord<Record> {
  explicit WithKey(const CacheKey& key)
      : enterprise_id(key.workspace.enterprise_id), team_id(key.workspace.team_id), user_id(key.user_id) {}

  [[nodiscard]] WorkspaceKey workspace() const { return {enterprise_id, team_id}; }

  std::string enterprise_id;
  std::string team_id;
  std::optional<std::string> user_id;
};

/// Evicts by CLOCK: a hand goes round, and takes the first record that was not used since it came by last.
///
/// Threads: any thread may call any method at any time. Readers take no lock; writers take turns.
template <class Record>
class CachedRecords {
 public:
  using Node = CachedRecord<Record>;

  explicit CachedRecords(std::size_t most)
      : most_(std::min<std::size_t>(most, std::numeric_limits<std::uint32_t>::max())) {}
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
      if (old->take_use()) fresh->note_use();
      fresh->place = old->place;
      circle_[fresh->place] = fresh.get();
      nodes_.replace(old, fresh.release());
      reclaimer_.retire(old);
    } else {
      nodes_.reserve_one();
      reclaimer_.reserve(1);
      if (circle_.size() < most_) {
        fresh->place = static_cast<std::uint32_t>(circle_.size());
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
  [[nodiscard]] std::uint32_t evict(const IsOutdated& is_outdated) {
    while (true) {
      const std::uint32_t place = hand_;
      hand_ = place + 1 == circle_.size() ? 0 : place + 1;
      Node* const node = circle_[place];
      if (!is_outdated(*node) && node->take_use()) continue;
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
  std::uint32_t hand_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace slack::oauth::inline v0::detail
