// Threads that use one store at once, for a bounded time.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace slack::oauth::inline v0::testing::detail {

struct RaceBounds {
  std::size_t most_turns = std::numeric_limits<std::size_t>::max();  ///< of a writer
  std::size_t least_turns = 1;                                       ///< of every thread
  std::chrono::milliseconds time{};
  std::chrono::milliseconds patience{};  ///< how much longer, where a thread has not made its least by then
};

/// Runs writers, and readers until the writers are done; without writers, for the whole time. All start together, and
/// all end early when one of them has thrown.
class Race {
 public:
  struct Turns {
    std::size_t all = 0;
    std::size_t fewest = 0;  ///< of one thread
  };

  explicit Race(const RaceBounds& bounds) : bounds_(bounds) {}

  /// `work` is called with the number of the turn, from 0.
  void add_writer(std::function<void(std::size_t)> work) { writers_.push_back(std::move(work)); }

  /// `work` says whether the turn counts: one that has met nothing to look at does not.
  void add_reader(std::function<bool()> work) { readers_.push_back(std::move(work)); }

  [[nodiscard]] const RaceBounds& bounds() const { return bounds_; }

  /// Throws what the first thread to fail threw.
  Turns run() {
    start_ = std::chrono::steady_clock::now();
    writers_left_ = writers_.size();
    lagging_ = writers_.size() + readers_.size();
    turns_.assign(lagging_, 0);
    try {
      std::size_t thread = 0;
      for (const auto& work : readers_) {
        threads_.emplace_back([this, &work, &turns = turns_[thread++]] { run_reader(work, turns); });
      }
      for (const auto& work : writers_) {
        threads_.emplace_back([this, &work, &turns = turns_[thread++]] { run_writer(work, turns); });
      }
    } catch (...) {  // the machine has no thread left
      note_failure();
    }
    may_start_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    Turns turns{.fewest = std::numeric_limits<std::size_t>::max()};
    for (const std::size_t of_one : turns_) {
      turns.all += of_one;
      turns.fewest = std::min(turns.fewest, of_one);
    }
    return turns;
  }

 private:
  void wait_for_start() const {
    while (!may_start_) std::this_thread::yield();
  }

  [[nodiscard]] bool is_over() const {
    if (has_failed_) return true;
    const auto time = bounds_.time + (lagging_ > 0 ? bounds_.patience : std::chrono::milliseconds{0});
    return std::chrono::steady_clock::now() - start_ >= time;
  }

  void count(std::size_t& turns) {
    if (++turns == bounds_.least_turns) --lagging_;
  }

  void run_writer(const std::function<void(std::size_t)>& work, std::size_t& turns) {
    wait_for_start();
    try {
      do {
        work(turns);
        count(turns);
      } while ((turns < bounds_.most_turns || lagging_ > 0) && !is_over());
    } catch (...) {
      note_failure();
    }
    --writers_left_;
  }

  void run_reader(const std::function<bool()>& work, std::size_t& turns) {
    wait_for_start();
    try {
      do {
        if (work()) count(turns);
        std::this_thread::yield();
      } while ((writers_left_ > 0 || writers_.empty()) && !is_over());
    } catch (...) {
      note_failure();
    }
  }

  void note_failure() {
    const std::lock_guard lock(mutex_);
    if (failure_ == nullptr) failure_ = std::current_exception();
    has_failed_ = true;
  }

  RaceBounds bounds_;
  std::vector<std::function<void(std::size_t)>> writers_{};
  std::vector<std::function<bool()>> readers_{};
  std::vector<std::thread> threads_{};
  std::vector<std::size_t> turns_{};  // each is written by one thread
  std::chrono::steady_clock::time_point start_{};
  std::atomic<bool> may_start_ = false;
  std::atomic<bool> has_failed_ = false;
  std::atomic<std::size_t> writers_left_ = 0;
  std::atomic<std::size_t> lagging_ = 0;  // threads that have not made the least number of turns
  std::mutex mutex_{};
  std::exception_ptr failure_{};
};

/// Runs the race of a check, whose trial counts its turns and fails where a thread made too few: a check that did
/// nothing has shown nothing.
template <class Trial>
void run_race(const Trial& t, Race& race) {
  const Race::Turns turns = race.run();
  const RaceBounds& bounds = race.bounds();
  t.expect(turns.fewest >= bounds.least_turns,
           "expected each thread to make " + std::to_string(bounds.least_turns) + " turns or more in " +
               std::to_string((bounds.time + bounds.patience).count()) + " ms, but one made " +
               std::to_string(turns.fewest) + "; for slow storage, raise `patience` or lower `least_turns`");
  t.count_turns(turns.all);
}

}  // namespace slack::oauth::inline v0::testing::detail
