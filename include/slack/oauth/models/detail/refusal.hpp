// Slack's `ok: false` as an error. It shows what has the form of a code or of scopes and nothing else, since what
// answers in Slack's place, or Slack itself, could echo a token.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view unknown_error = "unknown_error";

/// Whether it can be an `error` of OAuth's or Slack's: "invalid_code". Tokens have hyphens, codes have points, and a
/// client secret has more digits.
[[nodiscard]] inline bool is_error_code(std::string_view error) noexcept {
  constexpr std::size_t longest = 64;
  constexpr std::ptrdiff_t most_digits = 4;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !error.empty() && error.size() <= longest && std::all_of(error.begin(), error.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_';
  }) && std::count_if(error.begin(), error.end(), is_digit) <= most_digits;
}

[[nodiscard]] inline std::string error_code_or_unknown(std::string_view error) {
  return std::string(is_error_code(error) ? error : unknown_error);
}

/// Whether it can be scopes, separated by commas: "chat:write.public,incoming-webhook". No scope has a digit, and every
/// token has some.
[[nodiscard]] inline bool is_scope_list(std::string_view text) noexcept {
  constexpr std::string_view token_prefix = "xox";
  return text.find(token_prefix) == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || std::string_view(".:_-, ").find(c) != std::string_view::npos;
         });
}

[[nodiscard]] inline SlackApiError refusal(std::string_view error, std::string needed, std::string provided) {
  if (!is_scope_list(needed)) needed.clear();
  if (!is_scope_list(provided)) provided.clear();
  return {error_code_or_unknown(error), {.needed = std::move(needed), .provided = std::move(provided)}};
}

}  // namespace slack::oauth::inline v0::detail
