// rejected_tokens_value, the custom value by which a record says which of its tokens Slack refuses for good, and
// Slack's codes that say so.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <string_view>

#include "slack/oauth/flow/detail/token_rejections.hpp"

namespace slack::oauth::inline v0::detail {

/// Codes that say that a token will never work again. `invalid_auth` is none of them: Slack also gives it to a request
/// from an address that the workspace does not allow. https://docs.slack.dev/reference/methods/auth.test
[[nodiscard]] inline bool is_final_rejection(std::string_view code) {
  return code == "account_inactive" || code == "token_revoked";
}

/// The same for a refresh token: somebody has to install the app again.
/// https://docs.slack.dev/reference/methods/oauth.v2.access
[[nodiscard]] inline bool is_final_refusal(std::string_view code) {
  return is_final_rejection(code) || code == "invalid_refresh_token" || code == "token_expired";
}

/// Codes of oauth.v2.exchange that say that this token gets no pair: it has one, which may be on its way into the
/// store, or Slack does not know the token. https://docs.slack.dev/reference/methods/oauth.v2.exchange
[[nodiscard]] inline bool is_final_exchange(std::string_view code) {
  return is_final_rejection(code) || code == "token_already_exchanged" || code == "authorization_not_found" ||
         code == "invalid_auth";
}

}  // namespace slack::oauth::inline v0::detail
