// Values as JSON, in the shape that the Python SDK's file and S3 stores write: scopes are arrays, `*_expires_at` are
// integers, `installed_at` is a number of seconds with a fraction, `custom_values` is an object, and a field without a
// value is null.
//
//     nlohmann::json json = installation;
//     auto again = json.get<slack::oauth::Installation>();
//
// Needs nlohmann/json.
#pragma once

#include <concepts>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"
#include "slack/oauth/models/detail/json_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/installation.hpp"

namespace slack::oauth::inline v0 {

namespace detail {

/// Whether a record is written without this field: an addition that has no value, so that the shape is the Python
/// SDK's.
template <HasFields T, class FieldT>
[[nodiscard]] bool is_left_out(const T& value, const FieldT& field) {
  if constexpr (requires { (value.*field.member).has_value(); }) {
    return field.is_added && !(value.*field.member).has_value();
  } else {
    return false;
  }
}

template <HasFields T>
[[nodiscard]] bool is_field_of(std::string_view name) {
  bool found = false;
  for_each_field<T>([&](const auto& field) { found = found || field.name == name; });
  return found;
}

}  // namespace detail

/// Writes every field of the list, but for this library's additions that have no value. Throws InvalidDataError where a
/// text is not UTF-8 or a time has no date.
template <HasFields T>
void to_json(nlohmann::json& json, const T& value) {
  auto object = nlohmann::json::object();
  for_each_field<T>([&](const auto& field) {
    if (detail::is_left_out(value, field)) return;
    object[std::string(field.name)] = detail::encode_value(value.*field.member, field.name);
  });
  json = std::move(object);  // last: the json under construction would leak what an exception left in it
}

/// Reads every field of the list. A missing or null key gives no value (`installed_at`: now); an unknown key is kept in
/// `custom_values`. Throws an InvalidDataError that names the field; then `value` is as it was.
template <HasFields T>
void from_json(const nlohmann::json& json, T& value) {
  if (!json.is_object()) detail::throw_wrong_type("the record", "a JSON object", json);
  T result{};
  for_each_field<T>([&](const auto& field) {
    const auto found = json.find(field.name);
    if (found == json.end() || found->is_null()) return;
    auto& member = result.*field.member;
    member = detail::decode_value<std::remove_cvref_t<decltype(member)>>(*found, field.name);
  });
  if constexpr (std::derived_from<T, Bot>) {
    if (result.bot_token.empty()) detail::throw_invalid("bot_token", "is missing");
  }
  nlohmann::json unknown_values = nlohmann::json::object();
  for (const auto& [name, unknown] : json.items()) {
    if (detail::is_field_of<T>(name)) continue;
    if (!detail::is_valid_utf8(name)) detail::throw_invalid(name, "is not valid UTF-8");
    detail::require_sound_json(unknown, name, detail::max_json_depth - 1);
    unknown_values[name] = unknown;
  }
  if (!unknown_values.empty()) {
    unknown_values.update(result.custom_values.json());
    result.custom_values = CustomValues(std::move(unknown_values));
  }
  value = std::move(result);
}

/// The most that parse_json() accepts.
struct JsonLimits {
  std::size_t max_bytes = std::size_t{1} << 20U;       ///< of text; raise it for a file of many records
  std::size_t max_depth = detail::max_json_depth + 8;  ///< of custom values, their record, and what holds records
};

/// Parses JSON text from outside. Throws InvalidDataError where the text is not JSON, not UTF-8, longer or nested
/// deeper than `limits` allow. The error says `what` the text is, and quotes none of it.
[[nodiscard]] inline nlohmann::json parse_json(std::string_view text, std::string_view what = "the JSON text",
                                               const JsonLimits& limits = {}) {
  if (text.size() > limits.max_bytes) {
    detail::throw_invalid(what, "is longer than " + std::to_string(limits.max_bytes) + " bytes");
  }
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {  // nlohmann/json takes it for the end
    detail::throw_invalid(what, "is not valid JSON at byte " + std::to_string(zero + 1));
  }
  const auto check_depth = [&](int depth, nlohmann::json::parse_event_t event, const nlohmann::json&) {
    using Event = nlohmann::json::parse_event_t;
    const bool is_start = event == Event::object_start || event == Event::array_start;
    if (is_start && static_cast<std::size_t>(depth) >= limits.max_depth) {
      detail::throw_invalid(what, "is nested deeper than " + std::to_string(limits.max_depth) + " levels");
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, check_depth);
  } catch (const nlohmann::json::parse_error& error) {  // its text quotes the input
    detail::throw_invalid(what, "is not valid JSON at byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception&) {
    detail::throw_invalid(what, "holds a number that is out of range");
  }
}

}  // namespace slack::oauth::inline v0
