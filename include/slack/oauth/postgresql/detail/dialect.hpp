// How PostgreSQL's SQL is written, over the tables of the Python SDK's SQLAlchemy stores.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Models SqlDialect. Python's columns have a limit (`varchar(200)`) that a rotated or sealed token may not keep; these
/// have none, and Python reads them all the same.
struct PostgreSQLDialect {
  static constexpr std::string_view id_declaration = "serial primary key";
  static constexpr std::string_view key_declaration = "varchar";
  static constexpr std::string_view key_columns = "client_id, coalesce(enterprise_id, ''), coalesce(team_id, '')";
  static constexpr std::string_view index_end = ", id";
  static constexpr std::string_view bot_text_declaration = "varchar";
  static constexpr std::string_view text_type = "varchar";
  static constexpr std::string_view integer_type = "bigint";
  static constexpr std::string_view real_type = "double precision";
  static constexpr std::string_view time_type = "timestamp";
  static constexpr std::string_view time_default{};
  static constexpr bool are_ends_integers = false;
  static constexpr bool has_lateral_joins = true;
  static constexpr std::string_view boolean_type = "boolean";
  static constexpr std::string_view false_value = "false";
  static constexpr std::string_view begin_writing = "begin isolation level read committed read write";

  [[nodiscard]] static std::string parameter(int number) { return "$" + std::to_string(number); }

  // Python writes null for an absent id, and others may write an empty text.
  [[nodiscard]] static std::string same_key(std::string_view column, std::string_view value) {
    return as_text(id_of(column)) + " = " + as_text(value.starts_with('$') ? std::string(value) : id_of(value));
  }

  // There is no operator of two varchar: one that anybody made, in a schema of the search path, would come before that
  // of two text. So what is compared is text, all functions are named with their schema, and so are the operators that
  // fit only after a conversion. https://www.postgresql.org/docs/current/typeconv-oper.html
  [[nodiscard]] static std::string as_text(std::string_view value) { return std::string(value) + "::text"; }

  /// As an interval, of SQL that gives an integer.
  [[nodiscard]] static std::string interval_of(std::string_view count, std::string_view unit) {
    return "(" + std::string(count) + "::bigint operator(pg_catalog.*) interval '1 " + std::string(unit) + "')";
  }
  [[nodiscard]] static std::string stored_key(std::string_view value) {
    return "nullif(" + std::string(value) + ", '')";
  }

  // For an installation without a bot, Python adds a row without a token.
  [[nodiscard]] static std::string and_has_bot(std::string_view table) {
    return " and " + std::string(table) + "bot_token is not null";
  }

  /// "2026-01-01 00:00:00.250000Z": a column without a time zone keeps it as it stands, in UTC, whatever the session's
  /// zone is; one with a zone understands it. There is no year 0 but "0001 BC".
  [[nodiscard]] static std::string format_time(Timestamp time) {
    std::string text = format_timestamp(time);
    text[10] = ' ';
    if (!text.starts_with("0000")) return text;
    text.replace(0, 4, "0001");
    return text + " BC";
  }

 private:
  [[nodiscard]] static std::string id_of(std::string_view column) {
    return "coalesce(" + std::string(column) + ", '')";
  }
};

}  // namespace slack::oauth::inline v0::detail
