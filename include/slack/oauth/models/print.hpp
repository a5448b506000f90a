// Prints values with their secrets redacted. operator<<, to_string and every log line use it.
#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// Returns a secret as it may be shown: its kind and its last four characters ("xoxb-…l-1"), or only "…" where that
/// would show too much of it.
[[nodiscard]] inline std::string redact(std::string_view secret) {
  constexpr std::size_t shortest_with_tail = 16;  // without the kind
  std::string_view kind;
  if (secret.starts_with("xox")) {
    const std::size_t length = secret.starts_with("xoxe.xox") ? 10 : 5;  // "xoxe.xoxp-", "xoxb-"
    if (secret.find('-') + 1 == length) kind = secret.substr(0, length);
  } else if (secret.starts_with("https://")) {
    kind = "https://";
  }
  std::string_view tail;
  if (secret.size() >= kind.size() + shortest_with_tail) tail = secret.substr(secret.size() - 4);
  if (!detail::is_printable_ascii(tail)) tail = {};
  return std::string(kind) + "…" + std::string(tail);
}

namespace detail {

template <class T>
void append_value(std::string& out, const T& value, bool is_secret);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T, class Allocator>
inline constexpr bool is_vector<std::vector<T, Allocator>> = true;

template <class T>
void append_elements(std::string& out, const T& values, bool is_secret) {
  out += '[';
  bool is_first = true;
  for (const auto& value : values) {
    if (!is_first) out += ", ";
    is_first = false;
    append_value(out, value, is_secret);
  }
  out += ']';
}

template <class T>
void append_value(std::string& out, const T& value, bool is_secret) {
  if constexpr (is_optional<T>) {
    if (value) {
      append_value(out, *value, is_secret);
    } else {
      out += "none";
    }
  } else if constexpr (is_vector<T>) {
    append_elements(out, value, is_secret);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    append_quoted(out, is_secret && !std::string_view(value).empty() ? redact(value) : std::string(value));
  } else if (is_secret) {
    out += "…";
  } else if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    out += std::to_string(value);
  } else if constexpr (std::convertible_to<T, Timestamp>) {
    out += is_in_calendar(value) ? format_timestamp(value) : "out of range";
  } else if constexpr (std::same_as<T, CustomValues>) {
    out += '{';
    value.append_names(out);
    out += '}';
  } else {
    out += "?";  // a type of the app's own, which may hold anything
  }
}

}  // namespace detail

/// "{team_id: "T111", bot_token: "xoxb-…l-1", …}": every field, with secrets redacted and custom values by name only.
template <HasFields T>
[[nodiscard]] std::string to_string(const T& value) {
  std::string out = "{";
  for_each_field<T>([&](const auto& field) {
    if (out.size() > 1) out += ", ";
    out += field.name;
    out += ": ";
    detail::append_value(out, value.*field.member, field.is_secret);
  });
  out += '}';
  return out;
}

template <class Char, class Traits, HasFields T>
std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& out, const T& value) {
  return out << to_string(value);
}

}  // namespace slack::oauth::inline v0
