// Calls to Slack, with a function in the place of the network.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <slack/oauth/models/oauth_response.hpp>
#include <slack/oauth/web.hpp>
#include <slack/oauth/web/curl.hpp>
#include <string>

namespace {

// [credentials]
const slack::oauth::ClientCredentials app{.client_id = "111.222", .client_secret = "not-a-real-secret"};
// [credentials]

// [exchange]
slack::oauth::Installation exchange(slack::oauth::SlackClient& client, const std::string& code,
                                    const slack::oauth::PkceVerifier& pkce) {
  const auto answer = client.oauth_v2_access(
      app,
      {.code = code, .redirect_uri = "https://app.example/slack/oauth_redirect", .code_verifier = pkce.verifier()});
  return slack::oauth::installation_from_oauth_response(answer);
}
// [exchange]

// [errors]
std::string post(slack::oauth::SlackClient& client, const std::string& token, const std::string& text) {
  try {
    return client.call("chat.postMessage", token, {{"channel", "C0CASTINGS"}, {"text", text}}).at("ts");
  } catch (const slack::oauth::RateLimitedError& error) {
    return "too many: again in " + std::to_string(error.retry_after().count()) + " s";
  } catch (const slack::oauth::SlackApiError& error) {
    return "refused: " + std::string(error.code()) + (error.needed().empty() ? "" : ", needs " + error.needed());
  } catch (const slack::oauth::HttpError& error) {
    const bool is_lost = error.reach() == slack::oauth::HttpError::Reach::maybe_sent;
    return is_lost ? "no answer: perhaps posted" : "no answer: not posted";
  } catch (const slack::oauth::InvalidAnswerError& error) {
    return error.what();
  }
}
// [errors]

// [signature]
slack::oauth::HttpResponse handle_event(const slack::oauth::SignatureVerifier& verifier,
                                        const slack::oauth::HttpRequest& request) {
  if (!verifier.is_valid_request(request)) return {.status = 401};
  return {.status = 200};
}
// [signature]

// [function]
/// Answers as Slack would.
slack::oauth::HttpResponse answer(const slack::oauth::HttpRequest& request) {
  const auto method = slack::oauth::path_of(request.url);
  if (method == "/api/oauth.v2.access") {
    return {.body = R"({"ok": true, "app_id": "A0SMELTER", "team": {"id": "T0FURNACE"}, "authed_user": {"id": "U0ADA"},
                        "access_token": "xoxb-not-a-real-token-1", "bot_user_id": "U0BOTUSER", "scope": "chat:write"})"};
  }
  if (request.body.find("text=lost") != std::string::npos) {
    throw slack::oauth::HttpError("no answer from slack.com", "", slack::oauth::HttpError::Reach::maybe_sent);
  }
  if (request.body.find("text=refused") != std::string::npos) {
    return {.body = R"({"ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "commands"})"};
  }
  if (request.body.find("text=broken") != std::string::npos) return {.status = 502, .body = "<h1>Bad Gateway</h1>"};
  return {.body = R"({"ok": true, "ts": "1767225600.000100"})"};
}
// [function]

bool run() {
  // [curl]
  const slack::oauth::CurlTransport transport({.timeout = std::chrono::seconds{10}});
  slack::oauth::SlackClient client(transport);
  // [curl]

  // [pkce]
  const auto pkce = slack::oauth::PkceVerifier::generate();
  const std::string parameters = slack::oauth::format_parameters(
      {{"code_challenge", pkce.challenge()},
       {"code_challenge_method", std::string(slack::oauth::PkceVerifier::challenge_method)}});
  // [pkce]
  std::cout << parameters << "\n";

  // [stand-in]
  client = slack::oauth::SlackClient(answer);
  // [stand-in]
  const auto installation = exchange(client, "1.2.not-a-real-code", pkce);
  std::cout << "installed in " << installation.team_id.value_or("") << "\n";
  for (const auto* const text : {"hello", "lost", "refused", "broken"}) {
    std::cout << text << ": " << post(client, installation.bot_token.value_or(""), text) << "\n";
  }

  const slack::oauth::SignatureVerifier verifier("not-a-real-signing-secret");
  const bool is_refused = handle_event(verifier, {.method = "POST", .url = "/slack/events"}).status == 401;
  return is_refused && post(client, "xoxb-not-a-real-token-1", "hello") == "1767225600.000100";
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
