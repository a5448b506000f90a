// The options of a SQLite store.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "slack/oauth/logger.hpp"

namespace slack::oauth::inline v0 {

/// What survives a power cut or a crash of the system. A crash of the process alone loses nothing in any case.
/// https://www.sqlite.org/pragma.html#pragma_synchronous
enum class SQLite3Synchronous {
  full,    ///< everything that a call wrote before it returned
  normal,  ///< a consistent database that may lack the last saves and deletes; writes are faster
  off,     ///< perhaps nothing: the file may be corrupt. Only for data that can be made again
};

struct SQLite3InstallationStoreOptions {
  /// The file, which the store makes where it is missing; or ":memory:"; or a URI ("file:installations.db?mode=ro").
  /// Required.
  std::string database{};

  /// The app's client ID. Stores of different client IDs in one database never see each other. Required.
  std::string client_id{};

  /// Keeps superseded records, as the Python SDK does: for an audit. Every save then adds a row, so see
  /// purge_history(). By default the store keeps only the latest record.
  bool historical_data_enabled = false;

  /// Lower it where saves are too slow, and you may lose the last ones to a power cut.
  SQLite3Synchronous synchronous = SQLite3Synchronous::full;

  /// How long, in milliseconds, a call waits for another process that writes, before it throws a retryable
  /// StorageError. Raise it where others hold long transactions; 0 does not wait at all.
  std::chrono::milliseconds busy_timeout{5000};

  /// Connections for reading: how many threads can look up at the same time, while others wait. The store opens each
  /// when it first needs it. Each takes up to 2 MB for pages. Raise it to the number of threads that serve events.
  std::size_t reader_connections = 8;

  Logger logger{};  ///< gets a line for every save and delete at level debug; silent by default
};

}  // namespace slack::oauth::inline v0
