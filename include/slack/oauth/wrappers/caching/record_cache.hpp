// Answers look-ups of one kind of record: from memory where that counts, and else from the storage.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/detail/hashing.hpp"
#include "slack/oauth/detail/reclamation.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/caching/counters.hpp"
#include "slack/oauth/wrappers/caching/generations.hpp"
#include "slack/oauth/wrappers/caching/options.hpp"
#include "slack/oauth/wrappers/caching/outage.hpp"
#include "slack/oauth/wrappers/caching/records.hpp"
#include "slack/oauth/wrappers/caching/shared_look_ups.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any thread may call any method at any time.
template <class Record, class Generations>
class RecordCache {
  using Node = CachedRecord<Record>;

 public:
  using Found = std::shared_ptr<const Record>;  // null: there is none

  /// Borrows all but the number.
  RecordCache(Generations& generations, Outage& outage, const CacheOptions& options, const Logger& logger,
              std::size_t most)
      : generations_(generations), outage_(outage), options_(options), logger_(logger), records_(most) {}

  /// Returns what `give(node, answer)` makes of what is kept, while no other thread can change it, or
  /// `give_found(record)` of what `look_up()` found. Throws what `look_up` throws, and then keeps nothing.
  template <class Answer, class Give, class GiveFound, class LookUp>
  [[nodiscard]] Answer find(const CacheKey& key, const Give& give, const GiveFound& give_found, const LookUp& look_up) {
    Answer answer;
    const Timestamp time = this->time();
    const bool is_heard = generations_.hear();
    const CacheGeneration generation = generations_.of(key.workspace_hash);
    const bool may_keep = is_heard && !generation.is_being_written();
    const bool is_answered = may_keep && records_.look_at(key, [&](const Node* node) {
      if (!is_hit(node, generation, time)) return false;
      give(*node, answer);
      return true;
    });
    if (is_answered) {
      hits_.add_one();
      return answer;
    }
    count_miss(key);
    const Outage::Turn turn(outage_, this->time());
    if (!turn.may_ask()) {
      if (Found stale = stale_record(key)) {
        ++stale_served_;
        answer = give_found(std::move(stale));
        return answer;
      }
    }
    const auto look_up_once = [&] { return look_up_and_keep(key, generation, time, may_keep, look_up); };
    std::optional<LookedUp> shared;
    if (may_keep) {
      shared = shared_.share(
          key, generation, [&] { return kept(key, generation, time); }, look_up_once);
    }
    LookedUp looked_up = shared ? *std::move(shared) : look_up_once();
    if (looked_up.failure != nullptr) {
      ++stale_served_;
      warn(key, *looked_up.failure);  // nobody waits for this thread any more: the app's logger may look up, too
    }
    answer = give_found(std::move(looked_up.found));
    return answer;
  }

  void add_to(CacheStatistics& statistics) const {
    statistics.hits += hits_.sum();
    statistics.misses += misses_.load();
    statistics.refills += refills_.load();
    statistics.stale_served += stale_served_.load();
    statistics.evictions += records_.evictions();
    statistics.records += records_.size();
  }

 private:
  using Length = Timestamp::duration;

  struct LookedUp {
    Found found{};
    std::shared_ptr<const StorageError> failure{};  ///< for which `found` may be stale
  };

  [[nodiscard]] Timestamp time() const { return time_of(options_); }

  [[nodiscard]] static bool is_hit(const Node* node, const CacheGeneration& generation, Timestamp time) {
    if (node == nullptr || node->generation != generation || !node->is_fresh(time)) return false;
    node->note_use();
    return true;
  }

  [[nodiscard]] std::optional<LookedUp> kept(const CacheKey& key, const CacheGeneration& generation,
                                             Timestamp time) const {
    return records_.look_at(key, [&](const Node* node) -> std::optional<LookedUp> {
      if (!is_hit(node, generation, time)) return std::nullopt;
      return LookedUp{.found = node->snapshot()};
    });
  }

  template <class LookUp>
  [[nodiscard]] LookedUp look_up_and_keep(const CacheKey& key, const CacheGeneration& generation, Timestamp time,
                                          bool may_keep, const LookUp& look_up) {
    try {
      Unpublished<Node> node = Node::make(key, look_up());
      outage_.note_answer();
      LookedUp looked_up{.found = node->snapshot()};
      node->generation = generation;
      set_times(*node, time);
      if (may_keep && node->is_fresh(time) && generations_.of(key.workspace_hash) == generation) {
        records_.put(key, std::move(node), [this, time](const Node& one) {
          return !one.is_fresh(time) || one.generation != generations_.of(generations_.hash_of(one.workspace()));
        });
      }
      return looked_up;
    } catch (const StorageError& error) {
      if (options_.serve_stale_for.count() == 0 || !error.is_retryable()) throw;
      outage_.note_failure(this->time());
      Found stale = stale_record(key);
      if (stale == nullptr) throw;
      return {.found = std::move(stale), .failure = std::make_shared<StorageError>(error)};
    }
  }

  /// What the workspace had when the storage was reached last, unless it is known to be written since.
  [[nodiscard]] Found stale_record(const CacheKey& key) const {
    const Timestamp time = this->time();
    const CacheGeneration generation = generations_.of(key.workspace_hash);
    return records_.look_at(key, [&](const Node* node) -> Found {
      const bool is_known = node != nullptr && node->generation.writes == generation.writes;
      return is_known && node->may_be_served_stale(time) ? node->snapshot() : nullptr;
    });
  }

  // From before the look-up, since that saw the storage at some moment after.
  void set_times(Node& node, Timestamp time) {
    constexpr double steps = 1024;
    const auto drawn = static_cast<double>(mixed_bits(node.hash + ++drawn_) % static_cast<std::uint64_t>(steps));
    const Length length(node.record ? options_.expiration : options_.miss_expiration);
    Timestamp fresh_until =
        time + length -
        Length(static_cast<Length::rep>(static_cast<double>(length.count()) * options_.jitter * (drawn / steps)));
    Timestamp stale_until = time + length + options_.serve_stale_for;
    if (node.record) {
      shorten_to_tokens(fresh_until, time, *node.record);
      shorten_to_tokens(stale_until, time, *node.record);
    }
    node.set_times(time, fresh_until, stale_until);
  }

  /// Whoever finds a token at its end refreshes it, unless another process has done so: only the storage knows.
  static void shorten_to_tokens(Timestamp& until, Timestamp time, const Record& record) {
    const auto shorten = [&](const std::optional<std::chrono::sys_seconds>& expires_at) {
      if (!expires_at || *expires_at > std::chrono::floor<std::chrono::seconds>(until)) return;
      const bool has_ended = *expires_at <= std::chrono::floor<std::chrono::seconds>(time);
      until = has_ended ? time : std::min(until, Timestamp(*expires_at));
    };
    if constexpr (requires { record.bot_token_expires_at; }) shorten(record.bot_token_expires_at);
    if constexpr (requires { record.user_token_expires_at; }) shorten(record.user_token_expires_at);
  }

  void count_miss(const CacheKey& key) {
    ++misses_;
    if (records_.look_at(key, [](const Node* node) { return node != nullptr; })) ++refills_;
  }

  void warn(const CacheKey& key, const StorageError& error) {
    if (!warnings_.is_due(time())) return;
    logger_.warning(line_with_ids(
        "gave out a record that may be stale, since the storage cannot be reached (" + std::string(error.what()) + "):",
        key.workspace));
  }

  Generations& generations_;
  Outage& outage_;
  const CacheOptions& options_;
  const Logger& logger_;
  CachedRecords<Record> records_;
  SharedLookUps<LookedUp> shared_{};
  SpreadCounter hits_{};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> refills_{0};
  std::atomic<std::uint64_t> stale_served_{0};
  std::atomic<std::uint64_t> drawn_{0};
  OncePerSecond warnings_{};
};

}  // namespace slack::oauth::inline v0::detail
