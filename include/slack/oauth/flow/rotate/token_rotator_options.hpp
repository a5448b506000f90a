// How tokens are refreshed: when, how long others wait, and what a failing store is given.
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

  /// How long others wait for a process that died in the middle of a refresh. Longer than two refreshes and their saves
  /// take at worst, time-outs and waits for the rate limit included.
  std::chrono::milliseconds lease_lifetime{120'000};

  /// How long a call waits for others that refresh the same workspace's tokens, before it throws a retryable
  /// TokenRotationError. Above `lease_lifetime`, a dead process fails nobody. Lower it where an event had better fail.
  std::chrono::milliseconds lease_timeout{130'000};

  /// How long a refresh that failed, and may work later, is not tried again: who asks meanwhile gets the same error at
  /// once. So callers do not queue up behind each other's time-outs while Slack cannot be reached. Zero tries each
  /// time.
  std::chrono::milliseconds retry_pause{5'000};

  /// The same, where Slack refused for good (the error is not retryable): the refresh token is not offered to it on
  /// every event. One that is stored in its place is tried at once.
  std::chrono::milliseconds refusal_pause{std::chrono::hours{1}};

  /// How often a new token is tried to be saved, before UnsavedRotationError.
  int save_attempts = 3;

  /// The wait before the second attempt; each later one is twice as long.
  std::chrono::milliseconds save_pause{100};

  /// The longest that rotate_all() waits, holding no turn, where Slack says that there were too many requests. Where it
  /// asks for more, the job ends, and what is left fails with the code "not_tried".
  std::chrono::seconds longest_rate_limit_pause = std::chrono::minutes{5};

  /// Hears of new tokens that are in no store, each once, and before anybody uses them: Slack gives them once. Those
  /// that the store did not take, an UnsavedRotationError, are kept in this process, used, and saved first of all the
  /// next time; others are thrown as well. An app whose disk may be full for longer than it runs puts them elsewhere.
  /// What it throws is logged. Threads: called on the thread of the call that refreshed.
  std::function<void(const UnsavedTokenError&)> on_unsaved{};

  std::function<Timestamp()> clock{};                      ///< by default the system's
  std::function<void(std::chrono::milliseconds)> sleep{};  ///< by default the thread sleeps
  Logger logger{};                                         ///< hears of refreshes at level info; silent by default
};

}  // namespace slack::oauth::inline v0
