// Requests that a browser makes ahead, for a page that the person may never visit.
// https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header
#pragma once

#include <algorithm>
#include <string_view>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::detail {

/// Whether the request says so: `Sec-Purpose: prefetch;prerender`, or what older browsers have for it.
[[nodiscard]] inline bool is_speculative(const HttpHeaders& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const HttpHeader& header) {
    bool is_purpose = false;
    for (const char* name : {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}) {
      is_purpose = is_purpose || equals_ignoring_case(header.name, name);
    }
    std::string_view purposes = is_purpose ? std::string_view(header.value) : std::string_view();
    while (!purposes.empty()) {
      const auto [purpose, others] = split_at(purposes, ',');
      purposes = others;
      const std::string_view name = trimmed(split_at(purpose, ';').first);
      for (const char* ahead : {"prefetch", "prerender", "preview"}) {
        if (equals_ignoring_case(name, ahead)) return true;
      }
    }
    return false;
  });
}

}  // namespace slack::oauth::inline v0::detail
