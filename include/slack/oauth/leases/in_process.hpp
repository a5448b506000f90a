// Leases among the threads of this process: for a store whose storage nobody else has.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/leases/lease_backend.hpp"
#include "slack/oauth/leases/waiting.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// Models LeaseBackend, by the steady clock.
///
/// Threads: any thread may call any method at any time.
class InProcessLeases {
  using Clock = std::chrono::steady_clock;

 public:
  bool take(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const auto found = holders_.find(key);
    if (found == holders_.end()) {
      holders_.emplace(Ids(key.enterprise_id, key.team_id), Holder{std::string(holder), now + lifetime});
      return true;
    }
    if (now < found->second.until) return false;
    found->second = {std::string(holder), now + lifetime};
    return true;
  }

  [[nodiscard]] bool is_held(const WorkspaceKey& key, std::string_view holder) const {
    const std::lock_guard lock(mutex_);
    const auto found = holders_.find(key);
    return found != holders_.end() && found->second.is_now(holder);
  }

  bool renew(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    const std::lock_guard lock(mutex_);
    const auto found = holders_.find(key);
    if (found == holders_.end() || !found->second.is_now(holder)) return false;
    found->second.until = Clock::now() + lifetime;
    return true;
  }

  void give_back(const WorkspaceKey& key, std::string_view holder) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = holders_.find(key);
      if (found == holders_.end() || found->second.name != holder) return;
      holders_.erase(found);
    }
    given_back_.notify_all();
  }

  /// For a short while at a time: by the system's clock, since the sanitizer for threads knows no other wait, and that
  /// clock may jump.
  void wait(const WorkspaceKey& key, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    if (!holders_.contains(key)) return;
    given_back_.wait_until(lock, std::chrono::system_clock::now() + std::min(timeout, longest_lease_pause));
  }

  [[nodiscard]] static LeaseScope scope() { return LeaseScope::threads; }

 private:
  using Ids = std::pair<std::string, std::string>;

  struct Holder {
    std::string name;
    Clock::time_point until;

    [[nodiscard]] bool is_now(std::string_view holder) const { return name == holder && Clock::now() < until; }
  };

  struct Less {
    using is_transparent = void;
    static WorkspaceKey key_of(const Ids& ids) { return {ids.first, ids.second}; }
    static WorkspaceKey key_of(const WorkspaceKey& key) { return key; }
    template <class Left, class Right>
    bool operator()(const Left& left, const Right& right) const {
      return key_of(left) < key_of(right);
    }
  };

  mutable std::mutex mutex_{};
  std::condition_variable given_back_{};
  std::map<Ids, Holder, Less> holders_{};
};

}  // namespace slack::oauth::inline v0::detail
