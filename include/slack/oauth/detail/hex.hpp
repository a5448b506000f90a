// Bytes as hexadecimal digits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view lower_hex = "0123456789abcdef";
inline constexpr std::string_view upper_hex = "0123456789ABCDEF";

/// -1 where `c` is no hexadecimal digit.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Writes the two digits of a byte to `out`, and gives the place after them.
template <class Out>
constexpr Out write_hex(Out out, std::uint8_t byte, std::string_view digits = lower_hex) {
  *out++ = digits[byte >> 4U];
  *out++ = digits[byte & 0xFU];
  return out;
}

inline void append_hex(std::string& out, char byte, std::string_view digits = lower_hex) {
  out.resize(out.size() + 2);
  write_hex(out.end() - 2, static_cast<std::uint8_t>(byte), digits);
}

[[nodiscard]] inline std::string hex_of(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) append_hex(text, byte);
  return text;
}

}  // namespace slack::oauth::inline v0::detail
