// An app without a client secret, which redirects to the person's own machine and proves itself by PKCE.
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/flow/install/oauth_flow.hpp>
#include <slack/oauth/flow/install/signed_state.hpp>
#include <slack/oauth/memory.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/flow.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using test::header_of;

/// Shows what it is given to keep.
class WatchedStates : public OAuthStateStore {
 public:
  explicit WatchedStates(OAuthStateStore& states) : states_(states) {}

  std::string issue(const nlohmann::json& payload) override {
    kept = payload;
    return states_.issue(payload);
  }
  std::optional<nlohmann::json> consume(std::string_view state) override { return states_.consume(state); }

  nlohmann::json kept{};

 private:
  OAuthStateStore& states_;
};

nlohmann::json answer_to_exchange() {
  return {{"ok", true},
          {"app_id", "A0SMELTER"},
          {"team", {{"id", "T0FURNACE"}, {"name", "Furnace Works"}}},
          {"enterprise", nullptr},
          {"is_enterprise_install", false},
          {"authed_user",
           {{"id", "U0ADA"},
            {"scope", "search:read"},
            {"token_type", "user"},
            {"access_token", "xoxe.xoxp-1-not-a-real-token-1"},
            {"refresh_token", "xoxe-1-not-a-real-token-1"},
            {"expires_in", 43200}}}};
}

struct Desktop {
  testing::FakeSlack slack{{.app_id = "A0SMELTER",
                            .client_secret = "",
                            .workspaces = {{.team_id = "T0FURNACE", .team_name = "Furnace Works"}}}};
  MemoryInstallationStore store{};
  Timestamp time = std::chrono::sys_days{std::chrono::year{2026} / 4 / 1};
  test::LogText log{};
  MemoryOAuthStateStore states{{.clock = [this] { return time; }, .logger = log.logger()}};
  WatchedStates watched{states};
  OAuthSettings settings{.client_id = "111.222",
                         .user_scopes = {"search:read"},
                         .redirect_uri = "http://localhost:3000/slack/oauth_redirect",
                         .pkce_enabled = true,
                         .logger = log.logger(),
                         .clock = [this] { return time; }};
  test::Browser browser{};
  std::string reason{};
  nlohmann::json payload{};

  OAuthFlow flow() {
    OAuthHooks hooks;
    hooks.state_payload = [](const HttpRequest& request) -> nlohmann::json {
      if (query_of(request.url).empty()) return nullptr;
      return {{"query", query_of(request.url)}};
    };
    hooks.failure = [this](const InstallationFailure& failure) { reason = failure.reason; };
    hooks.before_installation = [this](const BeforeInstallation& context) -> std::optional<InstallationVeto> {
      payload = context.payload;
      return std::nullopt;
    };
    return {store, watched, slack.client(), settings, hooks};
  }

  HttpResponse install(OAuthFlow& any) { return test::install(slack, browser, any); }

  std::optional<Installation> found() const {
    return store.find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"});
  }
};

std::string wrong_setting(const std::function<void(OAuthSettings&)>& change, std::string_view says = "") {
  Desktop desktop;
  change(desktop.settings);
  const auto error = test::thrown_by<InvalidArgumentError>([&] { (void)desktop.flow(); });
  CHECK_THAT(error.what(), ContainsSubstring(std::string(says)));
  return std::string(error.subject());
}

}  // namespace

TEST_CASE_METHOD(Desktop, "an app without a secret installs itself, and nothing it sends names one", "[flow][pkce]") {
  auto flow = this->flow();
  const auto page = browser.get(flow, "/slack/install?tenant=42");
  const std::string url = test::target_of(page);
  CHECK(test::parameter_of(url, "code_challenge_method") == "S256");
  CHECK(test::parameter_of(url, "redirect_uri") == settings.redirect_uri);
  auto again = this->flow();  // after a restart: the state store has all that it takes
  REQUIRE(test::agree(slack, browser, again, url).status == 200);

  const std::string verifier = test::exchanged(slack, "code_verifier");
  CHECK(PkceVerifier(verifier).challenge() == test::parameter_of(url, "code_challenge"));
  CHECK(test::exchanged(slack, "client_id") == "111.222");
  const auto request = slack.requests("oauth.v2.access").front();
  CHECK_FALSE(find_parameter(request.parameters, "client_secret"));
  CHECK_FALSE(find_header(request.headers, "Authorization"));
  CHECK(slack.requests("auth.test").empty());

  CHECK(payload == nlohmann::json{{"query", "tenant=42"}});
  REQUIRE(found());
  CHECK(slack.is_working(found()->user_token.value()));
  CHECK(found()->get_custom_value("state_payload") == nlohmann::json{{"query", "tenant=42"}});
}

TEST_CASE_METHOD(Desktop, "the state store alone has the verifier: no page, cookie, URL, hook or log does",
                 "[flow][pkce]") {
  auto flow = this->flow();
  const auto page = browser.get(flow, "/slack/install");
  const auto done = test::agree(slack, browser, flow, test::target_of(page));
  const std::string verifier = test::exchanged(slack, "code_verifier");
  CHECK_THAT(watched.kept.dump(), ContainsSubstring(verifier));
  for (const auto& response : {page, done}) {
    CHECK_THAT(response.body, !ContainsSubstring(verifier));
    for (const auto& header : response.headers) CHECK_THAT(header.value, !ContainsSubstring(verifier));
  }
  CHECK_THAT(log.text(), ContainsSubstring("installed in a workspace"));
  CHECK_THAT(log.text(), !ContainsSubstring(verifier));
  CHECK(payload.is_null());
  CHECK(found()->custom_values.empty());
  // Each state has one of its own.
  (void)browser.get(flow, "/slack/install");
  CHECK_THAT(watched.kept.dump(), !ContainsSubstring(verifier));
}

TEST_CASE_METHOD(Desktop, "a state that holds no verifier is none of this flow's", "[flow][pkce]") {
  auto flow = this->flow();
  const auto other = GENERATE(values<nlohmann::json>(
      {nullptr, "text", {{"tenant", 42}}, {{"slack_oauth_code_verifier", 5}, {"payload", {{"tenant", 42}}}}}));
  const std::string state = states.issue(other);
  const HttpRequest request{.url = "/slack/oauth_redirect?code=c&state=" + state,
                            .headers = {{"Cookie", settings.state_cookie_name + "=" + state}}};
  CHECK(flow.handle_callback(request).status == 401);
  CHECK(reason == "invalid_state");
  CHECK(slack.requests("oauth.v2.access").empty());
}

TEST_CASE_METHOD(Desktop, "an app with a scheme of its own gives the callback the cookie that it got", "[flow][pkce]") {
  settings.redirect_uri = "com.example.smelter://auth";
  auto flow = this->flow();
  const auto start = flow.handle_installation({.url = "/slack/install"});
  const std::string cookie = header_of(start, "Set-Cookie");
  const HttpRequest back{.url = slack.allow(test::target_of(start)),
                         .headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}}};
  CHECK(back.url.starts_with("com.example.smelter://auth?code="));
  CHECK(flow.handle_callback(back).status == 302);  // to the success page
  CHECK(test::exchanged(slack, "redirect_uri") == "com.example.smelter://auth");
  CHECK(found());
  CHECK(flow.handle_callback(back).status == 401);
}

TEST_CASE_METHOD(Desktop, "a person who cancels uses the state up", "[flow][pkce]") {
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  CHECK(browser.get(flow, "/slack/oauth_redirect?error=access_denied&state=" + state).status == 200);
  CHECK(browser.come_back(flow, state).status >= 400);
  CHECK(slack.requests("oauth.v2.access").empty());
}

TEST_CASE_METHOD(Desktop, "the success page of an app without a secret is signed with a secret all the same",
                 "[flow][pkce]") {
  auto flow = this->flow();
  CHECK_THAT(install(flow).body, ContainsSubstring("Furnace Works"));
  CHECK(browser.get(flow, "/slack/oauth_redirect?installed=1").status == 200);
  auto other = this->flow();
  CHECK(browser.get(other, "/slack/oauth_redirect?installed=1").status == 404);
}

TEST_CASE_METHOD(Desktop, "a refresh token ends 30 days after the grant, unless Slack says when", "[flow][pkce]") {
  const auto granted = std::chrono::floor<std::chrono::seconds>(time);
  auto flow = this->flow();
  const auto end_with = [&](const std::string& name, const nlohmann::json& value) {
    auto answer = answer_to_exchange();
    if (!name.empty()) answer["authed_user"][name] = value;
    slack.add_fault({.method = "oauth.v2.access", .answer = answer});
    REQUIRE(install(flow).status == 200);
    return found()->user_refresh_token_expires_at.value() - granted;
  };
  using std::chrono::days;
  CHECK(end_with("", nullptr) == days{30});
  CHECK(end_with("refresh_token_expires_in", 86400) == days{1});
  CHECK(end_with("refresh_token_expires_in", "86400") == days{1});
  CHECK(end_with("refresh_token_expires_at", (granted + days{7}).time_since_epoch().count()) == days{7});
  // What means nothing is as nothing: these tokens come once.
  for (const nlohmann::json& odd : {nlohmann::json(0), nlohmann::json(-5), nlohmann::json("soon"), nlohmann::json(true),
                                    nlohmann::json(1e300), nlohmann::json(nlohmann::json::array())}) {
    CAPTURE(odd);
    CHECK(end_with("refresh_token_expires_in", odd) == days{30});
    CHECK(end_with("refresh_token_expires_at", odd) == days{30});
  }
  CHECK(end_with("refresh_token_expires_at", 86400) == days{30});

  auto answer = answer_to_exchange();
  answer["authed_user"].erase("refresh_token");
  slack.add_fault({.method = "oauth.v2.access", .answer = answer});
  REQUIRE(install(flow).status == 200);
  CHECK_FALSE(found()->user_refresh_token_expires_at);
}

TEST_CASE("settings without a secret are for PKCE and the person's own machine", "[flow][settings]") {
  CHECK(wrong_setting([](auto& s) { s.pkce_enabled = false; }) == "client_secret");
  CHECK(wrong_setting([](auto& s) { s.redirect_uri = ""; }) == "client_secret");
  CHECK(wrong_setting([](auto& s) { s.client_id = ""; }) == "client_id");
  CHECK(wrong_setting([](auto& s) { s.installation_without_state_enabled = true; }) ==
        "installation_without_state_enabled");
  for (const char* elsewhere :
       {"https://app.example/", "http://localhost.example/", "https://app.example/?to=http://localhost/",
        "http://127.0.0.1:3000/", "http:/localhost/", "http://user@localhost/"}) {
    CAPTURE(elsewhere);
    CHECK(wrong_setting([&](auto& s) { s.redirect_uri = elsewhere; }) == "client_secret");
  }
  for (const char* desktop : {"http://localhost", "http://localhost:8080/auth", "https://LocalHost/auth",
                              "http://localhost?a=b", "myapp://auth", "com.example.app:/auth", "x+y-z.1://a"}) {
    CAPTURE(desktop);
    Desktop app;
    app.settings.redirect_uri = desktop;
    CHECK_NOTHROW(app.flow());
  }
}

TEST_CASE("a redirect of a scheme that is not the web's needs PKCE", "[flow][settings]") {
  const auto with_secret = [](const std::string& uri, bool has_pkce) {
    return [=](OAuthSettings& settings) {
      settings.client_secret = "not-a-real-client-secret";
      settings.redirect_uri = uri;
      settings.pkce_enabled = has_pkce;
    };
  };
  CHECK(wrong_setting(with_secret("myapp://auth", false), "pkce_enabled") == "redirect_uri");
  for (const char* broken :
       {"localhost:8080/auth", "app.example", "1app://auth", "my app://auth", "://auth", "myapp://a b", "myapp:auth"}) {
    CAPTURE(broken);
    CHECK(wrong_setting(with_secret(broken, true)) == "redirect_uri");
  }
}

TEST_CASE("bot scopes are refused where Slack would refuse them, with a sentence", "[flow][settings]") {
  const auto with_bot = [](OAuthSettings& settings) { settings.scopes = {"chat:write"}; };
  CHECK(wrong_setting(with_bot, "Slack gives no bot") == "scopes");
  CHECK(wrong_setting(
            [](OAuthSettings& settings) {
              settings.client_secret = "not-a-real-client-secret";
              settings.redirect_uri = "myapp://auth";
              settings.scopes = {"chat:write"};
            },
            "user_scopes") == "scopes");
  // Localhost is a server's redirect like any other where the app has no PKCE.
  Desktop server;
  server.settings.client_secret = "not-a-real-client-secret";
  server.settings.pkce_enabled = false;
  server.settings.scopes = {"chat:write"};
  CHECK_NOTHROW(server.flow());
}

TEST_CASE("a state store that puts its payload into the URL cannot keep a verifier", "[flow][settings]") {
  Desktop desktop;
  SignedOAuthStateStore states({.secret = "0123456789abcdefghijklmnopqrstuvwxyz"});
  const auto flow_over_it = [&] { (void)OAuthFlow(desktop.store, states, desktop.slack.client(), desktop.settings); };
  CHECK(test::thrown_by<InvalidArgumentError>(flow_over_it).subject() == "state_store");
  desktop.settings.client_secret = "not-a-real-client-secret";
  CHECK_NOTHROW(flow_over_it());
  // One around it that does not say so gets no further than the first state.
  desktop.settings.client_secret = "";
  WatchedStates around(states);
  std::string reason;
  OAuthHooks hooks;
  hooks.failure = [&](const InstallationFailure& failure) { reason = failure.reason; };
  OAuthFlow flow(desktop.store, around, desktop.slack.client(), desktop.settings, hooks);
  const auto response = flow.handle_installation({.url = "/slack/install"});
  CHECK(response.status == 500);
  CHECK(reason == "storage_error");
  CHECK_THAT(response.body, !ContainsSubstring("code_challenge"));
  CHECK(header_of(response, "Set-Cookie").empty());
}
