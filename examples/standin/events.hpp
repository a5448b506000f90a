// What Slack sends to an app's events URL. https://docs.slack.dev/apis/events-api
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <slack/oauth/timestamp.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ledger.hpp"

namespace standin {

inline nlohmann::json url_verification(const std::string& challenge) {
  return {{"type", "url_verification"}, {"token", "not-a-real-verification-token"}, {"challenge", challenge}};
}

/// Seconds, and their microseconds: "1767225600.000100".
inline std::string slack_timestamp(slack::oauth::Timestamp time) {
  const auto microseconds = time.time_since_epoch().count();
  const std::string fraction = std::to_string(microseconds % 1'000'000);
  return std::to_string(microseconds / 1'000'000) + "." + std::string(6 - fraction.size(), '0') + fraction;
}

/// The envelope around an event; `authorizations` is there where a token is left that could be meant.
inline nlohmann::json event_callback(const std::string& app_id, const Workspace& workspace, nlohmann::json event,
                                     const std::string& event_id, slack::oauth::Timestamp time) {
  nlohmann::json payload{{"type", "event_callback"},
                         {"token", "not-a-real-verification-token"},
                         {"api_app_id", app_id},
                         {"event_id", event_id},
                         {"event_time", std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count()}};
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
  event["event_ts"] = slack_timestamp(time);
  payload["event"] = std::move(event);
  return payload;
}

inline nlohmann::json app_mention(const std::string& text, const std::string& channel, const std::string& ts) {
  return {{"type", "app_mention"}, {"user", "U0GRACE"}, {"text", text}, {"channel", channel}, {"ts", ts}};
}

inline nlohmann::json app_uninstalled() { return {{"type", "app_uninstalled"}}; }

inline nlohmann::json tokens_revoked(const std::vector<std::string>& users, const std::vector<std::string>& bots) {
  return {{"type", "tokens_revoked"}, {"tokens", {{"oauth", users}, {"bot", bots}}}};
}

}  // namespace standin
