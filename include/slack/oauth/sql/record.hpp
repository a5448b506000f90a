// A whole record in a row of its table, and back.
//
// Needs nlohmann/json.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/sql/codec.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view sql_bots = "slack_bots";

/// The columns of a record in the order in which read_record() takes them: the fields, the exact scopes, the given
/// team. An installation's bot fields come from its bot, `bot.`; everything else from `row.`.
template <HasFields T>
[[nodiscard]] std::string select_list(const std::string& row, const std::string& bot = "bot.") {
  std::string list;
  for_each_field<T>([&](const auto& field) {
    list += field.is_of_bot ? bot : row;
    list += sql_name(field.name) + ", ";
  });
  list += row + sql_name(exact_scopes_column<T>) + ", " + row + sql_name(given_team_id_column);
  if (is_sql_installation<T>) list += ", " + bot + sql_name(exact_scopes_column<Bot>);
  return list;
}

/// How many columns select_list() has.
template <HasFields T>
inline constexpr int select_count = static_cast<int>(field_count<T>) + (is_sql_installation<T> ? 3 : 2);

template <SqlRow Row>
void read_exact_scopes(const Row& row, int column, const SqlPlace& place, std::vector<std::string>& scopes) {
  if (row.type(column) != SqlType::null) read_value(row, column, place, scopes);
}

/// Reads the columns of select_list() that begin at `first` into a default T.
template <SqlRow Row, HasFields T>
void read_record(const Row& row, int first, T& record) {
  constexpr bool is_installation = is_sql_installation<T>;
  for_each_field_index<T>([&](auto i) {
    constexpr auto& field = field_at<T, i>;
    constexpr bool is_of_bot = field.is_of_bot;
    // Null in a column that the Python SDK has no null for, and an absent id in one of those.
    constexpr bool is_empty_absent = is_key_field(field.name) || field.name == "app_id" || is_of_bot;
    using Value = FieldValue<T, i>;
    constexpr SqlPlace place{is_of_bot ? sql_bots : sql_table<T>, field.name};
    const int column = first + static_cast<int>(i);
    auto& value = record.*field.member;
    if (row.type(column) == SqlType::null) {
      if constexpr (field.name == "installed_at") value = no_installed_at;
      return;
    }
    if constexpr (is_shared_field<T>(field.name) && std::same_as<Value, std::vector<std::string>>) {
      value = split_scopes(read_text(row, column, place));
    } else if constexpr (is_empty_absent && std::same_as<Value, std::optional<std::string>>) {
      const std::string_view text = read_text(row, column, place);
      if (!text.empty()) value.emplace(text);
    } else {
      read_value(row, column, place, value);
    }
  });
  const int extra = first + static_cast<int>(field_count<T>);
  const auto exact_scopes = [&] {
    if constexpr (is_installation) {
      read_exact_scopes(row, extra + 2, {sql_bots, exact_scopes_column<Bot>}, record.bot_scopes);
      return &record.user_scopes;
    } else {
      return &record.bot_scopes;
    }
  }();
  read_exact_scopes(row, extra, {sql_table<T>, exact_scopes_column<T>}, *exact_scopes);
  if (row.type(extra + 1) != SqlType::null) {
    read_value(row, extra + 1, {sql_table<T>, given_team_id_column}, record.team_id);
  }
}

// The parameters of every statement. A bot has no user; what a statement has besides follows.
inline constexpr int client_parameter = 1;
inline constexpr int enterprise_parameter = 2;
inline constexpr int team_parameter = 3;
inline constexpr int user_parameter = 4;
template <HasFields T>
inline constexpr int next_parameter = is_sql_installation<T> ? 5 : 4;

/// That two texts are the same.
template <class Dialect>
[[nodiscard]] std::string same_text(std::string_view one, std::string_view other) {
  return Dialect::as_text(one) + " = " + Dialect::as_text(other);
}

// Which row is whose record. Python adds a row for every save, with its time cut to the second, so the last saved row
// is the one with the highest id, and not always the one with the newest time.
template <class Dialect>
[[nodiscard]] std::string of_workspace(const std::string& table = "") {
  return same_text<Dialect>(table + "client_id", Dialect::parameter(client_parameter)) + " and " +
         Dialect::same_key(table + "enterprise_id", Dialect::parameter(enterprise_parameter)) + " and " +
         Dialect::same_key(table + "team_id", Dialect::parameter(team_parameter));
}

/// That a row of T's table is a record at all, as " and …".
template <class Dialect, HasFields T>
[[nodiscard]] std::string and_is_record(const std::string& table = "") {
  return is_sql_installation<T> ? "" : Dialect::and_has_bot(table);
}

/// The rows that were saved for one bot or user.
template <class Dialect, HasFields T>
[[nodiscard]] std::string of_owner(const std::string& table = "") {
  if (!is_sql_installation<T>) return of_workspace<Dialect>(table);
  return of_workspace<Dialect>(table) + " and " +
         same_text<Dialect>(table + "user_id", Dialect::parameter(user_parameter));
}

/// `client_id` is bound once for the life of a statement: a reset leaves it.
template <SqlStatement Statement>
void bind_key(Statement& statement, const WorkspaceKey& key) {
  statement.bind(enterprise_parameter, key.enterprise_id);
  statement.bind(team_parameter, key.team_id);
}

template <HasFields T, SqlStatement Statement>
void bind_owner(Statement& statement, const WorkspaceKey& key, std::string_view user_id) {
  bind_key(statement, key);
  if constexpr (is_sql_installation<T>) statement.bind(user_parameter, user_id);
}

/// Whether the field is what of_owner() compares.
template <HasFields T>
[[nodiscard]] constexpr bool is_owner_field(std::string_view name) {
  return is_key_field(name) || (is_sql_installation<T> && name == "user_id");
}

/// The columns that bind_record() binds: all but the owner's.
template <HasFields T>
[[nodiscard]] std::vector<std::string> written_columns() {
  std::vector<std::string> names;
  for_each_field<T>([&](const auto& field) {
    if (!is_owner_field<T>(field.name)) names.push_back(sql_name(field.name));
  });
  names.push_back(sql_name(exact_scopes_column<T>));
  names.push_back(sql_name(given_team_id_column));
  return names;
}

/// A record as it is written.
template <HasFields T>
struct SqlRecord {
  const T& record;
  std::string_view installed_at;  ///< its time, as the dialect writes it
  bool shows_bot = true;          ///< of an installation: with the bot's fields that it has
};

/// Binds a record to the parameters from `first` on. It is borrowed until the statement is reset.
template <class Dialect, SqlStatement Statement, HasFields T>
void bind_record(Statement& statement, const WorkspaceKey& key, const SqlRecord<T>& written,
                 int first = next_parameter<T>) {
  const T& record = written.record;
  int parameter = first;
  for_each_field_index<T>([&](auto i) {
    constexpr auto& field = field_at<T, i>;
    if constexpr (!is_owner_field<T>(field.name)) {
      const auto& value = record.*field.member;
      using Value = FieldValue<T, i>;
      constexpr bool is_shared_scopes = is_shared_field<T>(field.name) && std::same_as<Value, std::vector<std::string>>;
      if (field.is_of_bot && !written.shows_bot) {
        // As Python writes an installation without a bot.
        if constexpr (is_shared_scopes) {
          statement.bind(parameter, std::string_view{});
        } else {
          statement.bind_null(parameter);
        }
      } else if constexpr (is_shared_scopes) {
        statement.bind_copy(parameter, join_scopes(value));
      } else if constexpr (field.name == "app_id") {
        statement.bind(parameter, value ? std::string_view(*value) : std::string_view{});
      } else if constexpr (field.name == "installed_at") {
        statement.bind(parameter, written.installed_at);
      } else {
        bind_value<Dialect>(statement, parameter, value, field.name);
      }
      ++parameter;
    }
  });
  const auto& scopes = [&record]() -> const auto& {
    if constexpr (is_sql_installation<T>) {
      return record.user_scopes;
    } else {
      return record.bot_scopes;
    }
  }
  ();
  if (are_scopes_plain(scopes)) {
    statement.bind_null(parameter);
  } else {
    bind_value<Dialect>(statement, parameter, scopes, exact_scopes_column<T>);
  }
  ++parameter;
  const std::string_view team_id = record.team_id ? std::string_view(*record.team_id) : std::string_view{};
  if (team_id == key.team_id) {
    statement.bind_null(parameter);
  } else {
    statement.bind(parameter, team_id);
  }
}

}  // namespace slack::oauth::inline v0::detail
