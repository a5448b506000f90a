// All that a Slack app needs of this library, in short: installations, events, uninstalls. Here a function stands for
// Slack, and a few requests for what browsers and Slack send; slack_app.cpp is the same with a web server.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>

namespace {

using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;

// [serve]
struct App {
  slack::oauth::OAuthFlow flow;
  slack::oauth::SignatureVerifier verifier{flow.settings().signing_secret};
  slack::oauth::Authorizer authorizer{flow.installation_store()};

  HttpResponse serve(const HttpRequest& request) {
    if (auto response = flow.handle(request)) return *std::move(response);  // GET /slack/install, /slack/oauth_redirect
    if (!verifier.is_valid_request(request)) return {.status = 401};
    const nlohmann::json payload = slack::oauth::payload_from_request(request);
    if (payload.value("type", "") == "url_verification") return {.body = payload.at("challenge")};
    slack::oauth::handle_revocation(flow.installation_store(), payload);  // app_uninstalled, tokens_revoked
    if (const auto tokens = authorizer.authorize(payload); tokens && tokens->bot_token) {
      flow.client().call("chat.postMessage", *tokens->bot_token, {{"channel", "C0CASTINGS"}, {"text", "Hello!"}});
    }
    return {.status = 200};
  }
};
// [serve]

HttpResponse answer_as_slack(const HttpRequest& request) {
  if (request.url.ends_with("/chat.postMessage")) {
    std::cout << "posted with "
              << slack::oauth::redact(slack::oauth::find_header(request.headers, "Authorization")->substr(7)) << "\n";
    return {.body = R"({"ok": true})"};
  }
  if (request.url.ends_with("/auth.test")) return {.body = R"({"ok": true, "bot_id": "B0SMELTER"})"};
  return {.body = R"({"ok": true, "access_token": "xoxb-not-a-real-token-furnace-1", "token_type": "bot",
                      "scope": "chat:write", "bot_user_id": "U0BOTUSER", "app_id": "A0SMELTER",
                      "team": {"id": "T0FURNACE", "name": "Furnace Works"}, "authed_user": {"id": "U0ADA"}})"};
}

slack::oauth::OAuthSettings make_settings() {
  slack::oauth::OAuthSettings settings;
  settings.client_id = "111.222";
  settings.client_secret = "not-a-real-client-secret";
  settings.signing_secret = "not-a-real-signing-secret";
  settings.scopes = {"chat:write"};
  settings.install_page_rendering_enabled = false;
  return settings;
}

/// An event as Slack sends it.
HttpRequest signed_event(const App& app, const std::string& type) {
  const auto now =
      std::to_string(std::chrono::floor<std::chrono::seconds>(slack::oauth::now()).time_since_epoch().count());
  const nlohmann::json event{{"type", "event_callback"},
                             {"team_id", "T0FURNACE"},
                             {"event_time", std::stoll(now)},
                             {"event", {{"type", type}, {"user", "U0GRACE"}}}};
  HttpRequest request{.method = "POST", .url = "/slack/events", .body = event.dump()};
  request.headers = {{"Content-Type", "application/json"},
                     {"X-Slack-Request-Timestamp", now},
                     {"X-Slack-Signature", app.verifier.generate_signature(now, request.body)}};
  return request;
}

}  // namespace

int main() {
  App app{{slack::oauth::sqlite3_stores({.database = ":memory:", .client_id = "111.222"}),
           slack::oauth::SlackClient(answer_as_slack), make_settings()}};

  const HttpResponse to_slack = app.serve({.url = "/slack/install"});
  const std::string consent(slack::oauth::find_header(to_slack.headers, "Location").value_or(""));
  const auto parameters = slack::oauth::parse_parameters(slack::oauth::query_of(consent));
  const std::string state(slack::oauth::find_parameter(*parameters, "state").value_or(""));
  const HttpResponse installed = app.serve({.url = "/slack/oauth_redirect?code=not-a-real-code&state=" + state,
                                            .headers = {{"Cookie", "slack-app-oauth-state=" + state}}});
  std::cout << "installed: " << installed.status << ", to the success page\n";
  const int mentioned = app.serve(signed_event(app, "app_mention")).status;
  const int uninstalled = app.serve(signed_event(app, "app_uninstalled")).status;
  const bool is_gone = !app.flow.installation_store().find_bot({.team_id = "T0FURNACE"});
  std::cout << "mentioned: " << mentioned << ", uninstalled: " << uninstalled << ", gone: " << is_gone << "\n";
  return installed.status == 302 && mentioned == 200 && uninstalled == 200 && is_gone ? 0 : 1;
}
