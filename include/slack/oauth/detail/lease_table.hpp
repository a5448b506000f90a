// Leases among the threads of this process.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/workspace_lease.hpp"

namespace slack::oauth::inline v0::detail {

// So that no sum of a clock and a lifetime overflows.
inline constexpr std::chrono::milliseconds longest_lease = std::chrono::hours{24 * 365};

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
    const std::lock_guard lock(state_->mutex);
    const auto now = Clock::now();
    const auto found = state_->holders.find(key);
    if (found != state_->holders.end() && now < found->second.until) return nullptr;
    auto lease = std::make_unique<Lease>(state_, key, state_->last_holder + 1);
    const Holder holder{++state_->last_holder, now + std::min(lifetime, longest_lease)};
    state_->holders.insert_or_assign(std::move(key), holder);
    return lease;
  }

 private:
  struct Holder {
    std::uint64_t number = 0;
    Clock::time_point until{};
  };

  struct State {
    std::mutex mutex{};
    std::map<Key, Holder> holders{};
    std::uint64_t last_holder = 0;
  };

  class Lease : public WorkspaceLease {
   public:
    Lease(std::shared_ptr<State> state, Key key, std::uint64_t number)
        : state_(std::move(state)), key_(std::move(key)), number_(number) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    ~Lease() override {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->holders.find(key_);
      if (found != state_->holders.end() && found->second.number == number_) state_->holders.erase(found);
    }

    [[nodiscard]] bool is_held() const override {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->holders.find(key_);
      return found != state_->holders.end() && found->second.number == number_ && Clock::now() < found->second.until;
    }

   private:
    std::shared_ptr<State> state_;
    Key key_;
    std::uint64_t number_;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace slack::oauth::inline v0::detail
