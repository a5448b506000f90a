// The arguments of a store's methods. Every id is borrowed for the call, and has no value by default.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/fwd.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// An id that may have no value. An empty one means the same, except for `user_id`, where an empty one names nobody.
using OptionalId = std::optional<std::string_view>;

/// Which bot. With `is_enterprise_install`, the organisation's, whatever `team_id` says.
struct BotQuery {
  OptionalId enterprise_id = std::nullopt;
  OptionalId team_id = std::nullopt;
  bool is_enterprise_install = false;
};

/// Which installation: this user's, or without a user the newest of the workspace or organisation.
struct InstallationQuery {
  OptionalId enterprise_id = std::nullopt;
  OptionalId team_id = std::nullopt;
  OptionalId user_id = std::nullopt;
  bool is_enterprise_install = false;
};

/// A workspace, or without `team_id` an organisation.
struct WorkspaceRef {
  OptionalId enterprise_id = std::nullopt;
  OptionalId team_id = std::nullopt;

  /// With a value, a deletion does not delete what was installed later. The storage decides it in the step that
  /// deletes.
  std::optional<Timestamp> installed_until = std::nullopt;
};

/// One user's installation in a workspace or organisation, or without `user_id` every user's.
struct InstallationRef {
  OptionalId enterprise_id = std::nullopt;
  OptionalId team_id = std::nullopt;
  OptionalId user_id = std::nullopt;
  std::optional<Timestamp> installed_until = std::nullopt;  ///< as in WorkspaceRef
};

/// A new pair of tokens for the one whose refresh token was used to get it, or for a token that never expires and was
/// exchanged for it. Just one of `used_refresh_token` and `exchanged_token` is given. Everything is borrowed for the
/// call.
struct TokenReplacement {
  OptionalId enterprise_id = std::nullopt;
  OptionalId team_id = std::nullopt;
  OptionalId user_id = std::nullopt;  ///< no value: the bot's token
  bool is_enterprise_install = false;
  std::string_view used_refresh_token{};  ///< the one that `token` was got with
  const RefreshedToken& token;
  std::string_view exchanged_token{};  ///< the access token that oauth.v2.exchange gave `token` for

  /// Returns whether it is for a record that has these two tokens, of which an empty one is none. A token that was
  /// exchanged has no refresh token. For a store of your own: ask it in the step that writes.
  [[nodiscard]] bool replaces(std::string_view access_token, std::string_view refresh_token) const noexcept {
    if (used_refresh_token.empty() == exchanged_token.empty()) return false;
    if (exchanged_token.empty()) return refresh_token == used_refresh_token;
    return refresh_token.empty() && access_token == exchanged_token;
  }

  /// The same for tokens that a record may lack.
  [[nodiscard]] bool replaces(const std::optional<std::string>& access_token,
                              const std::optional<std::string>& refresh_token) const noexcept {
    return replaces(access_token ? std::string_view(*access_token) : std::string_view(),
                    refresh_token ? std::string_view(*refresh_token) : std::string_view());
  }
};

}  // namespace slack::oauth::inline v0
