// Ids that links to Slack are made of: to the workspace to install in, and back from the success page.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::detail {

/// Whether it can be the id of a workspace, an organisation or an app: upper-case letters and digits.
[[nodiscard]] inline bool is_slack_id(std::string_view id) noexcept {
  constexpr std::size_t longest = 64;
  return !id.empty() && id.size() <= longest &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

/// The workspace or organisation that an install request names by `?team=`; empty where it names none by its id, which
/// begins with T or E.
[[nodiscard]] inline std::string team_asked_for(const HttpRequest& request) {
  const auto parameters = parse_parameters(query_of(request.url));
  const std::string_view team = parameters ? find_parameter(*parameters, "team").value_or("") : "";
  const bool is_id = is_slack_id(team) && team.size() > 1 && (team.front() == 'T' || team.front() == 'E');
  return std::string(is_id ? team : "");
}

/// Whether it is "https://<name>.slack.com/", or the same at slack-gov.com.
[[nodiscard]] inline bool is_organisation_url(std::string_view url) noexcept {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme)) return false;
  url.remove_prefix(scheme.size());
  if (!url.ends_with(".slack.com/") && !url.ends_with(".slack-gov.com/")) return false;
  url.remove_suffix(1);
  return std::all_of(url.begin(), url.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

/// The app's home in Slack's own program. https://docs.slack.dev/interactivity/deep-linking
[[nodiscard]] inline std::string app_url_of(const Installation& installation) {
  const std::string team = installation.team_id.value_or("");
  const std::string app = installation.app_id.value_or("");
  const bool is_known = !installation.is_enterprise_install && is_slack_id(team) && is_slack_id(app);
  return is_known ? "slack://app?team=" + team + "&id=" + app : "slack://open";
}

/// The workspace in the browser; for an organisation, where its admin says which workspaces get the app.
[[nodiscard]] inline std::string browser_url_of(const Installation& installation) {
  const std::string team = installation.team_id.value_or("");
  const std::string app = installation.app_id.value_or("");
  const std::string organisation = installation.enterprise_url.value_or("");
  if (installation.is_enterprise_install) {
    const bool is_known = is_organisation_url(organisation) && is_slack_id(app);
    return is_known ? organisation + "manage/organization/apps/profile/" + app + "/workspaces/add"
                    : "https://app.slack.com/";
  }
  return is_slack_id(team) ? "https://app.slack.com/client/" + team : "https://app.slack.com/";
}

}  // namespace slack::oauth::inline v0::detail
