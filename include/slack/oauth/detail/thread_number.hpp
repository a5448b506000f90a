// Spreads threads over places, so that two of them seldom write the same memory.
#pragma once

#include <atomic>
#include <cstddef>

namespace slack::oauth::inline v0::detail {

/// Threads are numbered from 0 as they ask first.
[[nodiscard]] inline std::size_t thread_number() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace slack::oauth::inline v0::detail
