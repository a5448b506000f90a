// Who signed in with Slack: the claims of an id_token.
// https://docs.slack.dev/reference/methods/openid.connect.token
//
// Needs nlohmann/json.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// The names are OpenID Connect's; `team_id` and `user_id` are Slack's claims "https://slack.com/team_id" and
/// "https://slack.com/user_id". A claim that is missing or null, or an empty text, has no value. Which ones there are
/// depends on the scopes: `email` brings the email address, `profile` the names and pictures.
struct IdTokenClaims {
  std::string iss{};  ///< as the verifier's options
  std::string sub{};  ///< whom the token is about: always there
  std::string aud{};  ///< the client id
  Timestamp exp{};
  Timestamp iat{};
  std::optional<Timestamp> auth_time{};
  std::optional<std::string> nonce{};

  std::optional<std::string> team_id{};
  std::optional<std::string> user_id{};  ///< tells a person from others together with `team_id` alone

  std::optional<std::string> email{};
  bool email_verified = false;  ///< unless it is true, the address may be anybody's
  std::optional<std::string> name{};
  std::optional<std::string> given_name{};
  std::optional<std::string> family_name{};
  std::optional<std::string> locale{};
  std::optional<std::string> picture{};

  /// All of the token's claims, as Slack sent them.
  nlohmann::json json{};
};

}  // namespace slack::oauth::inline v0
