// Makes the tables, and upgrades those that the Python SDK or an older version of this library made: in place, in one
// transaction, once. Nothing is ever removed or renamed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/connection.hpp"

namespace slack::oauth::inline v0::detail {

// The version is kept in a table of our own. `pragma user_version` is one number for the whole file, and the file may
// be an app's, with tables and a version of its own; the Python SDK reads neither.
inline constexpr std::string_view sql_schema_table = "slack_oauth_schema";
inline constexpr std::int64_t sql_schema_version = 3;

struct SqlIndex {
  std::string name;
  std::string table;
  std::string columns;
  std::string condition{};  ///< where given, the rows that are in it
};

/// The Python SDK's two, and ours, which give the last saved row of a bot or user, the newest of a workspace, and the
/// rows that Python wrote since this library did, without sorting.
template <class Dialect>
[[nodiscard]] std::vector<SqlIndex> sql_indexes() {
  const std::string key(Dialect::key_columns);
  const std::string end(Dialect::index_end);
  return {
      {"slack_installations_idx", "slack_installations", "client_id, enterprise_id, team_id, user_id, installed_at"},
      {"slack_bots_idx", "slack_bots", "client_id, enterprise_id, team_id, installed_at"},
      {"slack_oauth_bots_idx", "slack_bots", key + end},
      {"slack_oauth_users_idx", "slack_installations", key + ", user_id" + end},
      {"slack_oauth_newest_idx", "slack_installations", key + ", installed_at" + end},
      {"slack_oauth_unchecked_idx", "slack_installations", key, "bot_checked is null"}};
}

/// The tables of one kind of store, which have a version of their own.
struct SqlComponent {
  std::string_view name;
  std::int64_t known_version;
};

inline constexpr SqlComponent sql_installation_tables{"installation_store", sql_schema_version};

/// 0 where there is none yet. Throws StorageError where a newer version of this library made it.
template <SqlConnection Connection>
[[nodiscard]] std::int64_t read_schema_version(const Connection& connection,
                                               const SqlComponent& component = sql_installation_tables) {
  if (!connection.has_table(sql_schema_table)) return 0;
  auto statement = connection.prepare("select version from slack_oauth_schema where component = " +
                                      Connection::Dialect::parameter(1));
  statement.bind(1, component.name);
  if (!statement.step()) return 0;
  const std::int64_t version = statement.row().integer(0);
  if (version > component.known_version) {
    throw connection.refusal("the database is of schema version " + std::to_string(version) +
                             ", which a newer version of slack-oauth made; this one knows version " +
                             std::to_string(component.known_version) + " and leaves it alone");
  }
  return version;
}

/// What has to be executed to say that the tables of a component are as this version of the library knows them.
[[nodiscard]] inline std::vector<std::string> schema_version_changes(const SqlComponent& component) {
  return {
      "create table if not exists slack_oauth_schema (component text primary key not null, version integer not null)",
      "insert into slack_oauth_schema (component, version) values ('" + std::string(component.name) + "', " +
          std::to_string(component.known_version) +
          ") on conflict (component) do update set version = excluded.version"};
}

/// What has to be executed to make or complete a table; empty where nothing is missing.
template <HasFields T, SqlCatalog Connection>
[[nodiscard]] std::vector<std::string> missing_columns(const Connection& connection) {
  const std::string table(sql_table<T>);
  using Dialect = typename Connection::Dialect;
  const auto columns = sql_columns<Dialect, T>();
  const auto present = connection.column_names(table);
  if (present.empty()) {
    std::string create = "create table " + table + " (id " + std::string(Dialect::id_declaration) + ", client_id " +
                         std::string(Dialect::text_type) + " not null";
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
    if (!is_nullable && !column.declaration.ends_with(std::string("default ").append(Dialect::false_value))) {
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
template <HasFields InstallationT, HasFields BotT, SqlCatalog Connection>
[[nodiscard]] std::vector<std::string> missing_schema(const Connection& connection) {
  const std::int64_t version = read_schema_version(connection);
  std::vector<std::string> changes = missing_columns<InstallationT>(connection);
  const auto of_bots = missing_columns<BotT>(connection);
  changes.insert(changes.end(), of_bots.begin(), of_bots.end());
  for (const auto& index : sql_indexes<typename Connection::Dialect>()) {
    if (connection.has_index(index.name)) continue;
    changes.push_back("create index " + index.name + " on " + index.table + " (" + index.columns + ")" +
                      (index.condition.empty() ? "" : " where " + index.condition));
  }
  if (version < sql_schema_version) {
    for (auto& change : schema_version_changes(sql_installation_tables)) changes.push_back(std::move(change));
  }
  return changes;
}

/// `missing` says what the database lacks, as missing_schema() does.
template <SqlConnection Connection, class Missing>
void complete_schema(Connection& connection, const Missing& missing) {
  if (missing(connection).empty()) return;
  connection.require_writable();
  auto begin = connection.prepare(Connection::Dialect::begin_writing);
  auto commit = connection.prepare("commit");
  SqlTransaction transaction(connection, begin, commit);
  // Another process may have done it while this one waited for its turn.
  for (const auto& change : missing(connection)) connection.execute(change);
  transaction.commit();
}

}  // namespace slack::oauth::inline v0::detail
