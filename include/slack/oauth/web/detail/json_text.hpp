// JSON text from Slack, in which a text that somebody cut may end in the middle of a character: in half a surrogate
// pair ("\ud83d"), which is no Unicode. One emoji must not lose a whole event, nor the tokens beside a workspace's
// name.
//
// Needs nlohmann/json.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::detail {

/// Of an escape as "\ud83d" at `at`; -1 where there is none.
[[nodiscard]] inline int code_unit_at(std::string_view text, std::size_t at) {
  constexpr std::size_t length = 6;
  const std::string_view escape = text.substr(at < text.size() ? at : text.size(), length);
  if (escape.size() < length || !escape.starts_with("\\u")) return -1;
  int unit = 0;
  for (const char c : escape.substr(2)) {
    const int digit = hex_value(c);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/// With U+FFFD in place of each half of a pair.
[[nodiscard]] inline std::string without_halves_of_pairs(std::string text) {
  constexpr std::size_t length = 6;
  const auto is_first = [](int unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_second = [](int unit) { return unit >= 0xDC00 && unit < 0xE000; };
  std::size_t at = text.find('\\');
  while (at != std::string::npos) {
    const int unit = code_unit_at(text, at);
    std::size_t end = at + (unit < 0 ? 2 : length);  // the escaped character may be a backslash
    if (is_first(unit) && is_second(code_unit_at(text, end))) {
      end += length;
    } else if (is_first(unit) || is_second(unit)) {
      text.replace(at, length, "\\ufffd");
    }
    at = text.find('\\', end);
  }
  return text;
}

/// As parse_json().
[[nodiscard]] inline nlohmann::json parse_slack_json(std::string_view text, std::string_view what,
                                                     const JsonLimits& limits = {}) {
  try {
    return parse_json(text, what, limits);
  } catch (const InvalidDataError&) {
    const std::string whole = without_halves_of_pairs(std::string(text));
    if (whole == text) throw;
    return parse_json(whole, what, limits);
  }
}

}  // namespace slack::oauth::inline v0::detail
