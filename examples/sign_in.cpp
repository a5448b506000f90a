// Sign in with Slack: a person signs in to a service with their Slack account. FakeSlack plays Slack.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web.hpp>
#include <string>

namespace {

const slack::oauth::ClientCredentials app{.client_id = "111.222", .client_secret = "not-a-real-client-secret"};
const std::string redirect_uri = "https://app.example/slack/sign_in/callback";

// [service]
class SignIn {
 public:
  explicit SignIn(const slack::oauth::AnyHttpTransport& transport)
      : client_(transport), verifier_(transport, {.client_id = app.client_id}) {}

  /// Sends the browser to Slack.
  slack::oauth::HttpResponse begin(const slack::oauth::HttpRequest& request) {
    const std::string nonce = slack::oauth::generate_nonce();
    const std::string state = states_->issue({{"nonce", nonce}});
    return {.status = 302,
            .headers = {{"Location", authorize_url_.generate({.state = state, .nonce = nonce})},
                        {"Set-Cookie", cookie_.set_cookie_for_new_state(state, request.headers)}}};
  }

  /// Returns who signed in, where Slack sends the browser back; std::nullopt where this browser did not ask for it, or
  /// the person declined. Throws as SlackClient and IdTokenVerifier do.
  std::optional<slack::oauth::IdTokenClaims> finish(const slack::oauth::HttpRequest& request) {
    const auto parameters = slack::oauth::parse_parameters(slack::oauth::query_of(request.url));
    if (!parameters) return std::nullopt;
    const std::string state(slack::oauth::find_parameter(*parameters, "state").value_or(""));
    const std::string code(slack::oauth::find_parameter(*parameters, "code").value_or(""));
    if (!cookie_.is_valid_browser(state, request.headers)) return std::nullopt;
    const auto payload = states_->consume(state);
    if (!payload || code.empty()) return std::nullopt;
    const auto answer = client_.openid_connect_token(app, {.code = code, .redirect_uri = redirect_uri});
    return verifier_.verify(answer.value("id_token", ""), payload->at("nonce").get<std::string>());
  }

 private:
  slack::oauth::SlackClient client_;
  slack::oauth::IdTokenVerifier verifier_;
  std::shared_ptr<slack::oauth::OAuthStateStore> states_ = slack::oauth::memory_stores().states;
  slack::oauth::OAuthStateUtils cookie_{"sign-in-with-slack-state"};
  slack::oauth::OpenIDConnectAuthorizeUrlGenerator authorize_url_{
      {.client_id = app.client_id, .redirect_uri = redirect_uri, .scopes = {"openid", "profile", "email"}}};
};
// [service]

/// As the browser sends it back.
std::string cookie_of(const slack::oauth::HttpResponse& response) {
  const std::string cookie(slack::oauth::find_header(response.headers, "Set-Cookie").value());
  return cookie.substr(0, cookie.find(';'));
}

// [claims]
void greet(const slack::oauth::IdTokenClaims& claims) {
  std::cout << claims.name.value_or("somebody") << " is " << claims.user_id.value_or("") << " of "
            << claims.team_id.value_or("");
  if (claims.email && claims.email_verified) std::cout << ", with the address " << *claims.email;
  std::cout << "\n";
}
// [claims]

bool run() {
  slack::oauth::testing::FakeSlack slack;
  SignIn sign_in(slack);

  const auto to_slack = sign_in.begin({.url = "/slack/sign_in"});
  const std::string back = slack.allow(find_header(to_slack.headers, "Location").value());

  const bool is_refused = !sign_in.finish({.url = back});  // in a browser that did not ask
  std::cout << "another browser: " << (is_refused ? "refused" : "signed in") << "\n";
  const auto claims = sign_in.finish({.url = back, .headers = {{"Cookie", cookie_of(to_slack)}}});
  if (claims) greet(*claims);
  return is_refused && claims && claims->user_id == "U0ADA";
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
