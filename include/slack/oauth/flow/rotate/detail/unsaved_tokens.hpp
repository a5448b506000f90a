// New pairs that a store did not take. Slack gives each once, so they are kept until the store takes them.
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/models/refreshed_token.hpp"

namespace slack::oauth::inline v0::detail {

struct UnsavedToken {
  RefreshedToken token{};
  std::exception_ptr error{};  ///< the UnsavedRotationError that says so
};

/// By the refresh token that is stored, in whose place the new pair belongs. Copies are one memory.
///
/// Threads: any thread may call any method at any time.
class UnsavedTokens {
 public:
  /// Beyond them, the one goes whose access token ends first.
  static constexpr std::size_t most = 10'000;

  [[nodiscard]] bool contains(const std::string& stored_refresh_token) const {
    if (state_->count == 0) return false;
    const std::lock_guard lock(state_->mutex);
    return state_->tokens.contains(stored_refresh_token);
  }

  [[nodiscard]] std::optional<UnsavedToken> find(const std::string& stored_refresh_token) const {
    if (state_->count == 0) return std::nullopt;
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->tokens.find(stored_refresh_token);
    return found == state_->tokens.end() ? std::nullopt : std::optional(found->second);
  }

  /// False where another one had to go for it.
  bool keep(const std::string& stored_refresh_token, UnsavedToken token) {
    const std::lock_guard lock(state_->mutex);
    auto& tokens = state_->tokens;
    const bool is_full = tokens.size() >= most && !tokens.contains(stored_refresh_token);
    if (is_full) {
      tokens.erase(std::min_element(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) {
        return a.second.token.expires_at < b.second.token.expires_at;
      }));
    }
    tokens.insert_or_assign(stored_refresh_token, std::move(token));
    state_->count = tokens.size();
    return !is_full;
  }

  void forget(const std::string& stored_refresh_token) {
    if (state_->count == 0) return;
    const std::lock_guard lock(state_->mutex);
    state_->tokens.erase(stored_refresh_token);
    state_->count = state_->tokens.size();
  }

 private:
  struct State {
    std::mutex mutex{};
    std::map<std::string, UnsavedToken> tokens{};
    std::atomic<std::size_t> count = 0;  // asked on every event, without the lock
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace slack::oauth::inline v0::detail
