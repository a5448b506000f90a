// What the app asks of a person: the URL that it sends the browser to.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/detail/desktop_redirect.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/testing/fake_slack/options.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::testing {

/// What the app asks of a person on the consent page.
struct ConsentRequest {
  std::string redirect_uri{};
  bool names_redirect_uri = false;  ///< whether the URL had it: then the exchange has to have it too
  std::string bot_scopes{};         ///< separated by commas, as the next
  std::string user_scopes{};
  std::string code_challenge{};  ///< of method S256; empty without PKCE
  std::string state{};
  std::string nonce{};  ///< where a person signs in with Slack
};

namespace detail {

/// Empty where it is missing.
[[nodiscard]] inline std::string value_of(const HttpParameters& parameters, std::string_view name) {
  return std::string(find_parameter(parameters, name).value_or(""));
}

[[nodiscard]] inline bool are_unicode(const HttpParameters& parameters) {
  return std::all_of(parameters.begin(), parameters.end(), [](const HttpParameter& one) {
    return oauth::detail::is_valid_utf8(one.name) && oauth::detail::is_valid_utf8(one.value);
  });
}

/// Separated by commas. OpenID Connect separates them by spaces.
[[nodiscard]] inline std::string scopes_of(const HttpParameters& given, std::string_view name) {
  std::string scopes = value_of(given, name);
  std::replace(scopes.begin(), scopes.end(), ' ', ',');
  return join_scopes(split_scopes(scopes));
}

/// Throws SlackApiError where Slack shows an error instead.
/// https://docs.slack.dev/authentication/installing-with-oauth
[[nodiscard]] inline ConsentRequest read_consent_request(const FakeSlackOptions& options,
                                                         std::string_view authorize_url) {
  const auto given = parse_parameters(query_of(authorize_url));
  if (!given || !are_unicode(*given) || value_of(*given, "client_id") != options.client_id)
    throw SlackApiError("invalid_client_id");
  ConsentRequest request{.redirect_uri = value_of(*given, "redirect_uri"),
                         .bot_scopes = scopes_of(*given, "scope"),
                         .user_scopes = scopes_of(*given, "user_scope"),
                         .code_challenge = value_of(*given, "code_challenge"),
                         .state = value_of(*given, "state"),
                         .nonce = value_of(*given, "nonce")};
  const std::string_view path = path_of(authorize_url);
  const bool is_about_user = path.ends_with("/v2_user/authorize") || path.ends_with("/openid/connect/authorize");
  if (is_about_user && request.user_scopes.empty()) {
    request.user_scopes = std::exchange(request.bot_scopes, "");
  }
  request.names_redirect_uri = !request.redirect_uri.empty();
  if (!request.names_redirect_uri) request.redirect_uri = options.redirect_uri;
  if (!oauth::detail::is_printable_ascii(request.redirect_uri)) throw SlackApiError("bad_redirect_uri");
  const bool is_desktop = options.is_public_client() && oauth::detail::is_desktop_redirect(request.redirect_uri);
  const bool has_scopes = !request.user_scopes.empty() || (!request.bot_scopes.empty() && !is_desktop);
  if (!has_scopes || (is_desktop && !request.bot_scopes.empty())) throw SlackApiError("invalid_scope_requested");
  if (is_desktop && request.code_challenge.empty()) throw SlackApiError("invalid_code_challenge");
  return request;
}

}  // namespace detail

}  // namespace slack::oauth::inline v0::testing
