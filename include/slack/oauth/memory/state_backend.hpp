// OAuth states in this process's memory.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "slack/oauth/detail/constant_time.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any thread may call any method at any time.
class MemoryStateBackend {
 public:
  MemoryStateBackend(std::size_t max_states, Logger logger) : max_states_(max_states), logger_(std::move(logger)) {
    if (max_states_ == 0) throw InvalidArgumentError("max_states", "must be at least 1");
  }

  void put(const NewState& fresh) {
    std::size_t gave_way = 0;
    {
      const std::lock_guard lock(mutex_);
      for (; issued_.size() >= max_states_; ++gave_way) drop_oldest();
      std::optional<std::string> payload;
      if (fresh.payload) payload.emplace(*fresh.payload);
      issued_.push_back({std::string(fresh.state), std::move(payload), fresh.expires_at});
      try {
        by_state_.emplace(issued_.back().state, std::prev(issued_.end()));
      } catch (...) {
        issued_.pop_back();
        throw;
      }
    }
    if (gave_way > 0) logger_.warning("a state gave way: there were max_states of them");
  }

  [[nodiscard]] std::optional<TakenState> take(std::string_view state, Timestamp now) {
    const std::lock_guard lock(mutex_);
    const auto found = by_state_.find(state);
    if (found == by_state_.end()) return std::nullopt;
    const auto issued = found->second;
    const bool is_late = now >= issued->expires_at;
    TakenState taken{std::move(issued->payload)};
    by_state_.erase(found);  // first: its key is in what it leads to
    issued_.erase(issued);
    return is_late ? std::nullopt : std::optional(std::move(taken));
  }

  void purge(Timestamp now) {
    const std::lock_guard lock(mutex_);
    while (!issued_.empty() && now >= issued_.front().expires_at) drop_oldest();
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return issued_.size();
  }

 private:
  struct Issued {
    std::string state;
    std::optional<std::string> payload;
    Timestamp expires_at;
  };
  using InOrder = std::list<Issued>;  // of issue, which is that of expiry
  struct Same {
    bool operator()(std::string_view left, std::string_view right) const {
      return equals_in_constant_time(left, right);
    }
  };

  void drop_oldest() {
    by_state_.erase(issued_.front().state);
    issued_.pop_front();
  }

  std::size_t max_states_;
  Logger logger_;
  mutable std::mutex mutex_;
  InOrder issued_;
  std::unordered_map<std::string_view, InOrder::iterator, std::hash<std::string_view>, Same> by_state_;
};

}  // namespace slack::oauth::inline v0::detail
