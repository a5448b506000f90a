// App and its parts with the default types, compiled once in slack-oauth::compiled. docs/compiled.md
//
// Needs slack-oauth::compiled, nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "slack/oauth/app.hpp"
#include "slack/oauth/flow/authorize/authorize_result.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/flow/rotate/detail/token_refresher.hpp"
#include "slack/oauth/flow/rotate/rotation_report.hpp"
#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

#ifdef SLACK_OAUTH_DEFINE_COMPILED
#define SLACK_OAUTH_EXTERN
#else
#define SLACK_OAUTH_EXTERN extern
#endif

namespace slack::oauth::inline v0 {

SLACK_OAUTH_EXTERN template class BasicSlackClient<AnyHttpTransport>;

SLACK_OAUTH_EXTERN template class detail::TokenRefresher<AnyHttpTransport>;
SLACK_OAUTH_EXTERN template class BasicTokenRotator<AnyHttpTransport>;
SLACK_OAUTH_EXTERN template Bot BasicTokenRotator<AnyHttpTransport>::rotate_bot(
    InstallationStore&, Bot, std::optional<std::chrono::milliseconds>);
SLACK_OAUTH_EXTERN template Installation BasicTokenRotator<AnyHttpTransport>::rotate(
    InstallationStore&, Installation, std::optional<std::chrono::milliseconds>);
SLACK_OAUTH_EXTERN template RotationReport BasicTokenRotator<AnyHttpTransport>::rotate_all(InstallationStore&,
                                                                                           std::chrono::seconds);

SLACK_OAUTH_EXTERN template class BasicAuthorizer<InstallationStore, AnyHttpTransport>;
SLACK_OAUTH_EXTERN template std::optional<AuthorizeResult>
BasicAuthorizer<InstallationStore, AnyHttpTransport>::authorize(const nlohmann::json&);

SLACK_OAUTH_EXTERN template RevocationOutcome handle_revocation(InstallationStore&, const nlohmann::json&,
                                                                const RevocationOptions&);

SLACK_OAUTH_EXTERN template class BasicOAuthFlow<InstallationStore, OAuthStateStore, AnyHttpTransport>;

SLACK_OAUTH_EXTERN template class BasicApp<Installation, Bot, AnyHttpTransport>;
SLACK_OAUTH_EXTERN template std::optional<AuthorizeResult> BasicApp<Installation, Bot, AnyHttpTransport>::authorize(
    const nlohmann::json&);

}  // namespace slack::oauth::inline v0

#undef SLACK_OAUTH_EXTERN
