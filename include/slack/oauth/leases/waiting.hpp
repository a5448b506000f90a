// Waits for a lease by asking for it again and again.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::chrono::milliseconds longest_lease_pause{50};

/// Returns what `try_lease()` returns within `timeout`; nullptr where it returns nothing. Asks at least once.
template <class TryLease>
[[nodiscard]] std::unique_ptr<WorkspaceLease> poll_for_lease(const TryLease& try_lease,
                                                             std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::chrono::milliseconds pause{1};
  while (true) {
    if (std::unique_ptr<WorkspaceLease> lease = try_lease()) return lease;
    const auto left = timeout - std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    if (left.count() <= 0) return nullptr;
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, longest_lease_pause);
  }
}

}  // namespace slack::oauth::inline v0::detail
