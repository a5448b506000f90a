// What Slack gives for a refresh token: a new pair. https://docs.slack.dev/authentication/using-token-rotation
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace slack::oauth::inline v0 {

/// How long a refresh token of an app lives that has PKCE switched on, where Slack's answer does not say it.
/// https://docs.slack.dev/authentication/using-pkce
inline constexpr std::chrono::seconds pkce_refresh_token_lifetime = std::chrono::days{30};

/// The refresh token that it was given for is used up. Both tokens are secrets.
struct RefreshedToken {
  std::string token_type{};  ///< "bot" or "user", as Slack said
  std::string access_token{};
  std::string refresh_token{};
  std::optional<std::chrono::sys_seconds> expires_at{};                ///< of the access token
  std::optional<std::chrono::sys_seconds> refresh_token_expires_at{};  ///< absent where it has no end
  std::vector<std::string> scopes{};                                   ///< empty leaves those that are stored
};

}  // namespace slack::oauth::inline v0
