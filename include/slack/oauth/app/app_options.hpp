// What an app may be told besides its settings.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include "slack/oauth/flow/authorize/authorizer_options.hpp"
#include "slack/oauth/flow/install/hooks.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/flow/rotate/token_rotator_options.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/web/signature.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// Clocks and loggers that are not set follow the settings'.
template <class InstallationT, HttpTransport Transport>
struct BasicAppOptions {
  BasicOAuthHooks<InstallationT> hooks{};

  /// `refresh_timeout` is how long BasicApp::authorize() waits for the refresh of a token that has expired: 2.5 seconds
  /// where it has no value, since Slack waits three for the answer to a slash command. Where there is no `executor`,
  /// the app has up to four threads of its own, which it makes when they are needed. Where there is no `rotator`, it
  /// makes one.
  BasicAuthorizerOptions<Transport> authorizer{};

  /// Of the rotator that the app makes. `on_unsaved` hears of new tokens that the store did not take.
  TokenRotatorOptions rotator{};

  RevocationOptions revocation{};
  SignatureVerifierOptions signatures{};
};

using AppOptions = BasicAppOptions<Installation, AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
