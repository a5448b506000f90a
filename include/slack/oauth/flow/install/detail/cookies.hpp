// The Cookie header, and what the flow's cookies have in common. RFC 6265
#pragma once

#include <string_view>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::detail {

/// A name that begins with "__Host-" wants the first two.
inline constexpr std::string_view cookie_attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";

/// Calls `visit` with the value of each cookie of this name. A browser may send several: of several hosts or paths.
template <class Visit>
void for_each_cookie(const HttpHeaders& headers, std::string_view name, const Visit& visit) {
  for (const HttpHeader& header : headers) {
    if (!equals_ignoring_case(header.name, "cookie")) continue;
    std::string_view pairs = header.value;
    while (!pairs.empty()) {
      const auto [pair, other_pairs] = split_at(pairs, ';');
      pairs = other_pairs;
      const auto [pair_name, text] = split_at(pair, '=');
      if (trimmed(pair_name) != name) continue;
      std::string_view value = trimmed(text);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      visit(value);
    }
  }
}

}  // namespace slack::oauth::inline v0::detail
