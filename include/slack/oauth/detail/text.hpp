// Text that is safe to show: in an error, in a log line, on a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "slack/oauth/detail/hex.hpp"

namespace slack::oauth::inline v0::detail {

/// The length of the UTF-8 sequence that `text` begins with; 0 where it is not valid UTF-8 (RFC 3629).
[[nodiscard]] inline std::size_t utf8_sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const bool is_overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool is_surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool is_past_unicode = lead == 0xF4 && byte(1) > 0x8F;
  return is_overlong || is_surrogate || is_past_unicode ? 0 : length;
}

[[nodiscard]] inline bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Whether it is of ASCII without spaces and control characters, as tokens, scopes and URLs are.
[[nodiscard]] constexpr bool is_printable_ascii(std::string_view text) noexcept {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

inline constexpr std::string_view white_space = " \t\r\n\f\v";

/// Without the white space at its ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// Appends `text` in double quotes, on one line and in valid UTF-8 whatever it holds, and cut after `limit` bytes.
inline void append_quoted(std::string& out, std::string_view text, std::size_t limit = 200) {
  out += '"';
  std::size_t shown = 0;
  while (!text.empty() && shown < limit) {
    const std::size_t length = utf8_sequence_length(text);
    const auto lead = static_cast<std::uint8_t>(text.front());
    if (length == 0 || lead < 0x20 || lead == 0x7F) {
      out += "\\x";
      append_hex(out, text.front());
    } else {
      if (lead == '"' || lead == '\\') out += '\\';
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
    shown += length == 0 ? 1 : length;
  }
  out += text.empty() ? "\"" : "…\"";
}

[[nodiscard]] inline std::string quoted(std::string_view text, std::size_t limit = 200) {
  std::string out;
  append_quoted(out, text, limit);
  return out;
}

}  // namespace slack::oauth::inline v0::detail
