// A clock that a test moves, for several threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "slack/oauth/timestamp.hpp"

namespace test {

class StateClock {
 public:
  explicit StateClock(std::int64_t second = 1'767'225'600)
      : micros_(std::make_shared<std::atomic<std::int64_t>>(second * 1'000'000)) {}

  void advance(std::chrono::microseconds time) const { *micros_ += time.count(); }
  [[nodiscard]] slack::oauth::Timestamp now() const {
    return slack::oauth::Timestamp{std::chrono::microseconds{micros_->load()}};
  }
  [[nodiscard]] std::function<slack::oauth::Timestamp()> function() const {
    return [clock = *this] { return clock.now(); };
  }

 private:
  std::shared_ptr<std::atomic<std::int64_t>> micros_;
};

}  // namespace test
