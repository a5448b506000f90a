// What every state store agrees on: how a state looks, what a payload may be, and how long a state may live.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/detail/json_soundness.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

// 160 bits, as RFC 6749 section 10.10 recommends.
inline constexpr std::size_t state_bytes = 20;
inline constexpr std::size_t uuid_length = 36;

[[nodiscard]] constexpr bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// Lower-case hexadecimal digits: as the name of a file they mean the same where case does not count.
[[nodiscard]] inline std::string new_state() {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string state;
  state.reserve(2 * state_bytes);
  for (const char byte : random_bytes(state_bytes)) {
    const auto bits = static_cast<std::uint8_t>(byte);
    state += hex[bits >> 4U];
    state += hex[bits & 0xFU];
  }
  return state;
}

/// Whether new_state() or the Python SDK ("str(uuid4())") can have made it.
[[nodiscard]] inline bool has_form_of_state(std::string_view text) {
  if (text.size() != 2 * state_bytes && text.size() != uuid_length) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash_of_uuid = text.size() == uuid_length && (i == 8 || i == 13 || i == 18 || i == 23);
    if (is_dash_of_uuid ? text[i] != '-' : !is_lower_hex(text[i])) return false;
  }
  return true;
}

// Of JSON text. A payload is for a tenant or an address, and anybody may ask for a state.
inline constexpr std::size_t max_state_payload_bytes = 4096;

/// Absent for null. Throws InvalidArgumentError where the payload cannot be kept.
[[nodiscard]] inline std::optional<std::string> encode_state_payload(const nlohmann::json& payload,
                                                                     std::size_t max_bytes = max_state_payload_bytes) {
  if (payload.is_null()) return std::nullopt;
  if (const auto problem = problem_with_json(payload); !problem.empty()) throw InvalidArgumentError("payload", problem);
  std::string text = payload.dump();
  if (text.size() > max_bytes) {
    throw InvalidArgumentError("payload", "is longer than " + std::to_string(max_bytes) + " bytes of JSON text");
  }
  return text;
}

/// Null where absent. Throws InvalidDataError, which says `what` the text is.
[[nodiscard]] inline nlohmann::json decode_state_payload(std::optional<std::string_view> text, std::string_view what) {
  return text ? parse_json(*text, what) : nlohmann::json();
}

inline void require_state_options(std::chrono::seconds expiration, const std::function<Timestamp()>& clock) {
  constexpr std::chrono::seconds longest = std::chrono::days{366};
  if (expiration <= std::chrono::seconds{0} || expiration > longest) {
    throw InvalidArgumentError("expiration", "must be between 1 second and 366 days");
  }
  if (!clock) throw InvalidArgumentError("clock", "must be callable");
}

/// A line that cannot be logged must not lose a state that was issued or a payload that was consumed.
inline void say(const Logger& logger, LogLevel level, std::string_view line) noexcept {
  try {
    logger.log(level, line);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace slack::oauth::inline v0::detail
