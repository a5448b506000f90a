// Values as JSON, in the shape that the Python SDK's file and S3 stores write: scopes as arrays, `*_expires_at` as
// integers, `installed_at` as a number of seconds with a fraction, `custom_values` as an object, absent as null.
//
//     nlohmann::json json = installation;
//     auto again = json.get<slack::oauth::Installation>();
//
// Needs nlohmann/json.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/detail/json_values.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/installation.hpp"

namespace slack::oauth::inline v0 {

namespace detail {

class CustomValuesObject final : public CustomValuesData {
 public:
  explicit CustomValuesObject(nlohmann::json object) : object_(std::move(object)) {}

  [[nodiscard]] const nlohmann::json& object() const { return object_; }

  [[nodiscard]] bool equals(const CustomValuesData& other) const override {
    return object_ == static_cast<const CustomValuesObject&>(other).object_;  // there is no other kind
  }

  void append_names(std::string& out) const override {
    bool is_first = true;
    for (const auto& [name, value] : object_.items()) {
      if (!is_first) out += ", ";
      is_first = false;
      append_quoted(out, name, 80);
    }
  }

 private:
  nlohmann::json object_;
};

template <>
struct CustomValuesAccess<nlohmann::json> {
  using Pointer = std::shared_ptr<const CustomValuesData>;

  static const nlohmann::json& object(const CustomValuesData* data) {
    static const nlohmann::json empty = nlohmann::json::object();
    return data == nullptr ? empty : static_cast<const CustomValuesObject*>(data)->object();
  }

  static Pointer make(nlohmann::json object) {
    if (!object.is_null() && !object.is_object()) {
      throw InvalidArgumentError("custom_values", "must be a JSON object");
    }
    if (const auto problem = problem_with_json(object); !problem.empty()) {
      throw InvalidArgumentError("custom_values", problem);
    }
    if (object.empty()) return nullptr;
    return std::make_shared<const CustomValuesObject>(std::move(object));
  }

  static const nlohmann::json* find(const CustomValuesData* data, std::string_view name) {
    const auto& values = object(data);
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &*found;
  }

  static Pointer with(const CustomValuesData* data, std::string_view name, nlohmann::json value) {
    nlohmann::json changed = object(data);
    changed[std::string(name)] = std::move(value);
    return make(std::move(changed));
  }

  static Pointer without(const Pointer& data, std::string_view name) {
    if (find(data.get(), name) == nullptr) return data;
    nlohmann::json changed = object(data.get());
    changed.erase(std::string(name));
    return make(std::move(changed));
  }
};

template <HasFields T>
[[nodiscard]] bool is_field_of(std::string_view name) {
  bool found = false;
  for_each_field<T>([&](const auto& field) { found = found || field.name == name; });
  return found;
}

}  // namespace detail

/// Writes every field of the list. Throws InvalidDataError where a text is not UTF-8 or a time has no date.
template <HasFields T>
void to_json(nlohmann::json& json, const T& value) {
  json = nlohmann::json::object();
  for_each_field<T>([&](const auto& field) {
    json[std::string(field.name)] = detail::encode_value(value.*field.member, field.name);
  });
}

/// Reads every field of the list. A missing key is absent; an unknown one is kept in `custom_values`.
/// Throws InvalidDataError, which names the field; then `value` is as it was.
template <HasFields T>
void from_json(const nlohmann::json& json, T& value) {
  if (!json.is_object()) detail::throw_wrong_type("the record", "a JSON object", json);
  T result{};
  for_each_field<T>([&](const auto& field) {
    const auto found = json.find(field.name);
    if (found == json.end()) return;
    auto& member = result.*field.member;
    member = detail::decode_value<std::remove_cvref_t<decltype(member)>>(*found, field.name);
  });
  if constexpr (std::derived_from<T, Bot>) {
    if (result.bot_token.empty()) detail::throw_invalid("bot_token", "is missing");
  }
  for (const auto& [name, unknown] : json.items()) {
    if (detail::is_field_of<T>(name)) continue;
    detail::require_sound_json(unknown, name, detail::max_json_depth - 1);
    if (result.custom_values.find(name) == nullptr) result.custom_values.set(name, unknown);
  }
  value = std::move(result);
}

/// What parse_json() accepts at most.
struct JsonLimits {
  std::size_t max_bytes = std::size_t{1} << 20U;      ///< of text; raise it for a file of many records
  std::size_t max_depth = detail::max_json_depth;  ///< of arrays and objects in one another
};

/// Parses JSON text from outside. Throws InvalidDataError, which says `what` the text is, and quotes none of it, where
/// it is not JSON, not UTF-8, longer or nested deeper than `limits` allow.
[[nodiscard]] inline nlohmann::json parse_json(std::string_view text, std::string_view what = "the JSON text",
                                               const JsonLimits& limits = {}) {
  if (text.size() > limits.max_bytes) {
    detail::throw_invalid(what, "is longer than " + std::to_string(limits.max_bytes) + " bytes");
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
