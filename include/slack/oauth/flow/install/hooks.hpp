// What an app may do while OAuthFlow runs: functions of its own at five points.
//
// All of them see the payload of the state, which Hooks::state_payload or before_redirect made from the request that
// began the installation: null where there is none, or the state was not accepted.
//
// Threads: the flow calls a hook from the thread of the request, so from several at once.
// Errors: what a hook throws ends the installation with the reason "hook_error" and the status 500, and is logged
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
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// Why a hook does not let an installation go on.
struct InstallationVeto {
  /// Short and lower-case, as "plan_full": the failure page shows it, and the failure hook can tell by it.
  std::string reason{};
  int status = 403;
};

/// An installation that is about to begin. All but the request may be changed.
struct BeforeRedirect {
  const HttpRequest& request;
  nlohmann::json payload{};  ///< travels with the state: small, and no secret
  std::string team{};        ///< the workspace to offer first: of the settings, or else of the request's `?team=`
};

/// A callback whose state was accepted, and whose code was not exchanged yet: nothing is installed.
struct BeforeInstallation {
  const HttpRequest& request;
  const nlohmann::json& payload;
};

/// Slack has installed the app, and nothing is saved yet.
template <class InstallationT>
struct BasicAfterInstallation {
  const HttpRequest& request;
  const nlohmann::json& payload;
  InstallationT& installation;  ///< may be changed: it is saved as it is left
};
using AfterInstallation = BasicAfterInstallation<Installation>;

/// The installation is saved, and `response` is about to be sent: it may be changed. It is a redirect, to the success
/// page with a cookie that holds what the page says, or to `success_url`. What the page shows is for
/// OAuthPages::success.
template <class InstallationT>
struct BasicInstallationSuccess {
  const HttpRequest& request;
  const nlohmann::json& payload;
  const InstallationT& installation;
  HttpResponse& response;
};
using InstallationSuccess = BasicInstallationSuccess<Installation>;

/// The installation ended otherwise, and `response` is about to be sent: it may be changed.
template <class InstallationT>
struct BasicInstallationFailure {
  const HttpRequest& request;
  const nlohmann::json& payload;
  std::string_view reason;   ///< as in the table of docs/oauth-flow.md, a veto's own, or Slack's `error`
  int status;                ///< of the page that ships
  std::exception_ptr error;  ///< what was thrown; null where nothing was

  /// Tokens that Slack gave and that were not saved, since the store failed or a hook did not let it. Their code is
  /// used up: whoever lets go of them now can only ask the user again. Null where there are none.
  const InstallationT* unsaved_installation;

  /// Slack's answer to the exchange, which says `ok` and could not be read: it may hold tokens. Null where there is
  /// none.
  const nlohmann::json* unread_answer;
  HttpResponse& response;
};
using InstallationFailure = BasicInstallationFailure<Installation>;

/// Every one is optional.
template <class InstallationT>
struct BasicOAuthHooks {
  /// What travels with the state, from the request to the install path: a tenant, where to return to. Small, no secret.
  std::function<nlohmann::json(const HttpRequest&)> state_payload{};

  std::function<std::optional<InstallationVeto>(BeforeRedirect&)> before_redirect{};
  std::function<std::optional<InstallationVeto>(const BeforeInstallation&)> before_installation{};

  /// A veto here saves nothing, but does not uninstall the app: call `apps.uninstall` or `auth.revoke` for that.
  std::function<std::optional<InstallationVeto>(const BasicAfterInstallation<InstallationT>&)> after_installation{};

  /// What it throws gives the failure answer, though the installation stays saved.
  std::function<void(const BasicInstallationSuccess<InstallationT>&)> success{};

  /// What it throws is logged, and the answer is as if there were no such hook.
  std::function<void(const BasicInstallationFailure<InstallationT>&)> failure{};
};
using OAuthHooks = BasicOAuthHooks<Installation>;

}  // namespace slack::oauth::inline v0
