// The addresses of Slack's consent pages, where a person allows an app. Every value is percent-encoded (RFC 3986).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0 {

namespace detail {

[[nodiscard]] inline std::string url_with_parameters(std::string url, const HttpParameters& parameters) {
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += format_parameters(parameters);
  return url;
}

inline void append_if_present(HttpParameters& parameters, std::string_view name, std::string_view value) {
  if (!value.empty()) parameters.push_back({std::string(name), std::string(value)});
}

inline void append_code_challenge(HttpParameters& parameters, std::string_view code_challenge) {
  if (code_challenge.empty()) return;
  parameters.push_back({"code_challenge", std::string(code_challenge)});
  parameters.push_back({"code_challenge_method", "S256"});
}

inline void require_present(const char* option, std::string_view value) {
  if (value.empty()) throw InvalidArgumentError(option, "must not be empty");
}

inline void require_user_scopes_alone(const std::vector<std::string>& scopes,
                                      const std::vector<std::string>& user_scopes) {
  if (!scopes.empty()) throw InvalidArgumentError("scopes", "must be empty with user_only_enabled: there is no bot");
  if (user_scopes.empty()) throw InvalidArgumentError("user_scopes", "must not be empty with user_only_enabled");
}

}  // namespace detail

struct AuthorizeUrlOptions {
  std::string client_id{};
  std::vector<std::string> scopes{};       ///< the bot's
  std::vector<std::string> user_scopes{};  ///< those of the person who installs the app
  std::string redirect_uri{};              ///< empty lets Slack take the first of the app's own
  std::string authorization_url = "https://slack.com/oauth/v2/authorize";

  /// Asks for a user's token alone: at https://slack.com/oauth/v2_user/authorize, unless `authorization_url` is another
  /// than the default. Needs `user_scopes`, and no `scopes`.
  bool user_only_enabled = false;
};

/// One request for consent. Borrowed for the call.
struct AuthorizeRequest {
  std::string_view state{};
  std::string_view team{};            ///< the workspace that is offered first; empty leaves it to Slack
  std::string_view code_challenge{};  ///< PkceVerifier::challenge(); empty without PKCE
};

/// For the installation of an app: https://docs.slack.dev/authentication/installing-with-oauth
///
/// Threads: any thread may call generate() at any time.
class AuthorizeUrlGenerator {
 public:
  /// Throws InvalidArgumentError where client_id or authorization_url is empty, or the scopes are not as they have to
  /// be.
  explicit AuthorizeUrlGenerator(AuthorizeUrlOptions options) : options_(std::move(options)) {
    detail::require_present("client_id", options_.client_id);
    detail::require_present("authorization_url", options_.authorization_url);
    if (options_.scopes.empty() && options_.user_scopes.empty()) {
      throw InvalidArgumentError("scopes", "must not be empty where user_scopes is empty too");
    }
    if (options_.user_only_enabled) {
      detail::require_user_scopes_alone(options_.scopes, options_.user_scopes);
      if (options_.authorization_url == AuthorizeUrlOptions{}.authorization_url) {
        options_.authorization_url = "https://slack.com/oauth/v2_user/authorize";
      }
    }
  }

  [[nodiscard]] std::string generate(const AuthorizeRequest& request) const {
    HttpParameters parameters{{"client_id", options_.client_id}};
    if (!options_.user_only_enabled) parameters.push_back({"scope", join_scopes(options_.scopes)});
    detail::append_if_present(parameters, "user_scope", join_scopes(options_.user_scopes));
    detail::append_if_present(parameters, "state", request.state);
    detail::append_if_present(parameters, "redirect_uri", options_.redirect_uri);
    detail::append_if_present(parameters, "team", request.team);
    detail::append_code_challenge(parameters, request.code_challenge);
    return detail::url_with_parameters(options_.authorization_url, parameters);
  }

 private:
  AuthorizeUrlOptions options_;
};

struct OpenIDConnectAuthorizeUrlOptions {
  std::string client_id{};
  std::string redirect_uri{};
  std::vector<std::string> scopes{"openid", "profile", "email"};
  std::string authorization_url = "https://slack.com/openid/connect/authorize";
};

/// One request to sign in. Borrowed for the call.
struct OpenIDConnectAuthorizeRequest {
  std::string_view state{};
  std::string_view nonce{};           ///< comes back in the id_token, which the app checks; empty for none
  std::string_view team{};            ///< the workspace to sign in to; empty leaves it to Slack
  std::string_view code_challenge{};  ///< PkceVerifier::challenge(); empty without PKCE
};

/// For Sign in with Slack: https://docs.slack.dev/authentication/sign-in-with-slack. Spaces separate the scopes here,
/// as in OpenID Connect.
///
/// Threads: any thread may call generate() at any time.
class OpenIDConnectAuthorizeUrlGenerator {
 public:
  /// Throws InvalidArgumentError where an option is empty, or `scopes` lacks "openid".
  explicit OpenIDConnectAuthorizeUrlGenerator(OpenIDConnectAuthorizeUrlOptions options) : options_(std::move(options)) {
    detail::require_present("client_id", options_.client_id);
    detail::require_present("redirect_uri", options_.redirect_uri);
    detail::require_present("authorization_url", options_.authorization_url);
    if (std::find(options_.scopes.begin(), options_.scopes.end(), "openid") == options_.scopes.end()) {
      throw InvalidArgumentError("scopes", "must hold openid");
    }
  }

  [[nodiscard]] std::string generate(const OpenIDConnectAuthorizeRequest& request) const {
    std::string scopes = join_scopes(options_.scopes);
    std::replace(scopes.begin(), scopes.end(), ',', ' ');
    HttpParameters parameters{
        {"response_type", "code"}, {"client_id", options_.client_id}, {"scope", std::move(scopes)}};
    detail::append_if_present(parameters, "state", request.state);
    detail::append_if_present(parameters, "redirect_uri", options_.redirect_uri);
    detail::append_if_present(parameters, "team", request.team);
    detail::append_if_present(parameters, "nonce", request.nonce);
    detail::append_code_challenge(parameters, request.code_challenge);
    return detail::url_with_parameters(options_.authorization_url, parameters);
  }

 private:
  OpenIDConnectAuthorizeUrlOptions options_;
};

}  // namespace slack::oauth::inline v0
