// Makes the tables, and upgrades those that the Python SDK or an older version of this library made: in place, in one
// transaction, once. Nothing is ever removed or renamed.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/sqlite3/columns.hpp"
#include "slack/oauth/sqlite3/connection.hpp"

namespace slack::oauth::inline v0::detail {

// The version is kept in a table of our own. `pragma user_version` is one number for the whole file, and the file may
// be an app's, with tables and a version of its own; the Python SDK reads neither.
inline constexpr std::string_view sqlite3_schema_table = "slack_oauth_schema";
inline constexpr std::int64_t sqlite3_schema_version = 1;

struct SQLite3Index {
  std::string name;
  std::string table;
  std::string columns;
};

/// The Python SDK's two, and ours. SQLite appends the row's id to every index, so that ours give the last saved row of
/// a bot or user, and the newest of a workspace, without sorting.
[[nodiscard]] inline std::vector<SQLite3Index> sqlite3_indexes() {
  return {
      {"slack_installations_idx", "slack_installations", "client_id, enterprise_id, team_id, user_id, installed_at"},
      {"slack_bots_idx", "slack_bots", "client_id, enterprise_id, team_id, installed_at"},
      {"slack_oauth_bots_idx", "slack_bots", "client_id, enterprise_id, team_id"},
      {"slack_oauth_users_idx", "slack_installations", "client_id, enterprise_id, team_id, user_id"},
      {"slack_oauth_newest_idx", "slack_installations", "client_id, enterprise_id, team_id, installed_at"}};
}

[[nodiscard]] inline bool has_sqlite3_object(const SQLite3Connection& connection, std::string_view type,
                                             std::string_view name) {
  SQLite3Statement statement = connection.prepare("select 1 from sqlite_master where type = ?1 and name = ?2");
  statement.bind(1, type);
  statement.bind(2, name);
  return statement.step();
}

/// Absent tables have no columns.
[[nodiscard]] inline std::vector<std::string> column_names(const SQLite3Connection& connection,
                                                           std::string_view table) {
  SQLite3Statement statement = connection.prepare("select name from pragma_table_info(?1)");
  statement.bind(1, table);
  std::vector<std::string> names;
  while (statement.step()) names.emplace_back(statement.row().text(0));
  return names;
}

/// The tables of one kind of store, which have a version of their own.
struct SQLite3Component {
  std::string_view name;
  std::int64_t known_version;
};

inline constexpr SQLite3Component sqlite3_installation_tables{"installation_store", sqlite3_schema_version};

/// 0 where there is none yet. Throws StorageError where a newer version of this library made it.
[[nodiscard]] inline std::int64_t read_schema_version(const SQLite3Connection& connection,
                                                      const SQLite3Component& component = sqlite3_installation_tables) {
  if (!has_sqlite3_object(connection, "table", sqlite3_schema_table)) return 0;
  SQLite3Statement statement = connection.prepare("select version from slack_oauth_schema where component = ?1");
  statement.bind(1, component.name);
  if (!statement.step()) return 0;
  const std::int64_t version = statement.row().integer(0);
  if (version > component.known_version) {
    throw sqlite3_refusal("the database is of schema version " + std::to_string(version) +
                          ", which a newer version of slack-oauth made; this one knows version " +
                          std::to_string(component.known_version) + " and leaves it alone");
  }
  return version;
}

/// What has to be executed to say that the tables of a component are as this version of the library knows them.
[[nodiscard]] inline std::vector<std::string> schema_version_changes(const SQLite3Component& component) {
  return {
      "create table if not exists slack_oauth_schema (component text primary key not null, version integer not null)",
      "insert or replace into slack_oauth_schema (component, version) values ('" + std::string(component.name) + "', " +
          std::to_string(component.known_version) + ")"};
}

/// What has to be executed to make or complete a table; empty where nothing is missing.
template <HasFields T>
[[nodiscard]] std::vector<std::string> missing_columns(const SQLite3Connection& connection) {
  const std::string table(sqlite3_table<T>);
  const auto columns = sqlite3_columns<T>();
  const auto present = column_names(connection, table);
  if (present.empty()) {
    std::string create = "create table " + table + " (id integer primary key autoincrement, client_id text not null";
    for (const auto& column : columns) create += ", " + sql_name(column.name) + " " + column.declaration;
    return {create + ")"};
  }
  const auto is_present = [&present](std::string_view name) {
    return std::find(present.begin(), present.end(), name) != present.end();
  };
  std::vector<std::string> changes;
  for (const auto& column : columns) {
    if (is_present(column.name)) continue;
    // Columns that came to the Python SDK later may be null or have a constant default; the others were always there.
    const bool is_nullable = column.declaration.find("not null") == std::string::npos;
    if (!is_nullable && !column.declaration.ends_with("default 0")) {
      throw InvalidDataError(table + "." + column.name, "is missing: this table is not one of a Slack SDK");
    }
    changes.push_back("alter table " + table + " add column " + sql_name(column.name) + " " + column.declaration);
  }
  if (!is_present("id") || !is_present("client_id")) {
    throw InvalidDataError(table, "has no id or client_id: this table is not one of a Slack SDK");
  }
  return changes;
}

/// All that the database lacks. Empty where it is as it should be.
template <HasFields InstallationT, HasFields BotT>
[[nodiscard]] std::vector<std::string> missing_schema(const SQLite3Connection& connection) {
  const std::int64_t version = read_schema_version(connection);
  std::vector<std::string> changes = missing_columns<InstallationT>(connection);
  const auto of_bots = missing_columns<BotT>(connection);
  changes.insert(changes.end(), of_bots.begin(), of_bots.end());
  for (const auto& index : sqlite3_indexes()) {
    if (has_sqlite3_object(connection, "index", index.name)) continue;
    changes.push_back("create index " + index.name + " on " + index.table + " (" + index.columns + ")");
  }
  if (version < sqlite3_schema_version) {
    for (auto& change : schema_version_changes(sqlite3_installation_tables)) changes.push_back(std::move(change));
  }
  return changes;
}

/// `missing` says what the database lacks, as missing_schema() does.
template <class Missing>
void complete_schema(SQLite3Connection& connection, const Missing& missing) {
  if (missing(connection).empty()) return;
  if (connection.is_read_only()) {
    throw sqlite3_error(SQLITE_READONLY, "it is read-only, and has yet to be prepared for this version of slack-oauth",
                        "use the database");
  }
  SQLite3Statement begin = connection.prepare("begin immediate");
  SQLite3Statement commit = connection.prepare("commit");
  SQLite3Transaction transaction(connection, begin, commit);
  // Another process may have done it while this one waited for its turn.
  for (const auto& change : missing(connection)) connection.execute(change);
  transaction.commit();
}

/// The log that lets readers and a writer work at the same time. It stays with the file; a database in memory and one
/// on a file system without shared memory go on without it.
inline void enter_wal_mode(const SQLite3Connection& connection) {
  if (connection.is_read_only() || connection.read_text("pragma journal_mode") == "wal") return;
  connection.retry_while_busy([&connection] { return connection.read_text("pragma journal_mode = wal"); });
}

}  // namespace slack::oauth::inline v0::detail
