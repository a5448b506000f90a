// What an app may do while OAuthFlow runs: it gives functions of its own, which the flow calls at six points.
//
// All of them see the payload of the state, which Hooks::state_payload or before_redirect made from the request that
// began the installation. It is null where the state has none, and where the flow did not accept the state.
//
// Threads: the flow calls a hook from the thread of the request, so from several at once.
// Errors: what a hook throws ends the installation with the reason "hook_error" and the status 500. The flow logs it
// without its text.
//
// Needs nlohmann/json.
#pragma once

#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// Why a hook stops an installation.
struct InstallationVeto {
  /// Short and lower-case, as "plan_full". The failure page shows it, and the failure hook gets it.
  std::string reason{};
  int status = 403;
};

/// An installation that is about to begin. The hook may change all but the request.
struct BeforeRedirect {
  const HttpRequest& request;
  nlohmann::json payload{};  ///< travels with the state: small, and no secret
  std::string team{};        ///< the workspace to offer first: of the settings, or else of the request's `?team=`
};

/// A callback whose state the flow accepted, and whose code it has not exchanged yet: nothing is installed.
struct BeforeInstallation {
  const HttpRequest& request;
  const nlohmann::json& payload;
};

/// Slack has installed the app, and nothing is saved yet.
template <class InstallationT>
struct BasicAfterInstallation {
  const HttpRequest& request;
  const nlohmann::json& payload;
  InstallationT& installation;  ///< the hook may change it: the flow saves it as it then is

  /// What the flow asked for and Slack did not grant, such as an optional scope that the person left out. Mostly empty.
  /// An app that cannot do without returns the veto "missing_scopes", for which the failure page has a text.
  const InstallationScopes& missing_scopes;
};
using AfterInstallation = BasicAfterInstallation<Installation>;

/// The installation is saved, and the flow is about to send `response`; the hook may change it. It redirects to the
/// success page, with a cookie that holds what the page says, or to `success_url`. OAuthPages::success decides what the
/// page shows.
template <class InstallationT>
struct BasicInstallationSuccess {
  const HttpRequest& request;
  const nlohmann::json& payload;
  const InstallationT& installation;
  HttpResponse& response;
  const InstallationScopes& missing_scopes;  ///< as in AfterInstallation; the success page that ships says it
};
using InstallationSuccess = BasicInstallationSuccess<Installation>;

/// The installation ended otherwise, and the flow is about to send `response`; the hook may change it.
template <class InstallationT>
struct BasicInstallationFailure {
  const HttpRequest& request;
  const nlohmann::json& payload;
  std::string_view reason;   ///< as in the table of docs/oauth-flow.md, a veto's own, or Slack's `error`
  int status;                ///< of the page that ships
  std::exception_ptr error;  ///< what was thrown; null where nothing was

  /// Tokens that Slack gave and that the flow did not save, since the store failed or a hook stopped it. Their code is
  /// used up: an app that drops them can only ask the user again. Null where there are none.
  const InstallationT* unsaved_installation;

  /// Slack's answer to the exchange, where it says `ok` and the flow could not read it: it may hold tokens. Otherwise
  /// null.
  const nlohmann::json* unread_answer;
  HttpResponse& response;
};
using InstallationFailure = BasicInstallationFailure<Installation>;

/// Every hook is optional.
template <class InstallationT>
struct BasicOAuthHooks {
  /// Returns what travels with the state, from the request to the install path: a tenant, where to return to. Small, no
  /// secret.
  std::function<nlohmann::json(const HttpRequest&)> state_payload{};

  std::function<std::optional<InstallationVeto>(BeforeRedirect&)> before_redirect{};
  std::function<std::optional<InstallationVeto>(const BeforeInstallation&)> before_installation{};

  /// A veto here saves nothing, but does not uninstall the app: call `apps.uninstall` or `auth.revoke` for that.
  std::function<std::optional<InstallationVeto>(const BasicAfterInstallation<InstallationT>&)> after_installation{};

  /// Where it throws, the flow sends the failure answer, though the installation stays saved.
  std::function<void(const BasicInstallationSuccess<InstallationT>&)> success{};

  /// Where it throws, the flow logs it, and answers as if there were no such hook.
  std::function<void(const BasicInstallationFailure<InstallationT>&)> failure{};
};
using OAuthHooks = BasicOAuthHooks<Installation>;

}  // namespace slack::oauth::inline v0
