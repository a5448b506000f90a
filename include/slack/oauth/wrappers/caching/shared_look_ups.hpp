// Lets threads that look for the same record at the same moment share one look-up.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "slack/oauth/wrappers/caching/generations.hpp"
#include "slack/oauth/wrappers/caching/records.hpp"

namespace slack::oauth::inline v0::detail {

/// How many look-ups that others may wait for this thread is in.
inline int& shared_look_ups_of_thread() {
  thread_local int count = 0;
  return count;
}

/// Threads: any thread may call any method at any time.
template <class Answer>
class SharedLookUps {
 public:
  /// Returns what `look_up()` does. Where another thread is at the same key and generation, waits for it instead; no
  /// value where that one threw, since its error need not be this one's too. Asks `look_again()` first, for the look-up
  /// that has just ended.
  ///
  /// A thread that is inside of a look-up already waits for none, and gets no value: the other one may be its own, or
  /// that of a thread that waits for it.
  ///
  /// The generation tells a thread that nothing was written since the other one began. Otherwise it would see what was
  /// there before a write that it knows of.
  template <class LookAgain, class LookUp>
  [[nodiscard]] std::optional<Answer> share(const CacheKey& key, const CacheGeneration& generation,
                                            const LookAgain& look_again, const LookUp& look_up) {
    std::unique_lock lock(mutex_);
    const auto other = std::find_if(under_way_.begin(), under_way_.end(),
                                    [&](const auto& one) { return one->generation == generation && one->key == key; });
    if (other != under_way_.end()) {
      if (shared_look_ups_of_thread() > 0) return std::nullopt;
      const std::shared_ptr<One> one = *other;
      one->ended.wait(lock, [&one] { return one->has_ended; });
      return one->answer;
    }
    if (auto answer = look_again()) return answer;
    const auto mine = std::make_shared<One>(key, generation);
    under_way_.push_back(mine);
    lock.unlock();
    const Ending ending(*this, *mine);
    mine->answer = look_up();
    return mine->answer;
  }

 private:
  struct One {
    One(const CacheKey& own_key, const CacheGeneration& own_generation) : key(own_key), generation(own_generation) {}

    CacheKey key;  // borrowed by the thread that looks up, and not looked at once it has ended
    CacheGeneration generation;
    std::optional<Answer> answer{};
    bool has_ended = false;
    std::condition_variable ended{};
  };

  class Ending {
   public:
    Ending(SharedLookUps& all, One& one) : all_(all), one_(one) { ++shared_look_ups_of_thread(); }
    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;
    ~Ending() {
      --shared_look_ups_of_thread();
      const std::lock_guard lock(all_.mutex_);
      std::erase_if(all_.under_way_, [this](const auto& one) { return one.get() == &one_; });
      one_.has_ended = true;
      one_.ended.notify_all();
    }

   private:
    SharedLookUps& all_;
    One& one_;
  };

  std::mutex mutex_{};
  std::vector<std::shared_ptr<One>> under_way_{};
};

}  // namespace slack::oauth::inline v0::detail
