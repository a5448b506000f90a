// All that a Slack app needs of this library, in short: installations, events, uninstalls. Here a function stands for
// Slack, and a few requests for what browsers and Slack send; slack_app.cpp is the same with a web server.
#include <chrono>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slack/oauth/app.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

namespace {

using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;

/// What the app does once Slack has its answer. A real app has threads for it.
std::vector<std::function<void()>> work;

// [serve]
HttpResponse serve(slack::oauth::App& app, const HttpRequest& request) {
  const slack::oauth::Received received = app.receive(request);
  if (received.response) return *received.response;  // pages, 401, the challenge, revocations: all done
  // Only what the app is there for: one that answered messages would answer itself.
  if (received.payload.value("/event/type"_json_pointer, "") == "app_mention") {
    work.emplace_back([&app, payload = received.payload] {
      const auto tokens = app.authorize(payload);
      if (!tokens || !tokens->bot_token) return;
      app.client().call("chat.postMessage", *tokens->bot_token,
                        {{"channel", payload.at("event").at("channel")}, {"text", "Hello!"}});
    });
  }
  return {.status = 200};  // Slack waits three seconds; the work comes afterwards
}
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
HttpRequest signed_event(const slack::oauth::App& app, const std::string& type) {
  const auto now =
      std::to_string(std::chrono::floor<std::chrono::seconds>(slack::oauth::now()).time_since_epoch().count());
  const nlohmann::json event{{"type", "event_callback"},
                             {"team_id", "T0FURNACE"},
                             {"event_time", std::stoll(now)},
                             {"event", {{"type", type}, {"user", "U0GRACE"}, {"channel", "C0CASTINGS"}}}};
  HttpRequest request{.method = "POST", .url = "/slack/events", .body = event.dump()};
  const slack::oauth::SignatureVerifier verifier(app.settings().signing_secret);
  request.headers = {{"Content-Type", "application/json"},
                     {"X-Slack-Request-Timestamp", now},
                     {"X-Slack-Signature", verifier.generate_signature(now, request.body)}};
  return request;
}

}  // namespace

int main() {
  slack::oauth::App app(slack::oauth::sqlite3_stores({.database = ":memory:", .client_id = "111.222"}),
                        slack::oauth::SlackClient(answer_as_slack), make_settings());

  const HttpResponse to_slack = serve(app, {.url = "/slack/install"});
  const std::string consent(slack::oauth::find_header(to_slack.headers, "Location").value_or(""));
  const auto parameters = slack::oauth::parse_parameters(slack::oauth::query_of(consent));
  const std::string state(slack::oauth::find_parameter(*parameters, "state").value_or(""));
  const HttpResponse installed = serve(app, {.url = "/slack/oauth_redirect?code=not-a-real-code&state=" + state,
                                             .headers = {{"Cookie", "slack-app-oauth-state=" + state}}});
  std::cout << "installed: " << installed.status << "\n";
  const int mentioned = serve(app, signed_event(app, "app_mention")).status;
  for (const auto& task : work) task();
  const int uninstalled = serve(app, signed_event(app, "app_uninstalled")).status;
  const bool is_gone = !app.stores().installations->find_bot({.team_id = "T0FURNACE"});
  std::cout << "mentioned: " << mentioned << ", uninstalled: " << uninstalled << ", gone: " << is_gone << "\n";
  return installed.status == 302 && mentioned == 200 && uninstalled == 200 && is_gone && work.size() == 1 ? 0 : 1;
}
