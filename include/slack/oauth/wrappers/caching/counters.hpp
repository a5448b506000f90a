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

/// A number that many threads count up. The first of them have a place each, to which nobody else writes: there an
/// addition that is not atomic is right, and takes 5 ns less. Where libraries number threads apart, as DLLs do, it may
/// be a few short. The others share places.
class SpreadCounter {
 public:
  void add_one() {
    const std::size_t thread = thread_number();
    if (thread < own_slots) {
      auto& count = slots_[thread].count;
      count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      slots_[own_slots + thread % shared_slots].count.fetch_add(1, std::memory_order_relaxed);
    }
  }

  [[nodiscard]] std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (const Slot& slot : slots_) sum += slot.count.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr std::size_t own_slots = 16;
  static constexpr std::size_t shared_slots = 16;

  // Two cache lines each, since processors fetch lines in pairs.
  struct alignas(128) Slot {
    std::atomic<std::uint64_t> count{0};
  };

  std::array<Slot, own_slots + shared_slots> slots_{};
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
