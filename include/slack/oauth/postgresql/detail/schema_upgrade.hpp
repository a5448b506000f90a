// Sees to it that a database has the tables, when a store is opened.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/names.hpp"
#include "slack/oauth/postgresql/detail/schema.hpp"
#include "slack/oauth/postgresql/detail/settings.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/schema.hpp"

namespace slack::oauth::inline v0::detail {

/// What the database lacks. Throws StorageError where a newer version of this library made it, and InvalidDataError
/// where a table is not a Slack SDK's.
[[nodiscard]] inline std::vector<PostgreSQLSchemaPart> missing_parts(const PostgreSQLConnection& connection,
                                                                     const PostgreSQLNames& names,
                                                                     const PostgreSQLSchema& schema) {
  const bool has_version = read_schema_version(connection, schema.component) == schema.component.known_version;
  std::set<std::tuple<std::string, std::string, std::string>> present;
  auto statement = connection.prepare(present_parts_sql(names, schema));
  const SqlUse use(statement);
  while (statement.step()) {
    const auto row = statement.row();
    present.emplace(row.text(0), row.text(1), row.text(2));
  }
  const auto is_there = [&](const PostgreSQLSchemaPart& part) {
    if (part.kind == version_part) return has_version;
    const bool is_found = present.contains({part.table, std::string(part.kind), part.name});
    return part.kind == limit_part ? !is_found : is_found;
  };
  std::vector<PostgreSQLSchemaPart> missing;
  std::remove_copy_if(schema.parts.begin(), schema.parts.end(), std::back_inserter(missing), is_there);
  return missing;
}

[[nodiscard]] inline bool has_table_of(const std::vector<PostgreSQLSchemaPart>& missing,
                                       const PostgreSQLSchemaPart& part) {
  return std::any_of(missing.begin(), missing.end(), [&part](const PostgreSQLSchemaPart& other) {
    return other.kind == table_part && other.table == part.table;
  });
}

inline void require_sdk_tables(const std::vector<PostgreSQLSchemaPart>& missing) {
  for (const auto& part : missing) {
    if (part.statement.empty() && !has_table_of(missing, part)) {
      throw InvalidDataError(part.table + "." + part.name, "is missing: this table is not one of a Slack SDK");
    }
  }
}

/// By their names: 'table "slack_oauth_leases"; in "slack_bots": column custom_values; index slack_oauth_bots_idx'.
/// What a missing table would have is not named.
[[nodiscard]] inline std::string describe(const std::vector<PostgreSQLSchemaPart>& missing,
                                          const PostgreSQLNames& names) {
  std::string text;
  std::vector<std::string> tables;
  for (const auto& part : missing) {
    if (part.kind == table_part)
      text += (text.empty() ? "table " : ", table ") + std::string(names.place_of(part.table));
    if (std::find(tables.begin(), tables.end(), part.table) == tables.end()) tables.push_back(part.table);
  }
  for (const auto& table : tables) {
    std::string of_table;
    std::string_view kind;
    for (const auto& part : missing) {
      if (part.table != table || part.kind == table_part || has_table_of(missing, part)) continue;
      of_table += (part.kind == kind ? ", " : (of_table.empty() ? " " : "; ") + std::string(part.kind) + " ") +
                  names.apply(part.name);
      kind = part.kind;
    }
    if (!of_table.empty()) text += (text.empty() ? "in " : "; in ") + names.place_of(table) + ":" + of_table;
  }
  return text;
}

/// Whether a statement failed since another process made the same at the same moment: even "if not exists" does then.
[[nodiscard]] inline bool is_made_by_others(const StorageError& error) {
  for (const std::string_view code : {"23505", "42P07", "42701", "42710", "XX000"}) {
    if (error.code() == code) return true;
  }
  return false;
}

/// What makes the tables may take as long as it takes to index large ones of Python's. Nothing that stands behind it
/// waits for longer than this for a lock that it does not get.
inline constexpr std::chrono::milliseconds longest_upgrade = std::chrono::minutes{10};
inline constexpr std::chrono::milliseconds longest_lock_wait = std::chrono::seconds{1};

/// Makes those parts that `is_chosen(part)` in one transaction.
template <class IsChosen>
void make_parts(PostgreSQLConnection& connection, const std::vector<PostgreSQLSchemaPart>& missing,
                std::chrono::milliseconds time, std::string_view first, const IsChosen& is_chosen) {
  if (std::none_of(missing.begin(), missing.end(), is_chosen)) return;
  auto begin = connection.prepare(PostgreSQLDialect::begin_writing);
  auto commit = connection.prepare("commit");
  SqlTransaction transaction(connection, begin, commit);
  connection.execute("select pg_catalog.set_config('lock_timeout', '" + std::to_string(longest_lock_wait.count()) +
                     "', true), pg_catalog.set_config('statement_timeout', '" + std::to_string(time.count()) +
                     "', true)");
  if (!first.empty()) connection.execute(first);
  std::string_view last;
  for (const auto& part : missing) {
    if (!is_chosen(part) || part.statement.empty() || part.statement == last) continue;
    connection.execute(part.statement);
    last = part.statement;
  }
  transaction.commit();
}

/// Columns lock a table for a moment. Indexes keep writers out, and readers in, for as long as they take: so they are
/// made in a transaction of their own, which one process at a time has.
inline void make_schema(PostgreSQLConnection& connection, const std::vector<PostgreSQLSchemaPart>& missing,
                        std::chrono::milliseconds time) {
  const auto is_late = [](const PostgreSQLSchemaPart& part) {
    return part.kind == index_part || part.kind == version_part;
  };
  make_parts(connection, missing, time, "", [&](const PostgreSQLSchemaPart& part) { return !is_late(part); });
  make_parts(connection, missing, time, "lock table slack_oauth_schema in exclusive mode", is_late);
}

/// Sees to it that nothing is missing: by making it, or, where the app may not, by an error that names it.
inline void require_schema(PostgreSQLConnection& connection, const PostgreSQLSettings& settings,
                           const PostgreSQLNames& names, const PostgreSQLSchema& schema) {
  constexpr int most_tries = 20;
  constexpr std::chrono::milliseconds pause{100};
  const std::chrono::milliseconds time = std::max(settings.timeout, longest_upgrade);
  const PostgreSQLDeadline deadline = PostgreSQLClock::now() + time;
  connection.require_utf8();
  for (int tries = 1;;) {
    const auto missing = missing_parts(connection, names, schema);
    require_sdk_tables(missing);
    if (missing.empty()) return;
    if (!settings.create_tables) {
      throw connection.refusal(
          "the tables are not as this version of slack-oauth needs them, and the option `create_tables` is off. Run "
          "what postgresql_schema_sql() gives, as a role that may. Missing is: " +
          describe(missing, names));
    }
    connection.require_writable();
    connection.set_deadline(deadline);
    try {
      return make_schema(connection, missing, time);
    } catch (const PostgreSQLError& error) {
      const bool is_busy = error.code() == "55P03" || error.code() == "40P01";  // a lock, a deadlock
      const bool is_tried_again =
          is_busy ? time_left(deadline) > pause : is_made_by_others(error) && tries++ < most_tries;
      if (!is_tried_again) {
        throw explained(error,
                        "this was while the tables were made or upgraded, which another role, or one with more time, "
                        "can do by what postgresql_schema_sql() gives: see the option `create_tables`");
      }
      if (is_busy) std::this_thread::sleep_for(pause);
    }
  }
}

}  // namespace slack::oauth::inline v0::detail
