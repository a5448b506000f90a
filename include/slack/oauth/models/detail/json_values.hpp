// Reads and writes one field's value as JSON. Reading is tolerant where no meaning is lost, and otherwise throws
// InvalidDataError, which names the field and never shows its value.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/json_custom_values.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"
#include "slack/oauth/models/print.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

inline std::string decode_text(const nlohmann::json& value, std::string_view field) {
  if (!value.is_string()) throw_wrong_type(field, "a string", value);
  const auto& text = value.get_ref<const std::string&>();
  if (!is_valid_utf8(text)) throw_invalid(field, "is not valid UTF-8");
  return text;
}

inline std::vector<std::string> decode_texts(const nlohmann::json& value, std::string_view field) {
  if (value.is_string()) return split_scopes(decode_text(value, field));
  if (!value.is_array()) throw_wrong_type(field, "an array of strings", value);
  std::vector<std::string> texts;
  texts.reserve(value.size());
  for (const auto& element : value) texts.push_back(decode_text(element, field));
  return texts;
}

inline Timestamp decode_time(const nlohmann::json& value, std::string_view field) {
  std::optional<Timestamp> time;
  if (value.is_number()) {
    time = timestamp_from_seconds(value.get<double>());
  } else if (value.is_string()) {
    time = parse_timestamp(value.get_ref<const std::string&>());
  } else {
    throw_wrong_type(field, "a number of seconds or an ISO 8601 date and time", value);
  }
  if (!time) throw_invalid(field, "is not a number of seconds or an ISO 8601 date and time of the years 0000 to 9999");
  return *time;
}

inline bool decode_bool(const nlohmann::json& value, std::string_view field) {
  if (value == 0 || value == 1) return value == 1;  // as databases without booleans write them
  if (!value.is_boolean()) throw_wrong_type(field, "true or false", value);
  return value.get<bool>();
}

inline CustomValues decode_custom_values(const nlohmann::json& value, std::string_view field) {
  if (!value.is_object()) throw_wrong_type(field, "an object", value);
  require_sound_json(value, field);
  return CustomValues(nlohmann::json(value));
}

template <std::integral T>
T decode_integer(const nlohmann::json& value, std::string_view field) {
  if (!value.is_number_integer()) throw_wrong_type(field, "an integer", value);
  const bool fits = value.is_number_unsigned() ? std::in_range<T>(value.get<std::uint64_t>())
                                               : std::in_range<T>(value.get<std::int64_t>());
  if (!fits) throw_invalid(field, "is out of range");
  return value.get<T>();
}

/// Any other type of an app's own field is read and written as nlohmann/json does it.
template <class T>
T decode_value(const nlohmann::json& value, std::string_view field) {
  if constexpr (is_optional<T>) {
    if (value.is_null()) return std::nullopt;
    return decode_value<typename T::value_type>(value, field);
  } else if constexpr (std::same_as<T, std::string>) {
    return decode_text(value, field);
  } else if constexpr (std::same_as<T, std::vector<std::string>>) {
    return decode_texts(value, field);
  } else if constexpr (std::same_as<T, Timestamp>) {
    return decode_time(value, field);
  } else if constexpr (std::same_as<T, std::chrono::sys_seconds>) {
    return std::chrono::floor<std::chrono::seconds>(decode_time(value, field));
  } else if constexpr (std::same_as<T, bool>) {
    return decode_bool(value, field);
  } else if constexpr (std::integral<T>) {
    return decode_integer<T>(value, field);
  } else if constexpr (std::floating_point<T>) {
    if (!value.is_number()) throw_wrong_type(field, "a number", value);
    return value.get<T>();
  } else if constexpr (std::same_as<T, CustomValues>) {
    return decode_custom_values(value, field);
  } else {
    require_sound_json(value, field);
    try {
      return value.get<T>();
    } catch (const nlohmann::json::exception&) {  // its text may quote the value
      throw_invalid(field, "has the wrong type");
    }
  }
}

inline nlohmann::json encode_text(const std::string& text, std::string_view field) {
  if (!is_valid_utf8(text)) throw_invalid(field, "is not valid UTF-8, which JSON cannot hold");
  return text;
}

template <class Duration>
void require_calendar_time(std::chrono::sys_time<Duration> time, std::string_view field) {
  if (!is_in_calendar(time)) throw_invalid(field, "is outside of the years 0000 to 9999");
}

template <class T>
nlohmann::json encode_value(const T& value, std::string_view field) {
  if constexpr (is_optional<T>) {
    return value ? encode_value(*value, field) : nlohmann::json();
  } else if constexpr (std::same_as<T, std::string>) {
    return encode_text(value, field);
  } else if constexpr (std::same_as<T, std::vector<std::string>>) {
    auto texts = nlohmann::json::array();
    for (const auto& text : value) texts.push_back(encode_text(text, field));
    return texts;
  } else if constexpr (std::same_as<T, Timestamp>) {
    require_calendar_time(value, field);
    return seconds_since_epoch(value);
  } else if constexpr (std::same_as<T, std::chrono::sys_seconds>) {
    require_calendar_time(value, field);
    return std::int64_t{value.time_since_epoch().count()};
  } else if constexpr (std::same_as<T, CustomValues>) {
    return value.json();
  } else {
    nlohmann::json json = value;
    require_sound_json(json, field);
    return json;
  }
}

}  // namespace slack::oauth::inline v0::detail
