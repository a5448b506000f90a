// The PostgreSQL engine's stores, together: in one database, over the same connections.
//
// Needs libpq 14 and nlohmann/json.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/event_deduplicator.hpp"
#include "slack/oauth/postgresql/installation_store.hpp"
#include "slack/oauth/postgresql/options.hpp"
#include "slack/oauth/postgresql/state_store.hpp"
#include "slack/oauth/stores.hpp"

namespace slack::oauth::inline v0 {

/// As PostgreSQLInstallationStoreOptions and PostgreSQLOAuthStateStoreOptions have them.
struct PostgreSQLStoresOptions {
  std::string connection_string{};
  std::string replica_connection_string{};  ///< for look-ups of installations
  std::string client_id{};                  ///< required
  bool historical_data_enabled = false;
  PostgreSQLPooling pooling = PostgreSQLPooling::session;
  PostgreSQLPoolOptions pool{};  ///< of the stores together
  std::chrono::milliseconds timeout{5000};
  bool create_tables = true;
  PostgreSQLTables tables{};
  PostgreSQLChangesOptions changes{};
  PostgreSQLPassword password{};

  /// How long a person may take between the install page and the return from Slack.
  std::chrono::seconds state_expiration = std::chrono::minutes{10};

  /// Whether the stores have `events`, so that an App handles each event of Slack's once. A claim takes two
  /// seconds at most, since Slack waits for three. docs/events.md
  bool deduplicate_events = false;
  std::chrono::seconds event_claim_lifetime = std::chrono::minutes{2};  ///< as EventRules has it
  std::chrono::seconds event_expiration = std::chrono::hours{48};       ///< as EventRules has it

  Logger logger{};  ///< hears of what the stores do at level debug; silent by default
};

/// Throws as the constructors of the stores do.
template <class InstallationT, class BotT>
[[nodiscard]] BasicStores<InstallationT, BotT> basic_postgresql_stores(const PostgreSQLStoresOptions& options) {
  const auto pool = detail::make_postgresql_pool(options);
  BasicStores<InstallationT, BotT> stores{
      .installations = std::make_shared<BasicPostgreSQLInstallationStore<InstallationT, BotT>>(
          PostgreSQLInstallationStoreOptions{.client_id = options.client_id,
                                             .historical_data_enabled = options.historical_data_enabled,
                                             .logger = options.logger},
          pool),
      .states = std::make_shared<PostgreSQLOAuthStateStore>(
          PostgreSQLOAuthStateStoreOptions{.expiration = options.state_expiration, .logger = options.logger}, pool)};
  if (options.deduplicate_events) {
    stores.events = std::make_shared<PostgreSQLEventDeduplicator>(
        PostgreSQLEventDeduplicatorOptions{.client_id = options.client_id,
                                           .claim_lifetime = options.event_claim_lifetime,
                                           .expiration = options.event_expiration,
                                           .logger = options.logger},
        pool);
  }
  return stores;
}

[[nodiscard]] inline Stores postgresql_stores(const PostgreSQLStoresOptions& options) {
  return basic_postgresql_stores<Installation, Bot>(options);
}

/// What makes or completes the tables of these options: a script that may be run any number of times, on a new database
/// or on one of the Python SDK's. For those whose migrations others run, with `create_tables` off.
template <class InstallationT = Installation, class BotT = Bot>
[[nodiscard]] std::string postgresql_schema_sql(const PostgreSQLTables& tables = {}) {
  const detail::PostgreSQLNames names(tables);
  // What is there already is not worth a notice.
  return "set client_min_messages = warning;\n" +
         detail::schema_script(names,
                               detail::postgresql_installation_schema<InstallationT, BotT>(names, tables.triggers)) +
         detail::schema_script(names, detail::postgresql_state_schema(names)) +
         detail::schema_script(names, detail::postgresql_event_schema(names));
}

}  // namespace slack::oauth::inline v0
