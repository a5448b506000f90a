// Refreshes that failed, so that Slack is not asked again too soon. While it cannot be reached, the callers of one
// workspace take turns: each would wait for the time-outs of all before it, to run into its own. And a refresh token
// that it refused for good would be offered to it on every event.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Copies are one memory.
///
/// Threads: any thread may call any method at any time.
class FailedRefreshes {
 public:
  /// Beyond them, those are forgotten whose time is over first.
  static constexpr std::size_t most = 10'000;

  /// What came of this refresh token, to be thrown again; null where that is over.
  [[nodiscard]] std::exception_ptr find(const std::string& refresh_token, Timestamp now) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->failures.find(refresh_token);
    if (found == state_->failures.end()) return nullptr;
    const Failure& failure = found->second;
    // What is from the future is so by a clock that was set back.
    if (now < failure.from || failure.until <= now) return nullptr;
    return failure.error;
  }

  void remember(const std::string& refresh_token, std::exception_ptr error, Timestamp now, Timestamp until) {
    const std::lock_guard lock(state_->mutex);
    state_->forget(state_->failures.find(refresh_token));
    while (!state_->ends.empty() && (state_->ends.begin()->first <= now || state_->ends.size() >= most)) {
      state_->forget_first();
    }
    if (until <= now) return;
    const auto added = state_->failures.insert_or_assign(refresh_token, Failure{std::move(error), now, until}).first;
    state_->ends.emplace(until, added->first);
  }

 private:
  struct Failure {
    std::exception_ptr error;
    Timestamp from;
    Timestamp until;
  };

  struct State {
    using Failures = std::map<std::string, Failure, std::less<>>;

    void forget(Failures::iterator failure) {
      if (failure == failures.end()) return;
      ends.erase({failure->second.until, failure->first});
      failures.erase(failure);
    }
    void forget_first() { forget(failures.find(ends.begin()->second)); }

    std::mutex mutex{};
    Failures failures{};
    std::set<std::pair<Timestamp, std::string_view>> ends{};  // of the keys of `failures`
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace slack::oauth::inline v0::detail
