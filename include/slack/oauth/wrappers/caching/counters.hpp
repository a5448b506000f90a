// Counts what a cache does, and says when it may warn.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "slack/oauth/detail/thread_number.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// A number that many threads count up: each has a place of its own, most often, so that they share no memory.
class SpreadCounter {
 public:
  void add_one() { slots_[thread_number() % slots].count.fetch_add(1, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (const Slot& slot : slots_) sum += slot.count.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr std::size_t slots = 16;

  // Two cache lines each, since processors fetch lines in pairs.
  struct alignas(128) Slot {
    std::atomic<std::uint64_t> count{0};
  };

  std::array<Slot, slots> slots_{};
};

/// Lets one in a second pass: there is an event for each of the others.
class OncePerSecond {
 public:
  [[nodiscard]] bool is_due(Timestamp time) {
    constexpr std::chrono::seconds pause{1};
    const Length now = time.time_since_epoch();
    Length last = last_.load();
    if (last != Length::min() && now - last < pause && now >= last) return false;
    return last_.compare_exchange_strong(last, now);
  }

 private:
  using Length = Timestamp::duration;

  std::atomic<Length> last_{Length::min()};
};

}  // namespace slack::oauth::inline v0::detail
