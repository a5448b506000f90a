// Whether the storage can be reached, as far as a cache knows.
#pragma once

#include <atomic>
#include <chrono>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Lets one look-up in a second find out whether the storage can be reached again. The others need not wait for it.
///
/// Threads: any thread may call any method at any time.
class Outage {
 public:
  /// Whether a look-up may ask the storage. While it does, no other may that began after the storage had failed.
  class Turn {
   public:
    Turn(Outage& outage, Timestamp time) : outage_(outage) {
      if (!outage_.is_down_.load()) return;
      is_the_one_ = !outage_.has_just_failed(time) && !outage_.is_asked_.exchange(true);
      may_ask_ = is_the_one_;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (is_the_one_) outage_.is_asked_.store(false);
    }

    [[nodiscard]] bool may_ask() const { return may_ask_; }

   private:
    Outage& outage_;
    bool is_the_one_ = false;
    bool may_ask_ = true;
  };

  void note_failure(Timestamp time) {
    failed_at_.store(time.time_since_epoch().count());
    is_down_.store(true);
  }
  void note_answer() {
    if (is_down_.load()) is_down_.store(false);
  }

 private:
  [[nodiscard]] bool has_just_failed(Timestamp time) const {
    constexpr std::chrono::seconds pause{1};
    const Timestamp failed_at{Timestamp::duration{failed_at_.load()}};
    return failed_at <= time && time - failed_at < pause;
  }

  std::atomic<bool> is_down_{false};
  std::atomic<bool> is_asked_{false};
  std::atomic<Timestamp::rep> failed_at_{0};
};

}  // namespace slack::oauth::inline v0::detail
