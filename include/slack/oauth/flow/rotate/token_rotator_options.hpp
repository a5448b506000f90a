// How the rotator refreshes tokens: when, how long others wait, and what it does where the store fails.
#pragma once

#include <chrono>
#include <functional>

#include "slack/oauth/flow/rotate/token_rotation_error.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct TokenRotatorOptions {
  /// A token that expires within this time is due. Tokens live for 12 hours; keep it well below that, and above the
  /// time between two runs of a scheduled job.
  std::chrono::seconds window = std::chrono::hours{2};

  /// Refreshes users' tokens by oauth.v2.user.access, which gave them where OAuthSettings::user_only_enabled is on.
  bool user_only_enabled = false;

  /// How long others wait for a process that died in the middle of a refresh. Set it longer than two refreshes and
  /// their saves take at worst, with time-outs and waits for the rate limit.
  std::chrono::milliseconds lease_lifetime{120'000};

  /// How long a call waits for others that refresh the same workspace's tokens, before it throws a retryable
  /// TokenRotationError. Where it is above `lease_lifetime`, no call fails because of a dead process. Lower it where an
  /// event should rather fail.
  std::chrono::milliseconds lease_timeout{130'000};

  /// For how long the rotator does not try again a refresh that failed and may work later. A caller that asks meanwhile
  /// gets the same error at once. So callers do not queue up behind each other's time-outs while Slack cannot be
  /// reached. Zero tries each time.
  std::chrono::milliseconds retry_pause{5'000};

  /// The same where Slack refused for good (the error is not retryable), so that events do not offer it the refresh
  /// token each time. The rotator tries at once a refresh token that is stored in its place.
  std::chrono::milliseconds refusal_pause{std::chrono::hours{1}};

  /// How often the rotator tries to save a new token, before UnsavedRotationError.
  int save_attempts = 3;

  /// The wait before the second attempt; each later one is twice as long.
  std::chrono::milliseconds save_pause{100};

  /// How many requests rotate_all() makes in a minute at most, spread evenly. Slack takes 600 of oauth.v2.access for an
  /// app, of which this leaves some to events and to new installations. Jobs that run at the same time share the limit:
  /// give each its part. Zero: as many as it can. https://docs.slack.dev/reference/methods/oauth.v2.access
  int requests_per_minute = 500;

  /// The same for exchange_all() and oauth.v2.exchange, of which Slack takes 50 at least: it is in tier 3.
  /// https://docs.slack.dev/apis/web-api/rate-limits
  int exchanges_per_minute = 50;

  /// The longest that rotate_all() and exchange_all() wait, without a turn, where Slack says that there were too many
  /// requests. Where Slack asks for more, the job ends, and what is left fails with the code "not_tried".
  std::chrono::seconds longest_rate_limit_pause = std::chrono::minutes{5};

  /// Gets new tokens that no store has, each once, and before anybody uses them: Slack gives them once. Those that the
  /// store did not take come as an UnsavedRotationError; the rotator keeps them in this process, uses them, and saves
  /// them first of all the next time. It also throws the others. An app whose disk may be full for longer than the app
  /// runs puts them elsewhere. The rotator logs what this function throws. Threads: called on the thread of the call
  /// that refreshed.
  std::function<void(const UnsavedTokenError&)> on_unsaved{};

  std::function<Timestamp()> clock{};  ///< by default the system's

  /// By default the thread sleeps. With one of your own, waits for turns are measured by `clock` too: a test moves
  /// both.
  std::function<void(std::chrono::milliseconds)> sleep{};

  Logger logger{};  ///< gets refreshes at level info; silent by default
};

}  // namespace slack::oauth::inline v0
