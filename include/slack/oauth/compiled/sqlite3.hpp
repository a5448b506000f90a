// The SQLite engine with the default types, compiled once in slack-oauth::compiled. docs/compiled.md
//
// Needs slack-oauth::compiled and nlohmann/json and SQLite 3.
#pragma once

#include "slack/oauth/backend.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/sqlite3.hpp"
#include "slack/oauth/sqlite3/detail/backend.hpp"
#include "slack/oauth/sqlite3/detail/state_backend.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/stores.hpp"

#ifdef SLACK_OAUTH_DEFINE_COMPILED
#define SLACK_OAUTH_EXTERN
#else
#define SLACK_OAUTH_EXTERN extern
#endif

namespace slack::oauth::inline v0 {

SLACK_OAUTH_EXTERN template class detail::SQLite3Backend<Installation, Bot>;
SLACK_OAUTH_EXTERN template class BackendInstallationStore<detail::SQLite3Backend<Installation, Bot>>;
SLACK_OAUTH_EXTERN template class BasicSQLite3InstallationStore<Installation, Bot>;
SLACK_OAUTH_EXTERN template class BackendOAuthStateStore<detail::SQLite3StateBackend>;
SLACK_OAUTH_EXTERN template Stores basic_sqlite3_stores(const SQLite3StoresOptions&);

}  // namespace slack::oauth::inline v0

#undef SLACK_OAUTH_EXTERN
