// How SQLite's SQL is written.
#pragma once

#include <string>
#include <string_view>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Models SqlDialect.
struct SQLite3Dialect {
  static constexpr std::string_view id_declaration = "integer primary key autoincrement";
  static constexpr std::string_view key_declaration = "text not null default ''";
  static constexpr std::string_view key_columns = "client_id, enterprise_id, team_id";
  static constexpr std::string_view index_end{};  // every index ends with the id
  static constexpr std::string_view bot_text_declaration = "text not null";
  static constexpr std::string_view text_type = "text";
  static constexpr std::string_view integer_type = "integer";
  static constexpr std::string_view real_type = "real";
  static constexpr std::string_view time_type = "datetime";
  static constexpr std::string_view time_default = " default current_timestamp";
  static constexpr bool are_ends_integers = true;
  static constexpr bool has_lateral_joins = false;
  static constexpr std::string_view boolean_type = "boolean";
  static constexpr std::string_view false_value = "0";
  static constexpr std::string_view begin_writing = "begin immediate";

  [[nodiscard]] static std::string parameter(int number) { return "?" + std::to_string(number); }

  [[nodiscard]] static std::string same_key(std::string_view column, std::string_view value) {
    return std::string(column).append(" = ").append(value);
  }

  [[nodiscard]] static std::string as_text(std::string_view value) { return std::string(value); }

  [[nodiscard]] static std::string stored_key(std::string_view value) { return std::string(value); }

  [[nodiscard]] static std::string and_has_bot(std::string_view /*table*/) { return {}; }

  /// "2026-01-01 00:00:00.250000": the form that SQLite's date functions, Python and text order all understand.
  [[nodiscard]] static std::string format_time(Timestamp time) {
    std::string text = format_timestamp(time);
    text[10] = ' ';
    text.pop_back();
    return text;
  }
};

}  // namespace slack::oauth::inline v0::detail
