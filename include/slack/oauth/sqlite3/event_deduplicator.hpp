// Remembers in a SQLite database which events were handled: for an app of several processes on one machine.
// docs/events.md
//
//     auto events = std::make_shared<slack::oauth::SQLite3EventDeduplicator>(
//         slack::oauth::SQLite3EventDeduplicatorOptions{.database = "app.db", .client_id = "111.222"});
//
// Needs SQLite 3.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/sqlite3/detail/event_backend.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct SQLite3EventDeduplicatorOptions {
  /// The file, which is made where it is missing; or ":memory:"; or a URI. It may be the installation store's.
  /// Required.
  std::string database{};

  /// The app's client id. Apps of different ids in one database handle an event each. Required.
  std::string client_id{};

  // As EventRules has them.
  std::chrono::seconds claim_lifetime = std::chrono::minutes{2};
  std::chrono::seconds expiration = std::chrono::hours{48};

  /// By default no call waits for the disk. A power cut may then take the last marks along, and those events are
  /// handled again where Slack sends them again. Raise it where that is worse than a slower answer.
  SQLite3Synchronous synchronous = SQLite3Synchronous::normal;

  /// How long, in milliseconds, a call waits for another process that writes, before it throws a retryable
  /// StorageError. It is less than the three seconds that Slack waits for an answer.
  std::chrono::milliseconds busy_timeout{2000};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets every event at level debug; silent by default
};

/// Keeps a row for each event in the table `slack_oauth_events`, over a connection of its own.
///
/// Threads: any thread may call any method at any time; they take turns, also with other processes. Do not use it on
/// the other side of a fork(): open one there.
/// Errors: StorageError with SQLite's code.
class SQLite3EventDeduplicator final : public BackendEventDeduplicator<detail::SQLite3EventBackend> {
 public:
  /// Opens the database, and makes its table where it needs it. Throws an InvalidArgumentError that names the option.
  /// Throws StorageError, also for a database of a newer version of this library.
  explicit SQLite3EventDeduplicator(const SQLite3EventDeduplicatorOptions& options)
      : BackendEventDeduplicator({.claim_lifetime = options.claim_lifetime,
                                  .expiration = options.expiration,
                                  .clock = options.clock,
                                  .logger = options.logger},
                                 options.database, options.client_id, options.synchronous, options.busy_timeout) {}
};

}  // namespace slack::oauth::inline v0
