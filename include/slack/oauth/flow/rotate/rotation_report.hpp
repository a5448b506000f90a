// The result of refreshing the tokens of all workspaces, or of exchanging them.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

namespace slack::oauth::inline v0 {

/// A token that was not refreshed. Where no id is set, the visit of the store failed.
struct RotationFailure {
  std::string enterprise_id{};
  std::string team_id{};
  std::string user_id{};    ///< empty for a bot
  bool is_unsaved = false;  ///< `error` is an UnsavedTokenError: no store has its new tokens

  /// Slack refuses the refresh token for good, so somebody has to install the app again. The record says so from then
  /// on, and later jobs skip it: reports list it once. Of an exchange: the token was exchanged before and its pair is
  /// lost, or Slack does not know it. The record stays as it is, since the token may work for a while.
  bool needs_installation = false;
  std::string message{};  ///< what the error says, without a secret
  std::exception_ptr error{};
};

struct RotationReport {
  std::size_t bots =
      0;  ///< bots' tokens that were due and are refreshed, or exchanged, by this call or another meanwhile
  std::size_t users = 0;   ///< users' tokens, likewise
  std::size_t failed = 0;  ///< tokens that were due and are not refreshed

  /// How many of `failed` the job did not ask Slack about, since new tokens could not be saved. Each is a failure whose
  /// error has the code "not_tried".
  std::size_t not_tried = 0;

  /// The first hundred failures, and beyond them all that are `is_unsaved`.
  std::vector<RotationFailure> failures{};

  [[nodiscard]] bool passed() const noexcept { return failed == 0; }
};

}  // namespace slack::oauth::inline v0
