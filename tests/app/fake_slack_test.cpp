// FakeSlack, on which users' tests rely and so do ours.
#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/app.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace slack::oauth;
using namespace slack::oauth::testing;
using namespace std::chrono_literals;

namespace {

const ClientCredentials credentials{"111.222", "not-a-real-client-secret"};
const SlackWorkspace furnace{.team_id = "T0FURNACE", .team_name = "Furnace Works"};

std::string authorize_url(const std::string& more = "") {
  return "https://slack.com/oauth/v2/authorize?client_id=111.222&scope=chat:write&user_scope=search:read&state=abc" +
         more;
}

std::string parameter_of(const std::string& url, std::string_view name) {
  return std::string(find_parameter(parse_parameters(query_of(url)).value(), name).value_or(""));
}

/// Slack's code for what `call` is refused for.
template <class Call>
std::string refusal_of(const Call& call) {
  try {
    call();
  } catch (const SlackApiError& error) {
    return std::string(error.code());
  }
  return "none";
}

/// The app of most tests: it posts what it is told.
struct EchoApp {
  explicit EchoApp(FakeSlack& slack, Stores stores = memory_stores())
      : app(std::move(stores), slack.client(), slack.settings(), options()) {
    slack.connect([this](const HttpRequest& request) { return serve(request); });
  }

  HttpResponse serve(const HttpRequest& request) {
    const Received received = app.receive(request);
    if (received.response) return *received.response;
    if (received.payload.contains("event") && !received.payload.contains("/event/text"_json_pointer)) return {};
    if (const auto tokens = app.authorize(received.payload)) {
      const std::string text = received.payload.value("/event/text"_json_pointer, "an interaction");
      app.client().call("chat.postMessage", tokens->bot_token.value(), {{"channel", "C0CASTINGS"}, {"text", text}});
    }
    return {.status = 200};
  }

  /// Nothing of it starts a thread.
  static AppOptions options() {
    AppOptions options;
    options.authorizer.executor = [](const std::function<void()>& task) { task(); };
    return options;
  }

  App app;
};

}  // namespace

TEST_CASE("an app's whole life passes in one test, without a thread or a socket") {
  FakeSlack slack({.user_scopes = {"search:read"}});
  EchoApp app(slack);
  const auto& store = *app.app.stores().installations;

  CHECK(slack.install("T0FURNACE").status == 200);
  const auto first = store.find_bot({.team_id = "T0FURNACE"}).value();
  CHECK(slack.is_working(first.bot_token));

  slack.mention("T0FURNACE", "pour");
  REQUIRE(slack.messages().size() == 1);
  CHECK(slack.messages()[0].text == "<@U0BOTUSER> pour");

  slack.advance(11h);
  slack.mention("T0FURNACE", "pour again");
  CHECK(slack.messages().size() == 2);
  const auto rotated = store.find_bot({.team_id = "T0FURNACE"}).value();
  CHECK(rotated.bot_token != first.bot_token);
  CHECK(slack.calls("oauth.v2.access refresh_token") == 1);

  slack.advance(13h);
  CHECK_FALSE(slack.is_working(rotated.bot_token));
  slack.mention("T0FURNACE", "and again");
  CHECK(slack.messages().size() == 3);

  slack.install("T0FURNACE");
  slack.mention("T0FURNACE", "still there");
  CHECK(slack.messages().size() == 4);

  slack.uninstall("T0FURNACE");
  CHECK_FALSE(store.find_bot({.team_id = "T0FURNACE"}));
  CHECK_FALSE(store.find_installation({.team_id = "T0FURNACE"}));
  CHECK(slack.working_tokens("T0FURNACE").empty());
  CHECK(refusal_of([&] { slack.mention("T0FURNACE", "gone"); }) == "team_not_found");
  for (const auto& delivery : slack.deliveries()) CHECK(delivery.status == 200);
  for (const auto& use : slack.refresh_token_uses()) CHECK(use.is_accepted);
}

TEST_CASE("an organisation installs the app for all its workspaces") {
  FakeSlack slack;
  EchoApp app(slack);
  slack.install("E0KILN");
  slack.mention("E0KILN", "pour");
  REQUIRE(slack.messages().size() == 1);
  const auto bot = app.app.stores().installations->find_bot({.enterprise_id = "E0KILN", .is_enterprise_install = true});
  const auto teams = slack.client().call("auth.teams.list", bot.value().bot_token).at("teams");
  REQUIRE(teams.size() == 1);
  CHECK(teams[0].at("id") == "T0QUARRY");
}

TEST_CASE("a person may not agree, or choose another workspace") {
  FakeSlack slack;
  CHECK(parameter_of(slack.deny(authorize_url()), "error") == "access_denied");
  CHECK(parameter_of(slack.allow(authorize_url(), "T0QUARRY"), "state") == "abc");
  CHECK(refusal_of([&] { slack.allow(authorize_url(), "T0NOBODY"); }) == "team_not_found");
  CHECK(refusal_of([&] { static_cast<void>(slack.consent("/oauth/v2/authorize?client_id=3")); }) ==
        "invalid_client_id");
  CHECK(refusal_of([&] { static_cast<void>(slack.consent("/oauth/v2/authorize?client_id=111.222")); }) ==
        "invalid_scope_requested");
  CHECK(slack.send({.url = "https://slack.com/oauth/v2/authorize"}).status == 400);
  const auto answer = slack.send({.url = authorize_url("&redirect_uri=https://app.example/back")});
  CHECK(answer.status == 302);
  CHECK(find_header(answer.headers, "Location")->starts_with("https://app.example/back?code="));
}

TEST_CASE("a person sees an install page that does not lead to Slack") {
  FakeSlack slack;
  HttpResponse page{.status = 404};
  slack.connect([&](const HttpRequest&) { return page; });
  CHECK(slack.install().status == 404);
  page = {.status = 200, .body = "Soon."};
  CHECK_THROWS_AS(slack.install(), InvalidArgumentError);
}

TEST_CASE("a code works once, for the app and the redirect URI that it was given to") {
  FakeSlack slack;
  SlackClient client = slack.client();
  const auto new_code = [&] { return parameter_of(slack.allow(authorize_url()), "code"); };
  const std::string redirect_uri = slack.options().redirect_uri;
  const std::string code = new_code();
  CHECK(refusal_of([&] { client.oauth_v2_access({"111.222", "another"}, {.code = code}); }) == "bad_client_secret");
  CHECK(refusal_of([&] { client.oauth_v2_access({"333.444", ""}, {.code = code}); }) == "invalid_client_id");
  const auto installation = installation_from_oauth_response(
      client.oauth_v2_access(credentials, {.code = code, .redirect_uri = redirect_uri}));
  CHECK(installation.team_id == "T0FURNACE");
  CHECK(slack.is_working(installation.bot_token.value()));
  CHECK(slack.is_working(installation.user_token.value()));
  CHECK(slack.working_tokens("T0FURNACE").size() == 2);
  CHECK(refusal_of([&] { client.oauth_v2_access(credentials, {.code = code}); }) == "invalid_code");
  CHECK(refusal_of([&] {
          client.oauth_v2_access(credentials, {.code = new_code(), .redirect_uri = "https://thief.example/"});
        }) == "bad_redirect_uri");
  const std::string with_uri = slack.allow(authorize_url("&redirect_uri=" + redirect_uri));
  CHECK(refusal_of([&] { client.oauth_v2_access(credentials, {.code = parameter_of(with_uri, "code")}); }) ==
        "bad_redirect_uri");
  CHECK(slack.send({.url = authorize_url("&redirect_uri=https://app.example/%0d%0aX:")}).status == 400);

  const auto exchange_after = [&](std::chrono::seconds time) {
    const std::string late = new_code();
    slack.advance(time);
    return refusal_of([&] { client.oauth_v2_access(credentials, {.code = late}); });
  };
  CHECK(exchange_after(9min) == "none");
  CHECK(exchange_after(10min) == "invalid_code");
}

TEST_CASE("a code serves for what it was given for") {
  FakeSlack slack;
  SlackClient client = slack.client();
  const auto code_for = [&](const std::string& target) {
    return CodeExchange{.code = parameter_of(slack.allow(target), "code")};
  };
  const std::string bot = "/oauth/v2/authorize?client_id=111.222&scope=chat:write";
  CHECK(refusal_of([&] { client.openid_connect_token(credentials, code_for(bot)); }) == "invalid_code");
  CHECK(refusal_of([&] { client.oauth_v2_user_access(credentials, code_for(bot)); }) == "no_user_scopes");
  const auto answer = client.oauth_v2_user_access(
      credentials, code_for("/oauth/v2_user/authorize?client_id=111.222&user_scope=search:read"));
  CHECK(answer.at("authed_user") == nlohmann::json{{"id", "U0ADA"}});
  CHECK_FALSE(answer.contains("id"));
  CHECK(refusal_of([&] {
          client.call("oauth.v2.access", "",
                      {{"client_id", "111.222"},
                       {"client_secret", credentials.client_secret},
                       {"grant_type", "password"},
                       {"code", code_for(bot).code}});
        }) == "invalid_grant_type");
}

TEST_CASE("arguments come in a form, in a query or as JSON, and are Unicode") {
  FakeSlack slack;
  const std::string token = slack.grant(furnace).at("access_token");
  const auto post = [&](const std::string& method, const std::string& type, const std::string& body) {
    const HttpRequest request{.method = "POST",
                              .url = "https://slack.com/api/" + method,
                              .headers = {{"Authorization", "Bearer " + token}, {"Content-Type", type}},
                              .body = body};
    const auto answer = nlohmann::json::parse(slack.send(request).body);
    return answer.value("error", "none");
  };
  const std::string json = "application/json; charset=utf-8";
  CHECK(post("chat.postMessage", json, R"({"channel":"C0CASTINGS","text":"a=b","blocks":[]})") == "none");
  CHECK(slack.messages().back().text == "a=b");
  CHECK(post("chat.postMessage", json, "{") == "invalid_json");
  CHECK(post("chat.postMessage", json, "[]") == "json_not_object");
  CHECK(post("chat.postMessage?channel=C0CASTINGS", "application/x-www-form-urlencoded", "text=c") == "none");
  CHECK(post("oauth.v2.access", json, R"({"code":"c"})") == "invalid_post_type");
  CHECK(post("chat.postMessage", "", "channel=%ff&text=a") == "invalid_form_data");
  CHECK(slack.send({.url = authorize_url("&nonce=%ff")}).status == 400);
  const auto read = slack.send({.url = "https://slack.com/api/auth.test?token=" + token});
  CHECK(nlohmann::json::parse(read.body).at("ok") == true);
}

TEST_CASE("a code challenge asks for its verifier") {
  FakeSlack slack;
  const auto verifier = PkceVerifier::generate();
  const auto exchange = [&](const std::string& code_verifier) {
    const std::string url = authorize_url("&code_challenge_method=S256&code_challenge=" + verifier.challenge());
    const CodeExchange code{.code = parameter_of(slack.allow(url), "code"), .code_verifier = code_verifier};
    return refusal_of([&] { slack.client().oauth_v2_access(credentials, code); });
  };
  CHECK(exchange("") == "invalid_code_verifier");
  CHECK(exchange(PkceVerifier::generate().verifier()) == "invalid_code_verifier");
  CHECK(exchange(verifier.verifier()) == "none");
}

TEST_CASE("a public client has no secret, no bot, and refresh tokens that end") {
  FakeSlack slack({.client_secret = "", .token_rotation = false});
  SlackClient client = slack.client();
  const ClientCredentials public_client{"111.222", ""};
  const auto verifier = PkceVerifier::generate();
  const std::string desktop = "/oauth/v2/authorize?client_id=111.222&redirect_uri=myapp://auth&user_scope=search:read";
  CHECK(refusal_of([&] { slack.allow(desktop); }) == "invalid_code_challenge");
  const std::string url = desktop + "&code_challenge=" + verifier.challenge();
  CHECK(refusal_of([&] { slack.allow(url + "&scope=chat:write"); }) == "invalid_scope_requested");
  const CodeExchange exchange{.code = parameter_of(slack.allow(url), "code"),
                              .redirect_uri = "myapp://auth",
                              .code_verifier = verifier.verifier()};
  const auto answer = client.oauth_v2_access(public_client, exchange);
  const std::string first = answer.at("authed_user").at("refresh_token");
  const std::string second = client.refresh(public_client, first).at("refresh_token");
  slack.advance(std::chrono::days{30});
  CHECK(refusal_of([&] { client.refresh(public_client, second); }) == "invalid_refresh_token");

  // On the web its tokens rotate where that is turned on, and not for PKCE.
  const std::string web = authorize_url("&code_challenge=" + verifier.challenge());
  const auto lasting = client.oauth_v2_access(
      public_client, {.code = parameter_of(slack.allow(web), "code"), .code_verifier = verifier.verifier()});
  CHECK_FALSE(lasting.contains("refresh_token"));
}

TEST_CASE("a redirect with a scheme of the app's own reaches the app as it is") {
  FakeSlack slack({.client_secret = "", .scopes = {}, .user_scopes = {"search:read"}, .redirect_uri = "myapp://auth"});
  const Stores stores = memory_stores();
  OAuthFlow flow(stores, slack.client(), slack.settings());
  slack.connect([&](const HttpRequest& request) {
    return request.url.starts_with("myapp://auth?") ? flow.handle_callback(request) : flow.handle_installation(request);
  });
  for (const std::string workspace : {"T0FURNACE", "T0FURNACE"}) {
    CHECK(slack.install(workspace).status == 200);
    const auto kept = stores.installations->find_installation({.team_id = workspace, .user_id = "U0ADA"}).value();
    CHECK(slack.is_working(kept.user_token.value()));
  }
}

TEST_CASE("a refresh token works once, and its uses are told in their order") {
  FakeSlack slack;
  SlackClient client = slack.client();
  const auto first = installation_from_oauth_response(slack.grant(furnace));
  const std::string refresh_token = first.bot_refresh_token.value();
  const auto answer = client.refresh(credentials, refresh_token);
  CHECK(slack.is_working(answer.at("access_token")));
  CHECK(slack.is_working(first.bot_token.value()));
  CHECK(refusal_of([&] { client.refresh(credentials, refresh_token); }) == "invalid_refresh_token");

  CHECK(slack.calls("oauth.v2.access refresh_token") == 2);
  const auto tokens = slack.refresh_tokens();
  CHECK(tokens.at(refresh_token).uses == 2);
  CHECK(tokens.at(answer.at("refresh_token")).lineage == tokens.at(refresh_token).lineage);
  const auto uses = slack.refresh_token_uses();
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].is_accepted);
  CHECK_FALSE(uses[1].is_accepted);
}

TEST_CASE("tokens expire when their time has passed") {
  FakeSlack slack({.token_lifetime = 60s});
  const std::string token = slack.grant(furnace).at("access_token");
  slack.advance(58s);
  CHECK(slack.client().auth_test(token).at("team_id") == "T0FURNACE");
  slack.advance(2s);
  CHECK(refusal_of([&] { slack.client().auth_test(token); }) == "token_expired");
}

TEST_CASE("an app turns rotation on, and exchanges the tokens from before once") {
  FakeSlack slack({.token_rotation = false});
  EchoApp app(slack);
  const auto find_bot = [&] { return app.app.stores().installations->find_bot({.team_id = "T0FURNACE"}).value(); };
  slack.install();
  const Bot before = find_bot();
  CHECK_FALSE(before.bot_refresh_token);
  const auto exchange = [&] {
    return refusal_of([&] { slack.client().oauth_v2_exchange(credentials, before.bot_token); });
  };
  CHECK(exchange() == "token_rotation_not_enabled");

  slack.turn_token_rotation_on();
  CHECK(app.app.exchange_all().bots == 1);
  CHECK(find_bot().bot_refresh_token);
  CHECK(slack.is_working(find_bot().bot_token));
  CHECK_FALSE(slack.is_working(before.bot_token));
  CHECK(exchange() == "token_already_exchanged");

  slack.advance(13h);
  slack.mention("T0FURNACE", "pour");
  CHECK(slack.messages().size() == 1);
}

TEST_CASE("tokens are refused for a reason") {
  FakeSlack slack;
  SlackClient client = slack.client();
  const std::string token = slack.grant(furnace).at("access_token");
  client.call("chat.postMessage", token, {{"channel", "C1"}, {"text", "hello"}});
  client.call("chat.postMessage", token, {{"channel", "C1"}, {"blocks", "[]"}});
  CHECK(refusal_of([&] { client.call("chat.postMessage", token, {{"channel", "C1"}}); }) == "no_text");
  const std::string reader = slack.grant(furnace, "channels:read").at("access_token");
  CHECK(refusal_of([&] {
          client.call("chat.postMessage", reader, {{"channel", "C1"}, {"text", "hello"}});
        }) == "missing_scope");
  client.call("auth.revoke", token, {{"test", "1"}});
  CHECK(slack.is_working(token));
  client.auth_revoke(token);
  CHECK(refusal_of([&] { client.auth_test(token); }) == "token_revoked");
  CHECK(refusal_of([&] { client.auth_test("xoxb-not-a-real-token-1"); }) == "invalid_auth");

  const auto user = slack.grant(furnace, "", "search:read").at("authed_user");
  slack.deactivate_user("U0ADA");
  CHECK(refusal_of([&] { client.auth_test(user.at("access_token").get<std::string>()); }) == "account_inactive");
  CHECK(refusal_of([&] { client.refresh(credentials, user.at("refresh_token").get<std::string>()); }) ==
        "account_inactive");
}

TEST_CASE("a person signs in, and the id_token is checked by the published keys") {
  FakeSlack slack;
  const IdTokenVerifier verifier(slack, {.client_id = "111.222", .clock = [&] { return slack.time(); }});
  const auto sign_in = [&](const std::string& nonce) {
    const OpenIDConnectAuthorizeUrlGenerator generator(
        {.client_id = "111.222", .redirect_uri = slack.options().redirect_uri});
    const std::string url = slack.allow(generator.generate({.state = "abc", .nonce = nonce}));
    return slack.client().openid_connect_token(
        credentials, {.code = parameter_of(url, "code"), .redirect_uri = slack.options().redirect_uri});
  };
  const auto answer = sign_in("nonce-1");
  const auto claims = verifier.verify(answer.at("id_token").get<std::string>(), "nonce-1");
  CHECK(claims.user_id == "U0ADA");
  CHECK(claims.team_id == "T0FURNACE");
  CHECK(slack.client().openid_connect_user_info(answer.at("access_token").get<std::string>()).at("sub") == "U0ADA");

  slack.change_signing_key();
  slack.advance(1min);
  const auto token = sign_in("nonce-2").at("id_token").get<std::string>();
  CHECK_THROWS_AS(static_cast<void>(verifier.verify(token, "nonce-1")), InvalidDataError);
  CHECK(verifier.verify(token, "nonce-2").user_id == "U0ADA");
}

TEST_CASE("a person may decline what is optional") {
  FakeSlack slack({.scopes = {"chat:write", "files:read"}, .declined_scopes = {"files:read"}});
  CHECK(slack.grant(furnace).at("scope") == "chat:write");
}

TEST_CASE("every request to the app is signed, and a retry says which it is") {
  FakeSlack slack;
  slack.grant(furnace);
  const SignatureVerifier verifier(slack.options().signing_secret, {.clock = [&] { return slack.time(); }});
  const HttpRequest event = slack.event_request("T0FURNACE", {{"type", "team_join"}});
  const std::vector<HttpRequest> requests{event, slack.slash_command("T0FURNACE", "/pour", "bronze & brass, 100%"),
                                          slack.interaction("T0FURNACE", {{"actions", nlohmann::json::array()}}),
                                          slack.url_verification(), slack.retry_of(event, 2)};
  for (const HttpRequest& request : requests) {
    CHECK(verifier.is_valid_request(request));
    CHECK_FALSE(SignatureVerifier("another secret", {.clock = [&] { return slack.time(); }}).is_valid_request(request));
  }
  CHECK(find_header(requests.back().headers, "X-Slack-Retry-Num") == "2");
  slack.advance(6min);
  CHECK_FALSE(verifier.is_valid_request(event));

  EchoApp app(slack);
  CHECK(app.app.receive(slack.url_verification("echo")).response.value().body == "echo");
  CHECK(app.app.receive(slack.retry_of(event, 2)).retry_num == 2);
  CHECK(app.app.receive(slack.slash_command("T0FURNACE", "/pour", "a & b")).payload.at("text") == "a & b");
  CHECK(app.app.receive(slack.interaction("T0FURNACE")).ids.team_id == "T0FURNACE");
}

TEST_CASE("what an app throws reaches the test, and the delivery had no answer") {
  FakeSlack slack;
  slack.grant(furnace);
  slack.connect([](const HttpRequest&) -> HttpResponse { throw std::runtime_error("the app's own"); });
  CHECK_THROWS_AS(slack.mention("T0FURNACE", "pour"), std::runtime_error);
  REQUIRE(slack.deliveries().size() == 1);
  CHECK(slack.deliveries()[0].type == "app_mention");
  CHECK(slack.deliveries()[0].status == 0);
}

TEST_CASE("where an app waits, the clock moves on") {
  FakeSlack slack({.clock = [] { return Timestamp(1'800'000'000s); }});
  AppOptions options = EchoApp::options();
  options.rotator.requests_per_minute = 60;
  App app(memory_stores(), slack.client(), slack.settings(), options);
  slack.connect([&](const HttpRequest& request) { return app.receive(request).response.value_or(HttpResponse{}); });
  for (const std::string workspace : {"T0FURNACE", "T0QUARRY", "E0KILN"}) slack.install(workspace);
  slack.advance(11h);
  const Timestamp before = slack.time();
  CHECK(app.rotate_all().bots == 3);
  CHECK(slack.time() - before == 2s);
}

TEST_CASE("events that are held come late, twice and in another order") {
  FakeSlack slack;
  EchoApp app(slack);
  slack.install();
  slack.hold_requests();
  slack.mention("T0FURNACE", "one");
  slack.uninstall("T0FURNACE");
  auto held = slack.take_held();
  REQUIRE(held.size() == 3);
  CHECK(app.app.stores().installations->find_bot({.team_id = "T0FURNACE"}));
  std::reverse(held.begin(), held.end());
  held.push_back(held.front());
  for (const HttpRequest& request : held) slack.deliver(request);
  CHECK_FALSE(app.app.stores().installations->find_bot({.team_id = "T0FURNACE"}));
  CHECK(slack.messages().empty());
  std::string types;
  for (const auto& delivery : slack.deliveries()) types += delivery.type + " ";
  CHECK(types == "app_uninstalled tokens_revoked app_mention app_uninstalled ");
}

TEST_CASE("a workspace that joins an organisation keeps its tokens") {
  FakeSlack slack;
  EchoApp app(slack);
  slack.install();
  slack.migrate("T0FURNACE", "E0NEW", "New Group");
  slack.mention("T0FURNACE", "pour");
  CHECK(slack.messages().size() == 1);
  CHECK(app.app.stores().installations->find_bot({.enterprise_id = "E0NEW", .team_id = "T0FURNACE"}));
}

TEST_CASE("a fault says by itself whether Slack has acted") {
  FakeSlack slack;
  SlackClient client = slack.client();
  const std::string kept = slack.grant(furnace).at("refresh_token");
  const auto outcome = [&](Fault fault, const std::string& token) -> std::string {
    slack.add_fault({.method = "oauth.v2.access refresh_token", .fault = fault});
    try {
      client.refresh(credentials, token);
      return "answered";
    } catch (const HttpError& error) {
      return error.reach() == HttpError::Reach::not_sent ? "not sent" : "maybe sent";
    } catch (const InvalidAnswerError&) {
      return "no answer of Slack's";
    } catch (const SlackApiError& error) {
      return std::string(error.code());
    }
  };
  CHECK(outcome(Fault::api_error, kept) == "internal_error");
  CHECK(outcome(Fault::server_error, kept) == "no answer of Slack's");
  CHECK(outcome(Fault::proxy_page, kept) == "no answer of Slack's");
  CHECK(slack.refresh_tokens().at(kept).uses == 0);

  CHECK(outcome(Fault::drop_after, kept) == "maybe sent");
  CHECK(slack.refresh_tokens().at(kept).uses == 1);
  CHECK(slack.refresh_tokens().at(kept).lost_answers == 1);
  CHECK(outcome(Fault::truncated, slack.grant(furnace).at("refresh_token")) == "no answer of Slack's");

  const std::string next = slack.grant(furnace).at("refresh_token");
  const Timestamp before = slack.time();
  CHECK(outcome(Fault::rate_limit, next) == "answered");  // the client waits, and asks again
  CHECK(slack.time() - before >= 1s);
  slack.add_fault({.method = "auth.test", .error = "account_inactive", .times = 2, .after = 1});
  const std::string token = slack.grant(furnace).at("access_token");
  const auto auth_test = [&] { return refusal_of([&] { client.auth_test(token); }); };
  CHECK(auth_test() == "none");
  CHECK(auth_test() == "account_inactive");
  CHECK(auth_test() == "account_inactive");
  CHECK(auth_test() == "none");
}

TEST_CASE("a test may answer in Slack's place: what Slack would not say by itself") {
  FakeSlack slack;
  SlackClient client = slack.client();
  const std::string token = slack.grant(furnace).at("access_token");
  const std::string another = slack.grant(furnace).at("access_token");
  // [answer]
  slack.add_fault({.method = "auth.test", .answer = nlohmann::json{{"ok", true}, {"bot_id", 5}}});
  slack.add_fault({.method = "auth.test", .answer = HttpResponse{.status = 502, .body = "<h1>Bad Gateway</h1>"}});
  slack.add_fault({.method = "auth.test",
                   .times = FaultRule::always,
                   .answer = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
                     if (find_header(request.headers, "Authorization") != "Bearer " + token) return std::nullopt;
                     throw HttpError("no answer", "TIMEOUT", HttpError::Reach::maybe_sent);
                   }});
  // [answer]
  CHECK(client.auth_test(token).at("bot_id") == 5);
  CHECK_THROWS_AS(client.auth_test(token), InvalidAnswerError);
  for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(client.auth_test(token), HttpError);
  CHECK(slack.calls("auth.test") == 0);
  CHECK(client.auth_test(another).at("bot_id") == "B0STANDIN");
  CHECK(slack.calls("auth.test") == 1);

  slack.clear_faults();
  CHECK_NOTHROW(client.auth_test(token));
  slack.set_faults({.api_error = 1});
  CHECK(refusal_of([&] { client.auth_test(token); }) == "internal_error");
  slack.clear_faults();
  CHECK_NOTHROW(client.auth_test(token));
}

TEST_CASE("what the app sent is told with its parameters, whatever came of it") {
  FakeSlack slack;
  SlackClient client = slack.client();
  CHECK(slack.requests().empty());
  slack.add_fault({.method = "oauth.v2.access", .error = "invalid_code"});
  const Timestamp before = slack.time();
  CHECK(refusal_of([&] { client.oauth_v2_access(credentials, {.code = "code 1"}); }) == "invalid_code");
  client.refresh(credentials, slack.grant(furnace).at("refresh_token").get<std::string>());
  CHECK(slack.send({.method = "POST", .url = "https://slack.com/api/auth.test", .body = "%"}).status == 200);

  REQUIRE(slack.requests().size() == 3);
  const auto exchange = slack.requests("oauth.v2.access").at(0);
  CHECK(exchange.parameter("code") == "code 1");
  CHECK(exchange.parameter("redirect_uri").empty());
  CHECK(find_header(exchange.headers, "Authorization"));
  CHECK(exchange.time >= before);
  CHECK(slack.requests("oauth.v2.access").size() == 2);
  const auto refreshes = slack.requests("oauth.v2.access refresh_token");
  REQUIRE(refreshes.size() == 1);
  CHECK(refreshes[0].parameter("grant_type") == "refresh_token");
  CHECK(slack.requests("auth.test").at(0).parameters.empty());
}

TEST_CASE("an answer of other types is no installation") {
  FakeSlack slack;
  slack.add_fault({.method = "oauth.v2.access", .fault = Fault::wrong_types});
  const std::string code = parameter_of(slack.allow(authorize_url()), "code");
  CHECK_THROWS_AS(installation_from_oauth_response(slack.client().oauth_v2_access(credentials, {.code = code})),
                  InvalidDataError);
}

TEST_CASE("faults by a seed are the same in every run, and about as many as asked for") {
  const FaultRates rates{.server_error = 0.1, .drop_after = 0.2, .seed = 7};
  testing::detail::FaultInjector one(rates);
  testing::detail::FaultInjector other(rates);
  int dropped = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Fault fault = one.next("auth.test").fault;
    CHECK(fault == other.next("auth.test").fault);
    if (fault == Fault::drop_after) ++dropped;
  }
  CHECK(dropped > 1'800);
  CHECK(dropped < 2'200);
}

TEST_CASE("a method may be called so often in a minute") {
  FakeSlack slack({.requests_per_minute = {{"auth.test", 2}}});
  const std::string token = slack.grant(furnace).at("access_token");
  SlackClient client(slack, {.longest_rate_limit_wait = 0s});
  client.auth_test(token);
  slack.advance(20s);
  client.auth_test(token);
  try {
    client.auth_test(token);
    FAIL("it was answered");
  } catch (const RateLimitedError& error) {
    CHECK(error.retry_after() == 40s);
  }
  slack.advance(40s);
  CHECK_NOTHROW(client.auth_test(token));
}
