// An app's installation from the button to the token, without a web server and without Slack: a function stands for the
// network, and two requests for a browser.
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <string>
#include <string_view>

namespace {

using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;

// What Slack answers to the two calls that the flow makes.
HttpResponse answer_as_slack(const HttpRequest& request) {
  if (request.url.ends_with("/auth.test")) return {.body = R"({"ok": true, "bot_id": "B0SMELTER"})"};
  return {.body = R"({"ok": true, "access_token": "xoxb-not-a-real-token-1", "token_type": "bot",
                      "scope": "chat:write", "bot_user_id": "U0BOTUSER", "app_id": "A0SMELTER",
                      "team": {"id": "T0FURNACE", "name": "Furnace Works"}, "authed_user": {"id": "U0ADA"}})"};
}

// [settings]
slack::oauth::OAuthSettings make_settings() {
  slack::oauth::OAuthSettings settings;  // or OAuthSettings::from_environment()
  settings.client_id = "111.222";
  settings.client_secret = "not-a-real-client-secret";
  settings.scopes = {"chat:write"};
  settings.redirect_uri = "https://app.example/slack/oauth_redirect";
  settings.app_name = "Smelter";
  return settings;
}
// [settings]

// [scopes]
/// For an app that cannot work without what its bot asks for. Users' scopes are left to them.
std::optional<slack::oauth::InstallationVeto> refuse_without_bot_scopes(
    const slack::oauth::AfterInstallation& context) {
  if (context.missing_scopes.bot_scopes.empty()) return std::nullopt;
  return slack::oauth::InstallationVeto{.reason = "missing_scopes"};
}
// [scopes]

// [hooks]
slack::oauth::OAuthHooks make_hooks() {
  using namespace slack::oauth;
  OAuthHooks hooks;
  hooks.state_payload = [](const HttpRequest& request) -> nlohmann::json {  // GET /slack/install?tenant=42
    const auto parameters = parse_parameters(query_of(request.url));
    const auto tenant = parameters ? find_parameter(*parameters, "tenant") : std::nullopt;
    if (!tenant) return nullptr;
    return {{"tenant", *tenant}};
  };
  hooks.before_installation = [](const BeforeInstallation& context) -> std::optional<InstallationVeto> {
    if (context.payload.is_null()) return InstallationVeto{.reason = "unknown_tenant", .status = 403};
    return std::nullopt;
  };
  hooks.after_installation = [](const AfterInstallation& context) -> std::optional<InstallationVeto> {
    context.installation.set_custom_value("plan", "free");  // saved with the installation
    return refuse_without_bot_scopes(context);
  };
  hooks.failure = [](const InstallationFailure& failure) {
    if (failure.unsaved_installation != nullptr) {
      // Slack gave tokens that nobody keeps now: put them aside, or revoke them.
    }
  };
  return hooks;
}
// [hooks]

// [pages]
HttpResponse own_failure_page(const slack::oauth::FailurePage& page) {
  return slack::oauth::html_response(page.status,
                                     "<!DOCTYPE html><html lang=\"en\"><title>Smelter</title><p>Sorry: " +
                                         slack::oauth::escape_html(page.reason) + "</p></html>",
                                     "default-src 'none'");
}
// [pages]

// [serve]
HttpResponse serve(slack::oauth::OAuthFlow& flow, const HttpRequest& request) {
  if (auto response = flow.handle(request)) return *std::move(response);
  return {.status = 404};  // the rest of the app
}
// [serve]

std::string between(std::string_view text, std::string_view start, std::string_view end) {
  const auto from = text.find(start) + start.size();
  return std::string(text.substr(from, text.find(end, from) - from));
}

}  // namespace

int main() {
  auto settings = make_settings();
  settings.pages.failure = own_failure_page;

  // [flow]
  const slack::oauth::Stores stores = slack::oauth::memory_stores();
  slack::oauth::OAuthFlow flow(stores, slack::oauth::SlackClient(answer_as_slack), settings, make_hooks());
  // [flow]

  const HttpResponse page = serve(flow, {.url = "/slack/install?tenant=42"});
  const std::string cookie = between(find_header(page.headers, "Set-Cookie").value_or(""), "", ";");
  const std::string state = between(page.body, "&amp;state=", "&amp;");
  std::cout << "install page: " << page.status << "\n";

  const HttpRequest callback{.url = "/slack/oauth_redirect?code=not-a-real-code&state=" + state,
                             .headers = {{"Cookie", cookie}}};
  std::cout << "callback: " << serve(flow, callback).status << "\n";
  std::cout << "the same callback again: " << serve(flow, callback).status << "\n";
  std::cout << "cancelled: " << serve(flow, {.url = "/slack/oauth_redirect?error=access_denied"}).status << "\n";

  const auto installation = stores.installations->find_installation({.team_id = "T0FURNACE"});
  if (!installation) return 1;
  std::cout << *installation << "\n";
  return installation->get_custom_value("state_payload") == nlohmann::json{{"tenant", "42"}} ? 0 : 1;
}
