// Slack's keys, fetched when they are needed and kept for a while.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/detail/json_web_keys.hpp"
#include "slack/oauth/web/detail/rsa_public_key.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/slack_answer.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0::detail {

struct FetchedKeysOptions {
  std::string url{};
  std::chrono::seconds lifetime{};        ///< of what was fetched
  std::chrono::seconds fetch_interval{};  ///< the least time between two fetches for ids that are not known
  std::function<Timestamp()> clock{};
};

/// Any thread may call find() at any time. One of them fetches; those that need what it fetches wait for it, and the
/// others do not.
class FetchedKeys {
 public:
  FetchedKeys(AnyHttpTransport transport, FetchedKeysOptions options)
      : transport_(std::move(transport)), options_(std::move(options)) {}

  /// Absent where Slack has no such key, or had none a short time ago. Throws what the transport throws, and
  /// RateLimitedError and InvalidAnswerError as read_json_web_keys(); a RateLimitedError also without a request, as
  /// long as Slack wants none. Where it waited for a fetch that failed, or one failed a short time ago, it throws an
  /// HttpError.
  [[nodiscard]] std::optional<RsaPublicKey> find(std::string_view id) {
    std::unique_lock lock(mutex_);
    bool has_fetched = false;
    for (;;) {
      const Timestamp time = options_.clock();
      const bool is_fresh = fetched_at_ && is_within(options_.lifetime, *fetched_at_, time);
      if (is_fresh || has_fetched) {
        if (const auto found = keys_.find(id); found != keys_.end()) return found->second;
        if (has_fetched) return std::nullopt;
      }
      // While a fetch is on its way, it may bring the key: Slack has begun to sign with it a moment ago.
      if (is_fetching_) {
        const std::uint64_t awaited = fetches_ + 1;
        has_fetched_.wait(lock, [&] { return fetches_ >= awaited; });
        require_fetched();
      } else {
        require_no_pause(time);
        if (is_fresh && is_within(options_.fetch_interval, asked_at_, time)) {
          require_fetched();
          return std::nullopt;
        }
        fetch(lock, time);
      }
      has_fetched = true;
    }
  }

 private:
  /// A clock that was set back tells nothing.
  static bool is_within(std::chrono::seconds duration, Timestamp from, Timestamp time) {
    return from <= time && time - from < duration;
  }

  void require_no_pause(Timestamp time) const {
    if (!is_within(pause_, asked_at_, time)) return;
    throw RateLimitedError(std::chrono::ceil<std::chrono::seconds>(asked_at_ + pause_ - time));
  }

  /// By another call, the last time.
  void require_fetched() const {
    if (!failure_.empty()) throw HttpError(failure_, "", HttpError::Reach::not_sent);
  }

  void fetch(std::unique_lock<std::mutex>& lock, Timestamp time) {
    is_fetching_ = true;
    asked_at_ = time;
    lock.unlock();
    JsonWebKeys keys;
    std::exception_ptr failure;
    std::chrono::seconds pause{0};
    try {
      keys = read_json_web_keys(get());
    } catch (const RateLimitedError& error) {
      failure = std::current_exception();
      pause = std::min(error.retry_after(), options_.lifetime);  // whatever the header says, it comes to an end
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (!failure) {
      keys_ = std::move(keys);
      fetched_at_ = time;
    }
    pause_ = pause;
    failure_ = failure ? "another call did not get Slack's keys: " + describe(failure) : std::string();
    is_fetching_ = false;
    ++fetches_;
    has_fetched_.notify_all();
    if (failure) std::rethrow_exception(failure);
  }

  /// Twice where no answer came, since it only reads.
  HttpResponse get() {
    const HttpRequest request{.method = "GET", .url = options_.url, .headers = {{"Accept", "application/json"}}};
    try {
      return transport_.send(request);
    } catch (const HttpError&) {
      return transport_.send(request);
    }
  }

  AnyHttpTransport transport_;
  FetchedKeysOptions options_;
  std::mutex mutex_;
  std::condition_variable has_fetched_;
  JsonWebKeys keys_;
  std::optional<Timestamp> fetched_at_;  ///< when keys_ came
  Timestamp asked_at_{};                 ///< and when Slack was asked last, whatever came
  std::chrono::seconds pause_{0};        ///< from then on, as Slack asked for
  bool is_fetching_ = false;
  std::uint64_t fetches_ = 0;
  std::string failure_;  ///< of the last fetch; as text, since an exception is of the thread that threw it
};

}  // namespace slack::oauth::inline v0::detail
