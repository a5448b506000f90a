// Keeps OAuth states in a SQLite database, in the table of the Python SDK's SQLite3OAuthStateStore: for an app of
// several processes on one machine, one of which may be in Python. docs/state.md
//
//     slack::oauth::SQLite3OAuthStateStore states({.database = "installations.db"});
//
// Needs SQLite 3 and nlohmann/json.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/sqlite3/detail/state_backend.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct SQLite3OAuthStateStoreOptions {
  /// The file, which the store makes where it is missing; or ":memory:"; or a URI. It may be the installation store's.
  /// Required.
  std::string database{};

  /// How long a state can be consumed: the time that a person may take to read Slack's page and agree. The store that
  /// issues a state sets it.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// Lower it where installs begin so often that waiting for the disk is too slow. A state may then come back after a
  /// power cut, and somebody may consume it again.
  SQLite3Synchronous synchronous = SQLite3Synchronous::full;

  /// How long, in milliseconds, a call waits for another process that writes, before it throws a retryable
  /// StorageError. Raise it where others hold long transactions; 0 does not wait at all.
  std::chrono::milliseconds busy_timeout{5000};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets every state at level debug; silent by default
};

/// When a call returns, what it wrote is on the disk, unless `options.synchronous` says otherwise. The table has no
/// client ID, as Python's has none: apps that share a database accept one another's states.
///
/// Threads: any thread may call any method at any time; they take turns, also with other processes. Do not use it on
/// the other side of a fork(): open one there.
/// Errors: StorageError with SQLite's code, and InvalidDataError for a payload that is no JSON.
class SQLite3OAuthStateStore final : public BackendOAuthStateStore<detail::SQLite3StateBackend> {
 public:
  /// Opens the database, and makes or upgrades its table where it needs it.
  /// Throws an InvalidArgumentError that names the option. Throws StorageError, also for a database of a newer version
  /// of this library. Throws InvalidDataError where the table of this name is not a Slack SDK's.
  explicit SQLite3OAuthStateStore(const SQLite3OAuthStateStoreOptions& options)
      : BackendOAuthStateStore({.expiration = options.expiration, .clock = options.clock, .logger = options.logger},
                               options.database, options.synchronous, options.busy_timeout) {}
};

}  // namespace slack::oauth::inline v0
