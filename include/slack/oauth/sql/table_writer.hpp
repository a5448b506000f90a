// Puts the record of a bot or a user into its table: in place of the rows that are there, or behind them as history.
//
// Needs nlohmann/json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/prepared.hpp"
#include "slack/oauth/sql/record.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// What inserts a record whose parameters begin at `first`; `condition` says when, as " from …" or " where …".
template <class Dialect, HasFields T>
[[nodiscard]] std::string insert_sql(int first = next_parameter<T>, std::string_view condition = {}) {
  std::string names = "client_id, enterprise_id, team_id";
  std::string values;
  if (is_sql_installation<T>) names += ", user_id";
  for (int parameter = 1; parameter < next_parameter<T>; ++parameter) {
    const std::string value = Dialect::parameter(parameter);
    const bool is_key = parameter == enterprise_parameter || parameter == team_parameter;
    values += (values.empty() ? "" : ", ") + (is_key ? Dialect::stored_key(value) : value);
  }
  int parameter = first;
  for (const auto& name : written_columns<T>()) {
    names += ", " + name;
    values += ", " + Dialect::parameter(parameter++);
  }
  if (is_sql_installation<T>) {
    names.append(", ").append(bot_checked_column);
    values += ", 1";
  }
  const std::string into = "insert into " + std::string(sql_table<T>) + " (" + names + ") ";
  return condition.empty() ? into + "values (" + values + ")" : into + "select " + values + std::string(condition);
}

/// What updates all rows of a record's owner.
template <class Dialect, HasFields T>
[[nodiscard]] std::string update_sql(int first = next_parameter<T>) {
  std::string assignments;
  int parameter = first;
  for (const auto& name : written_columns<T>()) {
    assignments += (assignments.empty() ? "" : ", ") + name + " = " + Dialect::parameter(parameter++);
  }
  if (is_sql_installation<T>) assignments.append(", ").append(bot_checked_column).append(" = 1");
  return "update " + std::string(sql_table<T>) + " set " + assignments + " where " + of_owner<Dialect, T>();
}

/// Threads: one at a time, as for its connection. Every member is a part of a transaction that the caller holds.
template <SqlConnection Connection, HasFields T>
class SqlTableWriter {
  using Dialect = typename Connection::Dialect;
  using Statement = typename Connection::Statement;

 public:
  SqlTableWriter(const Connection& connection, std::string_view client_id)
      : insert_(connection, client_id, insert_sql<Dialect, T>()),
        update_(connection, client_id, update_sql<Dialect, T>()),
        erase_(connection, client_id, "delete from " + table() + " where " + owner()),
        erase_superseded_(connection, client_id, "delete from " + table() + " where " + owner() + is_superseded()),
        step_back_(connection, client_id,
                   "update " + table() + " set given_installed_at = coalesce(given_installed_at, installed_at), " +
                       "installed_at = '" + Dialect::format_time(Timestamp{earliest_day}) + "' where " + owner() +
                       " and installed_at > " + Dialect::parameter(next_parameter<T>) + is_superseded()) {}

  /// In place of every row of its owner. With `is_last`, behind all rows of the table.
  void replace(const WorkspaceKey& key, std::string_view user_id, const SqlRecord<T>& record, bool is_last = false) {
    if (is_last) erase(key, user_id);
    // All rows at once, since there is hardly ever more than one.
    const std::int64_t updated = is_last ? 0 : run(update_, key, user_id, record);
    if (updated == 0) run(insert_, key, user_id, record);
    if (updated > 1) erase_superseded(key, user_id);
  }

  /// Behind the rows of its owner that are there. `may_be_older` where one of them may have a newer time.
  void append(const WorkspaceKey& key, std::string_view user_id, const SqlRecord<T>& record, bool may_be_older) {
    run(insert_, key, user_id, record);
    if (!may_be_older) return;
    // Python takes the row with the newest time for the last saved one. Where time went back, the superseded rows have
    // to give way: to the end, so that each does it once.
    step_back_.run(key, [&](Statement& statement) {
      bind_owner<T>(statement, key, user_id);
      statement.bind(next_parameter<T>, record.installed_at);
    });
  }

  void erase(const WorkspaceKey& key, std::string_view user_id = {}) { erase_.run(key, owner_binder(key, user_id)); }

  /// All rows of the owner but the last.
  void erase_superseded(const WorkspaceKey& key, std::string_view user_id = {}) {
    erase_superseded_.run(key, owner_binder(key, user_id));
  }

 private:
  [[nodiscard]] static std::string table() { return std::string(sql_table<T>); }
  [[nodiscard]] static std::string owner() { return of_owner<Dialect, T>(); }
  [[nodiscard]] static std::string is_superseded() {
    return " and id <> (select max(id) from " + table() + " where " + owner() + and_is_record<Dialect, T>() + ")";
  }

  [[nodiscard]] static auto owner_binder(const WorkspaceKey& key, std::string_view user_id) {
    return [&key, user_id](Statement& statement) { bind_owner<T>(statement, key, user_id); };
  }

  static std::int64_t run(SqlPrepared<Connection>& prepared, const WorkspaceKey& key, std::string_view user_id,
                          const SqlRecord<T>& record) {
    return prepared.run(key, [&](Statement& statement) {
      bind_owner<T>(statement, key, user_id);
      bind_record<Dialect>(statement, key, record);
    });
  }

  SqlPrepared<Connection> insert_;
  SqlPrepared<Connection> update_;
  SqlPrepared<Connection> erase_;
  SqlPrepared<Connection> erase_superseded_;
  SqlPrepared<Connection> step_back_;
};

}  // namespace slack::oauth::inline v0::detail
