// What strangers may send, and what a store, Slack or a hook may hand over: nothing of it leaves the values it is in.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/memory.hpp"
#include "support/flow.hpp"
#include "support/html_checker.hpp"
#include "support/test_data.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using test::header_of;

/// Gives out and takes back one state of any bytes.
class OneState : public OAuthStateStore {
 public:
  explicit OneState(std::string state) : state_(std::move(state)) {}
  std::string issue(const nlohmann::json& /*payload*/) override { return state_; }
  std::optional<nlohmann::json> consume(std::string_view state) override {
    return state == state_ ? std::optional<nlohmann::json>(nullptr) : std::nullopt;
  }

 private:
  std::string state_;
};

struct Fixture {
  testing::FakeSlack slack{test::sample_slack()};
  MemoryInstallationStore store{};
  MemoryOAuthStateStore states{};
  test::Browser browser{};
  OAuthFlow flow{store, states, slack.client(), test::sample_settings()};
};

void check_sound(const HttpResponse& response) {
  for (const HttpHeader& header : response.headers) {
    CHECK(header.name.find_first_of("\r\n: ") == std::string::npos);
    for (const char c : header.value) CHECK(static_cast<unsigned char>(c) >= ' ');
  }
  if (!header_of(response, "Content-Type").starts_with("text/html")) return;
  CHECK(test::HtmlChecker(response.body).problems().empty());
}

const std::string hostile = "<script>\"'&\r\nSet-Cookie: a=b\r\n\r\n";

}  // namespace

TEST_CASE_METHOD(Fixture, "requests of any bytes get a sound answer", "[flow][hostile]") {
  const std::string long_text(100'000, 'a');
  const std::string state = browser.begin(flow);
  const std::string cookie = "slack-app-oauth-state=" + state;
  const std::vector<std::pair<std::string, int>> targets{{"error=" + percent_encode(hostile), 200},
                                                         {"error=" + long_text, 200},
                                                         {"error=a&error=b", 400},
                                                         {"error=%", 400},
                                                         {"code=c&state=%zz", 400},
                                                         {"code=c&state=%", 400},
                                                         {"code=c&state=" + percent_encode(hostile), 400},
                                                         {"code=c&state=" + long_text, 400},
                                                         {"code=c&state=" + state + "&state=" + state, 400},
                                                         {"code=c&state=" + state + "&state=x", 400},
                                                         {"code=c&state[]=" + state, 400},
                                                         {"code=c&STATE=" + state, 400},
                                                         {"code=c&state=" + state + "%00", 400},
                                                         {"code=c&state=" + state + ":", 400},
                                                         {std::string(100'000, '&'), 400},
                                                         {"?state=" + state, 400},
                                                         {"#?state=" + state, 400},
                                                         {"", 400}};
  for (const auto& [query, status] : targets) {
    CAPTURE(query.substr(0, 80));
    const auto response =
        flow.handle_callback({.url = "/slack/oauth_redirect?" + query, .headers = {{"Cookie", cookie}}});
    CHECK(response.status == status);
    check_sound(response);
  }
  CHECK(browser.come_back(flow, state, test::new_code(slack)).status == 200);  // none of them used it up
}

TEST_CASE_METHOD(Fixture, "a repeated code is no code", "[flow][hostile]") {
  const std::string state = browser.begin(flow);
  const auto response = browser.get(flow, "/slack/oauth_redirect?code=a&code=b&state=" + state);
  CHECK(response.status == 401);
  CHECK_THAT(response.body, ContainsSubstring("missing_code"));
  CHECK(slack.requests("oauth.v2.access").empty());
}

TEST_CASE_METHOD(Fixture, "a code of any bytes reaches Slack as it is", "[flow][hostile]") {
  const std::string code = hostile + std::string("\0\xFF&grant_type=refresh_token", 28);
  test::answer_always(slack, "oauth.v2.access", test::read_json("payloads/oauth.v2.access.bot_and_user.json"));
  CHECK(browser.come_back(flow, browser.begin(flow), percent_encode(code)).status == 200);
  CHECK(test::exchanged(slack, "code") == code);
  CHECK(test::exchanged(slack, "grant_type") == "authorization_code");
}

TEST_CASE_METHOD(Fixture, "100 kB of cookies are read, and not sent back", "[flow][hostile]") {
  const std::string state = browser.begin(flow);
  std::string cookies;
  while (cookies.size() < 100'000) cookies += "slack-app-oauth-state=" + std::string(90, 'x') + "; other=\"\\; ";
  for (const std::string& value : {cookies + "slack-app-oauth-state=" + state, std::string(100'000, ';'),
                                   "slack-app-oauth-state=" + std::string(100'000, 'y')}) {
    const HttpRequest request{.url = "/slack/install", .headers = {{"cookie", value}}};
    const auto response = flow.handle_installation(request);
    CHECK(response.status == 200);
    CHECK(header_of(response, "Set-Cookie").size() < 4096);
    check_sound(response);
  }
  const HttpRequest request{.url = "/slack/oauth_redirect?code=" + test::new_code(slack) + "&state=" + state,
                            .headers = {{"cookie", cookies + "slack-app-oauth-state=" + state}}};
  CHECK(flow.handle_callback(request).status == 302);
}

TEST_CASE("a state or team of any bytes stays in its parameter", "[flow][hostile]") {
  testing::FakeSlack slack(test::sample_slack());
  MemoryInstallationStore store;
  OneState states(hostile);
  OAuthHooks hooks;
  hooks.before_redirect = [](BeforeRedirect& start) -> std::optional<InstallationVeto> {
    start.team = hostile + "&team=T0OTHER";
    return std::nullopt;
  };
  auto settings = test::sample_settings();
  settings.install_page_rendering_enabled = GENERATE(true, false);
  settings.pkce_enabled = true;
  OAuthFlow flow(store, states, slack.client(), settings, hooks);
  test::Browser browser;
  const auto response = browser.get(flow, "/slack/install");
  check_sound(response);
  const std::string url = test::target_of(response);
  CHECK(test::parameter_of(url, "team") == hostile + "&team=T0OTHER");
  CHECK(test::parameter_of(url, "state") == hostile);
  CHECK(test::agree(slack, browser, flow, url).status == 200);
}

TEST_CASE("a state store that breaks its promise gives a failure", "[flow][hostile]") {
  testing::FakeSlack slack(test::sample_slack());
  MemoryInstallationStore store;
  OneState states(GENERATE(std::string(), std::string(5000, 'a')));
  OAuthFlow flow(store, states, slack.client(), test::sample_settings());
  const auto response = flow.handle_installation({.url = "/slack/install"});
  CHECK(response.status == 500);
  CHECK_THAT(response.body, ContainsSubstring("storage_error"));
  CHECK(header_of(response, "Set-Cookie").empty());
}

TEST_CASE_METHOD(Fixture, "names that Slack or the app gives are shown as text", "[flow][hostile]") {
  auto answer = test::read_json("payloads/oauth.v2.access.bot_only.json");
  answer["team"] = {{"id", "T1\"><script>"}, {"name", "<script>alert('&')</script>"}};
  answer["app_id"] = "A1&id=A2";
  test::answer_always(slack, "oauth.v2.access", answer);
  auto settings = test::sample_settings();
  settings.app_name = "<b>'\"&";
  OAuthHooks hooks;
  hooks.before_installation = [](const BeforeInstallation& context) -> std::optional<InstallationVeto> {
    if (context.request.url.find("veto") == std::string::npos) return std::nullopt;
    return InstallationVeto{.reason = "<i>" + hostile, .status = 403};
  };
  OAuthFlow shown(store, states, slack.client(), settings, hooks);
  check_sound(browser.get(shown, "/slack/install"));
  const auto done = browser.come_back(shown, browser.begin(shown));
  CHECK(done.status == 200);
  check_sound(done);
  CHECK_THAT(done.body, ContainsSubstring("<bdi>&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</bdi>"));
  CHECK_THAT(done.body, ContainsSubstring("href=\"slack://open\""));

  const auto vetoed = browser.come_back(shown, browser.begin(shown), "veto");
  CHECK(vetoed.status == 403);
  check_sound(vetoed);

  settings.failure_url = "https://app.example/failed";
  OAuthFlow redirecting(store, states, slack.client(), settings, hooks);
  const auto redirected = browser.come_back(redirecting, browser.begin(redirecting), "veto");
  check_sound(redirected);
  CHECK(test::parameter_of(header_of(redirected, "Location"), "reason") == "<i>" + hostile);
}
