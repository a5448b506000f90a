// One field's value in its column, and back. Reading takes whatever means the same: Python and people write these
// columns too. Otherwise it throws InvalidDataError, which names table and column and never shows the value.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/json_values.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/models/print.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Where a value was read, for the error about it.
struct SqlPlace {
  std::string_view table;
  std::string_view column;

  [[noreturn]] void fail(std::string_view problem) const {
    throw InvalidDataError(std::string(table) + "." + std::string(column), problem);
  }
};

template <class Dialect>
[[nodiscard]] std::string format_sql_time(Timestamp time, std::string_view field) {
  require_calendar_time(time, field);
  return Dialect::format_time(time);
}

template <SqlRow Row>
Timestamp read_time(const Row& row, int column, const SqlPlace& place) {
  std::optional<Timestamp> time;
  switch (row.type(column)) {
    case SqlType::text:
      time = parse_timestamp(row.text(column));
      break;
    case SqlType::integer: {
      const std::int64_t seconds = row.integer(column);
      if (seconds >= earliest_second && seconds <= latest_second) time = Timestamp{std::chrono::seconds{seconds}};
      break;
    }
    case SqlType::real:
      time = timestamp_from_seconds(row.real(column));
      break;
    case SqlType::time:
      if constexpr (requires { row.time(column); }) time = row.time(column);
      break;
    default:
      break;
  }
  if (!time) place.fail("is not a date and time of the years 0000 to 9999");
  return *time;
}

/// Of a record that has no time: the same at each look-up, so that it can be compared, and older than any.
inline constexpr Timestamp no_installed_at{};

template <SqlRow Row>
Timestamp read_installed_at(const Row& row, int column, const SqlPlace& place) {
  return row.type(column) == SqlType::null ? no_installed_at : read_time(row, column, place);
}

template <SqlRow Row>
std::string_view read_text(const Row& row, int column, const SqlPlace& place) {
  if (row.type(column) == SqlType::blob) place.fail("must be a text, not a blob");
  return row.text(column);
}

template <SqlRow Row>
nlohmann::json read_json(const Row& row, int column, const SqlPlace& place) {
  const std::string_view text = read_text(row, column, place);
  try {
    return parse_json(text, place.column, {.max_bytes = text.size()});
  } catch (const InvalidDataError&) {
    place.fail("is not valid JSON");
  }
}

/// Reads what is not null into `value`.
template <SqlRow Row, class T>
void read_value(const Row& row, int column, const SqlPlace& place, T& value) {
  if constexpr (is_optional<T>) {
    read_value(row, column, place, value.emplace());
  } else if constexpr (std::same_as<T, std::string>) {
    value = read_text(row, column, place);
  } else if constexpr (std::same_as<T, Timestamp>) {
    value = read_time(row, column, place);
  } else if constexpr (std::same_as<T, std::chrono::sys_seconds>) {
    value = std::chrono::floor<std::chrono::seconds>(read_time(row, column, place));
  } else if constexpr (std::same_as<T, bool>) {
    const std::int64_t number = row.type(column) == SqlType::integer ? row.integer(column) : -1;
    if (number != 0 && number != 1) place.fail("must be 0 or 1");
    value = number == 1;
  } else if constexpr (is_sql_integer<T>) {
    if (row.type(column) != SqlType::integer || !std::in_range<T>(row.integer(column))) {
      place.fail("must be an integer, and in range");
    }
    value = static_cast<T>(row.integer(column));
  } else if constexpr (std::floating_point<T>) {
    if (row.type(column) != SqlType::real && row.type(column) != SqlType::integer) place.fail("must be a number");
    value = static_cast<T>(row.real(column));
  } else {
    const nlohmann::json json = read_json(row, column, place);
    try {
      value = decode_value<T>(json, place.column);
    } catch (const InvalidDataError&) {
      place.fail("holds JSON of another type");
    }
  }
}

inline void require_calendar_seconds(std::chrono::sys_seconds time, std::string_view field) {
  const std::int64_t seconds = time.time_since_epoch().count();
  if (seconds < earliest_second || seconds > latest_second) {
    throw InvalidDataError(std::string(field), "is outside of the years 0000 to 9999");
  }
}

/// Binds a value, which is borrowed until the statement is reset.
template <class Dialect, SqlStatement Statement, class T>
void bind_value(Statement& statement, int parameter, const T& value, std::string_view field) {
  if constexpr (is_optional<T>) {
    if (value) {
      bind_value<Dialect>(statement, parameter, *value, field);
    } else {
      statement.bind_null(parameter);
    }
  } else if constexpr (std::same_as<T, std::string>) {
    statement.bind(parameter, std::string_view(value));
  } else if constexpr (std::same_as<T, Timestamp>) {
    statement.bind_copy(parameter, format_sql_time<Dialect>(value, field));
  } else if constexpr (std::same_as<T, std::chrono::sys_seconds>) {
    require_calendar_seconds(value, field);
    if constexpr (Dialect::are_ends_integers) {
      statement.bind(parameter, static_cast<std::int64_t>(value.time_since_epoch().count()));
    } else {
      statement.bind_copy(parameter, Dialect::format_time(value));
    }
  } else if constexpr (is_sql_integer<T>) {
    statement.bind(parameter, static_cast<std::int64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    statement.bind(parameter, static_cast<double>(value));
  } else if constexpr (std::same_as<T, CustomValues>) {
    if (value.empty()) {
      statement.bind_null(parameter);
    } else {
      statement.bind_copy(parameter, value.json().dump());
    }
  } else {
    statement.bind_copy(parameter, encode_value(value, field).dump());
  }
}

/// Whether the scopes, joined with commas, are read as they were.
[[nodiscard]] inline bool are_scopes_plain(const std::vector<std::string>& scopes) {
  for (const auto& scope : scopes) {
    if (scope.empty() || scope.find(',') != std::string::npos) return false;
    if (trimmed(scope) != scope) return false;
  }
  return true;
}

}  // namespace slack::oauth::inline v0::detail
