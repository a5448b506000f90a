// What every state store agrees on: how a state looks, what a payload may be, and how long a state may live.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::size_t state_length = 40;  // of generate_state()
inline constexpr std::size_t uuid_length = 36;

[[nodiscard]] constexpr bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// Whether generate_state() or the Python SDK ("str(uuid4())") can have made it.
[[nodiscard]] inline bool has_form_of_state(std::string_view text) {
  if (text.size() != state_length && text.size() != uuid_length) return false;
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
  return format_state_payload(payload, max_bytes);
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

}  // namespace slack::oauth::inline v0::detail
