// Hands the refresh of tokens that still work to an executor of the app's, each once at a time.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>

namespace slack::oauth::inline v0::detail {

/// Threads: any thread may call any method at any time.
class BackgroundRefreshes {
 public:
  using Executor = std::function<void(std::function<void()>)>;

  /// Does nothing where a task of that name is under way. Throws what the executor throws.
  template <class Task>
  void start(const Executor& executor, std::string name, Task task) {
    if (!under_way_->add(name)) return;
    // With the task, which an executor may also drop without running it.
    auto entry = std::make_shared<const Entry>(under_way_, std::move(name));
    executor([entry = entry, task = std::move(task)]() mutable {
      const auto own = std::exchange(entry, nullptr);
      try {
        task();
      } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody left to tell on a thread of the app's
      }
    });
  }

 private:
  class Names {
   public:
    [[nodiscard]] bool add(const std::string& name) {
      const std::lock_guard lock(mutex_);
      return names_.insert(name).second;
    }
    void remove(const std::string& name) {
      const std::lock_guard lock(mutex_);
      names_.erase(name);
    }

   private:
    std::mutex mutex_;
    std::unordered_set<std::string> names_;
  };

  class Entry {
   public:
    Entry(std::shared_ptr<Names> names, std::string name) : names_(std::move(names)), name_(std::move(name)) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { names_->remove(name_); }

   private:
    std::shared_ptr<Names> names_;
    std::string name_;
  };

  std::shared_ptr<Names> under_way_ = std::make_shared<Names>();  // with tasks, which may outlive this
};

}  // namespace slack::oauth::inline v0::detail
