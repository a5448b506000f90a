// The arguments of a store's methods. Every id is borrowed for the call, and has no value by default.
#pragma once

#include <optional>
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

/// A new pair of tokens for the one whose refresh token was used to get it. Everything is borrowed for the call.
struct TokenReplacement {
  OptionalId enterprise_id = std::nullopt;
  OptionalId team_id = std::nullopt;
  OptionalId user_id = std::nullopt;  ///< no value: the bot's token
  bool is_enterprise_install = false;
  std::string_view used_refresh_token{};  ///< the one that `token` was got with
  const RefreshedToken& token;
};

}  // namespace slack::oauth::inline v0
