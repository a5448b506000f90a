// What Slack gives for a refresh token: a new pair. https://docs.slack.dev/authentication/using-token-rotation
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace slack::oauth::inline v0 {

/// The refresh token that it was given for is used up. Both tokens are secrets.
struct RefreshedToken {
  std::string token_type{};  ///< "bot" or "user", as Slack said
  std::string access_token{};
  std::string refresh_token{};
  std::optional<std::chrono::sys_seconds> expires_at{};
  std::vector<std::string> scopes{};  ///< empty leaves those that are stored
};

}  // namespace slack::oauth::inline v0
