// Reads a record's text straight into the value by nlohmann's SAX interface, without a tree of JSON in between. It
// knows the plain shape that this library and the Python SDK write; of anything else it says so, and models/json.hpp,
// which defines what a record means, reads that.
//
// Needs nlohmann/json.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// One JSON object, put together value by value.
class JsonObjectBuilder {
 public:
  /// False where it is nested too deeply.
  [[nodiscard]] bool open(nlohmann::json structure) {
    if (open_.size() >= max_json_depth) return false;
    open_.push_back(&put(std::move(structure)));
    return true;
  }
  void close() { open_.pop_back(); }
  [[nodiscard]] bool is_open() const { return !open_.empty(); }
  void name(std::string& next) { name_.swap(next); }

  nlohmann::json& put(nlohmann::json value) {
    if (open_.empty()) return object_ = std::move(value);
    nlohmann::json& within = *open_.back();
    if (within.is_object()) return within[name_] = std::move(value);
    within.push_back(std::move(value));
    return within.back();
  }

  [[nodiscard]] nlohmann::json take() { return std::move(object_); }

 private:
  nlohmann::json object_;
  std::string name_;
  std::vector<nlohmann::json*> open_;
};

/// Hears one record of T, whose fields are those of Base; `take_custom_values(json, value)` gets its custom values.
/// Each member gives false where the text is of another shape; then the value means nothing.
template <HasFields Base, HasFields T, class TakeCustomValues>
class RecordSax {
 public:
  // NOLINTBEGIN(readability-identifier-naming): nlohmann's names
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;
  // NOLINTEND(readability-identifier-naming)

  RecordSax(T& value, const TakeCustomValues& take_custom_values)
      : value_(&value), take_custom_values_(&take_custom_values) {}

  bool null() {
    if (custom_.is_open()) return put_custom(nullptr);
    return with_member([](auto& member) {
      if constexpr (requires { member.has_value(); }) {
        member.reset();
        return true;
      } else if constexpr (is_text<decltype(member)>) {
        member.clear();
        return true;
      } else {
        return false;
      }
    });
  }

  bool boolean(bool boolean) {
    if (custom_.is_open()) return put_custom(boolean);
    return with_member([boolean](auto& member) {
      constexpr bool is_boolean = std::same_as<decltype(member), bool&>;
      if constexpr (is_boolean) member = boolean;
      return is_boolean;
    });
  }

  bool number_integer(number_integer_t number) {
    if (custom_.is_open()) return put_custom(number);
    return number >= earliest_second && put_time(Timestamp{std::chrono::seconds{number}});
  }

  bool number_unsigned(number_unsigned_t number) {
    if (custom_.is_open()) return put_custom(number);
    return number <= std::uint64_t{latest_second} &&
           put_time(Timestamp{std::chrono::seconds{static_cast<std::int64_t>(number)}});
  }

  bool number_float(number_float_t number, const string_t& text) {
    if (custom_.is_open()) return put_custom(number);
    const auto time = parse_unix_time(text);  // exact, which a double is not far from today
    return time && put_time(*time);
  }

  bool string(string_t& text) {
    if (custom_.is_open()) return put_custom(std::move(text));
    return with_member([&](auto& member) {
      if constexpr (std::same_as<decltype(member), std::vector<std::string>&>) {
        if (is_in_array_) member.push_back(std::move(text));
        return is_in_array_;
      } else {
        constexpr bool is_text_or_none = is_text<decltype(member)>;
        if constexpr (is_text_or_none) member = std::move(text);
        return is_text_or_none && !is_in_array_;
      }
    });
  }

  static bool binary(const binary_t& /*bytes*/) { return false; }

  bool start_object(std::size_t /*size*/) {
    if (custom_.is_open()) return custom_.open(nlohmann::json::object());
    if (!is_begun_) return is_begun_ = true;
    return with_member([&](auto& member) {
      return std::same_as<decltype(member), CustomValues&> && custom_.open(nlohmann::json::object());
    });
  }

  bool end_object() {
    if (!custom_.is_open()) return true;
    custom_.close();
    return custom_.is_open() || (*take_custom_values_)(custom_.take(), *value_);
  }

  bool start_array(std::size_t /*size*/) {
    if (custom_.is_open()) return custom_.open(nlohmann::json::array());
    if (is_in_array_) return false;
    is_in_array_ = true;
    return with_member([](auto& member) {
      constexpr bool is_array = std::same_as<decltype(member), std::vector<std::string>&>;
      if constexpr (is_array) member.clear();
      return is_array;
    });
  }

  bool end_array() {
    if (custom_.is_open()) {
      custom_.close();
    } else {
      is_in_array_ = false;
    }
    return true;
  }

  // Records are written in the order of the list, so the first guess is nearly always right.
  bool key(string_t& name) {
    if (custom_.is_open()) {
      custom_.name(name);
      return true;
    }
    if (++field_ < count && names[field_] == name) return true;
    for (field_ = 0; field_ < count; ++field_) {
      if (names[field_] == name) return true;
    }
    return false;
  }

  static bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                          const nlohmann::json::exception& /*error*/) {
    return false;
  }

 private:
  static constexpr std::size_t count = field_count<Base>;

  static constexpr std::array<std::string_view, count> names = std::apply(
      [](const auto&... field) { return std::array<std::string_view, count>{field.name...}; }, Base::fields());

  template <class Member>
  static constexpr bool is_text =
      std::same_as<Member, std::string&> || std::same_as<Member, std::optional<std::string>&>;

  template <class Visit>
  [[nodiscard]] bool with_member(const Visit& visit) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      bool is_taken = false;
      static_cast<void>(((I == field_ && (is_taken = visit(value_->*field_at<Base, I>.member), true)) || ...));
      return is_taken;
    }
    (std::make_index_sequence<count>());
  }

  [[nodiscard]] bool put_time(Timestamp time) {
    if (is_in_array_ || !is_in_calendar(time)) return false;
    return with_member([time](auto& member) {
      if constexpr (std::same_as<decltype(member), Timestamp&>) {
        member = time;
        return true;
      } else if constexpr (std::same_as<decltype(member), std::optional<std::chrono::sys_seconds>&>) {
        member = std::chrono::floor<std::chrono::seconds>(time);
        return true;
      } else {
        return false;
      }
    });
  }

  bool put_custom(nlohmann::json value) {
    custom_.put(std::move(value));
    return true;
  }

  T* value_;
  const TakeCustomValues* take_custom_values_;
  JsonObjectBuilder custom_;
  std::size_t field_ = count;  // the one whose value comes next; `count` before the first
  bool is_begun_ = false;
  bool is_in_array_ = false;
};

}  // namespace slack::oauth::inline v0::detail
