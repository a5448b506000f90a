// The columns of the two tables, generated from the field lists of the value types. Those of Installation and Bot are
// the Python SDK's, name by name and type by type. Everything else is an addition and may be null, so that the Python
// SDK goes on inserting and selecting.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/print.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

struct SqlColumn {
  std::string name;
  std::string declaration;
};

template <HasFields T>
inline constexpr bool is_sql_installation = std::derived_from<T, Installation>;

template <HasFields T>
inline constexpr std::string_view sql_table = is_sql_installation<T> ? "slack_installations" : "slack_bots";

template <class T>
struct WithoutOptional {
  using type = T;
};
template <class T>
struct WithoutOptional<std::optional<T>> {
  using type = T;
};

/// Whether the Python SDK has a field of that name: then its column is the SDK's.
template <HasFields T>
[[nodiscard]] constexpr bool is_shared_field(std::string_view name) {
  bool found = false;
  std::apply([&](const auto&... field) { found = ((field.name == name && !field.is_added) || ...); },
             std::conditional_t<is_sql_installation<T>, Installation, Bot>::fields());
  return found && name != "custom_values";
}

/// The fields that name the workspace: the store knows them as a key.
[[nodiscard]] constexpr bool is_key_field(std::string_view name) {
  return name == "enterprise_id" || name == "team_id";
}

/// Columns of ours besides the fields, in this order, behind them.
///   <scopes>_exact      the scopes as a JSON array, where their comma-separated text would be read otherwise
///   given_team_id       the team_id of an organisation's record, which is filed under none
///   given_installed_at  the time of a superseded row that had to give way to an older one: see table_writer.hpp
///   bot_checked         1 where this library has seen to the bot's fields of an installation's row: see shown_bot.hpp
template <HasFields T>
inline constexpr std::string_view exact_scopes_column =
    is_sql_installation<T> ? "user_scopes_exact" : "bot_scopes_exact";
inline constexpr std::string_view given_team_id_column = "given_team_id";
inline constexpr std::string_view given_installed_at_column = "given_installed_at";
inline constexpr std::string_view bot_checked_column = "bot_checked";

/// Integers that every column of type integer can hold.
template <class T>
inline constexpr bool is_sql_integer = std::integral<T> && (std::signed_integral<T> || sizeof(T) < 8);

template <class Dialect, HasFields T, class Value>
[[nodiscard]] std::string shared_column_declaration(std::string_view name) {
  if (is_key_field(name)) return std::string(Dialect::key_declaration);
  if (name == "app_id") return std::string(Dialect::text_type) + " not null";
  if constexpr (std::same_as<Value, std::string>) {
    if (!is_sql_installation<T>) return std::string(Dialect::bot_text_declaration);
    return std::string(Dialect::text_type) + " not null";
  } else if constexpr (std::same_as<Value, std::optional<std::chrono::sys_seconds>>) {
    return std::string(Dialect::time_type);
  } else if constexpr (std::same_as<Value, Timestamp>) {
    return std::string(Dialect::time_type) + " not null" + std::string(Dialect::time_default);
  } else if constexpr (std::same_as<Value, bool>) {
    return std::string(Dialect::boolean_type) + " not null default " + std::string(Dialect::false_value);
  } else {
    return std::string(Dialect::text_type);
  }
}

template <class Dialect, class Value>
[[nodiscard]] std::string own_column_declaration() {
  using T = typename WithoutOptional<Value>::type;
  if constexpr (std::same_as<T, bool>) {
    return std::string(Dialect::boolean_type);
  } else if constexpr (std::same_as<T, Timestamp> || std::same_as<T, std::chrono::sys_seconds>) {
    return std::string(Dialect::time_type);
  } else if constexpr (is_sql_integer<T>) {
    return std::string(Dialect::integer_type);
  } else if constexpr (std::floating_point<T>) {
    return std::string(Dialect::real_type);
  } else {
    return std::string(Dialect::text_type);  // text, or JSON
  }
}

/// SQL's way to write a name, whatever it holds.
[[nodiscard]] inline std::string sql_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

/// All columns behind `id` and `client_id`, in the order of the table.
template <class Dialect, HasFields T>
[[nodiscard]] std::vector<SqlColumn> sql_columns() {
  std::vector<SqlColumn> columns;
  std::vector<SqlColumn> own;
  for_each_field_index<T>([&](auto i) {
    const auto& name = field_at<T, i>.name;
    if (is_shared_field<T>(name)) {
      columns.push_back({std::string(name), shared_column_declaration<Dialect, T, FieldValue<T, i>>(name)});
      return;
    }
    // Some databases do not tell case apart in names of columns; these are all lower case.
    if (name == "id" || name == "client_id" || name == exact_scopes_column<T> || name == given_team_id_column ||
        name == given_installed_at_column || name == bot_checked_column) {
      throw InvalidArgumentError(std::string(name), "cannot be a field of the app's own: the table has this column");
    }
    own.push_back({std::string(name), own_column_declaration<Dialect, FieldValue<T, i>>()});
  });
  columns.push_back({std::string(exact_scopes_column<T>), std::string(Dialect::text_type)});
  columns.push_back({std::string(given_team_id_column), std::string(Dialect::text_type)});
  columns.push_back({std::string(given_installed_at_column), std::string(Dialect::time_type)});
  if (is_sql_installation<T>) columns.push_back({std::string(bot_checked_column), "integer"});
  columns.insert(columns.end(), own.begin(), own.end());
  return columns;
}

}  // namespace slack::oauth::inline v0::detail
