// Threads that write and read one store at once, for a bounded time.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace slack::oauth::inline v0::testing::detail {

/// Runs writers for a number of turns each, and readers until the writers are done. All start together, and all end
/// early when the time is up or one of them has thrown.
class Race {
 public:
  Race(std::size_t turns, std::chrono::milliseconds time) : turns_(std::max<std::size_t>(turns, 1)), time_(time) {}

  /// `work` is called with the number of the turn, from 0.
  void add_writer(std::function<void(std::size_t)> work) { writers_.push_back(std::move(work)); }
  void add_reader(std::function<void()> work) { readers_.push_back(std::move(work)); }

  /// Throws what the first thread to fail threw.
  void run() {
    deadline_ = std::chrono::steady_clock::now() + time_;
    writers_left_ = writers_.size();
    try {
      for (const auto& work : readers_) {
        threads_.emplace_back([this, &work] { run_reader(work); });
      }
      for (const auto& work : writers_) {
        threads_.emplace_back([this, &work] { run_writer(work); });
      }
    } catch (...) {  // the machine has no thread left
      note_failure();
    }
    may_start_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

 private:
  void wait_for_start() const {
    while (!may_start_) std::this_thread::yield();
  }

  [[nodiscard]] bool is_over() const { return has_failed_ || std::chrono::steady_clock::now() >= deadline_; }

  void run_writer(const std::function<void(std::size_t)>& work) {
    wait_for_start();
    try {
      std::size_t turn = 0;
      do {
        work(turn);
      } while (++turn < turns_ && !is_over());
    } catch (...) {
      note_failure();
    }
    --writers_left_;
  }

  void run_reader(const std::function<void()>& work) {
    wait_for_start();
    try {
      do {
        work();
        std::this_thread::yield();
      } while (writers_left_ > 0 && !is_over());
    } catch (...) {
      note_failure();
    }
  }

  void note_failure() {
    const std::lock_guard lock(mutex_);
    if (failure_ == nullptr) failure_ = std::current_exception();
    has_failed_ = true;
  }

  std::size_t turns_;
  std::chrono::milliseconds time_;
  std::vector<std::function<void(std::size_t)>> writers_{};
  std::vector<std::function<void()>> readers_{};
  std::vector<std::thread> threads_{};
  std::chrono::steady_clock::time_point deadline_{};
  std::atomic<bool> may_start_ = false;
  std::atomic<bool> has_failed_ = false;
  std::atomic<std::size_t> writers_left_ = 0;
  std::mutex mutex_{};
  std::exception_ptr failure_{};
};

}  // namespace slack::oauth::inline v0::testing::detail
