// Where Slack's methods are called: over https only, since every call carries a secret.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::detail {

/// Whether `authority` ("127.0.0.1:8080") is this machine, so that nothing goes over a wire.
[[nodiscard]] inline bool is_loopback(std::string_view authority) {
  const bool is_ipv6 = authority.starts_with('[');
  const std::size_t host_end = is_ipv6 ? authority.find(']') + 1 : authority.find(':');
  const std::string_view host = authority.substr(0, host_end);
  const bool is_ipv4_loopback =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "[::1]" || is_ipv4_loopback;
}

/// Throws an InvalidArgumentError that names `option` where the URL is no https URL, nor an http one of this machine,
/// or has a user, a query or a fragment.
inline void require_safe_url(std::string_view option, std::string_view url) {
  constexpr std::string_view https = "https://";
  constexpr std::string_view http = "http://";
  const std::string_view scheme = url.starts_with(https) ? https : http;
  if (!url.starts_with(scheme)) throw InvalidArgumentError(std::string(option), "must begin with https://");
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) {
    return is_unreserved(c) || std::string_view("/:[]%").find(c) != std::string_view::npos;
  });
  if (!is_plain) throw InvalidArgumentError(std::string(option), "must be scheme, host, port and path alone");
  const std::string_view authority = split_at(url.substr(scheme.size()), '/').first;
  if (authority.empty()) throw InvalidArgumentError(std::string(option), "must name a host");
  if (scheme == http && !is_loopback(authority)) {
    throw InvalidArgumentError(std::string(option), "may be http for this machine only");
  }
}

/// The URL with a slash at its end. Throws as require_safe_url().
[[nodiscard]] inline std::string checked_base_url(std::string url) {
  require_safe_url("base_url", url);
  if (!url.ends_with('/')) url += '/';
  return url;
}

}  // namespace slack::oauth::inline v0::detail
