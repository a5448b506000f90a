// The options of an App besides its settings.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <memory>

#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/flow/authorize/authorizer_options.hpp"
#include "slack/oauth/flow/install/hooks.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/flow/rotate/token_rotator_options.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/web/signature.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// A clock or a logger that is not set is that of the settings.
template <class InstallationT, HttpTransport Transport>
struct BasicAppOptions {
  BasicOAuthHooks<InstallationT> hooks{};

  /// `refresh_timeout` is how long BasicApp::authorize() waits for the refresh of a token that has expired. Without a
  /// value it waits 2.5 seconds, since Slack waits three for the answer to a slash command. Without an `executor`, the
  /// app makes up to four threads of its own when it needs them. Without a `rotator`, it makes one.
  BasicAuthorizerOptions<Transport> authorizer{};

  /// For the rotator that the app makes. It calls `on_unsaved` for new tokens that the store did not take.
  TokenRotatorOptions rotator{};

  RevocationOptions revocation{};

  /// Sees to it that each event is handled once: see BasicApp::receive(). By default, that of the stores, where they
  /// have one.
  std::shared_ptr<EventDeduplicator> events{};

  SignatureVerifierOptions signatures{};
};

using AppOptions = BasicAppOptions<Installation, AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
