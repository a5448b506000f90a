// Spreads the requests of a job evenly, below the number that Slack takes in a minute.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// One thread.
class RequestPace {
 public:
  /// Zero: any number.
  explicit RequestPace(int requests_per_minute)
      : interval_(requests_per_minute > 0 ? Interval(std::chrono::minutes{1}) / requests_per_minute : Interval{0}) {}

  /// How long to wait before the next request. A clock that was set back makes nobody wait for longer than that.
  [[nodiscard]] std::chrono::milliseconds pause(Timestamp now) const {
    if (!asked_at_) return std::chrono::milliseconds{0};
    const auto since = std::max(Interval{0}, now - *asked_at_);
    return std::chrono::ceil<std::chrono::milliseconds>(std::max(Interval{0}, interval_ - since));
  }

  void note_request(Timestamp now) noexcept { asked_at_ = now; }

 private:
  using Interval = std::chrono::microseconds;

  Interval interval_;
  std::optional<Timestamp> asked_at_{};
};

}  // namespace slack::oauth::inline v0::detail
