// The tables: those of the Python SDK's SQLAlchemy stores, what this library adds to them, and those of its own.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/names.hpp"
#include "slack/oauth/postgresql/detail/notices.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/schema.hpp"

namespace slack::oauth::inline v0::detail {

// One row for each workspace that was ever written. Every write locks it first, so that the writers of a workspace take
// turns: Python's tables have no unique key that could do it. `last_writes` is what PostgreSQLWrite says; `notice` is
// what changes() hears of.
inline constexpr std::string_view workspaces_table =
    "create table if not exists slack_oauth_workspaces (client_id varchar not null, enterprise_id varchar not null, "
    "team_id varchar not null, notice varchar not null, version bigint not null, changed_at timestamptz not null, "
    "last_writes bigint[] not null, "
    "primary key (client_id, enterprise_id, team_id))";

// The same for what others than this library write, where there are triggers. It is a table of its own, since others
// have the rows that they write before they have this one, and this library the other way round: in one table, one
// would wait for the other for ever.
inline constexpr std::string_view others_table =
    "create table if not exists slack_oauth_others (client_id varchar not null, enterprise_id varchar not null, "
    "team_id varchar not null, notice varchar not null, version bigint not null, changed_at timestamptz not null, "
    "primary key (client_id, enterprise_id, team_id))";

inline constexpr std::string_view leases_table =
    "create table if not exists slack_oauth_leases (client_id varchar not null, enterprise_id varchar not null, "
    "team_id varchar not null, holder varchar not null, expires_at timestamptz not null, lifetime bigint not null, "
    "primary key (client_id, enterprise_id, team_id))";

// `holder` is null where the event was handled. `lifetime` is in milliseconds.
inline constexpr std::string_view events_table =
    "create table if not exists slack_oauth_events (client_id varchar not null, event_id varchar not null, "
    "holder varchar, expires_at timestamptz not null, lifetime bigint not null, primary key (client_id, event_id))";

inline constexpr std::string_view index_command = "create index if not exists ";

/// They find what a notice is about, and what was written of late.
[[nodiscard]] inline std::vector<std::string> change_indexes() {
  const std::string create(index_command);
  return {create + "slack_oauth_workspaces_notice_idx on slack_oauth_workspaces (notice)",
          create + "slack_oauth_workspaces_changed_idx on slack_oauth_workspaces (client_id, changed_at)",
          create + "slack_oauth_others_notice_idx on slack_oauth_others (notice)",
          create + "slack_oauth_others_changed_idx on slack_oauth_others (client_id, changed_at)"};
}

inline constexpr SqlComponent postgresql_state_tables{"state_store", 1};
inline constexpr SqlComponent postgresql_event_tables{"event_deduplicator", 1};

/// A table as Python's `create_all` makes it, but for the limits of its columns.
template <HasFields T>
[[nodiscard]] std::string python_table() {
  std::string sql = "create table if not exists " + std::string(sql_table<T>) + " (id " +
                    std::string(PostgreSQLDialect::id_declaration) + ", client_id varchar(32) not null";
  for (const auto& column : sql_columns<PostgreSQLDialect, T>()) {
    if (is_shared_field<T>(column.name)) sql += ", " + sql_name(column.name) + " " + column.declaration;
  }
  return sql + ")";
}

/// Statements that make or complete the tables of the installations, whichever of them are there.
template <HasFields InstallationT, HasFields BotT>
[[nodiscard]] std::vector<std::string> postgresql_installation_schema() {
  std::vector<std::string> statements;
  const auto complete = [&statements]<class T>() {
    const std::string table(sql_table<T>);
    statements.push_back(python_table<T>());
    std::string added;
    std::string widened;
    for (const auto& column : sql_columns<PostgreSQLDialect, T>()) {
      const std::string name = sql_name(column.name);
      // What was always there is there.
      if (!column.declaration.ends_with("not null")) {
        added += (added.empty() ? " " : ", ") + ("add column if not exists " + name + " ") + column.declaration;
      }
      if (column.declaration.starts_with("varchar")) {
        widened += (widened.empty() ? " " : ", ") + ("alter column " + name + " type varchar");
      }
    }
    statements.push_back("alter table " + table + added);
    statements.push_back("alter table " + table + widened);
  };
  complete.template operator()<InstallationT>();
  complete.template operator()<BotT>();
  for (const auto& index : sql_indexes<PostgreSQLDialect>()) {
    statements.push_back("create index if not exists " + index.name + " on " + index.table + " (" + index.columns +
                         ")" + (index.condition.empty() ? "" : " where " + index.condition));
  }
  statements.emplace_back(workspaces_table);
  statements.emplace_back(others_table);
  for (const auto& index : change_indexes()) statements.push_back(index);
  statements.emplace_back(leases_table);
  for (auto& change : schema_version_changes(sql_installation_tables)) statements.push_back(std::move(change));
  return statements;
}

/// The same of the states.
[[nodiscard]] inline std::vector<std::string> postgresql_state_schema() {
  std::vector<std::string> statements{
      "create table if not exists slack_oauth_states (id serial primary key, state varchar(200) not null, "
      "expire_at timestamp not null)",
      "alter table slack_oauth_states add column if not exists payload varchar",
      "create index if not exists slack_oauth_states_state_idx on slack_oauth_states (state)",
      "create index if not exists slack_oauth_states_expire_at_idx on slack_oauth_states (expire_at)"};
  for (auto& change : schema_version_changes(postgresql_state_tables)) statements.push_back(std::move(change));
  return statements;
}

/// The same of the events.
[[nodiscard]] inline std::vector<std::string> postgresql_event_schema() {
  std::vector<std::string> statements{
      std::string(events_table),
      "create index if not exists slack_oauth_events_expires_at_idx on slack_oauth_events (expires_at)"};
  for (auto& change : schema_version_changes(postgresql_event_tables)) statements.push_back(std::move(change));
  return statements;
}

/// What the database lacks for installations, as statements.
template <HasFields InstallationT, HasFields BotT>
[[nodiscard]] std::vector<std::string> missing_installation_schema(const PostgreSQLConnection& connection) {
  std::vector<std::string> missing = missing_schema<InstallationT, BotT>(connection);
  for (const std::string table : {"slack_installations", "slack_bots"}) {
    for (const auto& column : connection.limited_columns(table)) {
      if (column != "client_id") {
        missing.push_back("alter table " + table + " alter column " + sql_name(column) + " type varchar");
      }
    }
  }
  if (!connection.has_table("slack_oauth_workspaces")) missing.emplace_back(workspaces_table);
  if (!connection.has_table("slack_oauth_others")) missing.emplace_back(others_table);
  for (const auto& index : change_indexes()) {
    const std::string_view name = std::string_view(index).substr(index_command.size());
    if (!connection.has_index(name.substr(0, name.find(' ')))) missing.push_back(index);
  }
  if (!connection.has_table("slack_oauth_leases")) missing.emplace_back(leases_table);
  return missing;
}

/// Whether the triggers of trigger_schema() are there.
[[nodiscard]] inline bool has_triggers(const PostgreSQLConnection& connection) {
  return connection.has_trigger("slack_bots", trigger_name) &&
         connection.has_trigger("slack_installations", trigger_name);
}

/// The same for states.
[[nodiscard]] inline std::vector<std::string> missing_postgresql_state_schema(const PostgreSQLConnection& connection) {
  const std::string table = "slack_oauth_states";
  const auto present = connection.column_names(table);
  const auto has = [&present](std::string_view name) {
    return std::find(present.begin(), present.end(), name) != present.end();
  };
  if (!present.empty() && (!has("id") || !has("state") || !has("expire_at"))) {
    throw InvalidDataError(table, "has no id, state or expire_at: this table is not one of a Slack SDK");
  }
  const bool has_version =
      read_schema_version(connection, postgresql_state_tables) == postgresql_state_tables.known_version;
  const bool has_indexes =
      connection.has_index("slack_oauth_states_state_idx") && connection.has_index("slack_oauth_states_expire_at_idx");
  return has_version && has_indexes && has("payload") ? std::vector<std::string>{} : postgresql_state_schema();
}

/// The same for events.
[[nodiscard]] inline std::vector<std::string> missing_postgresql_event_schema(const PostgreSQLConnection& connection) {
  const bool is_there =
      read_schema_version(connection, postgresql_event_tables) == postgresql_event_tables.known_version &&
      connection.has_table("slack_oauth_events") && connection.has_index("slack_oauth_events_expires_at_idx");
  return is_there ? std::vector<std::string>{} : postgresql_event_schema();
}

/// Whether a statement failed since another process made the same at the same moment: even "if not exists" does then.
[[nodiscard]] inline bool is_made_by_others(const StorageError& error) {
  for (const std::string_view code : {"23505", "42P07", "42701", "42710", "XX000"}) {
    if (error.code() == code) return true;
  }
  return false;
}

/// Sees to it that nothing is missing: by making it, or, where the app may not, by an error that names it.
template <class Missing>
void require_schema(PostgreSQLConnection& connection, bool may_create, const std::vector<std::string>& schema,
                    const Missing& missing) {
  constexpr int most_tries = 20;
  for (int tries = 1;; ++tries) {
    const std::vector<std::string> lacked = missing(connection);
    if (lacked.empty()) return;
    if (!may_create) {
      std::string lacks;
      for (const auto& statement : lacked) lacks += (lacks.empty() ? "" : "; ") + statement;
      throw connection.refusal(
          "the tables are not as this version of slack-oauth needs them, and the option `create_tables` is off. Run "
          "what postgresql_schema_sql() gives. Missing is: " +
          lacks);
    }
    connection.require_writable();
    auto begin = connection.prepare(PostgreSQLDialect::begin_writing);
    auto commit = connection.prepare("commit");
    try {
      SqlTransaction transaction(connection, begin, commit);
      for (const auto& statement : schema) connection.execute(statement);
      return transaction.commit();
    } catch (const StorageError& error) {
      if (!is_made_by_others(error) || tries == most_tries) throw;
    }
  }
}

/// A script of statements with the names of a store's options.
[[nodiscard]] inline std::string schema_script(const PostgreSQLNames& names, const std::vector<std::string>& schema) {
  std::string script;
  for (const auto& statement : schema) script += names.apply(statement) + ";\n";
  return script;
}

}  // namespace slack::oauth::inline v0::detail
