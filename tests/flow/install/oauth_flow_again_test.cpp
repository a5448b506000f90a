// What a browser asks for ahead of time, or once more: it uses nothing up, and says nothing that is not true.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/memory.hpp"
#include "support/flow.hpp"
#include "support/test_data.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using test::header_of;

const std::string success_page = "/slack/oauth_redirect?installed=1";

struct Fixture {
  testing::FakeSlack slack{test::sample_slack()};
  MemoryInstallationStore store{};
  MemoryOAuthStateStore states{};
  Timestamp time = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  OAuthSettings settings = make_settings();
  OAuthHooks hooks{};
  test::Browser browser{};
  std::vector<std::string> reasons{};

  OAuthSettings make_settings() {
    OAuthSettings made = test::sample_settings();
    made.clock = [this] { return time; };
    return made;
  }
  OAuthFlow flow() {
    hooks.failure = [this](const InstallationFailure& failure) { reasons.emplace_back(failure.reason); };
    return OAuthFlow(store, states, slack.client(), settings, hooks);
  }
  HttpResponse install(OAuthFlow& any) { return test::install(slack, browser, any); }
  [[nodiscard]] HttpResponse call_back(OAuthFlow& flow, const std::string& state, HttpHeaders more = {}) {
    HttpHeaders headers = browser.headers();
    for (auto& header : more) headers.push_back(std::move(header));
    return flow.handle_callback(
        {.url = "/slack/oauth_redirect?code=" + test::new_code(slack) + "&state=" + state, .headers = headers});
  }
  bool is_installed() { return store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}).has_value(); }
  void name_workspace(const std::string& name) {
    hooks.after_installation = [name](const AfterInstallation& context) -> std::optional<InstallationVeto> {
      context.installation.team_name = name;
      return std::nullopt;
    };
  }
};

const std::vector<HttpHeader> speculations{{"Sec-Purpose", "prefetch"},
                                           {"sec-purpose", "prefetch;prerender"},
                                           {"Sec-Purpose", "prefetch;anonymous-client-ip"},
                                           {"Sec-Purpose", "other, Prefetch ; prerender"},
                                           {"Purpose", "prefetch"},
                                           {"Purpose", "prerender"},
                                           {"X-Purpose", "preview"},
                                           {"X-moz", "prefetch"}};

}  // namespace

TEST_CASE_METHOD(Fixture, "a callback that is fetched ahead uses nothing up", "[flow]") {
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  for (const HttpHeader& header : speculations) {
    CAPTURE(header.name, header.value);
    const auto ahead = call_back(flow, state, {header});
    CHECK(ahead.status == 503);
    CHECK(header_of(ahead, "Cache-Control") == "no-store");
    CHECK(header_of(ahead, "Set-Cookie").empty());
  }
  CHECK(slack.requests("oauth.v2.access").empty());
  CHECK(reasons.empty());
  CHECK(browser.come_back(flow, state, test::new_code(slack)).status == 200);
  CHECK(is_installed());
}

TEST_CASE_METHOD(Fixture, "a cancellation that is fetched ahead uses nothing up", "[flow]") {
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  HttpRequest request{.url = "/slack/oauth_redirect?error=access_denied&state=" + state, .headers = browser.headers()};
  request.headers.push_back(speculations.front());
  CHECK(flow.handle_callback(request).status == 503);
  CHECK(reasons.empty());
  CHECK(browser.come_back(flow, state, test::new_code(slack)).status == 200);
}

TEST_CASE_METHOD(Fixture, "an install page that is fetched ahead issues no state", "[flow]") {
  int asked = 0;
  hooks.state_payload = [&](const HttpRequest&) {
    ++asked;
    return nlohmann::json();
  };
  auto flow = this->flow();
  for (const HttpHeader& header : speculations) {
    CAPTURE(header.name, header.value);
    const auto ahead = flow.handle_installation({.url = "/slack/install", .headers = {header}});
    CHECK(ahead.status == 503);
    CHECK(header_of(ahead, "Cache-Control") == "no-store");
    CHECK(header_of(ahead, "Set-Cookie").empty());
  }
  const auto head = flow.handle_installation({.method = "HEAD", .url = "/slack/install", .headers = {speculations[0]}});
  CHECK(head.status == 503);
  CHECK(head.body.empty());
  CHECK(asked == 0);
}

TEST_CASE_METHOD(Fixture, "a visit for another purpose is a visit", "[flow]") {
  auto flow = this->flow();
  const HttpHeader header = GENERATE(as<HttpHeader>{}, HttpHeader{"Sec-Purpose", ""}, HttpHeader{"Sec-Purpose", ";,"},
                                     HttpHeader{"Sec-Purpose", "unprefetch"}, HttpHeader{"Sec-Purpose", "x;prefetch"},
                                     HttpHeader{"Sec-Fetch-Mode", "prefetch"}, HttpHeader{"Prefetch", "prefetch"});
  CAPTURE(header.name, header.value);
  CHECK(call_back(flow, browser.begin(flow), {header}).status == 302);
  CHECK(is_installed());
}

TEST_CASE_METHOD(Fixture, "a person ends on an address without the code, which may be loaded again", "[flow]") {
  settings.app_name = "Smelter";
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  const auto answer = call_back(flow, state);
  CHECK(answer.status == 302);
  CHECK(header_of(answer, "Location") == "?installed=1");  // relative: it stays right behind a proxy
  CHECK(header_of(answer, "Cache-Control") == "no-store");
  CHECK(header_of(answer, "Referrer-Policy") == "no-referrer");
  CHECK_THAT(header_of(answer, "Set-Cookie"),
             ContainsSubstring("slack-app-oauth-state-done=") &&
                 ContainsSubstring("; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax"));

  const auto page = install(flow);
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("Thank you!") && ContainsSubstring("<bdi>Smelter</bdi> is ready in") &&
                            ContainsSubstring("<bdi>Furnace Works</bdi>") &&
                            ContainsSubstring("slack://app?team=T0FURNACE&amp;id=A0SMELTER") &&
                            ContainsSubstring("https://app.slack.com/client/T0FURNACE"));
  for (int i = 0; i < 3; ++i) {
    const auto again = browser.get(flow, success_page);
    CHECK(again.status == 200);
    CHECK(again.body == page.body);
  }
  auto other_server = this->flow();
  CHECK(browser.get(other_server, success_page).body == page.body);
  CHECK(slack.requests("oauth.v2.access").size() == 2);
  CHECK(reasons.empty());
}

TEST_CASE_METHOD(Fixture, "an organisation's success page may be loaded again", "[flow]") {
  test::answer_always(slack, "oauth.v2.access", test::read_json("payloads/oauth.v2.access.org_wide.json"));
  test::answer_always(slack, "auth.test", test::read_json("payloads/auth.test.org.json"));
  auto flow = this->flow();
  install(flow);
  CHECK_THAT(browser.get(flow, success_page).body,
             ContainsSubstring("Choose its workspaces") && ContainsSubstring("https://kiln.enterprise.slack.com/"));
}

TEST_CASE_METHOD(Fixture, "a link to the success page tells others nothing", "[flow]") {
  auto flow = this->flow();
  install(flow);
  test::Browser victim;
  const auto page = victim.get(flow, success_page);
  CHECK(page.status == 404);
  CHECK_THAT(page.body, ContainsSubstring("This page has expired") && ContainsSubstring("href=\"/slack/install\"") &&
                            !ContainsSubstring("Furnace") && !ContainsSubstring("Thank you"));
  CHECK_THAT(victim.get(flow, "/slack/oauth_redirect?installed=<script>").body, !ContainsSubstring("<script"));
  CHECK(reasons.empty());  // no installation has failed
}

TEST_CASE_METHOD(Fixture, "what the success page says holds for an hour, and only as it was signed", "[flow]") {
  auto flow = this->flow();
  install(flow);
  const std::string token = browser.cookies().at("slack-app-oauth-state-done");
  const auto status_with = [&](OAuthFlow& any, const std::string& cookie) {
    return any.handle_callback({.url = success_page, .headers = {{"Cookie", "slack-app-oauth-state-done=" + cookie}}})
        .status;
  };
  CHECK(status_with(flow, token) == 200);
  CHECK(status_with(flow, "x; slack-app-oauth-state-done=" + token) == 200);  // another host's stands before it
  SECTION("later") {
    time += std::chrono::minutes{59};
    CHECK(status_with(flow, token) == 200);
    time += std::chrono::minutes{1};
    CHECK(status_with(flow, token) == 404);
  }
  SECTION("changed") {
    for (const std::size_t at : {std::size_t{0}, token.find('.') + 2, token.rfind('.') + 1}) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      CHECK(status_with(flow, changed) == 404);
    }
    for (const char* cookie : {"", ".", "..", "a.b.c", "deleted"}) CHECK(status_with(flow, cookie) == 404);
  }
  SECTION("of another app") {
    settings.client_secret = "another-not-a-real-client-secret";
    auto other = this->flow();
    CHECK(status_with(other, token) == 404);
  }
  SECTION("signed for another purpose") {
    const auto signed_as = [&](const nlohmann::json& claims) {
      return detail::sign_jwt(claims, settings.client_secret);
    };
    const std::int64_t later = 4102444800;
    CHECK(status_with(flow, signed_as({{"exp", later}, {"tenant_name", "Furnace Works"}})) == 404);
    CHECK(status_with(flow, signed_as({{"aud", "slack-oauth success page"}})) == 404);
    CHECK(status_with(flow, signed_as({{"aud", 5}, {"exp", later}})) == 404);
  }
}

TEST_CASE_METHOD(Fixture, "a callback is a callback whatever else its address says", "[flow]") {
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  CHECK(browser.get(flow, success_page + "&code=" + test::new_code(slack) + "&state=" + state).status == 200);
  CHECK(is_installed());
  CHECK(browser.get(flow, success_page + "&code=c").status == 400);
  CHECK(browser.get(flow, success_page + "&state=" + state).status == 400);
  CHECK_THAT(browser.get(flow, success_page + "&error=access_denied").body, ContainsSubstring("cancelled"));
  CHECK(flow.handle_callback({.method = "HEAD", .url = success_page}).status == 405);
}

TEST_CASE_METHOD(Fixture, "an app's own success page, cookie and address stay as they were", "[flow]") {
  SECTION("page") {
    settings.pages.success = [](const SuccessPage& page) -> HttpResponse {
      return {.status = 201, .body = page.app_name + " in " + page.tenant_name};
    };
    settings.app_name = "Smelter";
    auto flow = this->flow();
    CHECK(install(flow).body == "Smelter in Furnace Works");
    CHECK(browser.get(flow, success_page).body == "Smelter in Furnace Works");
  }
  SECTION("a cookie that the hook adds") {
    hooks.success = [](const InstallationSuccess& success) {
      success.response.headers.push_back({"Set-Cookie", "session=1"});
    };
    auto flow = this->flow();
    CHECK(install(flow).status == 200);
    CHECK(call_back(flow, browser.begin(flow)).headers.size() == 6);  // Location, two more, three cookies
  }
  SECTION("a page that the hook makes") {
    hooks.success = [](const InstallationSuccess& success) { success.response = {.status = 200, .body = "own"}; };
    auto flow = this->flow();
    CHECK(install(flow).body == "own");
  }
  SECTION("an address of the app's") {
    settings.success_url = "https://app.example/welcome";
    auto flow = this->flow();
    const auto answer = call_back(flow, browser.begin(flow));
    CHECK(header_of(answer, "Location") == "https://app.example/welcome");
    CHECK_THAT(header_of(answer, "Set-Cookie"), !ContainsSubstring("-done="));
  }
  SECTION("a cookie that only this host may set") {
    settings.state_cookie_name = "__Host-state";
    auto flow = this->flow();
    CHECK(install(flow).status == 200);
    CHECK(browser.cookies().count("__Host-state-done") == 1);
  }
}

TEST_CASE_METHOD(Fixture, "where no browser can keep what the page says, the callback is the page", "[flow]") {
  SECTION("a name that is too long for a cookie") { name_workspace(std::string(4000, 'a')); }
  SECTION("a name that is no Unicode") { name_workspace("Furnace \xFF"); }
  SECTION("a clock that fails after the exchange") {
    settings.clock = [this] {
      if (!slack.requests("auth.test").empty()) throw std::runtime_error("no time");
      return time;
    };
  }
  auto flow = this->flow();
  const auto answer = call_back(flow, browser.begin(flow));
  CHECK(answer.status == 200);
  CHECK_THAT(answer.body, ContainsSubstring("Thank you!"));
  CHECK(is_installed());
  CHECK(browser.get(flow, success_page).status == 404);
}
