// The options of an Authorizer.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// Which user's token an event gets in a channel that is shared with other organisations.
enum class UserTokenResolution {
  authed_user,  ///< the user's in the workspace that Slack sends the event for; a stranger there has none
  actor         ///< the user's in their own workspace, which may have installed the app too
};

template <HttpTransport Transport>
struct BasicAuthorizerOptions {
  /// Refreshes tokens that are due. Without a rotator, the authorizer returns tokens as they are stored.
  std::shared_ptr<BasicTokenRotator<Transport>> rotator{};

  /// How long an event waits for others that change the same workspace's tokens, while the stored tokens still work.
  /// After that it gets the stored tokens. Once they have expired, the rotator's `lease_timeout` counts, which no wait
  /// exceeds.
  std::chrono::milliseconds refresh_lease_timeout{1'000};

  /// Runs a task on another thread: it refreshes tokens that are due and still work, so that no event waits for Slack
  /// to refresh them. Do not use the threads that authorize events, which may wait for the task. What the authorizer
  /// borrows has to outlive the task. Without an executor, the event waits.
  std::function<void(std::function<void()>)> executor{};

  /// With an executor: how long an event whose tokens have expired waits for new ones, whoever has the turn and however
  /// slow Slack is. Then it fails with a retryable TokenRotationError, "refresh_timeout". The refresh goes on, and a
  /// later event gets its result. Without a value the event waits until the refresh ends.
  std::optional<std::chrono::milliseconds> refresh_timeout{};

  /// Gets what a refresh on the executor threw, on its thread.
  std::function<void(const std::exception_ptr&)> on_background_failure{};

  /// Asks auth.test whether the tokens still work. Without it, the authorizer asks nothing, and makes no request.
  std::optional<BasicSlackClient<Transport>> auth_test_client{};

  /// How long an answer of auth.test counts. A longer time saves requests; a shorter one notices a revoked token
  /// earlier.
  std::chrono::seconds auth_test_lifetime = std::chrono::minutes{10};

  /// How many tokens' answers the authorizer remembers, some 300 bytes each. It forgets the least recently used one.
  std::size_t auth_test_cache_size = 10'000;

  /// True asks the store for bots alone. The authorizer then returns no user token.
  bool bot_only = false;

  UserTokenResolution user_token_resolution = UserTokenResolution::authed_user;

  /// The turn in which the authorizer files records anew: how long a dead holder blocks others.
  std::chrono::milliseconds lease_lifetime{120'000};

  std::function<Timestamp()> clock{};  ///< by default the system's

  /// Gets a line for records that are filed anew or marked, and for tokens that could not be refreshed. No line holds a
  /// token.
  Logger logger{};
};

using AuthorizerOptions = BasicAuthorizerOptions<AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
