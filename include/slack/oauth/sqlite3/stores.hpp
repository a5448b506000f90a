// The SQLite engine's stores, together, in one file.
//
//     slack::oauth::Stores stores = slack::oauth::sqlite3_stores({.database = "app.db", .client_id = "111.222"});
//
// Needs SQLite 3 and nlohmann/json.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/sqlite3/installation_store.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/sqlite3/state_store.hpp"
#include "slack/oauth/stores.hpp"

namespace slack::oauth::inline v0 {

struct SQLite3StoresOptions {
  /// The file, made where it is missing. Required.
  std::string database{};

  /// The app's client ID. Required.
  std::string client_id{};

  /// How long a person may take between the install page and the return from Slack.
  std::chrono::seconds state_expiration = std::chrono::minutes{10};

  Logger logger{};  ///< hears of what both stores do at level debug; silent by default
};

/// Throws as the constructors of both stores do.
template <class InstallationT, class BotT>
[[nodiscard]] BasicStores<InstallationT, BotT> basic_sqlite3_stores(const SQLite3StoresOptions& options) {
  return {.installations =
              std::make_shared<BasicSQLite3InstallationStore<InstallationT, BotT>>(SQLite3InstallationStoreOptions{
                  .database = options.database, .client_id = options.client_id, .logger = options.logger}),
          .states = std::make_shared<SQLite3OAuthStateStore>(SQLite3OAuthStateStoreOptions{
              .database = options.database, .expiration = options.state_expiration, .logger = options.logger})};
}

[[nodiscard]] inline Stores sqlite3_stores(const SQLite3StoresOptions& options) {
  return basic_sqlite3_stores<Installation, Bot>(options);
}

}  // namespace slack::oauth::inline v0
