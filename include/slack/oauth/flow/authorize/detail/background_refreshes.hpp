// Hands the refresh of a record's tokens to an executor of the app's, each once at a time.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace slack::oauth::inline v0::detail {

/// Threads: any thread may call any method at any time.
template <class Record>
class BackgroundRefreshes {
 public:
  using Executor = std::function<void(std::function<void()>)>;

  /// What comes of `task()`, or of the task of that name that is under way. It throws std::future_error where the
  /// executor drops the task. Throws what the executor throws.
  template <class Task>
  std::shared_future<Record> start(const Executor& executor, std::string name, Task task) {
    std::promise<Record> promise;
    auto [future, is_new] = under_way_->add(name, promise.get_future().share());
    if (!is_new) return std::move(future);
    // With the task, which an executor may also drop without running it.
    auto entry = std::make_shared<Entry>(under_way_, std::move(name), std::move(promise));
    executor([entry = std::move(entry), task = std::move(task)]() mutable {
      const auto own = std::exchange(entry, nullptr);
      // It is not under way any more once somebody has what came of it: the next event asks anew.
      try {
        Record record = task();
        own->leave();
        own->promise.set_value(std::move(record));
      } catch (...) {
        own->leave();
        own->promise.set_exception(std::current_exception());
      }
    });
    return std::move(future);
  }

 private:
  using Future = std::shared_future<Record>;

  class Futures {
   public:
    /// The future of that name, and whether it is the one that is given.
    [[nodiscard]] std::pair<Future, bool> add(const std::string& name, Future future) {
      const std::lock_guard lock(mutex_);
      const auto [place, is_new] = futures_.try_emplace(name, std::move(future));
      return {place->second, is_new};
    }
    void remove(const std::string& name) {
      const std::lock_guard lock(mutex_);
      futures_.erase(name);
    }

   private:
    std::mutex mutex_;
    std::unordered_map<std::string, Future> futures_;
  };

  struct Entry {
    Entry(std::shared_ptr<Futures> all, std::string own_name, std::promise<Record> own_promise)
        : futures(std::move(all)), name(std::move(own_name)), promise(std::move(own_promise)) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { leave(); }

    void leave() {
      if (const auto all = std::exchange(futures, nullptr)) all->remove(name);
    }

    std::shared_ptr<Futures> futures;
    std::string name;
    std::promise<Record> promise;
  };

  std::shared_ptr<Futures> under_way_ = std::make_shared<Futures>();  // with tasks, which may outlive this
};

}  // namespace slack::oauth::inline v0::detail
