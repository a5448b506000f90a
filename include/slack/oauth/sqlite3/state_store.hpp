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
  /// The file, made where it is missing; or ":memory:"; or a URI. It may be the installation store's own. Required.
  std::string database{};

  /// How long a state can be consumed: what a person may take to read Slack's page and agree. It goes by the store that
  /// issues it.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// Lower it where installs begin so often that waiting for the disk is too slow, and a state that comes back after a
  /// power cut is acceptable: it may then be consumed again.
  SQLite3Synchronous synchronous = SQLite3Synchronous::full;

  /// How long, in milliseconds, a call waits for another process that writes, before it throws a retryable
  /// StorageError. Raise it where others hold long transactions; 0 does not wait at all.
  std::chrono::milliseconds busy_timeout{5000};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< hears of every state at level debug; silent by default
};

/// What a call has written is on the disk when it returns, unless `options.synchronous` says otherwise. The table has
/// no client ID, as Python's has none: apps that share a database take one another's states for their own.
///
/// Threads: any thread may call any method at any time; they take turns, also with other processes. Not to be used on
/// the other side of a fork(): open one there.
/// Errors: StorageError with SQLite's code, and InvalidDataError for a payload that is no JSON.
class SQLite3OAuthStateStore final : public BackendOAuthStateStore<detail::SQLite3StateBackend> {
 public:
  /// Opens the database, and makes or upgrades its table where that is needed.
  /// Throws InvalidArgumentError, which names the option, StorageError, also for a database of a newer version of this
  /// library, and InvalidDataError where the table of this name is not a Slack SDK's.
  explicit SQLite3OAuthStateStore(const SQLite3OAuthStateStoreOptions& options)
      : BackendOAuthStateStore({.expiration = options.expiration, .clock = options.clock, .logger = options.logger},
                               options.database, options.synchronous, options.busy_timeout) {}
};

}  // namespace slack::oauth::inline v0
