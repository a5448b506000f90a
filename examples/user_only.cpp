// An app that people install for themselves, without a bot, as Slack's own MCP server has it: it acts as the person, by
// a token that expires. A function takes the place of Slack.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/web.hpp>
#include <string>
#include <string_view>

namespace {

// [settings]
slack::oauth::OAuthSettings make_settings() {
  slack::oauth::OAuthSettings settings;
  settings.client_id = "111.222";
  settings.client_secret = "not-a-real-client-secret";
  settings.user_scopes = {"search:read.public", "chat:write"};
  settings.redirect_uri = "https://app.example/slack/oauth_redirect";
  settings.user_only_enabled = true;
  return settings;
}
// [settings]

/// Answers as Slack would: a new pair of tokens each time.
slack::oauth::HttpResponse answer_as_slack(const slack::oauth::HttpRequest& request) {
  if (slack::oauth::path_of(request.url) != "/api/oauth.v2.user.access") {
    return {.body = R"({"ok": true, "ts": "1767225600.000100"})"};
  }
  const bool is_refresh = request.body.find("grant_type=refresh_token") != std::string::npos;
  const std::string number = is_refresh ? "2" : "1";
  const nlohmann::json answer{{"ok", true},
                              {"app_id", "A0SMELTER"},
                              {"token_type", "Bearer"},
                              {"access_token", "xoxe.xoxp-not-a-real-token-" + number},
                              {"refresh_token", "xoxe-1-not-a-real-token-" + number},
                              {"expires_in", 43200},
                              {"scope", "search:read.public,chat:write"},
                              {"team", {{"id", "T0FURNACE"}, {"name", "Furnace Works"}}},
                              {"authed_user", {{"id", "U0ADA"}}}};
  return {.body = answer.dump()};
}

std::string header_of(const slack::oauth::HttpResponse& response, std::string_view name) {
  return std::string(slack::oauth::find_header(response.headers, name).value_or(""));
}

/// A browser goes to the install page and to Slack, and comes back with a code.
void install(slack::oauth::OAuthFlow& flow) {
  const auto page = flow.handle({.url = "/slack/install"}).value();
  const std::string cookie = header_of(page, "Set-Cookie");
  const std::string state = cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1);
  static_cast<void>(flow.handle({.url = "/slack/oauth_redirect?code=1.2.not-a-real-code&state=" + state,
                                 .headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}}}));
}

bool run() {
  const auto settings = make_settings();
  const auto stores = slack::oauth::memory_stores();
  slack::oauth::SlackClient slack(answer_as_slack);
  slack::oauth::OAuthFlow flow(stores, slack, settings);
  install(flow);

  const auto ada = stores.installations->find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"}).value();
  std::cout << ada.user_id << " of " << ada.team_name.value_or("") << " installed the app, "
            << (ada.bot_token ? "with" : "without") << " a bot\n";

  // [rotator]
  slack::oauth::TokenRotator rotator(
      slack, {.client_id = settings.client_id, .client_secret = settings.client_secret},
      {.window = std::chrono::hours{24}, .user_only_enabled = true});  // an App sets it as its settings have it
  const auto current = rotator.rotate(*stores.installations, ada);
  // [rotator]
  const bool is_new = current.user_token == "xoxe.xoxp-not-a-real-token-2";
  std::cout << (is_new ? "the token was refreshed" : "the token is the old one") << "\n";
  slack.call("chat.postMessage", current.user_token.value(), {{"channel", "C0CASTINGS"}, {"text", "Hello!"}});
  return is_new && !ada.bot_token;
}

}  // namespace

int main() {
  try {
    return run() ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const slack::oauth::Error& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
