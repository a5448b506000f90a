// What goes wrong between an app and the stand-in: by chance, or by a seed as often as it is run.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>

namespace standin {

/// Each is the probability that it happens to a request to the API; a request has at most one fault.
struct Faults {
  double server_error = 0;  ///< HTTP 500 with a page, nothing done
  double api_error = 0;     ///< `ok: false` with `internal_error`, nothing done
  double rate_limit = 0;    ///< HTTP 429 with `Retry-After: 1`, nothing done
  double delay = 0;         ///< done, and answered after `delay_for`
  double drop_before = 0;   ///< no answer, nothing done: HttpError, not sent
  double drop_after = 0;    ///< no answer, although it was done: HttpError, maybe sent
  std::chrono::milliseconds delay_for{20};
  std::uint64_t seed = 0;  ///< 0: another one in each run
};

enum class Fault { none, server_error, api_error, rate_limit, delay, drop_before, drop_after };

/// Any thread may call it at any time.
class FaultInjector {
 public:
  explicit FaultInjector(const Faults& faults) { set(faults); }

  void set(const Faults& faults) {
    const std::lock_guard lock(mutex_);
    faults_ = faults;
    random_.seed(faults.seed != 0 ? faults.seed : std::random_device()());
  }

  [[nodiscard]] Fault next() {
    const std::lock_guard lock(mutex_);
    double left = std::uniform_real_distribution<>()(random_);
    const auto happens = [&left](double probability) { return (left -= probability) < 0; };
    if (happens(faults_.server_error)) return Fault::server_error;
    if (happens(faults_.api_error)) return Fault::api_error;
    if (happens(faults_.rate_limit)) return Fault::rate_limit;
    if (happens(faults_.delay)) return Fault::delay;
    if (happens(faults_.drop_before)) return Fault::drop_before;
    if (happens(faults_.drop_after)) return Fault::drop_after;
    return Fault::none;
  }

  [[nodiscard]] std::chrono::milliseconds delay_for() const {
    const std::lock_guard lock(mutex_);
    return faults_.delay_for;
  }

 private:
  mutable std::mutex mutex_;
  Faults faults_;
  std::mt19937_64 random_;
};

}  // namespace standin
