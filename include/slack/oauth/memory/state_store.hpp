// Keeps OAuth states in this process's memory: for an app of one process, where a restart may end the installs that are
// under way. docs/state.md
//
//     slack::oauth::MemoryOAuthStateStore states({.expiration = std::chrono::minutes{10}});
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "slack/oauth/detail/constant_time.hpp"
#include "slack/oauth/detail/say.hpp"
#include "slack/oauth/detail/state_rules.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct MemoryOAuthStateStoreOptions {
  /// How long a state can be consumed: what a person may take to read Slack's page and agree.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// The most states that are kept; then the oldest give way, and with it that person's install has to start again.
  /// Anybody may ask for a state, so this bounds the memory: some 300 bytes for each, and its payload. Raise it where
  /// more installs than that begin within `expiration`.
  std::size_t max_states = 100'000;

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< hears of every state at level debug, and of those that gave way; silent by default
};

/// A state is gone when the process ends, and no other process knows it.
///
/// Threads: any thread may call any method at any time.
class MemoryOAuthStateStore final : public OAuthStateStore {
 public:
  /// Throws InvalidArgumentError, which names the option.
  explicit MemoryOAuthStateStore(MemoryOAuthStateStoreOptions options = {}) : options_(std::move(options)) {
    detail::require_state_options(options_.expiration, options_.clock);
    if (options_.max_states == 0) throw InvalidArgumentError("max_states", "must be at least 1");
  }

  [[nodiscard]] const Logger& logger() const override { return options_.logger; }

  [[nodiscard]] std::string issue(const nlohmann::json& payload = {}) override {
    auto text = detail::encode_state_payload(payload);
    std::string state = generate_state();
    std::size_t gave_way = 0;
    {
      const std::lock_guard lock(mutex_);
      const Timestamp time = options_.clock();
      while (!issued_.empty() && time >= issued_.front().expires_at) drop_oldest();
      for (; issued_.size() >= options_.max_states; ++gave_way) drop_oldest();
      issued_.push_back({.state = state, .payload = std::move(text), .expires_at = time + options_.expiration});
      try {
        by_state_.emplace(issued_.back().state, std::prev(issued_.end()));
      } catch (...) {
        issued_.pop_back();
        throw;
      }
    }
    if (gave_way > 0) detail::say(logger(), LogLevel::warning, "a state gave way: there were max_states of them");
    detail::say(logger(), LogLevel::debug, "issued a state");
    return state;
  }

  [[nodiscard]] std::optional<nlohmann::json> consume(std::string_view state) override {
    if (!detail::has_form_of_state(state)) return std::nullopt;
    std::optional<std::string> text;
    {
      const std::lock_guard lock(mutex_);
      const auto found = by_state_.find(state);
      if (found == by_state_.end()) return std::nullopt;
      const auto issued = found->second;
      const bool is_late = options_.clock() >= issued->expires_at;
      text = std::move(issued->payload);
      by_state_.erase(found);  // first: its key is in what it leads to
      issued_.erase(issued);
      if (is_late) return std::nullopt;
    }
    detail::say(logger(), LogLevel::debug, "consumed a state");
    return detail::decode_state_payload(text, "payload");
  }

  /// How many states are kept, those too that have expired and were not purged yet.
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return issued_.size();
  }

 private:
  struct Issued {
    std::string state{};
    std::optional<std::string> payload{};
    Timestamp expires_at{};
  };
  using InOrder = std::list<Issued>;  // of issue, which is that of expiry
  struct Same {
    bool operator()(std::string_view left, std::string_view right) const {
      return detail::equals_in_constant_time(left, right);
    }
  };

  void drop_oldest() {
    by_state_.erase(issued_.front().state);
    issued_.pop_front();
  }

  MemoryOAuthStateStoreOptions options_;
  mutable std::mutex mutex_;
  InOrder issued_;
  std::unordered_map<std::string_view, InOrder::iterator, std::hash<std::string_view>, Same> by_state_;
};

}  // namespace slack::oauth::inline v0
