// What Slack sends to an app's events URL. https://docs.slack.dev/apis/events-api
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ledger.hpp"

namespace standin {

inline nlohmann::json url_verification(const std::string& challenge) {
  return {{"type", "url_verification"}, {"token", "not-a-real-verification-token"}, {"challenge", challenge}};
}

/// The envelope around an event; `authorizations` is there where a token is left that could be meant.
inline nlohmann::json event_callback(const std::string& app_id, const Workspace& workspace, nlohmann::json event,
                                     const std::string& event_id, std::chrono::seconds event_time) {
  nlohmann::json payload{{"type", "event_callback"},
                         {"token", "not-a-real-verification-token"},
                         {"api_app_id", app_id},
                         {"event_id", event_id},
                         {"event_time", event_time.count()}};
  if (!workspace.team_id.empty()) payload["team_id"] = workspace.team_id;
  if (!workspace.enterprise_id.empty()) payload["enterprise_id"] = workspace.enterprise_id;
  const std::string type = event.at("type");
  if (type != "app_uninstalled" && type != "tokens_revoked") {
    nlohmann::json authorization{{"enterprise_id", nullptr},
                                 {"team_id", nullptr},
                                 {"user_id", Ledger::bot_user_id},
                                 {"is_bot", true},
                                 {"is_enterprise_install", workspace.is_enterprise_install}};
    if (!workspace.enterprise_id.empty()) authorization["enterprise_id"] = workspace.enterprise_id;
    if (!workspace.is_enterprise_install) authorization["team_id"] = workspace.team_id;
    payload["authorizations"] = nlohmann::json::array({std::move(authorization)});
  }
  payload["event"] = std::move(event);
  return payload;
}

inline nlohmann::json app_mention(const std::string& text, const std::string& channel, const std::string& ts) {
  return {{"type", "app_mention"}, {"user", "U0GRACE"}, {"text", text},
          {"channel", channel},    {"ts", ts},          {"event_ts", ts}};
}

inline nlohmann::json app_uninstalled() { return {{"type", "app_uninstalled"}}; }

inline nlohmann::json tokens_revoked(const std::vector<std::string>& users, const std::vector<std::string>& bots) {
  return {{"type", "tokens_revoked"}, {"tokens", {{"oauth", users}, {"bot", bots}}}};
}

}  // namespace standin
