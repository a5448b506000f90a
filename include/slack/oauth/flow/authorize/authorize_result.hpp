// What an app may do for an incoming payload: the tokens, and which record each is from.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace slack::oauth::inline v0 {

/// Which record supplied a token.
enum class RecordSource {
  none,             ///< there is no such token
  organisation,     ///< of the whole organisation: (enterprise_id, no team)
  workspace,        ///< of the workspace: (enterprise_id or none, team_id)
  before_migration  ///< of the workspace before it joined an organisation: (none, team_id)
};

/// The tokens are secrets: pass them to Slack, and write them into no log.
struct AuthorizeResult {
  std::optional<std::string> enterprise_id{};  ///< this and the next three are the payload's
  std::optional<std::string> team_id{};
  std::optional<std::string> user_id{};
  std::optional<std::string> authorized_user_id{};  ///< as PayloadIds has it: whose installation the event is sent for
  bool is_enterprise_install = false;               ///< whether the bot is the organisation's

  std::optional<std::string> bot_token{};
  std::optional<std::string> bot_id{};
  std::optional<std::string> bot_user_id{};
  std::vector<std::string> bot_scopes{};
  RecordSource bot_source = RecordSource::none;

  std::optional<std::string> user_token{};  ///< of the user of user_id; no value where they installed nothing
  std::vector<std::string> user_scopes{};
  RecordSource user_source = RecordSource::none;

  /// The token of the user of authorized_user_id, who need not be the one that acted: what the app does with it, it
  /// does in their name. Only for an event that Slack sends for a user's installation.
  std::optional<std::string> authorized_user_token{};
  std::vector<std::string> authorized_user_scopes{};
  RecordSource authorized_user_source = RecordSource::none;

  /// The token of the workflow whose step this is, as workflow_token_from_payload() has it: Slack lets the app complete
  /// the step with it, also where nothing else is here. It ends with the step, or minutes later: keep it nowhere.
  std::optional<std::string> workflow_token{};

  std::optional<std::string> url{};  ///< of the workspace; only with an auth_test_client

  friend bool operator==(const AuthorizeResult&, const AuthorizeResult&) = default;
};

}  // namespace slack::oauth::inline v0
