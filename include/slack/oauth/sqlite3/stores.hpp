// The stores of the SQLite engine together: in one file, which may be an app's own.
//
// Needs SQLite 3 and nlohmann/json.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/sqlite3/event_deduplicator.hpp"
#include "slack/oauth/sqlite3/installation_store.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/sqlite3/state_store.hpp"
#include "slack/oauth/stores.hpp"

namespace slack::oauth::inline v0 {

/// As SQLite3InstallationStoreOptions and SQLite3OAuthStateStoreOptions have them.
struct SQLite3StoresOptions {
  std::string database{};   ///< required
  std::string client_id{};  ///< required
  bool historical_data_enabled = false;
  SQLite3Synchronous synchronous = SQLite3Synchronous::full;
  std::chrono::milliseconds busy_timeout{5000};
  std::size_t reader_connections = 8;

  /// How long a person may take between the install page and the return from Slack.
  std::chrono::seconds state_expiration = std::chrono::minutes{10};

  /// Whether the stores have `events`, so that an App handles each event of Slack's once. docs/events.md
  bool deduplicate_events = false;
  std::chrono::seconds event_claim_lifetime = std::chrono::minutes{2};  ///< as EventRules has it
  std::chrono::seconds event_expiration = std::chrono::hours{48};       ///< as EventRules has it

  Logger logger{};  ///< gets what the stores do at level debug; silent by default
};

/// Throws as the constructors of the stores do.
template <class InstallationT, class BotT>
[[nodiscard]] BasicStores<InstallationT, BotT> basic_sqlite3_stores(const SQLite3StoresOptions& options) {
  BasicStores<InstallationT, BotT> stores{
      .installations = std::make_shared<BasicSQLite3InstallationStore<InstallationT, BotT>>(
          SQLite3InstallationStoreOptions{.database = options.database,
                                          .client_id = options.client_id,
                                          .historical_data_enabled = options.historical_data_enabled,
                                          .synchronous = options.synchronous,
                                          .busy_timeout = options.busy_timeout,
                                          .reader_connections = options.reader_connections,
                                          .logger = options.logger}),
      .states =
          std::make_shared<SQLite3OAuthStateStore>(SQLite3OAuthStateStoreOptions{.database = options.database,
                                                                                 .expiration = options.state_expiration,
                                                                                 .synchronous = options.synchronous,
                                                                                 .busy_timeout = options.busy_timeout,
                                                                                 .logger = options.logger})};
  if (options.deduplicate_events) {
    const SQLite3EventDeduplicatorOptions usual;
    stores.events = std::make_shared<SQLite3EventDeduplicator>(SQLite3EventDeduplicatorOptions{
        .database = options.database,
        .client_id = options.client_id,
        .claim_lifetime = options.event_claim_lifetime,
        .expiration = options.event_expiration,
        .synchronous = options.synchronous == SQLite3Synchronous::off ? SQLite3Synchronous::off : usual.synchronous,
        .busy_timeout = std::min(options.busy_timeout, usual.busy_timeout),
        .logger = options.logger});
  }
  return stores;
}

[[nodiscard]] inline Stores sqlite3_stores(const SQLite3StoresOptions& options) {
  return basic_sqlite3_stores<Installation, Bot>(options);
}

}  // namespace slack::oauth::inline v0
