// The tables: those of the Python SDK's SQLAlchemy stores, what this library adds to them, and some of its own. One
// list of their parts says what opening makes, what an error names, and what the script for another role does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/names.hpp"
#include "slack/oauth/postgresql/detail/notices.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/schema.hpp"

namespace slack::oauth::inline v0::detail {

/// What a schema has: a table, or something of a table. All in default names, also what is SQL.
struct PostgreSQLSchemaPart {
  std::string table;
  std::string_view kind;  ///< as below
  std::string name;
  std::string statement;  ///< makes it where it is missing, and may be run any number of times; empty: nothing can
};

inline constexpr std::string_view table_part;
inline constexpr std::string_view column_part = "column";
inline constexpr std::string_view limit_part = "no limit of column";
inline constexpr std::string_view index_part = "index";
inline constexpr std::string_view function_part = "function";
inline constexpr std::string_view trigger_part = "trigger";
inline constexpr std::string_view version_part = "version";

/// The parts of one kind of store, each behind what it needs.
struct PostgreSQLSchema {
  SqlComponent component;
  std::vector<PostgreSQLSchemaPart> parts{};
};

[[nodiscard]] inline std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

/// Of a table or an index, in SQL; null where there is none.
[[nodiscard]] inline std::string class_of(const PostgreSQLNames& names, std::string_view name) {
  return "pg_catalog.to_regclass(" + names.quoted_place_of(name) + ")::oid";
}

/// The same of the triggers' function.
[[nodiscard]] inline std::string tell_function_of(const PostgreSQLNames& names) {
  std::string place = names.quoted_place_of(PostgreSQLNames::tell_function);
  place.insert(place.size() - 1, "()");
  return "pg_catalog.to_regprocedure(" + place + ")::oid";
}

// Of a column that a schema wants to have no limit.
inline constexpr std::string_view is_limited_sql = "atttypid = 'varchar'::regtype::oid and atttypmod <> -1";

/// Puts a schema together. `names` has to outlive it.
class PostgreSQLSchemaMaker {
 public:
  explicit PostgreSQLSchemaMaker(const PostgreSQLNames& names, const SqlComponent& component)
      : names_(names), schema_{component} {}

  void table(const std::string& name, const std::string& definition) {
    schema_.parts.push_back({name, table_part, "", "create table if not exists " + name + " (" + definition + ")"});
  }

  void column(const std::string& table, const std::string& name, const std::string& declaration) {
    schema_.parts.push_back(
        {table, column_part, name,
         "alter table " + table + " add column if not exists " + sql_name(name) + " " + declaration});
  }

  /// One that the table of every Slack SDK has.
  void required_column(const std::string& table, const std::string& name) {
    schema_.parts.push_back({table, column_part, name, ""});
  }

  /// That these columns may hold texts of any length. PostgreSQL refuses to alter what a view shows, also where that
  /// changes nothing: so only what has a limit is altered.
  void unlimited_columns(const std::string& table, const std::vector<std::string>& columns) {
    std::string list;
    for (const auto& column : columns) list += (list.empty() ? "" : ", ") + sql_text(column);
    const std::string table_class = class_of(names_, table);
    const std::string widen =
        "do $slack_oauth$ declare limited name; begin for limited in select attname from pg_attribute where attrelid "
        "= " +
        table_class + " and attname in (" + list + ") and not attisdropped and " + std::string(is_limited_sql) +
        " loop execute pg_catalog.format('alter table %s alter column %I type varchar', " + table_class +
        "::regclass, limited); end loop; end $slack_oauth$";
    for (const auto& column : columns) schema_.parts.push_back({table, limit_part, column, widen});
  }

  void index(const std::string& table, const std::string& name, const std::string& columns,
             const std::string& condition = "") {
    schema_.parts.push_back({table, index_part, name,
                             "create index if not exists " + name + " on " + table + " (" + columns + ")" +
                                 (condition.empty() ? "" : " where " + condition)});
  }

  void triggers() {
    const std::vector<std::string> statements = trigger_schema(names_);
    schema_.parts.push_back(
        {"slack_bots", function_part, std::string(PostgreSQLNames::tell_function), statements.at(0)});
    std::size_t number = 0;
    for (const std::string table : {"slack_bots", "slack_installations"}) {
      schema_.parts.push_back({table, trigger_part, std::string(trigger_name), statements.at(++number)});
    }
  }

  /// With the version, which comes last: where it is there, all the rest is.
  [[nodiscard]] PostgreSQLSchema made() {
    const std::string table(sql_schema_table);
    auto changes = schema_version_changes(schema_.component);
    schema_.parts.push_back({table, table_part, "", std::move(changes.at(0))});
    schema_.parts.push_back(
        {table, version_part, std::to_string(schema_.component.known_version), std::move(changes.at(1))});
    return std::move(schema_);
  }

 private:
  const PostgreSQLNames& names_;
  PostgreSQLSchema schema_;
};

/// SQL that gives what there is of a schema but its version: rows of a table, a kind and a name. Of a column with a
/// limit it gives a row that says so.
[[nodiscard]] inline std::string present_parts_sql(const PostgreSQLNames& names, const PostgreSQLSchema& schema) {
  std::string listed;
  bool has_triggers = false;
  for (const auto& part : schema.parts) {
    has_triggers |= part.kind == trigger_part;
    if (part.kind != table_part && part.kind != index_part) continue;
    listed += (listed.empty() ? "(" : ", (") + sql_text(part.table) + ", " + sql_text(part.kind) + ", " +
              sql_text(part.name) + ", " + class_of(names, part.kind == table_part ? part.table : part.name) + ")";
  }
  const auto of_tables = [](std::string_view kind, std::string_view name, std::string_view catalog) {
    return " union all select of_table, " + sql_text(kind) + ", " + std::string(name) + "::text from listed join " +
           std::string(catalog) + " = class and kind = ''";
  };
  std::string sql =
      "with listed (of_table, kind, name, class) as (values " + listed +
      ") select of_table, kind, name from listed join pg_class on oid = class and (kind = '' and relkind in ('r', 'p', "
      "'v', 'm', 'f') or kind = 'index' and relkind in ('i', 'I'))" +
      of_tables(column_part, "attname", "pg_attribute on not attisdropped and attrelid") +
      of_tables(limit_part, "attname",
                "pg_attribute on not attisdropped and " + std::string(is_limited_sql) + " and attrelid");
  if (!has_triggers) return sql;
  const std::string function = tell_function_of(names);
  return sql + " union all select 'slack_bots', 'function', " + sql_text(PostgreSQLNames::tell_function) + " where " +
         function + " is not null" +
         of_tables(trigger_part, "tgname",
                   "pg_trigger on tgname = " + sql_text(trigger_name) + " and tgfoid = " + function +
                       " and tgenabled in ('O', 'A') and tgrelid");
}

/// A table as Python's `create_all` makes it, but for the limits of its columns, and what this library adds.
template <HasFields T>
void add_python_table(PostgreSQLSchemaMaker& maker) {
  const std::string table(sql_table<T>);
  const auto columns = sql_columns<PostgreSQLDialect, T>();
  std::string definition = "id " + std::string(PostgreSQLDialect::id_declaration) + ", client_id varchar(32) not null";
  std::vector<std::string> texts;
  for (const auto& column : columns) {
    if (is_shared_field<T>(column.name)) definition += ", " + sql_name(column.name) + " " + column.declaration;
    if (column.declaration.starts_with("varchar")) texts.push_back(column.name);
  }
  maker.table(table, definition);
  for (const auto& column : columns) {
    // Columns that came to the Python SDK later may be null or have a default; the others were always there.
    if (column.declaration.ends_with("not null")) {
      maker.required_column(table, column.name);
    } else {
      maker.column(table, column.name, column.declaration);
    }
  }
  maker.required_column(table, "id");
  maker.required_column(table, "client_id");
  maker.unlimited_columns(table, texts);
}

/// The tables of the installations.
template <HasFields InstallationT, HasFields BotT>
[[nodiscard]] PostgreSQLSchema postgresql_installation_schema(const PostgreSQLNames& names, bool has_triggers) {
  PostgreSQLSchemaMaker maker(names, sql_installation_tables);
  add_python_table<InstallationT>(maker);
  add_python_table<BotT>(maker);
  const std::string key = "client_id varchar not null, enterprise_id varchar not null, team_id varchar not null, ";
  const std::string unique = ", primary key (client_id, enterprise_id, team_id)";
  const std::string change = "notice varchar not null, version bigint not null, changed_at timestamptz not null";
  // One row for each workspace that was ever written. Every write locks it first, so that the writers of a workspace
  // take turns: Python's tables have no unique key that could do it. `last_writes` is what PostgreSQLWrite says;
  // `notice` is what changes() hears of.
  maker.table("slack_oauth_workspaces", key + change + ", last_writes bigint[] not null" + unique);
  // The same for what others than this library write, where there are triggers. It is a table of its own, since others
  // have the rows that they write before they have this one, and this library the other way round: in one table, one
  // would wait for the other for ever.
  maker.table("slack_oauth_others", key + change + unique);
  maker.table("slack_oauth_leases",
              key + "holder varchar not null, expires_at timestamptz not null, lifetime bigint not null" + unique);
  for (const auto& index : sql_indexes<PostgreSQLDialect>()) {
    maker.index(index.table, index.name, index.columns, index.condition);
  }
  // They find what a notice is about, and what was written of late.
  for (const std::string table : {"slack_oauth_workspaces", "slack_oauth_others"}) {
    maker.index(table, table + "_notice_idx", "notice");
    maker.index(table, table + "_changed_idx", "client_id, changed_at");
  }
  if (has_triggers) maker.triggers();
  return maker.made();
}

inline constexpr SqlComponent postgresql_state_tables{"state_store", 1};

/// The table of the states.
[[nodiscard]] inline PostgreSQLSchema postgresql_state_schema(const PostgreSQLNames& names) {
  const std::string table = "slack_oauth_states";
  PostgreSQLSchemaMaker maker(names, postgresql_state_tables);
  maker.table(table, "id serial primary key, state varchar(200) not null, expire_at timestamp not null");
  for (const std::string column : {"id", "state", "expire_at"}) maker.required_column(table, column);
  maker.column(table, "payload", "varchar");
  maker.index(table, "slack_oauth_states_state_idx", "state");
  maker.index(table, "slack_oauth_states_expire_at_idx", "expire_at");
  return maker.made();
}

inline constexpr SqlComponent postgresql_event_tables{"event_deduplicator", 1};

/// The table of the events. `holder` is null where the event was handled; `lifetime` is in milliseconds.
[[nodiscard]] inline PostgreSQLSchema postgresql_event_schema(const PostgreSQLNames& names) {
  const std::string table = "slack_oauth_events";
  PostgreSQLSchemaMaker maker(names, postgresql_event_tables);
  maker.table(table,
              "client_id varchar not null, event_id varchar not null, holder varchar, expires_at timestamptz not null, "
              "lifetime bigint not null, primary key (client_id, event_id)");
  maker.index(table, "slack_oauth_events_expires_at_idx", "expires_at");
  return maker.made();
}

/// A script with the names of a store's options, which may be run any number of times.
[[nodiscard]] inline std::string schema_script(const PostgreSQLNames& names, const PostgreSQLSchema& schema) {
  std::string script;
  std::string_view last;
  for (const auto& part : schema.parts) {
    if (part.statement.empty() || part.statement == last) continue;
    script += names.apply(part.statement) + ";\n";
    last = part.statement;
  }
  return script;
}

}  // namespace slack::oauth::inline v0::detail
