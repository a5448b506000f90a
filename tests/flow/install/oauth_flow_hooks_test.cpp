#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/memory.hpp"
#include "support/flow.hpp"
#include "support/test_data.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using test::header_of;

struct TenantInstallation : Installation {
  std::string tenant_id{};

  static constexpr auto fields() {
    return append_fields(Installation::fields(), field("tenant_id", &TenantInstallation::tenant_id));
  }
};

testing::FakeSlackOptions where_some_scopes_are_declined() {
  auto options = test::sample_slack();
  options.declined_scopes = {"files:read", "users:read"};
  return options;
}

struct Fixture {
  testing::FakeSlack slack{where_some_scopes_are_declined()};
  MemoryInstallationStore store{};
  MemoryOAuthStateStore states{};
  test::LogText log{};
  OAuthSettings settings = make_settings();
  OAuthHooks hooks{};
  test::Browser browser{};
  std::vector<std::string> failures{};

  OAuthSettings make_settings() {
    OAuthSettings made = test::sample_settings();
    made.logger = log.logger();
    return made;
  }
  OAuthFlow flow() {
    if (!hooks.failure) {
      hooks.failure = [this](const InstallationFailure& failure) {
        failures.push_back(std::string(failure.reason) + " " + std::to_string(failure.status) + " " +
                           failure.payload.dump() + (failure.error == nullptr ? "" : " thrown") +
                           (failure.unsaved_installation == nullptr ? "" : " unsaved"));
      };
    }
    return OAuthFlow(store, states, slack.client(), settings, hooks);
  }
  HttpResponse install(OAuthFlow& any) { return test::install(slack, browser, any); }
  std::optional<Installation> saved() {
    return store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the payload of a state reaches every hook and the installation", "[flow][hooks]") {
  std::vector<std::string> seen;
  hooks.state_payload = [](const HttpRequest& request) {
    const auto parameters = parse_parameters(query_of(request.url));
    return json{{"tenant", find_parameter(parameters.value(), "tenant").value_or("")}};
  };
  hooks.before_redirect = [&](BeforeRedirect& start) -> std::optional<InstallationVeto> {
    seen.push_back("redirect " + start.payload.dump());
    CHECK(start.team == "T0ASKED");
    start.payload["step"] = 1;
    start.team = "T0OTHER";
    return std::nullopt;
  };
  hooks.before_installation = [&](const BeforeInstallation& context) -> std::optional<InstallationVeto> {
    seen.push_back("before " + context.payload.dump());
    CHECK(slack.requests("oauth.v2.access").empty());
    return std::nullopt;
  };
  hooks.after_installation = [&](const AfterInstallation& context) -> std::optional<InstallationVeto> {
    seen.push_back("after " + context.payload.dump());
    CHECK(context.installation.bot_id == "B0STANDIN");
    CHECK_FALSE(saved());
    return std::nullopt;
  };
  hooks.success = [&](const InstallationSuccess& context) {
    seen.push_back("success " + context.payload.dump());
    CHECK(saved());
    CHECK(context.installation == *saved());
  };
  auto flow = this->flow();
  const auto page = browser.get(flow, "/slack/install?tenant=42&team=T0ASKED");
  const std::string url = test::target_of(page);
  CHECK(test::parameter_of(url, "team") == "T0OTHER");
  CHECK(test::agree(slack, browser, flow, url).status == 200);

  const std::string both = R"({"step":1,"tenant":"42"})";
  CHECK(seen ==
        std::vector<std::string>{R"(redirect {"tenant":"42"})", "before " + both, "after " + both, "success " + both});
  REQUIRE(saved());
  CHECK(saved()->get_custom_value("state_payload") == json::parse(both));
  CHECK(failures.empty());
}

TEST_CASE_METHOD(Fixture, "where the payload is put on the installation is a setting", "[flow][hooks]") {
  hooks.state_payload = [](const HttpRequest&) { return json("tenant-1"); };
  SECTION("another name") { settings.payload_custom_value = "tenant"; }
  SECTION("none") { settings.payload_custom_value.clear(); }
  SECTION("no payload") { hooks.state_payload = nullptr; }
  auto flow = this->flow();
  CHECK(install(flow).status == 200);
  REQUIRE(saved());
  CHECK_FALSE(saved()->get_custom_value("state_payload"));
  const bool is_named = hooks.state_payload != nullptr && !settings.payload_custom_value.empty();
  CHECK(saved()->get_custom_value("tenant") == (is_named ? std::optional<json>("tenant-1") : std::nullopt));
}

TEST_CASE_METHOD(Fixture, "a hook may stop an installation", "[flow][hooks]") {
  const InstallationVeto veto{.reason = "plan_full", .status = 402};
  hooks.state_payload = [](const HttpRequest&) { return json(7); };
  HttpResponse response;
  SECTION("before the redirect: no state is issued") {
    hooks.before_redirect = [&](BeforeRedirect&) { return std::optional(veto); };
    auto flow = this->flow();
    response = browser.get(flow, "/slack/install");
    CHECK(failures == std::vector<std::string>{"plan_full 402 7"});
  }
  SECTION("before the installation: no code is exchanged, and the state is used up") {
    hooks.before_installation = [&](const BeforeInstallation&) { return std::optional(veto); };
    auto flow = this->flow();
    response = install(flow);
    CHECK(failures == std::vector<std::string>{"plan_full 402 7"});
    CHECK(slack.requests("oauth.v2.access").empty());
  }
  SECTION("after the installation: nothing is saved, and the tokens are handed over") {
    hooks.after_installation = [&](const AfterInstallation&) { return std::optional(veto); };
    auto flow = this->flow();
    response = install(flow);
    CHECK(failures == std::vector<std::string>{"plan_full 402 7 unsaved"});
  }
  CHECK(response.status == 402);
  CHECK_THAT(response.body, ContainsSubstring("<code>plan_full</code>"));
  CHECK_FALSE(browser.has_state());
  CHECK_FALSE(saved());
}

TEST_CASE_METHOD(Fixture, "a hook that throws gives a clean failure", "[flow][hooks]") {
  const bool is_exception = GENERATE(true, false);
  const auto fail = [&]() -> std::optional<InstallationVeto> {
    if (is_exception) throw std::runtime_error("xoxb-not-a-real-token-1 in a message");
    throw 5;
  };
  bool is_saved = false;
  std::string expected = "hook_error 500 null thrown";
  bool is_callback = true;
  SECTION("state_payload") {
    hooks.state_payload = [&](const HttpRequest&) { return json(fail().has_value()); };
    is_callback = false;
  }
  SECTION("before_redirect") {
    hooks.before_redirect = [&](BeforeRedirect&) { return fail(); };
    is_callback = false;
  }
  SECTION("before_installation") {
    hooks.before_installation = [&](const BeforeInstallation&) { return fail(); };
  }
  SECTION("after_installation") {
    hooks.after_installation = [&](const AfterInstallation&) { return fail(); };
    expected += " unsaved";
  }
  SECTION("success") {
    hooks.success = [&](const InstallationSuccess&) { fail(); };
    is_saved = true;
  }
  auto flow = this->flow();
  const auto response = is_callback ? install(flow) : browser.get(flow, "/slack/install");
  CHECK(response.status == 500);
  CHECK(failures == std::vector<std::string>{expected});
  CHECK_THAT(response.body, ContainsSubstring("<code>hook_error</code>"));
  CHECK_THAT(response.body, !ContainsSubstring("xoxb-"));
  CHECK_THAT(log.text(), ContainsSubstring("error: an installation ended with \"hook_error\""));
  CHECK_THAT(log.text(), !ContainsSubstring("xoxb-"));
  CHECK(saved().has_value() == is_saved);
  CHECK_FALSE(browser.has_state());
}

TEST_CASE_METHOD(Fixture, "a failure hook that throws leaves the answer as it is", "[flow][hooks]") {
  hooks.failure = [](const InstallationFailure& failure) {
    failure.response.status = 299;
    throw 5;
  };
  auto flow = this->flow();
  const auto response = browser.get(flow, "/slack/oauth_redirect");
  CHECK(response.status == 400);
  CHECK_THAT(response.body, ContainsSubstring("invalid_browser"));
  CHECK_THAT(log.text(), ContainsSubstring("the failure hook threw"));
}

TEST_CASE_METHOD(Fixture, "hooks may change the answer, and the cookie stays", "[flow][hooks]") {
  hooks.success = [](const InstallationSuccess& success) {
    success.response = {.status = 303, .headers = {{"Location", "/tenants/1"}, {"Set-Cookie", "own=1"}}};
  };
  hooks.failure = [](const InstallationFailure& failure) {
    failure.response = {.status = 303, .headers = {{"Location", "/failed"}}};
  };
  auto flow = this->flow();
  const auto done = install(flow);
  CHECK(header_of(done, "Location") == "/tenants/1");
  CHECK(browser.cookies().size() == 1);
  CHECK(browser.cookies().count("own") == 1);

  const std::string state = browser.begin(flow);
  const auto failed = browser.get(flow, "/slack/oauth_redirect?state=" + state);
  CHECK(header_of(failed, "Location") == "/failed");
  CHECK(browser.cookies().count("slack-app-oauth-state") == 0);
}

TEST_CASE_METHOD(Fixture, "what an after hook changes is what is saved", "[flow][hooks]") {
  hooks.after_installation = [](const AfterInstallation& context) -> std::optional<InstallationVeto> {
    context.installation.set_custom_value("plan", "gold");
    return std::nullopt;
  };
  auto flow = this->flow();
  CHECK(install(flow).status == 200);
  REQUIRE(saved());
  CHECK(saved()->get_custom_value("plan") == json("gold"));
}

TEST_CASE_METHOD(Fixture, "an installation of the app's own type is made and saved", "[flow][hooks]") {
  using TenantStore = BasicInstallationStore<TenantInstallation, Bot>;
  BasicMemoryInstallationStore<TenantInstallation, Bot> tenants;
  BasicOAuthHooks<TenantInstallation> own;
  own.state_payload = [](const HttpRequest&) { return json("tenant-9"); };
  own.after_installation = [](const auto& context) -> std::optional<InstallationVeto> {
    context.installation.tenant_id = context.payload.template get<std::string>();
    return std::nullopt;
  };
  BasicOAuthFlow<TenantStore, OAuthStateStore, AnyHttpTransport> flow(tenants, states, slack.client(), settings, own);
  CHECK(test::install(slack, browser, flow).status == 200);
  const auto found = tenants.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(found);
  CHECK(found->tenant_id == "tenant-9");
}

TEST_CASE_METHOD(Fixture, "a person who cancels is told apart by their payload", "[flow][hooks]") {
  hooks.state_payload = [](const HttpRequest&) { return json("tenant-3"); };
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  const HttpHeaders headers = browser.headers();
  CHECK(browser.get(flow, "/slack/oauth_redirect?error=access_denied&state=" + state).status == 200);
  CHECK(flow.handle_callback({.url = "/slack/oauth_redirect?code=c&state=" + state, .headers = headers}).status == 401);
  test::Browser other;
  const std::string second = browser.begin(flow);
  CHECK(other.get(flow, "/slack/oauth_redirect?error=access_denied&state=" + second).status == 200);
  // A link on another site cannot use it up.
  CHECK(browser.come_back(flow, second, test::new_code(slack)).status == 200);
  CHECK(failures ==
        std::vector<std::string>{"access_denied 200 \"tenant-3\"", "invalid_state 401 null", "access_denied 200 null"});
}

TEST_CASE_METHOD(Fixture, "a payload that no state can carry is the hook's error", "[flow][hooks]") {
  hooks.state_payload = [](const HttpRequest&) { return json(std::string(100'000, 'x')); };
  std::string reason;
  hooks.failure = [&](const InstallationFailure& failure) { reason = failure.reason; };
  auto flow = this->flow();
  CHECK(browser.get(flow, "/slack/install").status == 500);
  CHECK(reason == "hook_error");
}

TEST_CASE_METHOD(Fixture, "scopes that were not granted are told to the hooks, the page and the log",
                 "[flow][scopes]") {
  settings.scopes = {"chat:write", "files:read", "commands"};
  settings.user_scopes = {"search:read", "users:read"};
  const InstallationScopes missing{.bot_scopes = {"files:read"}, .user_scopes = {"users:read"}};
  std::vector<InstallationScopes> seen;
  hooks.after_installation = [&](const AfterInstallation& context) -> std::optional<InstallationVeto> {
    seen.push_back(context.missing_scopes);
    return std::nullopt;
  };
  hooks.success = [&](const InstallationSuccess& context) { seen.push_back(context.missing_scopes); };
  auto flow = this->flow();
  const auto page = install(flow);
  CHECK(page.status == 200);
  CHECK(seen == std::vector<InstallationScopes>{missing, missing});
  CHECK(missing_scopes(saved().value(), {settings.scopes, settings.user_scopes}) == missing);
  CHECK_THAT(page.body, ContainsSubstring("<li><code>files:read</code></li>\n<li><code>users:read</code></li>"));
  CHECK(browser.get(flow, "/slack/oauth_redirect?installed=1").body == page.body);
  CHECK_THAT(log.text(),
             ContainsSubstring("warning: scopes were not granted: files:read of the bot users:read of the user\n"));
}

TEST_CASE_METHOD(Fixture, "where everything was granted, nobody hears of scopes", "[flow][scopes]") {
  hooks.after_installation = [&](const AfterInstallation& context) -> std::optional<InstallationVeto> {
    CHECK(context.missing_scopes.empty());
    return std::nullopt;
  };
  auto flow = this->flow();
  CHECK(install(flow).body.find("<li>") == std::string::npos);
  CHECK(saved());
  CHECK(log.text().find("granted") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "an app may refuse an installation that lacks a scope", "[flow][scopes]") {
  settings.scopes.push_back("files:read");
  hooks.after_installation = [&](const AfterInstallation& context) -> std::optional<InstallationVeto> {
    if (context.missing_scopes.bot_scopes.empty()) return std::nullopt;
    return InstallationVeto{.reason = "missing_scopes"};
  };
  auto flow = this->flow();
  const auto page = install(flow);
  CHECK(page.status == 403);
  CHECK_THAT(page.body, ContainsSubstring("More permissions are needed"));
  CHECK_FALSE(saved());
  CHECK(failures == std::vector<std::string>{"missing_scopes 403 null unsaved"});
}

TEST_CASE_METHOD(Fixture, "a person who declines every scope of a user has no user's token", "[flow][scopes]") {
  auto answer = test::read_json("payloads/oauth.v2.access.bot_and_user.json");
  answer["authed_user"] = {{"id", answer["authed_user"]["id"]}};
  test::answer_always(slack, "oauth.v2.access", answer);
  InstallationScopes missing;
  hooks.success = [&](const InstallationSuccess& context) { missing = context.missing_scopes; };
  auto flow = this->flow();
  CHECK(install(flow).status == 200);
  CHECK(missing == InstallationScopes{.user_scopes = {"search:read"}});
}
