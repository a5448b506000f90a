// A few threads for work that nobody may have to wait for.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace slack::oauth::inline v0::detail {

/// Makes its threads when there is work for them. The destructor ends what has begun, and drops the rest.
///
/// Threads: any thread may call run() at any time, and no thread of its own may destroy it.
class WorkerThreads {
 public:
  explicit WorkerThreads(std::size_t most) : most_(most) {}
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  ~WorkerThreads() {
    std::deque<Task> dropped;
    {
      const std::lock_guard lock(mutex_);
      dropped.swap(tasks_);
    }
    finish();
  }

  /// Ends the threads once all tasks are done. REQUIRES: nobody calls run() any more.
  void finish() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  /// `task` must not throw. Throws std::system_error where there is no thread at all, and none can be made.
  void run(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (idle_ < tasks_.size() && threads_.size() < most_) {
      try {
        threads_.emplace_back([this] { work(); });
      } catch (...) {
        if (threads_.empty()) {
          tasks_.pop_back();
          throw;
        }
      }
    }
    changed_.notify_one();
  }

 private:
  using Task = std::function<void()>;

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      changed_.wait(lock, [this] { return is_ending_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) return;
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;  // what it holds goes without the lock
      lock.lock();
    }
  }

  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::size_t idle_ = 0;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace slack::oauth::inline v0::detail
