// Events of many workspaces, as Slack sends them, and the installations that they are for. Each leads to the next one:
// the bot_id of a record says which it is, so no event can be answered before the last.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "slack/oauth/flow/authorize/authorize_result.hpp"
#include "slack/oauth/models/installation.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {

/// A mention with the fields that Slack sends today, of which its documentation shows some.
/// https://docs.slack.dev/reference/events/app_mention, https://docs.slack.dev/apis/events-api
inline nlohmann::json mention(const Ids& ids, const std::string& user_id) {
  const auto list = [](const nlohmann::json& element) { return nlohmann::json::array({element}); };
  const nlohmann::json text{{"type", "rich_text_section"},
                            {"elements",
                             {{{"type", "user"}, {"user_id", "U0BOTUSER"}},
                              {{"type", "text"}, {"text", " pour the second furnace, please"}}}}};
  const nlohmann::json event{{"type", "app_mention"},
                             {"user", user_id},
                             {"ts", "1767225600.000100"},
                             {"client_msg_id", "4f8e5a52-9a33-4c3e-8f55-0c6c1b8f2d17"},
                             {"text", "<@U0BOTUSER> pour the second furnace, please"},
                             {"team", ids.team_id},
                             {"blocks", list({{"type", "rich_text"}, {"block_id", "Xb2Qf"}, {"elements", list(text)}})},
                             {"channel", "C0CASTINGS"},
                             {"event_ts", "1767225600.000100"}};
  const nlohmann::json authorization{{"enterprise_id", ids.enterprise_id},
                                     {"team_id", ids.team_id},
                                     {"user_id", "U0BOTUSER"},
                                     {"is_bot", true},
                                     {"is_enterprise_install", false}};
  return {{"token", "not-a-real-token-of-events"},
          {"team_id", ids.team_id},
          {"enterprise_id", ids.enterprise_id},
          {"context_team_id", ids.team_id},
          {"context_enterprise_id", ids.enterprise_id},
          {"api_app_id", "A0SMELTER"},
          {"event", event},
          {"type", "event_callback"},
          {"event_id", "Ev0000000001"},
          {"event_time", 1767225600},
          {"authorizations", list(authorization)},
          {"is_ext_shared_channel", false},
          {"event_context",
           "4-not-a-real-context-of-an-event-which-has-some-one-hundred-and-forty-characters-"
           "that-mean-nothing-to-anybody-but-to-whom-it-is-sent-back-0001"}};
}

class Events {
 public:
  /// All by one user; the installations are U0ADA's.
  explicit Events(std::size_t count, const std::string& user_id = "U0ADA") : workspaces_(count) {
    for (std::size_t i = 0; i < count; ++i) bodies_.push_back(mention(workspaces_.ids(i), user_id).dump());
  }

  [[nodiscard]] std::size_t size() const { return bodies_.size(); }
  [[nodiscard]] const Ids& ids(std::size_t i) const { return workspaces_.ids(i); }
  [[nodiscard]] const std::string& body(std::size_t i) const { return bodies_[i]; }

  [[nodiscard]] std::size_t after(std::size_t i) const { return workspaces_.after(i); }

  /// With a token of the user's own.
  [[nodiscard]] slack::oauth::Installation installation(std::size_t i) const {
    auto installation = workspaces_.installation(i);
    installation.user_token = "xoxp-not-a-real-token-of-a-usual-length-" + workspaces_.ids(i).team_id;
    installation.user_scopes = {"search:read"};
    installation.bot_id = std::to_string(Workspaces::next(installation));
    return installation;
  }

  [[nodiscard]] static std::size_t next(const std::string& bot_id) {
    return static_cast<std::size_t>(std::stoul(bot_id));
  }

 private:
  Workspaces workspaces_;
  std::vector<std::string> bodies_{};
};

}  // namespace slack_oauth_benchmarks
