#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/app.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/stores.hpp>
#include <slack/oauth/web/signature.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"
#include "support/json_answer.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

constexpr const char* signing_secret = "not-a-real-signing-secret";

/// An app over a store whose calls may fail, and a Slack that may be slow.
struct Scene {
  explicit Scene(AppOptions given = {}) : options(std::move(given)) {
    if (!options.rotator.sleep) options.rotator.sleep = [](std::chrono::milliseconds) {};
  }

  /// Borrows this.
  App& app() {
    if (!made) {
      OAuthSettings settings;
      settings.client_id = test::Rotation::credentials().client_id;
      settings.client_secret = test::Rotation::credentials().client_secret;
      settings.signing_secret = signing_secret;
      settings.scopes = {"chat:write"};
      settings.clock = rotation.clock;
      settings.logger = Logger(LogLevel::info, [this](LogLevel, std::string_view line) {
        const std::lock_guard lock(mutex);
        log += std::string(line) + "\n";
      });
      const std::shared_ptr<InstallationStore> store(std::shared_ptr<void>(), &rotation.store);
      made =
          std::make_unique<App>(Stores{store, memory_stores().states}, SlackClient([this](const HttpRequest& request) {
                                  const auto answer = rotation.instead;
                                  return answer ? answer(request) : rotation.slack.send(request);
                                }),
                                settings, options);
    }
    return *made;
  }

  [[nodiscard]] HttpRequest signed_request(std::string body, HttpHeaders headers = {},
                                           const std::string& type = "application/json") const {
    const auto second = std::chrono::floor<std::chrono::seconds>(rotation.clock()).time_since_epoch().count();
    const std::string time = std::to_string(second);
    HttpRequest request{
        .method = "POST", .url = "/slack/events", .headers = std::move(headers), .body = std::move(body)};
    request.headers.push_back({"Content-Type", type});
    request.headers.push_back({"X-Slack-Request-Timestamp", time});
    request.headers.push_back(
        {"X-Slack-Signature", SignatureVerifier(signing_secret).generate_signature(time, request.body)});
    return request;
  }

  [[nodiscard]] nlohmann::json event(const std::string& type) const {
    const auto second = std::chrono::floor<std::chrono::seconds>(rotation.clock()).time_since_epoch().count();
    return {{"type", "event_callback"},
            {"team_id", "T1"},
            {"event_time", second + 1},
            {"event", {{"type", type}, {"user", "U0ADA"}}}};
  }

  test::Rotation rotation{};
  AppOptions options;
  std::mutex mutex{};
  std::string log{};
  std::unique_ptr<App> made{};
};

/// Slack takes its time to answer.
class SlowSlack {
 public:
  explicit SlowSlack(Scene& scene) {
    scene.rotation.instead = [this, &scene, wait = may_answer_.get_future().share()](const HttpRequest& request) {
      is_asked_ = true;
      wait.wait();
      return scene.rotation.slack.send(request);
    };
  }
  void answer_once_asked() {
    while (!is_asked_) std::this_thread::sleep_for(1ms);
    may_answer_.set_value();
  }

 private:
  std::promise<void> may_answer_;
  std::atomic<bool> is_asked_ = false;
};

int status_of(const Received& received) { return received.response ? received.response->status : 0; }

}  // namespace

TEST_CASE("An app answers a person's pages") {
  Scene scene;
  const auto install = scene.app().receive({.url = "/slack/install"});
  CHECK(status_of(install) == 200);
  CHECK(install.payload.empty());
  CHECK(status_of(scene.app().receive({.url = "/slack/oauth_redirect?error=access_denied"})) == 200);
  CHECK(status_of(scene.app().receive({.method = "POST", .url = "/slack/install"})) == 405);

  const auto unknown = scene.app().receive({.url = "/favicon.ico"});
  CHECK(status_of(unknown) == 404);
  CHECK(find_header(unknown.response->headers, "Content-Type") == "text/html; charset=utf-8");
  const auto head = scene.app().receive({.method = "HEAD", .url = "/"});
  CHECK(status_of(head) == 404);
  CHECK(head.response->body.empty());
}

TEST_CASE("An app believes nothing that Slack has not signed") {
  Scene scene;
  HttpRequest request = scene.signed_request(scene.event("app_uninstalled").dump());
  request.body += " ";
  scene.rotation.install("T1");
  const auto received = scene.app().receive(request);
  CHECK(status_of(received) == 401);
  CHECK(received.payload.empty());
  CHECK(scene.rotation.store.inner().find_bot({.team_id = "T1"}));
  CHECK(status_of(scene.app().receive({.method = "POST", .url = "/"})) == 401);
  CHECK(status_of(scene.app().receive({.method = "DELETE", .url = "/"})) == 404);
}

TEST_CASE("An app answers what Slack asks of its address") {
  Scene scene;
  HttpRequest check{.method = "POST", .url = "/slack/commands", .body = "ssl_check=1&token=x&command=%2Fmelt"};
  check.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const auto checked = scene.app().receive(check);
  CHECK(status_of(checked) == 200);
  CHECK(checked.response->body.empty());
  CHECK(checked.payload.empty());

  const auto challenged =
      scene.app().receive(scene.signed_request(R"({"type": "url_verification", "challenge": "3eZbrw1aB"})"));
  CHECK(status_of(challenged) == 200);
  CHECK(challenged.response->body == "3eZbrw1aB");
}

TEST_CASE("An app gives what is its own to handle, and says which retry it is") {
  Scene scene;
  const auto event = scene.event("app_mention");
  const auto first = scene.app().receive(scene.signed_request(event.dump()));
  CHECK_FALSE(first.response);
  CHECK(first.payload == event);
  CHECK(first.ids.team_id == "T1");
  CHECK(first.ids.user_id == "U0ADA");
  CHECK_FALSE(first.retry_num);

  const auto retry_of = [&](const std::string& number) {
    return scene.app().receive(scene.signed_request(event.dump(), {{"X-Slack-Retry-Num", number}})).retry_num;
  };
  CHECK(retry_of("2") == 2);
  for (const char* number : {"", "0", "-1", "1x", "99999999999"}) CHECK_FALSE(retry_of(number));

  const auto command = scene.app().receive(
      scene.signed_request("command=%2Fmelt&team_id=T1&user_id=U0ADA", {}, "application/x-www-form-urlencoded"));
  CHECK_FALSE(command.response);
  CHECK(command.payload.at("command") == "/melt");
}

TEST_CASE("What Slack has signed and nobody can read is not sent again") {
  Scene scene;
  for (const char* body : {"", "{", "[]", "7", R"({"type": "event_callback", "team_id": 7})",
                           R"({"type": "url_verification"})", R"({"type": "url_verification", "challenge": {}})",
                           R"({"type": "event_callback", "team_id": "T1", "event": {"type": "tokens_revoked"}})",
                           R"({"type": "event_callback", "event": {"type": "app_uninstalled"}})"}) {
    CAPTURE(body);
    const auto received = scene.app().receive(scene.signed_request(body));
    REQUIRE(received.response);
    CHECK(received.response->status == 400);
    CHECK(find_header(received.response->headers, "X-Slack-No-Retry") == "1");
    CHECK(received.payload == nlohmann::json::object());
  }
  CHECK(status_of(scene.app().receive(scene.signed_request("a=%zz", {}, "application/x-www-form-urlencoded"))) == 400);
}

TEST_CASE("An app forgets a workspace that uninstalls it, and asks Slack again where it could not") {
  Scene scene;
  scene.rotation.install("T1");
  const auto request = scene.signed_request(scene.event("app_uninstalled").dump());
  const auto received = scene.app().receive(request);
  CHECK(status_of(received) == 200);
  CHECK(received.payload.at("event").at("type") == "app_uninstalled");
  CHECK_FALSE(scene.rotation.store.inner().find_bot({.team_id = "T1"}));
  CHECK(status_of(scene.app().receive(request)) == 200);
  CHECK(scene.log.find("T1") != std::string::npos);

  struct Failing : ForwardingInstallationStore {
    using BasicForwardingInstallationStore::BasicForwardingInstallationStore;
    void delete_all(const WorkspaceRef& /*ref*/) override { throw test::disk_is_full(); }
  };
  OAuthSettings settings = scene.app().settings();
  const auto full = std::make_shared<Failing>(std::make_shared<MemoryInstallationStore>());
  full->save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});
  App failing(Stores{full, memory_stores().states}, scene.app().client(), settings);
  CHECK(status_of(failing.receive(request)) == 503);

  struct Damaged : ForwardingInstallationStore {
    using BasicForwardingInstallationStore::BasicForwardingInstallationStore;
    void delete_all(const WorkspaceRef& /*ref*/) override { throw InvalidDataError("installer-latest", "is no JSON"); }
  };
  App damaged(Stores{std::make_shared<Damaged>(full), memory_stores().states}, scene.app().client(), settings);
  CHECK(status_of(damaged.receive(request)) == 503);
}

TEST_CASE("An app gives an event its tokens, and refreshes ahead of time on threads of its own") {
  Scene scene;
  scene.rotation.install("T1");
  const auto old = scene.rotation.bot("T1").bot_token;
  scene.rotation.let_expire();
  SlowSlack slow(scene);
  const auto event = scene.event("app_mention");
  for (int i = 0; i < 3; ++i) CHECK(scene.app().authorize(event)->bot_token == old);
  slow.answer_once_asked();
  scene.made.reset();  // waits for what has begun
  CHECK(scene.rotation.bot("T1").bot_token != old);
  CHECK(scene.rotation.slack.is_working(scene.rotation.bot("T1").bot_token));
  CHECK_FALSE(scene.app().authorize(PayloadIds{.team_id = "T0ELSEWHERE"}));
}

TEST_CASE("An app waits for nobody for longer than it was told") {
  AppOptions options;
  options.authorizer.refresh_timeout = 300ms;
  Scene scene(std::move(options));
  scene.rotation.install("T1");
  scene.rotation.clock.advance(13h);
  const auto code_of_failure = [&] {
    const auto error = test::thrown_by<TokenRotationError>([&] { scene.app().authorize(scene.event("app_mention")); });
    CHECK(error.is_retryable());
    return std::string(error.code());
  };

  SECTION("while another has the turn") {
    const auto dead = scene.rotation.store.inner().try_lease({.team_id = "T1"}, 1h);
    const auto start = std::chrono::steady_clock::now();
    CHECK_THAT(code_of_failure(), Catch::Matchers::EndsWith("_timeout"));
    CHECK(std::chrono::steady_clock::now() - start < 10s);
  }
  SECTION("while Slack is slow") {
    SlowSlack slow(scene);
    CHECK(code_of_failure() == "refresh_timeout");
    slow.answer_once_asked();
    scene.made.reset();
    CHECK(scene.app().authorize(scene.event("app_mention"))->bot_token == scene.rotation.bot("T1").bot_token);
    CHECK(scene.rotation.refreshes() == 2);  // the bot's and the user's, each once
  }
}

TEST_CASE("A workspace whose turn a dead process has holds up no other's events") {
  AppOptions options;
  options.authorizer.refresh_timeout = 20s;
  Scene scene(std::move(options));
  scene.rotation.install("T1");
  scene.rotation.install("T2");
  scene.rotation.clock.advance(13h);
  auto dead = scene.rotation.store.inner().try_lease({.team_id = "T1"}, 1h);
  App& app = scene.app();
  std::vector<std::thread> events;
  for (int i = 0; i < 8; ++i) {
    const std::string user_id = "U" + std::to_string(i);
    scene.rotation.install("T1", user_id);
    auto expired = scene.rotation.user("T1", user_id);
    expired.user_token_expires_at = std::chrono::floor<std::chrono::seconds>(scene.rotation.clock() - 1h);
    expired.bot_token_expires_at = expired.user_token_expires_at;
    scene.rotation.store.inner().save(expired);
    events.emplace_back(
        [&app, user_id] { static_cast<void>(app.authorize(PayloadIds{.team_id = "T1", .user_id = user_id})); });
  }
  CHECK(app.authorize(PayloadIds{.team_id = "T2"}));  // while all of them wait
  dead.reset();
  for (std::thread& event : events) event.join();
}

TEST_CASE("An app uses an executor and a rotator of one's own") {
  Scene scene;
  std::vector<std::function<void()>> tasks;
  scene.options.authorizer.executor = [&](std::function<void()> task) { tasks.push_back(std::move(task)); };
  scene.options.authorizer.rotator = std::make_shared<TokenRotator>(scene.rotation.rotator({.window = 12h}));
  scene.rotation.install("T1");
  CHECK(scene.app().authorize(scene.event("app_mention")));
  REQUIRE(tasks.size() == 1);
  tasks[0]();
  CHECK(scene.rotation.refreshes() == 2);
}

TEST_CASE("An app's job refreshes what is due, and its hook hears of what the store did not take") {
  AppOptions options;
  int heard = 0;
  options.rotator.on_unsaved = [&](const UnsavedTokenError&) { ++heard; };
  Scene scene(std::move(options));
  scene.rotation.install("T1");
  scene.rotation.clock.advance(13h);
  scene.rotation.store.on_save_bot = [](const Bot&) { throw test::disk_is_full(); };
  const auto given = scene.app().authorize(scene.event("app_mention"));
  REQUIRE(given);
  CHECK(scene.rotation.slack.is_working(*given->bot_token));
  CHECK(heard == 1);
  CHECK_FALSE(scene.app().rotate_all().passed());
  scene.rotation.store.on_save_bot = nullptr;
  const auto report = scene.app().rotate_all();
  CHECK(report.passed());
  CHECK(report.bots == 1);
  CHECK(scene.rotation.bot("T1").bot_token == given->bot_token);
  CHECK(heard == 1);
}

TEST_CASE("An app exchanges the tokens of those who installed it before rotation was turned on") {
  Scene scene;
  scene.rotation.store.inner().save(
      {.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA", .installed_at = now()});
  scene.rotation.instead = [](const HttpRequest& request) {
    CHECK(request.url.ends_with("oauth.v2.exchange"));
    return test::json_answer({{"ok", true},
                              {"token_type", "bot"},
                              {"access_token", "xoxe.xoxb-1-not-a-real-token-1"},
                              {"refresh_token", "xoxe-1-not-a-real-token-1"},
                              {"expires_in", 43200}});
  };
  const auto report = scene.app().exchange_all();
  CHECK(report.passed());
  CHECK(report.bots == 1);
  CHECK(scene.rotation.bot("T1").bot_refresh_token == "xoxe-1-not-a-real-token-1");
}

TEST_CASE("An app's job makes no more requests in a minute than the app says") {
  AppOptions options;
  std::vector<std::chrono::milliseconds> pauses;
  options.rotator.requests_per_minute = 60;
  options.rotator.sleep = [&](std::chrono::milliseconds time) { pauses.push_back(time); };
  Scene scene(std::move(options));
  for (int i = 0; i < 3; ++i) scene.rotation.install("T" + std::to_string(i), "U0ADA", "");
  scene.rotation.clock.advance(11h);
  CHECK(scene.app().rotate_all().bots == 3);
  CHECK(pauses == std::vector<std::chrono::milliseconds>(2, 1s));
}

TEST_CASE("An app says which setting or option is wrong") {
  Scene scene;
  OAuthSettings settings = scene.app().settings();
  const auto subject_of = [&](const OAuthSettings& wrong, const AppOptions& options = {}) {
    return std::string(test::thrown_by<InvalidArgumentError>([&] {
                         App(memory_stores(), scene.app().client(), wrong, options);
                       }).subject());
  };
  settings.signing_secret = "";
  CHECK(subject_of(settings) == "signing_secret");
  settings = scene.app().settings();
  settings.scopes = {};
  CHECK(subject_of(settings) == "scopes");
  AppOptions options;
  options.revocation.lease_lifetime = 0ms;
  CHECK(subject_of(scene.app().settings(), options) == "lease_lifetime");
  CHECK_THROWS_AS(App(Stores{}, scene.app().client(), scene.app().settings()), InvalidArgumentError);
  CHECK(scene.app().stores().installations != nullptr);
}
