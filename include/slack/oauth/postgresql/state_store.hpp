// Keeps OAuth states in a PostgreSQL database, in the table of the Python SDK's SQLAlchemyOAuthStateStore: for an app
// on more than one machine, one of which may run Python. docs/state.md
//
//     slack::oauth::PostgreSQLOAuthStateStore states({.connection_string = "postgresql://app@db.example/app"});
//
// Needs libpq 14 and nlohmann/json.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/state_backend.hpp"
#include "slack/oauth/postgresql/installation_store.hpp"
#include "slack/oauth/postgresql/options.hpp"
#include "slack/oauth/state_backend.hpp"

namespace slack::oauth::inline v0 {

/// What is not said here is as in PostgreSQLInstallationStoreOptions.
struct PostgreSQLOAuthStateStoreOptions {
  std::string connection_string{};
  PostgreSQLPooling pooling = PostgreSQLPooling::session;
  PostgreSQLPoolOptions pool{};
  std::chrono::milliseconds timeout{5000};
  bool create_tables = true;
  PostgreSQLTables tables{};
  PostgreSQLPassword password{};

  /// How long a state can be consumed, by the server's clock: what a person may take to read Slack's page and agree. It
  /// goes by the store that issues it.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  Logger logger{};  ///< hears of every state at level debug; silent by default
};

/// The table has no client ID, as Python's has none: apps that share a database take one another's states for their
/// own.
///
/// Threads: any thread may call any method at any time. Not to be used on the other side of a fork(): open one there.
/// Errors: StorageError with the SQLSTATE or "ETIMEDOUT", and InvalidDataError for a payload that is no JSON. Where the
/// answer to consume() is lost, it throws: the state may be consumed, or not.
class PostgreSQLOAuthStateStore final : public BackendOAuthStateStore<detail::PostgreSQLStateBackend> {
 public:
  /// Connects, and makes or upgrades the table where that is needed. Throws as PostgreSQLInstallationStore does.
  explicit PostgreSQLOAuthStateStore(const PostgreSQLOAuthStateStoreOptions& options)
      : PostgreSQLOAuthStateStore(options, detail::make_postgresql_pool(options)) {}

  /// For postgresql_stores(): over connections that both stores use. What `options` says of connections counts for
  /// nothing.
  PostgreSQLOAuthStateStore(const PostgreSQLOAuthStateStoreOptions& options,
                            std::shared_ptr<detail::PostgreSQLPool> pool)
      : BackendOAuthStateStore({.expiration = options.expiration, .logger = options.logger}, std::move(pool)) {}
};

}  // namespace slack::oauth::inline v0
