// One check's run on what it checks: what the trials of several kits do alike.
//
// Needs threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/testing/check.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Not for several threads, but for what makes calls; at_once() is called by one.
class CheckRun {
 public:
  explicit CheckRun(std::string check) : check_(std::move(check)) {}

  /// That the call is refused with an ErrorT. Says its name in the violation.
  template <class ErrorT, class Call>
  void expect_error(const std::string& call_shown, std::string_view error_name, const Call& call) const {
    const std::string expectation = call_shown + ": expected " + std::string(error_name) + ", but ";
    try {
      call();
    } catch (const ErrorT&) {
      return;
    } catch (const std::exception& error) {
      fail(expectation + "it threw another exception: " + error.what());
    }
    fail(expectation + "the call returned");
  }

  void expect(bool is_true, std::string_view finding) const {
    if (!is_true) fail(finding);
  }

  [[noreturn]] void fail(std::string_view finding) const { throw ContractViolation(check_, finding); }

  /// Calls `work(number)` in threads that start together, each for that many turns. Throws what the first one to fail
  /// threw.
  void at_once(std::size_t count, std::size_t turns, const std::function<void(std::size_t)>& work) {
    std::atomic<bool> may_start = false;
    std::mutex mutex;
    std::exception_ptr failure;
    const auto note_failure = [&] {
      const std::lock_guard lock(mutex);
      if (failure == nullptr) failure = std::current_exception();
    };
    std::vector<std::thread> threads;
    try {
      for (std::size_t number = 0; number < count; ++number) {
        threads.emplace_back([&, number] {
          while (!may_start) std::this_thread::yield();
          try {
            work(number);
          } catch (...) {
            note_failure();
          }
        });
      }
    } catch (...) {  // the machine has no thread left
      note_failure();
    }
    may_start = true;
    for (auto& thread : threads) thread.join();
    if (failure != nullptr) std::rethrow_exception(failure);
    turns_ += count * turns;
  }
  [[nodiscard]] std::size_t turns() const { return turns_; }

 protected:
  template <class Call>
  std::invoke_result_t<const Call&> expecting_none(const std::string& call_shown, const Call& call) const {
    try {
      return call();
    } catch (const std::exception& error) {
      fail(call_shown + ": expected no exception, but it threw: " + error.what());
    }
  }

 private:
  std::string check_;
  std::size_t turns_ = 0;
};

}  // namespace slack::oauth::inline v0::testing::detail
