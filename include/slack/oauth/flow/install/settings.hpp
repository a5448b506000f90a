// What OAuthFlow has to know about an app, and what an app may change about it.
//
//     auto settings = slack::oauth::OAuthSettings::from_environment();
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/authorize_url.hpp"
#include "slack/oauth/flow/install/detail/desktop_redirect.hpp"
#include "slack/oauth/flow/install/pages.hpp"
#include "slack/oauth/flow/install/state_utils.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/detail/secret.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0 {

struct OAuthSettings {
  /// From "Basic Information" of the app's page on https://api.slack.com/apps. Both are required, but for a public
  /// client: an app with `pkce_enabled` whose `redirect_uri` leads to the person's own machine needs no client secret.
  std::string client_id{};
  std::string client_secret{};

  /// For SignatureVerifier, so that one place holds all that Slack gave the app. The flow does not use it.
  std::string signing_secret{};

  /// What the app asks for: https://docs.slack.dev/reference/scopes. At least one of the two is required. The bot's
  /// have to be empty where `pkce_enabled` is set and `redirect_uri` leads to the person's own machine.
  std::vector<std::string> scopes{};
  std::vector<std::string> user_scopes{};

  /// Where Slack sends the browser back to: the public address of `redirect_uri_path`. Required where the app's page at
  /// Slack lists more than one. Where it is empty, Slack takes the first. With `pkce_enabled`, it may lead to an app on
  /// the person's own machine: by a scheme of the app's own ("myapp://auth") or by localhost.
  std::string redirect_uri{};

  /// The paths that OAuthFlow::handle() answers, as they reach the app. Behind a proxy that takes a prefix off, write
  /// them without the prefix.
  std::string install_path = "/slack/install";
  std::string redirect_uri_path = "/slack/oauth_redirect";

  /// The pages show it; where it is empty, they say "this app".
  std::string app_name{};

  /// The workspace that Slack's consent page offers first. Where it is empty, the flow offers the workspace that the
  /// install request names, as `?team=T…`, and otherwise Slack chooses. A hook may set it per request.
  std::string team{};

  /// Change it for a stand-in in tests, or for GovSlack: "https://slack-gov.com/oauth/v2/authorize".
  std::string authorization_url = "https://slack.com/oauth/v2/authorize";

  /// Installs the app for single people, without a bot: asks for `user_scopes` at oauth/v2_user/authorize, and
  /// exchanges the code by oauth.v2.user.access. `scopes` has to be empty. docs/oauth-flow.md
  bool user_only_enabled = false;

  /// Where to send the browser instead of showing the page. The flow appends a failure's reason as the parameter
  /// `reason`.
  std::string success_url{};
  std::string failure_url{};

  /// False sends the browser to Slack at once, without a page with a button. Choose it for an app whose `Direct Install
  /// URL` in Slack's directory is its install path.
  bool install_page_rendering_enabled = true;

  /// With a name that begins with "__Host-", browsers refuse a cookie that another host of the domain has set.
  std::string state_cookie_name = "slack-app-oauth-state";

  /// How long the browser keeps the state. The state store has an expiry of its own, which should be the same.
  std::chrono::seconds state_expiration = std::chrono::minutes{10};

  /// Accepts a callback that has no `state`, or an empty one. Installations have that where they start at Slack: in its
  /// directory, or on an organisation's admin pages. The risk is login CSRF: anybody can make a visitor's browser
  /// finish an installation that somebody else began. So an app that ties an installation to the visitor must not turn
  /// this on. The flow still checks a callback that has a state. docs/oauth-flow.md
  bool installation_without_state_enabled = false;

  /// Sends a code challenge, and the verifier with the exchange (RFC 7636). Slack has to have PKCE enabled for the app,
  /// which you cannot undo, and by which its refresh tokens end after 30 days:
  /// https://docs.slack.dev/authentication/using-pkce
  ///
  /// Without a client secret the state store keeps the verifier; it has to be one that keeps payloads to itself.
  bool pkce_enabled = false;

  /// The custom value of a saved installation that holds its state's payload, where that is not null; empty for none.
  std::string payload_custom_value = "state_payload";

  /// The app's own pages instead of those that ship.
  OAuthPages pages{};

  /// How often the flow tries a save, since the code that gave the tokens is used up. No attempt begins after five
  /// seconds.
  int save_attempts = 5;

  /// The wait before the second attempt; each later one is twice as long. With these defaults a person waits for the
  /// page for 1.5 seconds in all.
  std::chrono::milliseconds save_pause{100};

  /// No line holds a code, a state, a cookie or a token.
  Logger logger{};

  /// Gives `installed_at`.
  std::function<Timestamp()> clock = [] { return now(); };

  std::function<void(std::chrono::milliseconds)> sleep{};  ///< by default the thread sleeps

  /// Reads SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, SLACK_SCOPES and SLACK_USER_SCOPES (separated by commas),
  /// SLACK_SIGNING_SECRET, SLACK_REDIRECT_URI, SLACK_INSTALL_PATH and SLACK_REDIRECT_URI_PATH. The first two and one of
  /// the scopes are required. It drops white space around a value, and treats an empty variable as one that is not set.
  /// Throws an InvalidArgumentError that names the variable that is missing.
  [[nodiscard]] static OAuthSettings from_environment();

  /// Returns the install path as browsers see it: with the prefix that `redirect_uri` has before `redirect_uri_path`,
  /// which a proxy in front of the app takes off.
  [[nodiscard]] std::string public_install_path() const;
};

namespace detail {

[[nodiscard]] inline std::optional<std::string> environment_variable(const char* name) {
#if defined(_MSC_VER)
#pragma warning(push)
#pragma warning(disable : 4996)  // the caller keeps nothing of it, and changes no variable meanwhile
#endif
  const char* value = std::getenv(name);
#if defined(_MSC_VER)
#pragma warning(pop)
#endif
  const std::string_view text = trimmed(value == nullptr ? "" : value);  // of a file, it ends with a line end
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

[[nodiscard]] inline std::string required_environment_variable(const char* name) {
  auto value = environment_variable(name);
  if (!value) throw InvalidArgumentError(name, "is not set in the environment");
  return *std::move(value);
}

[[nodiscard]] constexpr bool is_http_url(std::string_view text) noexcept {
  return (text.starts_with("https://") || text.starts_with("http://")) && is_printable_ascii(text);
}

inline void require_path(const char* field, std::string_view path) {
  if (!path.starts_with('/')) throw InvalidArgumentError(field, "must begin with /");
  if (!is_printable_ascii(path) || path.find_first_of("?#") != std::string_view::npos) {
    throw InvalidArgumentError(field, "must be a path, percent-encoded and without a query");
  }
}

inline void require_scopes(const char* field, const std::vector<std::string>& scopes) {
  for (const std::string& scope : scopes) {
    if (scope.empty() || scope.find(',') != std::string::npos || !is_printable_ascii(scope)) {
      throw InvalidArgumentError(field, "must hold one scope per element, without white space");
    }
  }
}

inline void require_redirect_target(const char* field, std::string_view url) {
  if (!is_printable_ascii(url)) throw InvalidArgumentError(field, "must be a URL, percent-encoded");
}

/// What Slack asks of redirects to a person's own machine, and of apps without a secret.
inline void require_client(const OAuthSettings& settings) {
  const bool is_desktop = is_desktop_redirect(settings.redirect_uri);
  if (settings.client_id.empty()) throw InvalidArgumentError("client_id", "must not be empty");
  if (has_custom_scheme(settings.redirect_uri) && !settings.pkce_enabled) {
    throw InvalidArgumentError("redirect_uri",
                               "must begin with https:// or http:// without pkce_enabled: Slack takes other schemes "
                               "with PKCE alone");
  }
  if (settings.client_secret.empty() && !(settings.pkce_enabled && is_desktop)) {
    throw InvalidArgumentError("client_secret",
                               "must not be empty, but for an app with pkce_enabled whose redirect_uri has a scheme of "
                               "its own or leads to localhost");
  }
  if (settings.pkce_enabled && is_desktop && !settings.scopes.empty()) {
    throw InvalidArgumentError("scopes",
                               "must be empty: with PKCE, Slack gives no bot to an app whose redirect_uri has a scheme "
                               "of its own or leads to localhost; ask for user_scopes");
  }
  if (settings.client_secret.empty() && settings.installation_without_state_enabled) {
    throw InvalidArgumentError("installation_without_state_enabled",
                               "must be off without a client secret: the state leads to the code verifier");
  }
}

/// Throws an InvalidArgumentError that names the field.
inline void require_valid(const OAuthSettings& settings) {
  require_client(settings);
  require_secret("client_id", settings.client_id);
  require_secret("client_secret", settings.client_secret);
  require_secret("signing_secret", settings.signing_secret);
  if (settings.scopes.empty() && settings.user_scopes.empty()) {
    throw InvalidArgumentError("scopes", "must not be empty where user_scopes is empty too");
  }
  if (settings.user_only_enabled) require_user_scopes_alone(settings.scopes, settings.user_scopes);
  require_scopes("scopes", settings.scopes);
  require_scopes("user_scopes", settings.user_scopes);
  const bool is_redirect = is_http_url(settings.redirect_uri) ||
                           (has_custom_scheme(settings.redirect_uri) && is_printable_ascii(settings.redirect_uri));
  if (!settings.redirect_uri.empty() && !is_redirect) {
    throw InvalidArgumentError("redirect_uri", "must begin with https:// or http:// and be percent-encoded");
  }
  if (!is_http_url(settings.authorization_url)) {
    throw InvalidArgumentError("authorization_url", "must begin with https:// or http:// and be percent-encoded");
  }
  require_path("install_path", settings.install_path);
  require_path("redirect_uri_path", settings.redirect_uri_path);
  if (settings.install_path == settings.redirect_uri_path) {
    throw InvalidArgumentError("redirect_uri_path", "must differ from install_path");
  }
  require_redirect_target("success_url", settings.success_url);
  require_redirect_target("failure_url", settings.failure_url);
  static_cast<void>(OAuthStateUtils(settings.state_cookie_name, settings.state_expiration));
  if (settings.save_attempts < 1) throw InvalidArgumentError("save_attempts", "must be at least 1");
  if (settings.save_pause.count() < 0) throw InvalidArgumentError("save_pause", "must not be negative");
  if (settings.clock == nullptr) throw InvalidArgumentError("clock", "must not be empty");
}

/// As it is used. Throws as require_valid() does.
[[nodiscard]] inline OAuthSettings checked(OAuthSettings settings) {
  require_valid(settings);
  if (!settings.sleep) settings.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  return settings;
}

}  // namespace detail

inline std::string OAuthSettings::public_install_path() const {
  std::string_view prefix = path_of(redirect_uri);
  if (!prefix.ends_with(redirect_uri_path)) return install_path;
  prefix.remove_suffix(redirect_uri_path.size());
  std::string path(prefix);
  path += install_path;
  return path.starts_with("//") ? install_path : path;  // which would be an address of another host
}

inline OAuthSettings OAuthSettings::from_environment() {
  OAuthSettings settings;
  settings.client_id = detail::required_environment_variable("SLACK_CLIENT_ID");
  settings.client_secret = detail::required_environment_variable("SLACK_CLIENT_SECRET");
  settings.signing_secret = detail::environment_variable("SLACK_SIGNING_SECRET").value_or("");
  settings.scopes = split_scopes(detail::environment_variable("SLACK_SCOPES").value_or(""));
  settings.user_scopes = split_scopes(detail::environment_variable("SLACK_USER_SCOPES").value_or(""));
  if (settings.scopes.empty() && settings.user_scopes.empty()) {
    throw InvalidArgumentError("SLACK_SCOPES", "is not set in the environment, nor is SLACK_USER_SCOPES");
  }
  settings.redirect_uri = detail::environment_variable("SLACK_REDIRECT_URI").value_or("");
  if (auto path = detail::environment_variable("SLACK_INSTALL_PATH")) settings.install_path = *std::move(path);
  if (auto path = detail::environment_variable("SLACK_REDIRECT_URI_PATH")) {
    settings.redirect_uri_path = *std::move(path);
  }
  return settings;
}

}  // namespace slack::oauth::inline v0
