// Remembers in a PostgreSQL database which events were handled: for an app on more than one machine. docs/events.md
//
//     auto events = std::make_shared<slack::oauth::PostgreSQLEventDeduplicator>(
//         slack::oauth::PostgreSQLEventDeduplicatorOptions{.connection_string = "postgresql://app@db.example/app",
//                                                          .client_id = "111.222"});
//
// Needs libpq 14 and nlohmann/json.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/event_backend.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/installation_store.hpp"
#include "slack/oauth/postgresql/options.hpp"

namespace slack::oauth::inline v0 {

/// What is not said here is as in PostgreSQLInstallationStoreOptions.
struct PostgreSQLEventDeduplicatorOptions {
  std::string connection_string{};
  std::string client_id{};  ///< apps of different ids in one database handle an event each. Required
  PostgreSQLPooling pooling = PostgreSQLPooling::session;
  PostgreSQLPoolOptions pool{};
  std::chrono::milliseconds timeout{2000};  ///< less than the three seconds that Slack waits for an answer
  bool create_tables = true;
  PostgreSQLTables tables{};
  PostgreSQLPassword password{};

  // As EventRules has them, by the server's clock.
  std::chrono::seconds claim_lifetime = std::chrono::minutes{2};
  std::chrono::seconds expiration = std::chrono::hours{48};

  Logger logger{};  ///< hears of every event at level debug; silent by default
};

/// Keeps a row for each event in the table `slack_oauth_events`.
///
/// Threads: any thread may call any method at any time. Not to be used on the other side of a fork(): open one there.
/// Errors: StorageError with the SQLSTATE or "ETIMEDOUT".
class PostgreSQLEventDeduplicator final : public BackendEventDeduplicator<detail::PostgreSQLEventBackend> {
 public:
  /// Connects, and makes the table where that is needed. Throws as PostgreSQLInstallationStore does.
  explicit PostgreSQLEventDeduplicator(const PostgreSQLEventDeduplicatorOptions& options)
      : PostgreSQLEventDeduplicator(options, detail::make_postgresql_pool(options)) {}

  /// For postgresql_stores(): over connections that the stores use too. Of what `options` says of connections, the
  /// `timeout` counts for claim(), unless theirs is less.
  PostgreSQLEventDeduplicator(const PostgreSQLEventDeduplicatorOptions& options,
                              std::shared_ptr<detail::PostgreSQLPool> pool)
      : BackendEventDeduplicator(
            {.claim_lifetime = options.claim_lifetime, .expiration = options.expiration, .logger = options.logger},
            std::move(pool), options.client_id, options.timeout) {}
};

}  // namespace slack::oauth::inline v0
