// The file engine with the default types, compiled once in slack-oauth::compiled. docs/compiled.md
//
// Needs slack-oauth::compiled and nlohmann/json.
#pragma once

#include "slack/oauth/backend.hpp"
#include "slack/oauth/file.hpp"
#include "slack/oauth/file/detail/backend.hpp"
#include "slack/oauth/file/detail/state_backend.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/stores.hpp"

#ifdef SLACK_OAUTH_DEFINE_COMPILED
#define SLACK_OAUTH_EXTERN
#else
#define SLACK_OAUTH_EXTERN extern
#endif

namespace slack::oauth::inline v0 {

SLACK_OAUTH_EXTERN template class detail::FileBackend<Installation, Bot>;
SLACK_OAUTH_EXTERN template class BackendInstallationStore<detail::FileBackend<Installation, Bot>>;
SLACK_OAUTH_EXTERN template class BasicFileInstallationStore<Installation, Bot>;
SLACK_OAUTH_EXTERN template class BackendOAuthStateStore<detail::FileStateBackend>;
SLACK_OAUTH_EXTERN template Stores basic_file_stores(const FileStoresOptions&);

}  // namespace slack::oauth::inline v0

#undef SLACK_OAUTH_EXTERN
