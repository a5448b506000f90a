// Which app asks Slack, and how a request says so.
#pragma once

#include <string>
#include <string_view>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0 {

/// From the app's page "Basic Information".
struct ClientCredentials {
  std::string client_id{};
  std::string client_secret{};  ///< empty for a public client, which proves itself by PKCE alone
};

namespace detail {

/// RFC 4648 section 4
[[nodiscard]] inline std::string base64_encode(std::string_view bytes) {
  std::string text = base64url_encode(bytes);
  for (char& c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

/// Returns the value of the header Authorization. RFC 6749 section 2.3.1: both are form-encoded first, so that a colon
/// in the id is no separator.
[[nodiscard]] inline std::string basic_authorization(const ClientCredentials& credentials) {
  return "Basic " +
         base64_encode(percent_encode(credentials.client_id) + ":" + percent_encode(credentials.client_secret));
}

/// Returns the value of the header Authorization. RFC 6750 section 2.1. Throws InvalidArgumentError where `token` could
/// end the header and begin another one.
[[nodiscard]] inline std::string bearer_authorization(std::string_view token, std::string_view argument) {
  if (token.empty()) throw InvalidArgumentError(std::string(argument), "must not be empty");
  if (!is_printable_ascii(token)) {
    throw InvalidArgumentError(std::string(argument), "holds a character that no token has");
  }
  return "Bearer " + std::string(token);
}

inline void require_client_id(const ClientCredentials& credentials) {
  if (credentials.client_id.empty()) throw InvalidArgumentError("client_id", "must not be empty");
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
