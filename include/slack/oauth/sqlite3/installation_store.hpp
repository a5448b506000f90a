// Keeps installations in a SQLite database: durable, on one machine, and shared with the Python SDK's
// SQLite3InstallationStore. docs/stores/sqlite3.md
//
//     slack::oauth::SQLite3InstallationStore store({.database = "installations.db", .client_id = "111.222"});
//
// Needs SQLite 3 and nlohmann/json.
#pragma once

#include <cstddef>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/sqlite3/detail/backend.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// Obeys every rule of docs/contract.md. When a call returns, what it wrote is on the disk, unless
/// `options.synchronous` says otherwise.
///
/// Threads: any thread may call any method at any time. Readers wait for nobody, up to `options.reader_connections` of
/// them; writers take turns, also with other processes. Do not use it on the other side of a fork(): open one there.
/// Errors: StorageError with SQLite's code ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_NOTADB", …), and InvalidDataError for
/// a value that means nothing, which names its table and column.
template <class InstallationT, class BotT>
class BasicSQLite3InstallationStore
    : public BackendInstallationStore<detail::SQLite3Backend<InstallationT, BotT>, InstallationT, BotT> {
  using Base = BackendInstallationStore<detail::SQLite3Backend<InstallationT, BotT>, InstallationT, BotT>;

 public:
  /// Opens the database, and makes or upgrades its tables where they need it.
  /// Throws an InvalidArgumentError that names the option. Throws StorageError, also for a database of a newer version
  /// of this library. Throws InvalidDataError where tables of these names are not a Slack SDK's.
  explicit BasicSQLite3InstallationStore(const SQLite3InstallationStoreOptions& options)
      : Base(options.logger, options) {}

  /// Erases what `historical_data_enabled` kept: superseded records that were installed before that time. Keeps the
  /// records that find_* return, however old they are. Returns how many records it erased.
  std::size_t purge_history(Timestamp before) { return this->backend().purge_history(before); }
};

using SQLite3InstallationStore = BasicSQLite3InstallationStore<Installation, Bot>;

}  // namespace slack::oauth::inline v0
