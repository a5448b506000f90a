// OAuthFlow::sqlite3(): installations and states in one SQLite file, and Slack through libcurl.
//
//     auto flow = slack::oauth::OAuthFlow::sqlite3("installations.db",
//     slack::oauth::OAuthSettings::from_environment());
//
// Needs nlohmann/json, OpenSSL, libcurl and SQLite 3.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/flow/install/settings.hpp"
#include "slack/oauth/sqlite3/installation_store.hpp"
#include "slack/oauth/sqlite3/state_store.hpp"
#include "slack/oauth/web/curl.hpp"
#include "slack/oauth/web/slack_client.hpp"

namespace slack::oauth::inline v0::detail {

template <class Store, StateStore States, HttpTransport Transport>
struct SQLite3Flow<BasicOAuthFlow<Store, States, Transport>> {
  using Flow = BasicOAuthFlow<Store, States, Transport>;
  using Installations = BasicSQLite3InstallationStore<InstallationOf<Store>, BotOf<Store>>;

  static_assert(std::convertible_to<Installations*, Store*> && std::convertible_to<SQLite3OAuthStateStore*, States*>,
                "slack-oauth: the stores of this flow cannot be SQLite's; make it with its constructor");

  static Flow make(const std::string& database, OAuthSettings settings, typename Flow::Hooks hooks) {
    static_assert(std::constructible_from<Transport, CurlTransport>,
                  "slack-oauth: the transport of this flow is not libcurl's; give sqlite3() a client");
    return make(database, std::move(settings), BasicSlackClient<Transport>(Transport(CurlTransport())),
                std::move(hooks));
  }

  static Flow make(const std::string& database, OAuthSettings settings, BasicSlackClient<Transport> client,
                   typename Flow::Hooks hooks) {
    require_valid(settings);  // before a file is made
    auto store = std::make_shared<Installations>(SQLite3InstallationStoreOptions{
        .database = database, .client_id = settings.client_id, .logger = settings.logger});
    auto state_store =
        std::make_shared<SQLite3OAuthStateStore>(SQLite3OAuthStateStoreOptions{.database = database,
                                                                               .expiration = settings.state_expiration,
                                                                               .clock = settings.clock,
                                                                               .logger = settings.logger});
    return Flow(std::move(store), std::move(state_store), std::move(client), std::move(settings), std::move(hooks));
  }
};

}  // namespace slack::oauth::inline v0::detail
