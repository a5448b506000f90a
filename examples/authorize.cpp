// Whose token an app may use for what Slack sends, and what it forgets when it is removed. Runs without a network: a
// function stands in for Slack.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <string>
#include <utility>

namespace {

using slack::oauth::AnyHttpTransport;
using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;
using slack::oauth::SlackClient;

/// Answers auth.test, and takes every message.
HttpResponse answer_as_slack(const HttpRequest& request) {
  const bool is_test = request.url.ends_with("auth.test");
  return {.headers = {{"Content-Type", "application/json"}},
          .body = is_test ? R"({"ok": true, "url": "https://furnace.slack.com/", "bot_id": "B0SMELTER"})"
                          : R"({"ok": true})"};
}

// [before]
/// What is answered before anything of the request is believed; absent where it is Slack's.
std::optional<HttpResponse> answer_unread(const slack::oauth::SignatureVerifier& verifier, const HttpRequest& request) {
  if (slack::oauth::is_ssl_check(request)) return HttpResponse{.status = 200};  // not signed
  if (!verifier.is_valid_request(request)) return HttpResponse{.status = 401};
  return std::nullopt;
}
// [before]

// [scopes]
/// A person need not grant what the app marks as optional. Then it does less, and says so where it matters.
bool can_read_files(const slack::oauth::AuthorizeResult& authorized) {
  return slack::oauth::missing_scopes(authorized, {.bot_scopes = {"files:read"}}).empty();
}
// [scopes]

// [answer]
/// `request` has passed SignatureVerifier::is_valid_request().
bool answer(slack::oauth::Authorizer& authorizer, SlackClient& slack, const HttpRequest& request) {
  const nlohmann::json payload = slack::oauth::payload_from_request(request);  // an event, an interaction or a command
  const auto authorized = authorizer.authorize(payload);
  if (!authorized || !authorized->bot_token) return false;  // not installed there
  slack.call("chat.postMessage", *authorized->bot_token, {{"channel", "C0CASTINGS"}, {"text", "Pouring."}});
  if (can_read_files(*authorized)) slack.call("files.list", *authorized->bot_token, {{"channel", "C0CASTINGS"}});
  if (authorized->user_token) {  // of the user who asked, and nobody else
    slack.call("users.profile.set", *authorized->user_token, {{"name", "status_text"}, {"value", "pouring"}});
  }
  return true;
}
// [answer]

// [options]
slack::oauth::AuthorizerOptions options_for(const SlackClient& slack, const std::string& client_id,
                                            const std::string& client_secret) {
  return {.rotator = std::make_shared<slack::oauth::TokenRotator>(
              slack, slack::oauth::ClientCredentials{client_id, client_secret}),
          .auth_test_client = slack};
}
// [options]

// [ids]
std::string describe(const nlohmann::json& payload) {
  const slack::oauth::PayloadIds ids = slack::oauth::ids_from_payload(payload);
  return ids.enterprise_id.value_or("no organisation") + ", " + ids.team_id.value_or("no workspace") + ", " +
         ids.user_id.value_or("nobody");
}
// [ids]

// [revocation]
void receive_event(slack::oauth::InstallationStore& store, const nlohmann::json& payload) {
  const slack::oauth::RevocationOutcome outcome = slack::oauth::handle_revocation(store, payload);
  std::cout << to_string(outcome.result) << (outcome.kept_newer ? ", and kept what is newer" : "") << "\n";
}
// [revocation]

nlohmann::json event_of(nlohmann::json event) {
  return {{"type", "event_callback"},
          {"team_id", "T0FURNACE"},
          {"api_app_id", "A0SMELTER"},
          {"event", std::move(event)},
          {"event_time", std::chrono::floor<std::chrono::seconds>(slack::oauth::now()).time_since_epoch().count()}};
}

}  // namespace

int main() {
  SlackClient slack{AnyHttpTransport(answer_as_slack)};
  slack::oauth::MemoryInstallationStore store;
  slack::oauth::Authorizer authorizer(store, options_for(slack, "111.222", "not-a-real-secret"));
  const HttpRequest command{.method = "POST",
                            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                            .body = "team_id=T0FURNACE&user_id=U0GRACE&command=%2Fpour&is_enterprise_install=false"};

  const slack::oauth::SignatureVerifier verifier("not-a-real-signing-secret");
  HttpRequest check = command;
  check.body = "ssl_check=1&token=not-a-real-token";
  const bool is_checked =
      answer_unread(verifier, check)->status == 200 && answer_unread(verifier, command)->status == 401;

  const bool was_answered_before = answer(authorizer, slack, command);
  store.save({.team_id = "T0FURNACE",
              .bot_token = "xoxb-not-a-real-token-1",
              .user_id = "U0GRACE",
              .user_token = "xoxp-not-a-real-token-1"});
  const bool was_answered = answer(authorizer, slack, command);
  std::cout << describe(slack::oauth::payload_from_request(command)) << "\n";

  receive_event(store, event_of({{"type", "app_mention"}, {"user", "U0GRACE"}}));
  receive_event(store, event_of({{"type", "app_uninstalled"}}));
  receive_event(store, event_of({{"type", "app_uninstalled"}}));
  const bool was_answered_after = answer(authorizer, slack, command);
  return is_checked && !was_answered_before && was_answered && !was_answered_after ? EXIT_SUCCESS : EXIT_FAILURE;
}
