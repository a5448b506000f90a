// Base64 with the alphabet that is safe in URLs, and no padding: RFC 4648 section 5, as JWT and PKCE use it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

inline void append_base64url(std::string& text, std::string_view bytes) {
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    pending = (pending << 8U) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += base64url_alphabet[(pending >> (bits - 6)) & 0x3FU];
  }
  if (bits > 0) text += base64url_alphabet[(pending << (6 - bits)) & 0x3FU];
}

[[nodiscard]] inline std::string base64url_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  append_base64url(text, bytes);
  return text;
}

/// The value of each character of the alphabet; 0x40 and above for any other character.
inline constexpr auto base64url_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(0xFF);
  for (std::size_t i = 0; i < base64url_alphabet.size(); ++i) {
    values[static_cast<unsigned char>(base64url_alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

/// Writes text.size() * 3 / 4 bytes to `out`. False where `text` is not what base64url_encode() gives: every value has
/// one text only.
[[nodiscard]] inline bool base64url_decode_to(std::string_view text, char* out) noexcept {
  std::uint32_t pending = 0;
  std::uint32_t seen = 0;
  const auto value_of = [&seen](char c) {
    const std::uint32_t value = base64url_values[static_cast<unsigned char>(c)];
    seen |= value;
    return value;
  };
  const auto put = [&](unsigned shift) { *out++ = static_cast<char>((pending >> shift) & 0xFFU); };
  // No character waits for the one before, which counts where a token is opened at every look-up.
  for (; text.size() >= 4; text.remove_prefix(4)) {
    pending = value_of(text[0]) << 18U | value_of(text[1]) << 12U | value_of(text[2]) << 6U | value_of(text[3]);
    put(16);
    put(8);
    put(0);
  }
  for (const char c : text) pending = (pending << 6U) | value_of(c);
  std::uint32_t left_over = text.size() == 1 ? 1 : 0;  // a lone character holds no byte
  if (text.size() == 2) {
    put(4);
    left_over = pending & 0xFU;
  } else if (text.size() == 3) {
    put(10);
    put(2);
    left_over = pending & 0x3U;
  }
  return left_over == 0 && seen <= 0x3F;
}

/// Absent where `text` is not what base64url_encode() gives.
[[nodiscard]] inline std::optional<std::string> base64url_decode(std::string_view text) {
  std::string bytes(text.size() * 3 / 4, '\0');
  return base64url_decode_to(text, bytes.data()) ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace slack::oauth::inline v0::detail
