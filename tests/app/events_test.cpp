// An app that handles each event once, with and without a queue.
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/app.hpp>
#include <slack/oauth/event_backend.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web/signature.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/state_clock.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

constexpr const char* signing_secret = "not-a-real-signing-secret";

class BrokenEvents final : public EventDeduplicator {
 public:
  EventState claim(std::string_view /*event_id*/, std::string_view /*holder*/) override {
    throw StorageError({.backend = "broken", .native_code = "ENOSPC"}, "the disk is full");
  }
  void mark_done(std::string_view /*event_id*/) override {}
  void release(std::string_view /*event_id*/, std::string_view /*holder*/) override {}
};

struct Scene {
  explicit Scene(bool deduplicates = true) {
    stores.installations = memory_stores().installations;
    stores.states = memory_stores().states;
    if (deduplicates) {
      stores.events =
          std::make_shared<MemoryEventDeduplicator>(MemoryEventDeduplicatorOptions{.clock = clock.function()});
    }
  }

  /// An app of a process.
  [[nodiscard]] std::unique_ptr<App> app(AppOptions options = {}) {
    OAuthSettings settings;
    settings.client_id = "111.222";
    settings.client_secret = "not-a-real-secret";
    settings.signing_secret = signing_secret;
    settings.scopes = {"chat:write"};
    settings.clock = clock.function();
    settings.logger =
        Logger(LogLevel::debug, [this](LogLevel, std::string_view line) { log += std::string(line) + "\n"; });
    const auto slack = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("Slack is not asked"); };
    return std::make_unique<App>(stores, SlackClient(slack), settings, std::move(options));
  }

  [[nodiscard]] HttpRequest request(const nlohmann::json& payload) const {
    const auto second = std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
    const std::string time = std::to_string(second);
    HttpRequest request{.method = "POST", .url = "/slack/events", .body = payload.dump()};
    request.headers = {{"Content-Type", "application/json"},
                       {"X-Slack-Request-Timestamp", time},
                       {"X-Slack-Signature", SignatureVerifier(signing_secret).generate_signature(time, request.body)}};
    return request;
  }

  [[nodiscard]] HttpRequest mention(const std::string& event_id = "Ev01") const {
    return request({{"type", "event_callback"},
                    {"team_id", "T1"},
                    {"event_id", event_id},
                    {"event", {{"type", "app_mention"}, {"user", "U0ADA"}}}});
  }

  test::StateClock clock{};
  std::string log{};
  Stores stores{};
};

/// What Slack gets from an app that does its work before it answers.
int serve(App& app, const HttpRequest& request, const std::function<void()>& work) {
  try {
    const Received received = app.receive(request);
    if (received.response) return received.response->status;
    work();
    received.claim.mark_done();
    return 200;
  } catch (const std::runtime_error&) {
    return 500;
  }
}

}  // namespace

TEST_CASE("an event that Slack sends again is handled once", "[app]") {
  Scene scene;
  const auto app = scene.app();
  int handled = 0;
  for (int i = 0; i < 3; ++i) CHECK(serve(*app, scene.mention(), [&] { ++handled; }) == 200);
  CHECK(handled == 1);
  CHECK(serve(*app, scene.mention("Ev02"), [&] { ++handled; }) == 200);
  CHECK(handled == 2);
  scene.clock.advance(47h);
  CHECK(serve(*app, scene.mention(), [&] { ++handled; }) == 200);
  CHECK(handled == 2);
  CHECK_THAT(scene.log, Catch::Matchers::ContainsSubstring("an event was sent again: done"));
}

TEST_CASE("an event whose work failed is handled when Slack sends it again", "[app]") {
  Scene scene;
  const auto app = scene.app();
  int handled = 0;
  const auto fail = [] { throw std::runtime_error("the work failed"); };
  CHECK(serve(*app, scene.mention(), fail) == 500);
  CHECK(serve(*app, scene.mention(), fail) == 500);
  CHECK(serve(*app, scene.mention(), [&] { ++handled; }) == 200);
  CHECK(handled == 1);
}

TEST_CASE("an event that waits in a queue is not handled twice, and not said to be done before it is", "[app]") {
  Scene scene;
  const auto first = scene.app();
  const auto second = scene.app();
  std::vector<std::function<void()>> queue;
  int handled = 0;
  bool fails = true;
  const auto enqueue = [&](App& app) {
    const Received received = app.receive(scene.mention());
    if (received.response) return received.response->status;
    queue.emplace_back([&, received] {
      if (fails) throw std::runtime_error("the work failed");
      ++handled;
      received.claim.mark_done();
    });
    return 200;
  };
  const auto work = [&] {
    const auto task = std::move(queue.front());
    queue.erase(queue.begin());
    task();
  };

  CHECK(enqueue(*first) == 200);
  CHECK(enqueue(*second) == 503);  // Slack's answer was late, and it sends the event again, to another process
  CHECK_THROWS_AS(work(), std::runtime_error);
  fails = false;
  CHECK(enqueue(*second) == 200);  // after a minute
  CHECK(enqueue(*first) == 503);
  work();
  CHECK(enqueue(*first) == 200);
  CHECK(queue.empty());
  CHECK(handled == 1);
}

TEST_CASE("an event whose process died is handled when Slack sends it again later", "[app]") {
  Scene scene;
  const auto app = scene.app();
  const auto kept = std::make_unique<Received>(app->receive(scene.mention()));  // it dies with this
  CHECK_FALSE(kept->response);
  int handled = 0;
  const auto work = [&] { ++handled; };
  scene.clock.advance(61s);
  CHECK(serve(*app, scene.mention(), work) == 503);
  scene.clock.advance(5min);
  CHECK(serve(*app, scene.mention(), work) == 200);
  CHECK(handled == 1);
  CHECK(serve(*app, scene.mention(), work) == 200);
  CHECK(handled == 1);
}

TEST_CASE("where the storage of events fails, Slack sends the event again", "[app]") {
  Scene scene;
  const auto app = scene.app({.events = std::make_shared<BrokenEvents>()});  // which comes before that of the stores
  int handled = 0;
  CHECK(serve(*app, scene.mention(), [&] { ++handled; }) == 503);
  CHECK(handled == 0);
  CHECK_THAT(scene.log, Catch::Matchers::ContainsSubstring("an event could not be claimed"));
}

TEST_CASE("what is no event, and an app that wants no deduplication, are as before", "[app]") {
  Scene scene;
  const auto app = scene.app();
  const auto is_given = [](App& of, const HttpRequest& request) { return !of.receive(request).response; };
  for (const nlohmann::json& payload :
       {nlohmann::json{{"type", "event_callback"}, {"team_id", "T1"}, {"event", {{"type", "app_mention"}}}},
        nlohmann::json{{"type", "block_actions"}, {"team", {{"id", "T1"}}}, {"event_id", "Ev01"}},
        nlohmann::json{{"type", "event_callback"}, {"team_id", "T1"}, {"event_id", 7}}}) {
    for (int i = 0; i < 2; ++i) CHECK(is_given(*app, scene.request(payload)));
  }
  const auto received = app->receive(scene.mention("Ev 01"));
  REQUIRE(received.response);
  CHECK(received.response->status == 400);

  Scene plain(false);
  const auto without = plain.app();
  for (int i = 0; i < 2; ++i) {
    const Received each = without->receive(plain.mention());
    CHECK_FALSE(each.response);
    each.claim.mark_done();
  }
}

TEST_CASE("an event that revokes is carried out each time, since that changes nothing the second time", "[app]") {
  Scene scene;
  const auto app = scene.app();
  const auto second = std::chrono::floor<std::chrono::seconds>(scene.clock.now()).time_since_epoch().count();
  const auto request = scene.request({{"type", "event_callback"},
                                      {"team_id", "T1"},
                                      {"event_id", "Ev01"},
                                      {"event_time", second},
                                      {"event", {{"type", "app_uninstalled"}}}});
  for (int i = 0; i < 2; ++i) {
    scene.stores.installations->save({.team_id = "T1",
                                      .bot_token = "xoxb-not-a-real-token-1",
                                      .user_id = "U0ADA",
                                      .installed_at = scene.clock.now() - 1h});
    CHECK(app->receive(request).response->status == 200);
    CHECK_FALSE(scene.stores.installations->find_bot({.team_id = "T1"}));
  }
}

TEST_CASE("of all that Slack sends twice, an app of two processes posts one message for each event", "[app]") {
  testing::FakeSlack slack;
  const Stores stores = memory_stores({.deduplicate_events = true});
  App first(stores, slack.client(), slack.settings());
  App second(stores, slack.client(), slack.settings());
  App* next = &first;
  std::vector<std::function<void()>> queue;
  slack.connect([&](const HttpRequest& request) {
    App& app = *next;
    next = next == &first ? &second : &first;
    const Received received = app.receive(request);
    if (received.response) return *received.response;
    queue.emplace_back([&app, received] {
      const auto tokens = app.authorize(received.payload);
      app.client().call("chat.postMessage", tokens.value().bot_token.value(),
                        {{"channel", received.payload.at("event").at("channel")}, {"text", "Hello!"}});
      received.claim.mark_done();
    });
    return HttpResponse{.status = 200};
  });
  const auto work = [&] {
    for (const auto& task : std::exchange(queue, {})) task();
  };
  slack.install("T0FURNACE");
  slack.hold_requests();
  for (const char* text : {"one", "two"}) slack.mention("T0FURNACE", text);
  const auto held = slack.take_held();
  REQUIRE(held.size() == 2);
  std::vector<int> answers;
  for (int i = 0; i < 2; ++i) {
    for (const HttpRequest& request : held)
      answers.push_back(slack.deliver(slack.retry_of(request, i + 1)).value().status);
  }
  CHECK(answers == std::vector<int>{200, 200, 503, 503});
  work();
  for (const HttpRequest& request : held) CHECK(slack.deliver(slack.retry_of(request, 3)).value().status == 200);
  work();
  CHECK(slack.messages().size() == 2);
}
