// What an authorizer may be told.
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

/// Whose user token an event of a channel that is shared with other organisations asks for.
enum class UserTokenResolution {
  authed_user,  ///< the user's in the workspace that Slack sends the event for; a stranger there has none
  actor         ///< the user's in their own workspace, which may have installed the app too
};

template <HttpTransport Transport>
struct BasicAuthorizerOptions {
  /// Refreshes tokens that are due. Without one, tokens are given as they are stored.
  std::shared_ptr<BasicTokenRotator<Transport>> rotator{};

  /// How long to wait for others that change the same workspace's tokens, while those that are stored still work: then
  /// they are given. Once they have expired, the rotator's `lease_timeout` is what counts; it is never exceeded.
  std::chrono::milliseconds refresh_lease_timeout{1'000};

  /// Runs what it is given, on another thread: the refresh of tokens that are due and still work, so that no event
  /// waits for Slack to refresh them. Not one of the threads that authorize events, which may wait for it. What the
  /// authorizer borrows has to outlive it. Without one, the event waits.
  std::function<void(std::function<void()>)> executor{};

  /// With an executor: how long an event whose tokens have expired waits for new ones, whoever has the turn and however
  /// slow Slack is. Then it fails with a retryable TokenRotationError, "refresh_timeout"; the refresh goes on, and a
  /// later event gets what came of it. Without a value it waits as long as that takes.
  std::optional<std::chrono::milliseconds> refresh_timeout{};

  /// Hears what a refresh on the executor threw, on its thread.
  std::function<void(const std::exception_ptr&)> on_background_failure{};

  /// Asks auth.test whether the tokens still work. Without one, nothing is asked, and no request is made.
  std::optional<BasicSlackClient<Transport>> auth_test_client{};

  /// How long an answer of auth.test counts. Longer spares requests; shorter notices earlier that a token was revoked.
  std::chrono::seconds auth_test_lifetime = std::chrono::minutes{10};

  /// How many tokens' answers are remembered; the least recently used is forgotten. Some 300 bytes each.
  std::size_t auth_test_cache_size = 10'000;

  /// True asks the store for bots alone, and gives no user token.
  bool bot_only = false;

  UserTokenResolution user_token_resolution = UserTokenResolution::authed_user;

  /// The turn in which records are re-keyed: how long a dead holder blocks others.
  std::chrono::milliseconds lease_lifetime{120'000};

  std::function<Timestamp()> clock{};  ///< by default the system's

  /// Hears of records that are re-keyed or marked, and of tokens that could not be refreshed. No line holds a token.
  Logger logger{};
};

using AuthorizerOptions = BasicAuthorizerOptions<AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
