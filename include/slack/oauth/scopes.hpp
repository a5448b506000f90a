// OAuth scopes as Slack writes them: https://docs.slack.dev/authentication/installing-with-oauth#asking
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/detail/text.hpp"

namespace slack::oauth::inline v0 {

/// Splits "chat:write,commands" at its commas. White space around a scope and empty scopes are dropped.
[[nodiscard]] inline std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> scopes;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view scope = detail::trimmed(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (!scope.empty()) scopes.emplace_back(scope);
  }
  return scopes;
}

/// Joins scopes with commas. split_scopes() gives back those that are not empty, hold no comma and have no white space
/// around them.
[[nodiscard]] inline std::string join_scopes(const std::vector<std::string>& scopes) {
  std::string text;
  for (const auto& scope : scopes) {
    if (!text.empty()) text += ',';
    text += scope;
  }
  return text;
}

/// Scopes of a bot's token and of a user's: those that an app asks for, or those that it was not granted.
struct InstallationScopes {
  std::vector<std::string> bot_scopes{};
  std::vector<std::string> user_scopes{};

  [[nodiscard]] bool empty() const noexcept { return bot_scopes.empty() && user_scopes.empty(); }

  friend bool operator==(const InstallationScopes&, const InstallationScopes&) = default;
};

/// Returns the wanted scopes that are not among the granted ones, each once and in the order given. A person who
/// installs an app need not grant those that it marks as optional:
/// https://docs.slack.dev/changelog/2026/03/16/optional-scopes
[[nodiscard]] inline std::vector<std::string> missing_scopes(const std::vector<std::string>& granted,
                                                             const std::vector<std::string>& wanted) {
  const auto has = [](const std::vector<std::string>& scopes, const std::string& scope) {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
  };
  std::vector<std::string> missing;
  for (const auto& scope : wanted) {
    if (!has(granted, scope) && !has(missing, scope)) missing.push_back(scope);
  }
  return missing;
}

/// The same for both tokens of an Installation or an AuthorizeResult, or of a type of the app's with such members.
/// Without a token, none of its scopes is granted.
// clang-format off
template <class Granted>
  requires requires(const Granted& granted) { granted.bot_scopes; granted.user_scopes; }
[[nodiscard]] InstallationScopes missing_scopes(const Granted& granted, const InstallationScopes& wanted) {
  // clang-format on
  return {.bot_scopes = missing_scopes(granted.bot_scopes, wanted.bot_scopes),
          .user_scopes = missing_scopes(granted.user_scopes, wanted.user_scopes)};
}

}  // namespace slack::oauth::inline v0
