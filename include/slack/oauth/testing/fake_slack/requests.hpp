// The requests that Slack makes to an app, signed. https://docs.slack.dev/authentication/verifying-requests-from-slack
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/testing/fake_slack/ledger.hpp"
#include "slack/oauth/testing/fake_slack/options.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/signature.hpp"

namespace slack::oauth::inline v0::testing::detail {

inline constexpr const char* verification_token = "not-a-real-verification-token";

[[nodiscard]] inline std::string unix_seconds(Timestamp time) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

/// Seconds, and their microseconds: "1767225600.000100".
[[nodiscard]] inline std::string message_timestamp(Timestamp time) {
  const auto microseconds = time.time_since_epoch().count();
  const std::string fraction = std::to_string(microseconds % 1'000'000);
  return std::to_string(microseconds / 1'000'000) + "." + std::string(6 - fraction.size(), '0') + fraction;
}

/// Signs the request anew, as made at `time`.
inline void sign(HttpRequest& request, const std::string& signing_secret, Timestamp time) {
  const std::string timestamp = unix_seconds(time);
  std::erase_if(request.headers, [](const HttpHeader& header) {
    return header.name == "X-Slack-Request-Timestamp" || header.name == "X-Slack-Signature";
  });
  request.headers.push_back({"X-Slack-Request-Timestamp", timestamp});
  request.headers.push_back(
      {"X-Slack-Signature", SignatureVerifier(signing_secret).generate_signature(timestamp, request.body)});
}

[[nodiscard]] inline HttpRequest signed_request(const FakeSlackOptions& options, std::string body,
                                                const std::string& media_type, Timestamp time) {
  HttpRequest request{.method = "POST",
                      .url = options.app_url + options.events_path,
                      .headers = {{"Content-Type", media_type}},
                      .body = std::move(body)};
  sign(request, options.signing_secret, time);
  return request;
}

/// The envelope around an event. `authorizations` is there where a token is left that could be meant.
/// https://docs.slack.dev/apis/events-api
[[nodiscard]] inline nlohmann::json event_callback(const std::string& app_id, const SlackWorkspace& workspace,
                                                   nlohmann::json event, const std::string& event_id, Timestamp time) {
  nlohmann::json payload{{"type", "event_callback"},
                         {"token", verification_token},
                         {"api_app_id", app_id},
                         {"event_id", event_id},
                         {"event_time", std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count()}};
  if (!workspace.team_id.empty()) payload["team_id"] = workspace.team_id;
  if (!workspace.enterprise_id.empty()) payload["enterprise_id"] = workspace.enterprise_id;
  const std::string type = event.value("type", "");
  if (type != "app_uninstalled" && type != "tokens_revoked") {
    nlohmann::json authorization{{"enterprise_id", nullptr},
                                 {"team_id", nullptr},
                                 {"user_id", SlackLedger::bot_user_id},
                                 {"is_bot", true},
                                 {"is_enterprise_install", workspace.is_enterprise_install}};
    if (!workspace.enterprise_id.empty()) authorization["enterprise_id"] = workspace.enterprise_id;
    if (!workspace.is_enterprise_install) authorization["team_id"] = workspace.team_id;
    payload["authorizations"] = nlohmann::json::array({std::move(authorization)});
  }
  event["event_ts"] = message_timestamp(time);
  payload["event"] = std::move(event);
  return payload;
}

/// https://docs.slack.dev/interactivity/implementing-slash-commands
[[nodiscard]] inline HttpParameters slash_command_form(const std::string& app_id, const SlackWorkspace& workspace,
                                                       const std::string& user_id, const std::string& command,
                                                       const std::string& text) {
  HttpParameters form{{"token", verification_token}, {"team_id", workspace.team_id}, {"team_domain", "furnace"}};
  if (!workspace.enterprise_id.empty()) {
    form.push_back({"enterprise_id", workspace.enterprise_id});
    form.push_back({"enterprise_name", workspace.enterprise_name});
  }
  const std::string response_url = "https://hooks.slack.example/commands/" + workspace.id() + "/1/not-a-real-hook";
  form.insert(form.end(), {{"channel_id", "C0CASTINGS"},
                           {"channel_name", "castings"},
                           {"user_id", user_id},
                           {"user_name", "grace"},
                           {"command", command},
                           {"text", text},
                           {"api_app_id", app_id},
                           {"is_enterprise_install", workspace.is_enterprise_install ? "true" : "false"},
                           {"response_url", response_url},
                           {"trigger_id", "1.2.not-a-real-trigger"}});
  return form;
}

/// Fills what every payload of interactivity has where `payload` leaves it out.
/// https://docs.slack.dev/reference/interaction-payloads
inline void complete_interaction(nlohmann::json& payload, const std::string& app_id, const SlackWorkspace& workspace,
                                 const std::string& user_id) {
  nlohmann::json whole{{"type", "block_actions"},
                       {"token", verification_token},
                       {"api_app_id", app_id},
                       {"user", {{"id", user_id}, {"username", "grace"}, {"team_id", workspace.team_id}}},
                       {"team", nullptr},
                       {"enterprise", nullptr},
                       {"is_enterprise_install", workspace.is_enterprise_install},
                       {"trigger_id", "1.2.not-a-real-trigger"}};
  if (!workspace.is_enterprise_install) whole["team"] = {{"id", workspace.team_id}, {"domain", "furnace"}};
  if (!workspace.enterprise_id.empty()) {
    whole["enterprise"] = {{"id", workspace.enterprise_id}, {"name", workspace.enterprise_name}};
  }
  whole.update(payload);
  payload = std::move(whole);
}

}  // namespace slack::oauth::inline v0::testing::detail
