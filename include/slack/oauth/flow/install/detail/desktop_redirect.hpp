// Redirects to an app on the person's own machine, which Slack treats apart where the app has PKCE switched on:
// https://docs.slack.dev/authentication/using-pkce
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0::detail {

/// The scheme in lower case; empty where there is none. RFC 3986 section 3.1. A slash has to follow it, so that
/// "localhost:8080" has none.
[[nodiscard]] inline std::string scheme_of(std::string_view url) {
  const auto end = url.find(":/");
  if (end == std::string_view::npos) return {};
  std::string scheme(url.substr(0, end));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), ascii_lower);
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_allowed = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  const bool is_scheme =
      !scheme.empty() && is_letter(scheme.front()) && std::all_of(scheme.begin(), scheme.end(), is_allowed);
  return is_scheme ? scheme : std::string();
}

/// "myapp://auth": a scheme that the system hands to the app.
[[nodiscard]] inline bool has_custom_scheme(std::string_view url) {
  const std::string scheme = scheme_of(url);
  return !scheme.empty() && scheme != "https" && scheme != "http";
}

/// "http://localhost:8080/auth". Slack's page names no other address of this machine.
[[nodiscard]] inline bool is_at_localhost(std::string_view url) {
  const std::string scheme = scheme_of(url);
  if (scheme != "http" && scheme != "https") return false;
  url.remove_prefix(scheme.size() + 1);
  if (!url.starts_with("//")) return false;
  url.remove_prefix(2);
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  return equals_ignoring_case(authority.substr(0, authority.find(':')), "localhost");
}

[[nodiscard]] inline bool is_desktop_redirect(std::string_view url) {
  return has_custom_scheme(url) || is_at_localhost(url);
}

}  // namespace slack::oauth::inline v0::detail
