// Keeps installations in a PostgreSQL database: for an app on more than one machine, and shared with the Python SDK's
// SQLAlchemyInstallationStore. docs/stores/postgresql.md
//
//     slack::oauth::PostgreSQLInstallationStore store({.connection_string = "postgresql://app@db.example/app",
//                                                      .client_id = "111.222"});
//
// Needs libpq 14 and nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/postgresql/detail/backend.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/options.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0 {

struct PostgreSQLInstallationStoreOptions {
  /// As libpq has it, a URI or keywords, with its options for TLS and for several hosts. What it leaves out is libpq's
  /// to find: in the environment, a service file, or `.pgpass`. Never in an error or a log.
  /// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
  std::string connection_string{};

  /// A read replica of the same database, which find_bot() and find_installation() ask first. So they may show what was
  /// right a moment ago: see docs/stores/postgresql.md. Where it finds nothing or fails, the primary is asked. It is
  /// never asked for a workspace whose turn this store has, since rotation and revocation decide by what they find.
  std::string replica_connection_string{};

  /// The app's client ID, of up to 32 characters. Stores of different client IDs in one database never see each other.
  /// Required.
  std::string client_id{};

  /// Keeps superseded records, as the Python SDK does: for an audit. Every save then adds a row, so see
  /// purge_history(). By default only the latest record is kept.
  bool historical_data_enabled = false;

  /// What stands between the app and the server. Give it where that is a pooler.
  PostgreSQLPooling pooling = PostgreSQLPooling::session;

  PostgreSQLPoolOptions pool{};  ///< of the replica too, for itself

  /// How long a call may take, in milliseconds, with all that is tried again in it, before it throws a retryable
  /// StorageError. To make or upgrade tables may take ten minutes, for the indexes of Python's.
  std::chrono::milliseconds timeout{5000};

  /// Whether the tables are made or upgraded where that is needed. Off, for a role that may not: then the constructor
  /// throws a StorageError that says what is missing. postgresql_schema_sql() makes it.
  bool create_tables = true;

  PostgreSQLTables tables{};

  PostgreSQLChangesOptions changes{};

  PostgreSQLPassword password{};  ///< by default, the connection string's or what libpq finds

  /// Hears of every save and delete at level debug, and of a replica or a listener that fails at level warning. Silent
  /// by default.
  Logger logger{};
};

namespace detail {

template <class Options>
[[nodiscard]] std::shared_ptr<PostgreSQLPool> make_postgresql_pool(const Options& options) {
  PostgreSQLSettings settings{.connection_string = options.connection_string,
                              .password = options.password,
                              .pooling = options.pooling,
                              .timeout = options.timeout,
                              .pool = options.pool,
                              .tables = options.tables,
                              .create_tables = options.create_tables,
                              .logger = options.logger};
  // What a store of states has not.
  if constexpr (requires { options.changes; }) settings.changes = options.changes;
  if constexpr (requires { options.replica_connection_string; }) {
    settings.replica_connection_string = options.replica_connection_string;
  }
  return std::make_shared<PostgreSQLPool>(std::move(settings));
}

}  // namespace detail

/// Obeys every rule of docs/contract.md, but for U+0000, which no text of PostgreSQL's may hold: that is an
/// InvalidArgumentError. What a call has written is as safe as the server's `synchronous_commit` makes it.
///
/// Threads: any thread may call any method at any time, up to `options.pool.size` of them at once, while others wait.
/// Writers of one workspace take turns, on whatever machine they are. Not to be used on the other side of a fork():
/// open one there. Errors: StorageError with the SQLSTATE ("53100", "42501", …), or "ETIMEDOUT"; it names host, port
/// and database. And InvalidDataError for a value that means nothing, which names its table and column.
template <class InstallationT, class BotT>
class BasicPostgreSQLInstallationStore
    : public BackendInstallationStore<detail::PostgreSQLBackend<InstallationT, BotT>, InstallationT, BotT> {
  using Base = BackendInstallationStore<detail::PostgreSQLBackend<InstallationT, BotT>, InstallationT, BotT>;

 public:
  /// Connects, and makes or upgrades the tables where that is needed.
  /// Throws InvalidArgumentError, which names the option, StorageError, also for a database of a newer version of this
  /// library, and InvalidDataError where tables of these names are not a Slack SDK's.
  explicit BasicPostgreSQLInstallationStore(const PostgreSQLInstallationStoreOptions& options)
      : BasicPostgreSQLInstallationStore(options, detail::make_postgresql_pool(options)) {}

  /// For postgresql_stores(): over connections that both stores use. What `options` says of connections counts for
  /// nothing.
  BasicPostgreSQLInstallationStore(const PostgreSQLInstallationStoreOptions& options,
                                   std::shared_ptr<detail::PostgreSQLPool> pool)
      : Base(options.logger, std::move(pool), options.client_id, options.historical_data_enabled, options.logger) {}

  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const override {
    const auto key = detail::key_of(query);
    if (!key) return std::nullopt;
    return this->backend().look_up_bot(*key);
  }

  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const override {
    const auto key = detail::key_of(query);
    if (!key || detail::names_nobody(query.user_id)) return std::nullopt;
    return this->backend().look_up_installation(*key, query.user_id);
  }

  /// Erases what `historical_data_enabled` kept: records that were superseded, and installed before that time. Those
  /// that find_* give stay, however old they are. Returns how many records it erased, at least.
  std::size_t purge_history(Timestamp before) { return this->backend().purge_history(before); }
};

using PostgreSQLInstallationStore = BasicPostgreSQLInstallationStore<Installation, Bot>;

}  // namespace slack::oauth::inline v0
