#include "slack/oauth/flow/install/oauth_flow.hpp"

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/memory.hpp"
#include "support/flow.hpp"
#include "support/test_data.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using test::header_of;
using testing::Fault;
using testing::FaultRule;

/// Throws what it is told, from the methods that the flow calls.
class FailingStore : public InstallationStore {
 public:
  explicit FailingStore(std::function<void()> fail) : fail_(std::move(fail)) {}
  void save(const Installation& /*installation*/) override { fail_(); }

 private:
  std::function<void()> fail_;
};

class FailingStates : public OAuthStateStore {
 public:
  std::string issue(const nlohmann::json& /*payload*/) override { throw 5; }
  std::optional<nlohmann::json> consume(std::string_view /*state*/) override {
    throw StorageError({.backend = "test", .native_code = "DOWN"}, "is not there");
  }
};

/// Writes down in which order the flow takes turns and saves.
class LeasingStore : public InstallationStore {
 public:
  void save(const Installation& /*installation*/) override { steps += "save "; }
  std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref, std::chrono::milliseconds /*lifetime*/) override {
    steps += "ask-" + std::string(ref.team_id.value_or("")) + " ";
    if (fails) throw StorageError({.backend = "test", .native_code = "DOWN"}, "is not there");
    if (asked_++ < 2) return nullptr;
    steps += "take ";
    return std::make_unique<Lease>(steps);
  }

  std::string steps{};
  bool fails = false;

 private:
  class Lease : public WorkspaceLease {
   public:
    explicit Lease(std::string& steps) : steps_(&steps) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() override { *steps_ += "give"; }
    [[nodiscard]] bool is_held() const override { return true; }
    [[nodiscard]] bool renew(std::chrono::milliseconds /*lifetime*/) override { return true; }

   private:
    std::string* steps_;
  };

  int asked_ = 0;
};

/// The same, which compares by itself.
class ComparingStore : public LeasingStore {
 public:
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    names_somebody = names_somebody || stored || bot;
    return false;
  }

  bool names_somebody = false;
};

/// Saves into another store, but for the first few times.
class RecoveringStore : public test::WatchedStore {
 public:
  RecoveringStore(InstallationStore& store, int failures) : WatchedStore(store), failures_(failures) {
    before = [this](std::string_view method) {
      if (method == "save" && calls("save") <= failures_) test::fail();
    };
  }

 private:
  int failures_;
};

struct Fixture {
  testing::FakeSlack slack{test::sample_slack()};
  MemoryInstallationStore store{};
  Timestamp time = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  MemoryOAuthStateStore states{{.clock = [this] { return time; }}};
  test::LogText log{};
  OAuthSettings settings = make_settings();
  test::Browser browser{};
  std::string reason{};
  std::vector<std::chrono::milliseconds> pauses{};

  OAuthSettings make_settings() {
    OAuthSettings made = test::sample_settings();
    made.logger = log.logger();
    made.clock = [this] { return time; };
    made.sleep = [this](std::chrono::milliseconds pause) { pauses.push_back(pause); };
    return made;
  }
  OAuthHooks hooks() {
    OAuthHooks made;
    made.failure = [this](const InstallationFailure& failure) { reason = failure.reason; };
    return made;
  }
  OAuthFlow flow() { return flow(store); }
  OAuthFlow flow(InstallationStore& any) { return OAuthFlow(any, states, slack.client(), settings, hooks()); }

  template <class Flow>
  HttpResponse install(Flow& any) {
    return test::install(slack, browser, any);
  }
  template <class Flow>
  HttpResponse come_back(Flow& any, const std::string& state) {
    return browser.come_back(any, state, test::new_code(slack));
  }
};

HttpRequest get(std::string url) { return {.method = "GET", .url = std::move(url)}; }

}  // namespace

TEST_CASE_METHOD(Fixture, "an install request shows a page that leads to Slack", "[flow]") {
  auto flow = this->flow();
  const auto response = browser.get(flow, "/slack/install");
  CHECK(response.status == 200);
  const std::string url = test::target_of(response);
  CHECK(path_of(url) == "/oauth/v2/authorize");
  CHECK(test::parameter_of(url, "client_id") == "111.222");
  CHECK(test::parameter_of(url, "scope") == "chat:write,commands");
  CHECK(test::parameter_of(url, "user_scope") == "search:read");
  CHECK(test::parameter_of(url, "redirect_uri") == settings.redirect_uri);
  const std::string state = test::parameter_of(url, "state");
  CHECK(browser.cookies().at("slack-app-oauth-state") == state);
  CHECK(header_of(response, "Cache-Control") == "no-store");
}

TEST_CASE_METHOD(Fixture, "without an install page the browser goes to Slack at once", "[flow]") {
  settings.install_page_rendering_enabled = false;
  auto flow = this->flow();
  const auto response = browser.get(flow, "/slack/install?utm=1");
  CHECK(response.status == 302);
  CHECK_THAT(header_of(response, "Location"), ContainsSubstring("https://slack.com/oauth/v2/authorize?"));
  CHECK(header_of(response, "Cache-Control") == "no-store");
  CHECK(test::agree(slack, browser, flow, header_of(response, "Location")).status == 200);
}

TEST_CASE_METHOD(Fixture, "a callback saves what Slack gave", "[flow]") {
  test::answer_always(slack, "oauth.v2.access", test::read_json("payloads/oauth.v2.access.bot_and_user.json"));
  test::answer_always(slack, "auth.test", test::read_json("payloads/auth.test.bot.json"));
  auto flow = this->flow();
  const auto response = browser.come_back(flow, browser.begin(flow), "code-1");
  CHECK(response.status == 200);
  CHECK(reason.empty());
  CHECK_FALSE(browser.has_state());

  const auto found = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(found);
  Installation expected =
      installation_from_oauth_response(test::read_json("payloads/oauth.v2.access.bot_and_user.json"), time);
  expected.bot_id = "B0SMELTER";
  CHECK(*found == expected);
  CHECK(test::exchanged(slack, "code") == "code-1");
  CHECK(test::exchanged(slack, "redirect_uri") == settings.redirect_uri);
  CHECK(test::exchanged(slack, "code_verifier").empty());
  CHECK_THAT(log.text(), ContainsSubstring("team_id=\"T0FURNACE\""));
}

TEST_CASE_METHOD(Fixture, "an organisation's address comes from auth.test", "[flow]") {
  test::answer_always(slack, "oauth.v2.access", test::read_json("payloads/oauth.v2.access.org_wide.json"));
  test::answer_always(slack, "auth.test", test::read_json("payloads/auth.test.org.json"));
  auto flow = this->flow();
  const auto response = install(flow);
  const auto found = store.find_installation({.enterprise_id = "E0KILN", .is_enterprise_install = true});
  REQUIRE(found);
  CHECK(found->bot_id == "B0SMELTER");
  CHECK(found->enterprise_url == "https://kiln.enterprise.slack.com/");
  CHECK_THAT(
      response.body,
      ContainsSubstring("https://kiln.enterprise.slack.com/manage/organization/apps/profile/A0SMELTER/workspaces/add"));
}

TEST_CASE_METHOD(Fixture, "a user's own installation asks auth.test nothing", "[flow]") {
  test::answer_always(slack, "oauth.v2.access", test::read_json("payloads/oauth.v2.access.user_only.json"));
  auto flow = this->flow();
  CHECK(install(flow).status == 200);
  CHECK(slack.requests("auth.test").empty());
}

TEST_CASE_METHOD(Fixture, "a failure of auth.test loses no tokens", "[flow]") {
  SECTION("refused") { slack.add_fault({.method = "auth.test", .error = "internal_error"}); }
  SECTION("no answer") {
    slack.add_fault({.method = "auth.test", .fault = Fault::drop_after, .times = FaultRule::always});
  }
  SECTION("something else") {
    test::answer_always(slack, "auth.test", [](const HttpRequest&) -> HttpResponse { throw 5; });
  }
  SECTION("an odd answer") { test::answer_always(slack, "auth.test", nlohmann::json{{"ok", true}, {"bot_id", 5}}); }
  auto flow = this->flow();
  CHECK(install(flow).status == 200);
  const auto found = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(found);
  CHECK(slack.is_working(found->bot_token.value()));
  CHECK(found->bot_id.value_or("").empty());
}

TEST_CASE_METHOD(Fixture, "the checks of a callback come in order", "[flow]") {
  auto flow = this->flow();
  SECTION("1. an error of Slack's wins over everything") {
    const std::string state = browser.begin(flow);
    const auto cancelled = browser.get(flow, "/slack/oauth_redirect?error=access_denied&code=c&state=" + state);
    CHECK(cancelled.status == 200);
    CHECK(reason == "access_denied");
    CHECK_THAT(cancelled.body, ContainsSubstring("<h1>Installation cancelled</h1>"));
    CHECK_FALSE(browser.has_state());

    CHECK(browser.get(flow, "/slack/oauth_redirect?error=invalid_scope").status == 200);
    CHECK(reason == "invalid_scope");
    CHECK(browser.get(flow, "/slack/oauth_redirect?error=").status == 200);
    CHECK(reason == "unknown_error");
  }
  SECTION("2. a state of another browser, even without a code") {
    test::Browser other;
    const std::string state = other.begin(flow);
    CHECK(browser.get(flow, "/slack/oauth_redirect?state=" + state).status == 400);
    CHECK(reason == "invalid_browser");
    CHECK(browser.get(flow, "/slack/oauth_redirect?code=c").status == 400);
    CHECK(browser.get(flow, "/slack/oauth_redirect?code=c&state=").status == 400);
    CHECK(other.come_back(flow, state, test::new_code(slack)).status == 200);  // it was not used up
  }
  SECTION("3. a state that the store does not know, even without a code") {
    const std::string state = browser.begin(flow);
    time += std::chrono::hours{1};
    const auto response = browser.get(flow, "/slack/oauth_redirect?state=" + state);
    CHECK(response.status == 401);
    CHECK(reason == "invalid_state");
    CHECK_FALSE(browser.has_state());
  }
  SECTION("4. no code") {
    const std::string state = browser.begin(flow);
    CHECK(browser.get(flow, "/slack/oauth_redirect?state=" + state).status == 401);
    CHECK(reason == "missing_code");
    CHECK_FALSE(browser.has_state());
    const std::string second = browser.begin(flow);
    CHECK(browser.get(flow, "/slack/oauth_redirect?code=&state=" + second).status == 401);
    CHECK(reason == "missing_code");
  }
  SECTION("5. a code that Slack refuses") {
    CHECK(browser.come_back(flow, browser.begin(flow), "code-of-nobody").status == 401);
    CHECK(reason == "invalid_code");
    CHECK_FALSE(browser.has_state());
  }
}

TEST_CASE_METHOD(Fixture, "a Slack that cannot answer is not the user's fault", "[flow]") {
  auto flow = this->flow();
  std::string retry_after;
  SECTION("unreachable") {
    slack.add_fault({.method = "oauth.v2.access", .fault = Fault::drop_before, .times = FaultRule::always});
  }
  SECTION("too many calls") {
    slack.add_fault({.method = "oauth.v2.access",
                     .fault = Fault::rate_limit,
                     .times = FaultRule::always,
                     .retry_after = std::chrono::seconds{30}});
    retry_after = "30";
  }
  SECTION("a failure of its own") { slack.add_fault({.method = "oauth.v2.access", .error = "internal_error"}); }
  SECTION("a page of a proxy") {
    test::answer_always(slack, "oauth.v2.access", HttpResponse{.status = 502, .body = "<html>bad gateway"});
  }
  SECTION("a transport that throws anything") {
    test::answer_always(slack, "oauth.v2.access", [](const HttpRequest&) -> HttpResponse { throw 5; });
  }
  const auto response = install(flow);
  CHECK(response.status == 503);
  CHECK(reason == "slack_unavailable");
  CHECK(header_of(response, "Retry-After") == retry_after);
  CHECK_FALSE(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
}

TEST_CASE_METHOD(Fixture, "an answer that lacks what Slack documents is handed to the app with its tokens", "[flow]") {
  test::answer_always(slack, "oauth.v2.access",
                      nlohmann::json{{"ok", true},
                                     {"access_token", "xoxb-not-a-real-token-1"},
                                     {"bot_user_id", "U0BOTUSER"},
                                     {"team", {{"id", "T0FURNACE"}}},
                                     {"authed_user", nlohmann::json::object()}});
  nlohmann::json unread;
  OAuthHooks hooks;
  hooks.failure = [&](const InstallationFailure& failure) {
    CHECK(failure.reason == "invalid_answer");
    CHECK(failure.unsaved_installation == nullptr);
    REQUIRE(failure.unread_answer != nullptr);
    unread = *failure.unread_answer;
  };
  OAuthFlow flow(store, states, slack.client(), settings, hooks);
  CHECK(install(flow).status == 502);
  CHECK(unread["access_token"] == "xoxb-not-a-real-token-1");
  CHECK_THAT(log.text(), ContainsSubstring("authed_user.id is missing; its tokens are not saved"));
  CHECK_THAT(log.text(), !ContainsSubstring("xoxb"));
}

TEST_CASE_METHOD(Fixture, "whatever the store throws is a storage error", "[flow]") {
  std::function<void()> fail;
  SECTION("StorageError") {
    fail = [] { throw StorageError({.backend = "test", .native_code = "FULL"}, "the disk is full"); };
  }
  SECTION("std::exception") {
    fail = [] { throw std::runtime_error("xoxb-not-a-real-token-1 cannot be saved"); };
  }
  SECTION("something else") {
    fail = [] { throw 5; };
  }
  FailingStore failing(fail);
  std::optional<Installation> unsaved;
  bool has_error = false;
  OAuthHooks hooks;
  hooks.failure = [&](const InstallationFailure& failure) {
    reason = failure.reason;
    has_error = failure.error != nullptr;
    if (failure.unsaved_installation != nullptr) unsaved = *failure.unsaved_installation;
  };
  OAuthFlow flow(failing, states, slack.client(), settings, hooks);
  const auto response = install(flow);
  CHECK(response.status == 500);
  CHECK(reason == "storage_error");
  CHECK(has_error);
  REQUIRE(unsaved);
  CHECK(slack.is_working(unsaved->bot_token.value()));
  CHECK(unsaved->bot_id == "B0STANDIN");
  CHECK_THAT(log.text(), ContainsSubstring("its tokens are not saved"));
  CHECK_THAT(log.text(), !ContainsSubstring("xoxb-"));
  CHECK_THAT(response.body, !ContainsSubstring("xoxb-"));
}

TEST_CASE_METHOD(Fixture, "a save that fails is tried again while the person waits", "[flow]") {
  RecoveringStore recovering(store, 2);
  auto flow = this->flow(recovering);
  CHECK(install(flow).status == 200);
  CHECK(recovering.calls("save") == 3);
  CHECK(pauses == std::vector{std::chrono::milliseconds{100}, std::chrono::milliseconds{200}});
  const auto found = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(found);
  CHECK(slack.is_working(found->bot_token.value()));
  CHECK(slack.requests("oauth.v2.access").size() == 1);
  CHECK_THAT(log.text(), ContainsSubstring("warning: an installation is to be saved again, since it could not be"));
  CHECK_THAT(log.text(), !ContainsSubstring("xoxb"));
}

TEST_CASE_METHOD(Fixture, "what cannot be saved at last is said to the hook, the log and the person", "[flow]") {
  settings.save_attempts = 3;
  RecoveringStore recovering(store, 3);
  std::optional<Installation> unsaved;
  OAuthHooks hooks;
  hooks.failure = [&](const InstallationFailure& failure) {
    reason = failure.reason;
    if (failure.unsaved_installation != nullptr) unsaved = *failure.unsaved_installation;
  };
  OAuthFlow flow(recovering, states, slack.client(), settings, hooks);
  const auto response = install(flow);
  CHECK(recovering.calls("save") == 3);
  CHECK(response.status == 500);
  CHECK(reason == "storage_error");
  REQUIRE(unsaved);
  CHECK(slack.is_working(unsaved->bot_token.value()));
  CHECK_THAT(log.text(), ContainsSubstring("error: an installation ended with \"storage_error\"") &&
                             ContainsSubstring("its tokens are not saved"));
  CHECK_THAT(response.body, ContainsSubstring("was not completed") && ContainsSubstring("You can start again") &&
                                ContainsSubstring("href=\"/slack/install\""));
  CHECK(install(flow).status == 200);  // they did
}

TEST_CASE_METHOD(Fixture, "a save that no repetition can help is not repeated", "[flow]") {
  int saves = 0;
  FailingStore failing([&] {
    ++saves;
    throw InvalidArgumentError("team_id", "is not one of ours");
  });
  auto flow = this->flow(failing);
  CHECK(install(flow).status == 500);
  CHECK(saves == 1);
  CHECK(pauses.empty());
}

TEST_CASE_METHOD(Fixture, "over a store that cannot compare, nobody refreshes the tokens during a save", "[flow]") {
  LeasingStore leasing;
  SECTION("it waits for its turn") {
    auto flow = this->flow(leasing);
    CHECK(install(flow).status == 200);
    CHECK(leasing.steps == "ask-T0FURNACE ask-T0FURNACE ask-T0FURNACE take save give");
  }
  SECTION("a turn that cannot be had does not stop it") {
    leasing.fails = true;
    auto flow = this->flow(leasing);
    CHECK(install(flow).status == 200);
    CHECK(leasing.steps == "ask-T0FURNACE save ");
    CHECK_THAT(log.text(), ContainsSubstring("saved out of turn"));
  }
}

TEST_CASE_METHOD(Fixture, "over a store that compares by itself, a save takes no turn", "[flow]") {
  ComparingStore comparing;
  auto flow = this->flow(comparing);
  CHECK(install(flow).status == 200);
  CHECK(comparing.steps == "save ");
  CHECK_FALSE(comparing.names_somebody);

  auto lease = store.try_lease({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}, std::chrono::hours{1});
  REQUIRE(lease);
  auto held = this->flow();
  CHECK(install(held).status == 200);
  CHECK_THAT(log.text(), !ContainsSubstring("out of turn"));
}

TEST_CASE_METHOD(Fixture, "a state store that fails is a storage error, and uses nothing up", "[flow]") {
  FailingStates failing;
  OAuthFlow flow(store, failing, slack.client(), settings, hooks());
  CHECK(browser.get(flow, "/slack/install").status == 500);
  CHECK(reason == "storage_error");

  auto working = this->flow();
  const std::string state = browser.begin(working);
  reason.clear();
  CHECK(come_back(flow, state).status == 500);
  CHECK(reason == "storage_error");
  CHECK_THAT(log.text(), ContainsSubstring("DOWN"));
  CHECK(come_back(working, state).status == 200);
}

TEST_CASE_METHOD(Fixture, "a callback is good once", "[flow]") {
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  const HttpHeaders headers = browser.headers();
  CHECK(come_back(flow, state).status == 200);
  CHECK(come_back(flow, state).status == 400);  // the cookie is gone
  const HttpRequest replayed{.url = "/slack/oauth_redirect?code=" + test::new_code(slack) + "&state=" + state,
                             .headers = headers};
  CHECK(flow.handle_callback(replayed).status == 401);
  CHECK(reason == "invalid_state");
  CHECK(slack.requests("oauth.v2.access").size() == 1);
}

TEST_CASE_METHOD(Fixture, "a code with somebody else's state is stopped", "[flow]") {
  auto flow = this->flow();
  test::Browser attacker;
  const std::string own = attacker.begin(flow);
  const std::string victims = browser.begin(flow);
  CHECK(browser.come_back(flow, own, "code-of-the-attacker").status == 400);
  CHECK(browser.come_back(flow, std::string(own.size(), '0'), "code-of-the-attacker").status == 400);
  CHECK(attacker.come_back(flow, victims, "stolen-code").status == 400);
  CHECK(slack.requests("oauth.v2.access").empty());
}

TEST_CASE_METHOD(Fixture, "two tabs both succeed, in either order", "[flow]") {
  auto flow = this->flow();
  const std::string first = browser.begin(flow);
  const std::string second = browser.begin(flow);
  const bool is_first_earlier = GENERATE(true, false);
  CHECK(come_back(flow, is_first_earlier ? first : second).status == 200);
  CHECK(browser.has_state());
  CHECK(come_back(flow, is_first_earlier ? second : first).status == 200);
  CHECK_FALSE(browser.has_state());
}

TEST_CASE_METHOD(Fixture, "an installation without a state has to be allowed", "[flow]") {
  SECTION("by default it is not") {
    auto flow = this->flow();
    CHECK(browser.get(flow, "/slack/oauth_redirect?code=c").status == 400);
  }
  SECTION("where it is, a state is checked all the same") {
    settings.installation_without_state_enabled = true;
    settings.pkce_enabled = true;
    auto flow = this->flow();
    CHECK(browser.get(flow, "/slack/oauth_redirect?code=c&state=forged").status == 400);
    CHECK(browser.get(flow, "/slack/oauth_redirect?code=c&state=a&state=b").status == 400);
    CHECK(browser.get(flow, "/slack/oauth_redirect?code=c&state=&state=").status == 400);
    CHECK(browser.get(flow, "/slack/oauth_redirect").status == 401);
    CHECK(reason == "missing_code");
    const std::string more = GENERATE("", "&state=");
    const auto response = browser.get(flow, "/slack/oauth_redirect?code=" + test::new_code(slack) + more);
    CHECK(response.status == 200);
    CHECK(header_of(response, "Set-Cookie").empty());
    CHECK(test::exchanged(slack, "code_verifier").empty());
    CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
  }
}

TEST_CASE_METHOD(Fixture, "PKCE sends a challenge, and its verifier with the code", "[flow]") {
  settings.pkce_enabled = true;
  auto flow = this->flow();
  const auto page = browser.get(flow, "/slack/install");
  const std::string url = test::target_of(page);
  CHECK(test::parameter_of(url, "code_challenge_method") == "S256");
  auto again = this->flow();  // another server, which has the settings and the stores in common
  CHECK(test::agree(slack, browser, again, url).status == 200);
  const std::string verifier = test::exchanged(slack, "code_verifier");
  CHECK(PkceVerifier(verifier).challenge() == test::parameter_of(url, "code_challenge"));
  CHECK_THAT(page.body, !ContainsSubstring(verifier));
}

TEST_CASE_METHOD(Fixture, "success and failure may lead to addresses of the app's", "[flow]") {
  settings.success_url = "https://app.example/welcome";
  settings.failure_url = "https://app.example/sorry?from=slack#top";
  auto flow = this->flow();
  const auto failed = browser.get(flow, "/slack/oauth_redirect?code=c");
  CHECK(failed.status == 302);
  CHECK(header_of(failed, "Location") == "https://app.example/sorry?from=slack&reason=invalid_browser#top");
  const auto response = install(flow);
  CHECK(response.status == 302);
  CHECK(header_of(response, "Location") == "https://app.example/welcome");
  CHECK_FALSE(browser.has_state());
}

TEST_CASE_METHOD(Fixture, "behind a proxy that takes a prefix off, the pages link to what browsers see", "[flow]") {
  settings.redirect_uri = "https://app.example/smelter/slack/oauth_redirect";
  auto flow = this->flow();
  CHECK_THAT(browser.get(flow, "/slack/oauth_redirect?error=access_denied").body,
             ContainsSubstring("href=\"/smelter/slack/install\""));
  CHECK_THAT(browser.get(flow, "/slack/oauth_redirect?installed=1").body,
             ContainsSubstring("href=\"/smelter/slack/install\""));
  settings.pages.failure = [](const FailurePage& page) -> HttpResponse { return {.body = page.install_path}; };
  auto own = this->flow();
  CHECK(browser.get(own, "/slack/oauth_redirect?error=access_denied").body == "/smelter/slack/install");
  CHECK(install(own).status == 200);
}

TEST_CASE_METHOD(Fixture, "a link to the install path may name the workspace", "[flow]") {
  const auto team_for = [&](const std::string& query) {
    auto flow = this->flow();
    return test::parameter_of(test::target_of(browser.get(flow, "/slack/install" + query)), "team");
  };
  CHECK(team_for("?team=T1") == "T1");
  CHECK(team_for("?team=E0KILN&utm=1") == "E0KILN");
  for (const std::string value : {"", "T", "U0GRACE", "t0furnace", "T0%20FURNACE", "T0FURNACE%26state=x", "%zz",
                                  "T0FURNACE&team=T0OTHER", "https://evil.example"}) {
    CAPTURE(value);
    CHECK(team_for("?team=" + value).empty());
  }
  CHECK(team_for("?team=T" + std::string(64, '0')).empty());
  CHECK(team_for("?TEAM=T1").empty());

  settings.team = "T0OWN";  // an app's own choice
  CHECK(team_for("?team=T0OTHER") == "T0OWN");
}

TEST_CASE_METHOD(Fixture, "HEAD on the install path is answered as GET, without a body", "[flow]") {
  settings.install_page_rendering_enabled = GENERATE(true, false);
  auto flow = this->flow();
  const auto whole = flow.handle(get("/slack/install"));
  const auto head = flow.handle({.method = "HEAD", .url = "/slack/install"});
  REQUIRE(whole);
  REQUIRE(head);
  CHECK(head->status == whole->status);
  CHECK(head->body.empty());
  CHECK(header_of(*head, "Content-Type") == header_of(*whole, "Content-Type"));
  CHECK(header_of(*head, "Location").empty() == header_of(*whole, "Location").empty());
}

TEST_CASE_METHOD(Fixture, "HEAD on the callback uses nothing up", "[flow]") {
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  const auto head = flow.handle_callback(
      {.method = "HEAD", .url = "/slack/oauth_redirect?code=c&state=" + state, .headers = browser.headers()});
  CHECK(head.status == 405);
  CHECK(come_back(flow, state).status == 200);
}

TEST_CASE_METHOD(Fixture, "other methods and paths are not answered", "[flow]") {
  settings.install_path = "/install";
  auto flow = this->flow();
  CHECK_FALSE(flow.handle(get("/slack/install")));
  CHECK_FALSE(flow.handle(get("/installs")));
  CHECK_FALSE(flow.handle(get("")));
  CHECK(flow.handle(get("/install?a=b#c")));
  CHECK(flow.handle(get("https://app.example/install")));
  for (const std::string method : {"POST", "OPTIONS", "get", ""}) {
    const auto install = flow.handle({.method = method, .url = "/install"});
    REQUIRE(install);
    CHECK(install->status == 405);
    CHECK(header_of(*install, "Allow") == "GET, HEAD");
    const auto callback = flow.handle({.method = method, .url = "/slack/oauth_redirect"});
    REQUIRE(callback);
    CHECK(callback->status == 405);
    CHECK(header_of(*callback, "Allow") == "GET");
  }
  CHECK(reason.empty());
}

TEST_CASE_METHOD(Fixture, "an app's own pages are shown, and the ones that ship where they throw", "[flow]") {
  settings.app_name = "Smelter";
  settings.pages.install = [](const InstallPage& page) {
    return html_response(200, "<p>" + page.app_name + " " + escape_html(page.authorize_url), "default-src 'self'");
  };
  settings.pages.success = [](const SuccessPage& page) -> HttpResponse {
    return {.status = 201, .body = page.tenant_name + " " + page.app_url + " " + page.browser_url};
  };
  settings.pages.failure = [](const FailurePage& page) -> HttpResponse {
    if (page.reason == "invalid_browser") throw std::runtime_error("no template");
    return {.status = page.status, .body = page.reason};
  };
  auto flow = this->flow();
  const auto installed = browser.get(flow, "/slack/install");
  CHECK_THAT(installed.body, ContainsSubstring("<p>Smelter https://slack.com/"));
  CHECK(header_of(installed, "Content-Security-Policy") == "default-src 'self'");
  const auto done = come_back(flow, browser.cookies().at("slack-app-oauth-state"));
  CHECK(done.status == 201);
  CHECK(done.body == "Furnace Works slack://app?team=T0FURNACE&id=A0SMELTER https://app.slack.com/client/T0FURNACE");
  const auto failed = browser.get(flow, "/slack/oauth_redirect");
  CHECK(failed.status == 400);
  CHECK_THAT(failed.body, ContainsSubstring("</html>"));
  CHECK_THAT(log.text(), ContainsSubstring("a page of the app's threw"));
  CHECK_THAT(log.text(), !ContainsSubstring("no template"));
  CHECK(browser.get(flow, "/slack/oauth_redirect?error=access_denied").body == "access_denied");
}

TEST_CASE_METHOD(Fixture, "the parts of a flow can be reached", "[flow]") {
  auto flow = this->flow();
  CHECK(&flow.installation_store() == &store);
  CHECK(&flow.state_store() == &states);
  CHECK(flow.settings().client_id == "111.222");
  const auto shared = std::make_shared<MemoryInstallationStore>();
  const OAuthFlow sharing(shared, std::make_shared<MemoryOAuthStateStore>(), slack.client(), settings);
  CHECK(shared.use_count() == 2);
}

TEST_CASE_METHOD(Fixture, "a flow takes an engine's stores together, and shares them", "[flow]") {
  const Stores stores = memory_stores();
  OAuthFlow flow(stores, slack.client(), settings, hooks());
  CHECK(stores.installations.use_count() == 2);
  CHECK(install(flow).status == 200);
  CHECK(stores.installations->find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
  CHECK(stores.states->consume(browser.begin(flow)));
  CHECK_THROWS_AS(OAuthFlow(Stores{.installations = stores.installations, .states = nullptr}, slack.client(), settings),
                  InvalidArgumentError);

  using Known = BasicOAuthFlow<MemoryInstallationStore, MemoryOAuthStateStore, AnyHttpTransport>;
  static_assert(std::constructible_from<OAuthFlow, Stores, SlackClient, OAuthSettings>);
  static_assert(!std::constructible_from<Known, Stores, SlackClient, OAuthSettings>);
}

TEST_CASE_METHOD(Fixture, "a flow over known types needs no interface", "[flow]") {
  struct Saved {
    void save(const Installation& installation) { user_id = installation.user_id; }
    std::string user_id{};
  };
  Saved saved;
  BasicOAuthFlow<Saved, MemoryOAuthStateStore, AnyHttpTransport> flow(saved, states, slack.client(), settings);
  CHECK(install(flow).status == 200);
  CHECK_FALSE(saved.user_id.empty());
}

TEST_CASE_METHOD(Fixture, "no line of the log holds a secret", "[flow]") {
  auto flow = this->flow();
  const std::string state = browser.begin(flow);
  const std::string code = test::new_code(slack);
  CHECK(browser.come_back(flow, state, code).status == 200);
  CHECK(browser.come_back(flow, state, code).status == 400);
  slack.add_fault({.method = "oauth.v2.access", .error = "bad_client_secret"});
  const std::string second = browser.begin(flow);
  CHECK(browser.come_back(flow, second, "code-not-real").status == 401);
  CHECK_THAT(log.text(), ContainsSubstring("bad_client_secret"));
  for (const std::string& secret : {state, second, code, std::string("code-not-real"), std::string("xoxb-"),
                                    std::string("xoxp-"), settings.client_secret}) {
    CHECK_THAT(log.text(), !ContainsSubstring(secret));
  }
}

TEST_CASE_METHOD(Fixture, "a logger that throws changes no answer", "[flow]") {
  settings.logger = Logger(LogLevel::debug, [](LogLevel, std::string_view) { throw std::runtime_error("full"); });
  auto flow = this->flow();
  CHECK(install(flow).status == 200);
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
}
