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
    try {
      executor([under_way = under_way_, name, task = std::move(task)] {
        const Removal removal{*under_way, name};
        task();
      });
    } catch (...) {
      under_way_->remove(name);
      throw;
    }
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

  struct Removal {
    Names& names;
    const std::string& name;
    ~Removal() { names.remove(name); }
  };

  std::shared_ptr<Names> under_way_ = std::make_shared<Names>();  // with tasks, which may outlive this
};

}  // namespace slack::oauth::inline v0::detail
