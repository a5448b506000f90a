// What goes wrong between an app and a FakeSlack: by rule, or by chance, and by a seed the same in every run.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/testing/fake_slack/answer.hpp"

namespace slack::oauth::inline v0::testing {

enum class Fault {
  none,
  api_error,     ///< `ok: false` with an error of Slack's, nothing done
  server_error,  ///< HTTP 500 with a page, nothing done
  rate_limit,    ///< HTTP 429 with Retry-After, nothing done
  proxy_page,    ///< HTTP 200 with a page of somebody else's, nothing done
  delay,         ///< done, and answered late
  truncated,     ///< done, and the answer ends in its middle
  wrong_types,   ///< done, and each text of the answer is a number
  drop_before,   ///< no answer, nothing done: HttpError, not sent
  drop_after     ///< no answer, although it was done: HttpError, maybe sent
};

/// What happens to the next requests for a method.
struct FaultRule {
  /// "oauth.v2.access"; "oauth.v2.access refresh_token" for refreshes alone; empty for every method.
  std::string method{};
  Fault fault = Fault::api_error;
  std::string error = "internal_error";  ///< with Fault::api_error: one that the method's page at Slack names
  int times = 1;                         ///< or `always`
  int after = 0;                         ///< how many requests go through first
  std::chrono::seconds retry_after{1};   ///< with Fault::rate_limit
  std::chrono::milliseconds delay{20};   ///< with Fault::delay

  /// Answers in Slack's place, which does nothing then; `fault` does not count where this is set.
  FaultAnswer answer{};

  static constexpr int always = std::numeric_limits<int>::max();
};

/// How probable each fault is; a request has at most one.
struct FaultRates {
  double server_error = 0;
  double api_error = 0;
  double rate_limit = 0;
  double delay = 0;
  double drop_before = 0;
  double drop_after = 0;
  double truncated = 0;
  double proxy_page = 0;
  double wrong_types = 0;
  std::chrono::milliseconds delay_for{20};
  std::uint64_t seed = 0;  ///< 0: another one in each run
};

namespace detail {

/// Whether a request is one of those that are asked for: both as a FaultRule names them.
[[nodiscard]] inline bool is_among(std::string_view method, std::string_view asked) {
  return asked.empty() || asked == method || asked == method.substr(0, method.find(' '));
}

/// Threads: any thread may call any method at any time.
class FaultInjector {
 public:
  explicit FaultInjector(const FaultRates& rates) { set(rates); }

  void set(const FaultRates& rates) {
    const std::lock_guard lock(mutex_);
    rates_ = rates;
    random_.seed(rates.seed != 0 ? rates.seed : std::random_device()());
  }

  void add(FaultRule rule) {
    if (rule.answer) rule.fault = Fault::none;
    const std::lock_guard lock(mutex_);
    rules_.push_back(std::move(rule));
  }

  /// Ends all rules, and chance.
  void clear() {
    const std::lock_guard lock(mutex_);
    rules_.clear();
    rates_ = {};
  }

  /// `method` is as a FaultRule names it. The first rule that fits counts; without one, chance does.
  [[nodiscard]] FaultRule next(std::string_view method) {
    const std::lock_guard lock(mutex_);
    for (auto rule = rules_.begin(); rule != rules_.end(); ++rule) {
      if (!is_among(method, rule->method)) continue;
      if (rule->after > 0) {
        --rule->after;
        continue;
      }
      FaultRule found = *rule;
      if (rule->times != FaultRule::always && --rule->times <= 0) rules_.erase(rule);
      return found;
    }
    FaultRule by_chance;
    by_chance.fault = draw();
    by_chance.delay = rates_.delay_for;
    return by_chance;
  }

 private:
  Fault draw() {
    double left = std::uniform_real_distribution<>()(random_);
    const auto happens = [&left](double probability) { return (left -= probability) < 0; };
    if (happens(rates_.server_error)) return Fault::server_error;
    if (happens(rates_.api_error)) return Fault::api_error;
    if (happens(rates_.rate_limit)) return Fault::rate_limit;
    if (happens(rates_.delay)) return Fault::delay;
    if (happens(rates_.drop_before)) return Fault::drop_before;
    if (happens(rates_.drop_after)) return Fault::drop_after;
    if (happens(rates_.truncated)) return Fault::truncated;
    if (happens(rates_.proxy_page)) return Fault::proxy_page;
    if (happens(rates_.wrong_types)) return Fault::wrong_types;
    return Fault::none;
  }

  std::mutex mutex_;
  FaultRates rates_;
  std::mt19937_64 random_;
  std::vector<FaultRule> rules_;
};

}  // namespace detail

}  // namespace slack::oauth::inline v0::testing
