// Refreshes that failed a moment ago. While Slack cannot be reached, the callers of one workspace take turns: each
// would wait for the time-outs of all before it, to run into its own.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Copies are one memory.
///
/// Threads: any thread may call any method at any time.
class FailedRefreshes {
 public:
  /// What came of this refresh token; absent where that is over.
  [[nodiscard]] std::optional<TokenRotationError> find(const std::string& refresh_token, Timestamp now) const {
    const std::lock_guard lock(state_->mutex);
    forget_old(now);
    const auto found = state_->failures.find(refresh_token);
    return found == state_->failures.end() ? std::nullopt : std::optional(found->second);
  }

  void remember(const std::string& refresh_token, const TokenRotationError& error, Timestamp now, Timestamp until) {
    const std::lock_guard lock(state_->mutex);
    forget_old(now);
    if (until <= now) return;
    if (state_->failures.insert_or_assign(refresh_token, error).second) {
      state_->order.push_back({now, until, refresh_token});
    }
  }

 private:
  struct Entry {
    Timestamp from;
    Timestamp until;
    std::string refresh_token;
  };

  struct State {
    std::mutex mutex{};
    std::map<std::string, TokenRotationError> failures{};
    std::deque<Entry> order{};
  };

  // Also what is from the future, by a clock that was set back.
  void forget_old(Timestamp now) const {
    auto& order = state_->order;
    while (!order.empty() && (order.front().until <= now || order.front().from > now)) {
      state_->failures.erase(order.front().refresh_token);
      order.pop_front();
    }
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace slack::oauth::inline v0::detail
