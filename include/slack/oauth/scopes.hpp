// OAuth scopes as Slack writes them: https://docs.slack.dev/authentication/installing-with-oauth#asking
#pragma once

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

}  // namespace slack::oauth::inline v0
