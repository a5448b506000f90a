// What every store does before it uses a database.
//
// Needs SQLite 3.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/sql/schema.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/database_file.hpp"
#include "slack/oauth/sqlite3/options.hpp"

namespace slack::oauth::inline v0::detail {

inline void require_sqlite3_options(const std::string& database, std::chrono::milliseconds busy_timeout) {
  if (database.empty()) throw InvalidArgumentError("database", "must name a file");
  if (database.find('\0') != std::string::npos) throw InvalidArgumentError("database", "holds U+0000");
  if (busy_timeout.count() < 0) throw InvalidArgumentError("busy_timeout", "must not be negative");
}

/// The name of a database that may be opened, and whose file nobody else may read.
[[nodiscard]] inline const std::string& checked_sqlite3_database(const std::string& database,
                                                                 std::chrono::milliseconds busy_timeout) {
  require_sqlite3_options(database, busy_timeout);
  prepare_database_file(database);
  return database;
}

/// Where more connections find the database of this one: the working folder may be another by then.
[[nodiscard]] inline SQLite3Place place_of(const SQLite3Connection& connection, const std::string& database,
                                           std::chrono::milliseconds busy_timeout) {
  std::string file_name(connection.file_name());
  const bool is_named = is_plain_database_path(database) && !file_name.empty();
  return {is_named ? file_name : database, busy_timeout, connection.file_id(), std::move(file_name)};
}

[[nodiscard]] inline std::string_view synchronous_pragma(SQLite3Synchronous synchronous) {
  switch (synchronous) {
    case SQLite3Synchronous::normal:
      return "pragma synchronous = normal";
    case SQLite3Synchronous::off:
      return "pragma synchronous = off";
    case SQLite3Synchronous::full:
      break;
  }
  return "pragma synchronous = full";
}

/// The log that lets readers and a writer work at the same time. It stays with the file; a database in memory and one
/// on a file system without shared memory go on without it.
inline void enter_wal_mode(const SQLite3Connection& connection) {
  if (connection.is_read_only() || connection.read_text("pragma journal_mode") == "wal") return;
  connection.retry_while_busy([&connection] { return connection.read_text("pragma journal_mode = wal"); });
}

/// Makes or completes the tables of a component, of which `missing(connection)` says what the database lacks.
template <class Missing>
void prepare_sqlite3_tables(SQLite3Connection& connection, const std::string& database, SQLite3Synchronous synchronous,
                            const SqlComponent& component, const Missing& missing) {
  if (!is_plain_database_path(database)) make_new_file_private(std::string(connection.file_name()));
  static_cast<void>(read_schema_version(connection, component));  // refuses before anything is changed
  enter_wal_mode(connection);
  connection.execute(synchronous_pragma(synchronous));
  connection.retry_while_busy([&] { complete_schema(connection, missing); });
}

}  // namespace slack::oauth::inline v0::detail
