// Leases among the threads of this process.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0::detail {

// So that no sum of a clock and a lifetime overflows.
inline constexpr std::chrono::milliseconds longest_lease = std::chrono::hours{24 * 365};

/// Throws what every try_lease() throws of its arguments.
inline void check_lease(std::string_view enterprise_id, std::string_view team_id, std::chrono::milliseconds lifetime) {
  if (enterprise_id.empty() && team_id.empty()) {
    throw InvalidArgumentError("team_id", "and enterprise_id are both missing; one of them has to be there");
  }
  if (lifetime.count() <= 0) throw InvalidArgumentError("lifetime", "must be positive");
}

/// Copies are one table. A lease may outlive it.
///
/// Threads: any thread may call any method at any time.
class LeaseTable {
  using Clock = std::chrono::steady_clock;
  using Key = std::pair<std::string, std::string>;

 public:
  /// nullptr where another holds it.
  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(std::string_view enterprise_id, std::string_view team_id,
                                                          std::chrono::milliseconds lifetime) const {
    Key key(enterprise_id, team_id);
    // Outlives the lock, which its destructor takes.
    auto lease = std::make_unique<Lease>(state_, key);
    const std::lock_guard lock(state_->mutex);
    const auto now = Clock::now();
    const auto found = state_->holders.find(key);
    if (found != state_->holders.end() && now < found->second.until) return nullptr;
    state_->holders.insert_or_assign(std::move(key), Holder{lease.get(), now + std::min(lifetime, longest_lease)});
    return lease;
  }

 private:
  struct Holder {
    const WorkspaceLease* lease = nullptr;  // alive: its destructor takes it out
    Clock::time_point until{};
  };

  struct State {
    std::mutex mutex{};
    std::map<Key, Holder> holders{};
  };

  class Lease : public WorkspaceLease {
   public:
    Lease(std::shared_ptr<State> state, Key key) : state_(std::move(state)), key_(std::move(key)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    ~Lease() override {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->holders.find(key_);
      if (found != state_->holders.end() && found->second.lease == this) state_->holders.erase(found);
    }

    [[nodiscard]] bool is_held() const override {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->holders.find(key_);
      return found != state_->holders.end() && found->second.lease == this && Clock::now() < found->second.until;
    }

   private:
    std::shared_ptr<State> state_;
    Key key_;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// A table of its owner's own, which takes no memory until it is asked.
///
/// Threads: any thread may call any method at any time.
class LazyLeaseTable {
 public:
  /// As LeaseTable::try_lease().
  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(std::string_view enterprise_id, std::string_view team_id,
                                                          std::chrono::milliseconds lifetime) {
    return table().try_lease(enterprise_id, team_id, lifetime);
  }

 private:
  [[nodiscard]] const LeaseTable& table() {
    const std::lock_guard lock(mutex_);
    if (!table_) table_.emplace();
    return *table_;
  }

  std::mutex mutex_{};
  std::optional<LeaseTable> table_{};
};

}  // namespace slack::oauth::inline v0::detail
