// Records as text: what the Python SDK's `Installation(**data)` and `Bot(**data)` take. They know no other names than
// the SDK's, so this library's additions and an app's own fields stand in `custom_values` here.
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/json_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/records/detail/record_sax.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

template <class T>
using PythonBase = std::conditional_t<std::derived_from<T, Installation>, Installation, Bot>;

/// Calls `visit(field)` for each field that the Python SDK does not have.
template <HasFields T, class Visitor>
void for_each_own_field(const Visitor& visit) {
  for_each_field<T>([&](const auto& field) {
    if (field.is_added || !is_field_of<PythonBase<T>>(field.name)) visit(field);
  });
}

// Where a record stands between others: by `installed_at`, and between equals by when it was saved. Few records need
// the number, and those keep it in digits of `installed_at` past the microsecond, where Python's float has none.
struct RecordOrder {
  Timestamp installed_at{};
  std::uint64_t number = 0;

  friend bool operator==(const RecordOrder&, const RecordOrder&) = default;
  friend bool operator<(const RecordOrder& left, const RecordOrder& right) {  // libc++ 16 has no <=> of a time
    return left.installed_at != right.installed_at ? left.installed_at < right.installed_at
                                                   : left.number < right.number;
  }
};

inline constexpr std::size_t digits_of_microsecond = 6;
inline constexpr std::size_t digits_of_order = 12;

[[nodiscard]] inline std::string ordered_seconds_text(const RecordOrder& order) {
  std::string text = seconds_text(order.installed_at);
  if (order.number == 0) return text;
  const std::size_t fraction = text.size() - text.find('.') - 1;
  const std::string digits = std::to_string(order.number);
  text.append(digits_of_microsecond - fraction, '0');
  // At least one zero comes first, so that no reader rounds the microsecond up.
  text.append(digits_of_order - std::min(digits.size(), digits_of_order - 1), '0');
  return text + digits;
}

/// What ordered_seconds_text() put into a record's text.
[[nodiscard]] inline std::uint64_t order_number(std::string_view record) {
  constexpr std::string_view name = "\"installed_at\":";
  const auto found = record.find(name);
  if (found == std::string_view::npos) return 0;
  record.remove_prefix(std::min(record.find_first_not_of(' ', found + name.size()), record.size()));
  const std::string_view seconds = record.substr(0, record.find_first_not_of("-.0123456789"));
  const auto point = seconds.find('.');
  if (point == std::string_view::npos || seconds.size() < point + 1 + digits_of_microsecond + digits_of_order) return 0;
  std::uint64_t number = 0;
  for (const char c : seconds.substr(point + 1 + digits_of_microsecond)) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// The bot's fields of an installation are in the bot's record alone (docs/contract.md, rule 15).
template <HasFields T, class FieldT>
[[nodiscard]] nlohmann::json encode_kept(const T& value, const FieldT& field) {
  if (field.is_of_bot) return encode_value(typename FieldT::value_type{}, field.name);
  return encode_value(value.*field.member, field.name);
}

template <HasFields T>
[[nodiscard]] nlohmann::json kept_custom_values(const T& value) {
  nlohmann::json custom = value.custom_values.json();
  for_each_own_field<T>([&](const auto& field) {
    const std::string name(field.name);
    if (custom.contains(name)) {
      throw InvalidArgumentError("custom_values", "has a value named " + name + ", which is a field of this record");
    }
    const bool is_of_bot_record = field.is_added && field.is_of_bot;
    if (!is_of_bot_record && !is_left_out(value, field)) custom[name] = encode_kept(value, field);
  });
  return custom;
}

// The Python SDK ends no line, so that who wrote a record last can be seen.
inline constexpr std::string_view end_of_record = "}\n";

/// Without the bot of an installation. Throws InvalidDataError where JSON cannot hold a field.
template <HasFields T>
[[nodiscard]] std::string encode_record(const T& value, std::uint64_t order_number = 0) {
  std::string text = "{";
  for_each_field<PythonBase<T>>([&](const auto& field) {
    if (field.is_added) return;
    if (text.size() > 1) text += ", ";
    text += '"';
    text += field.name;
    text += "\": ";
    using Member = typename std::remove_cvref_t<decltype(field)>::value_type;
    const auto& member = value.*field.member;
    if constexpr (std::same_as<Member, Timestamp>) {
      require_calendar_time(member, field.name);
      text += ordered_seconds_text({member, order_number});
    } else if constexpr (std::same_as<Member, CustomValues>) {
      text += kept_custom_values(value).dump();
    } else {
      text += encode_kept(value, field).dump();
    }
  });
  return text.append(end_of_record);
}

/// Whether a record's text names a bot's token that is not null. Its own custom values may look like one.
[[nodiscard]] inline bool may_hold_bot_token(std::string_view record) {
  for (const std::string_view name : {"\"bot_token\"", "\"bot_refresh_token\""}) {
    for (auto at = record.find(name); at != std::string_view::npos; at = record.find(name, at + name.size())) {
      const auto value = record.find_first_not_of(": \t\r\n", at + name.size());
      if (value != std::string_view::npos && record.substr(value, 4) != "null") return true;
    }
  }
  return false;
}

/// Whether a record's text has this value for a field, written as this library and the Python SDK write it.
template <class T>
[[nodiscard]] bool names_value(std::string_view record, std::string_view field, const T& value) {
  const std::string text = "\"" + std::string(field) + "\": " + encode_value(value, field).dump();
  return record.find(text) != std::string_view::npos;
}

/// Takes an app's own fields out of the custom values. Throws InvalidDataError.
template <HasFields T>
void take_custom_values(nlohmann::json custom, T& value) {
  for_each_own_field<T>([&](const auto& field) {
    const auto found = custom.find(field.name);
    if (found == custom.end()) return;
    auto& member = value.*field.member;
    if (!found->is_null()) member = decode_value<std::remove_cvref_t<decltype(member)>>(*found, field.name);
    custom.erase(found);
  });
  value.custom_values = custom.empty() ? CustomValues() : decode_custom_values(custom, "custom_values");
}

/// False where the text is of another shape than the plain one; then `value` means nothing.
template <HasFields T>
[[nodiscard]] bool decode_plain_record(std::string_view text, T& value) {
  if (text.find('\0') != std::string_view::npos) return false;  // nlohmann/json takes it for the end
  const auto take = [](nlohmann::json custom, T& into) {
    take_custom_values(std::move(custom), into);
    return true;
  };
  RecordSax<PythonBase<T>, T, decltype(take)> sax(value, take);
  try {
    if (!nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &sax)) return false;
  } catch (const InvalidDataError&) {  // the other decoder says what is wrong
    return false;
  }
  if constexpr (std::derived_from<T, Bot>) return !value.bot_token.empty();
  return true;
}

template <HasFields T>
[[nodiscard]] T decode_unusual_record(std::string_view text, std::size_t max_bytes) {
  auto json = parse_json(text, "the record", {.max_bytes = max_bytes});
  if (json.is_object()) {
    const auto custom = json.find("custom_values");
    for_each_own_field<T>([&](const auto& field) {
      if (custom == json.end() || !custom->is_object() || !custom->contains(field.name)) return;
      json[std::string(field.name)] = (*custom)[std::string(field.name)];
      custom->erase(std::string(field.name));
    });
  }
  return json.get<T>();
}

/// Throws InvalidDataError about the record, which `shown()` names.
template <HasFields T, class Shown>
[[nodiscard]] T decode_record(std::string_view text, std::size_t max_bytes, const Shown& shown) {
  T value{};
  if (decode_plain_record(text, value)) return value;
  try {
    return decode_unusual_record<T>(text, max_bytes);
  } catch (const InvalidDataError& error) {
    throw InvalidDataError(shown(), std::string("cannot be read: ") + error.what());
  }
}

}  // namespace slack::oauth::inline v0::detail
