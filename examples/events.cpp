// Handles each event of Slack's once, though Slack sends it again and processes die. docs/events.md
//
//     events [<database>]      by default events.db
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slack/oauth/app.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/timestamp.hpp>
#include <slack/oauth/web/signature.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using slack::oauth::App;
using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;
using slack::oauth::Received;

constexpr const char* signing_secret = "not-a-real-signing-secret";

/// In place of a pool of threads.
class Queue {
 public:
  void enqueue(std::function<void()> task) { tasks_.push_back(std::move(task)); }

  void run_all() {
    for (; !tasks_.empty(); tasks_.pop_front()) {
      try {
        tasks_.front()();
      } catch (const std::exception& error) {
        std::cout << "not handled: " << error.what() << '\n';
      }
    }
  }

 private:
  std::deque<std::function<void()>> tasks_;
};

int failures_to_come = 1;

void handle(const nlohmann::json& payload) {
  if (failures_to_come-- > 0) throw std::runtime_error("the printer is out of paper");
  std::cout << "handled " << payload.at("event_id") << '\n';
}

// [serve]
HttpResponse serve(App& app, const HttpRequest& request, Queue& work) {
  const Received received = app.receive(request);
  if (received.response) return *received.response;  // also for an event that was handled, or is at work
  work.enqueue([received] {
    handle(received.payload);    // where it throws, the event is free again
    received.claim.mark_done();  // from now on, it is not handled again
  });
  return {.status = 200};
}
// [serve]

// [answer_after]
HttpResponse serve_and_then_answer(App& app, const HttpRequest& request) {
  const Received received = app.receive(request);
  if (received.response) return *received.response;
  try {
    handle(received.payload);  // in less than three seconds
    received.claim.mark_done();
    return {.status = 200};
  } catch (const std::exception& error) {
    std::cout << "not handled: " << error.what() << '\n';
    return {.status = 500};  // Slack sends it again
  }
}
// [answer_after]

// [alone]
/// For events that come another way, as over a socket: returns whether it may be acknowledged.
bool handle_once(const slack::oauth::Stores& stores, const nlohmann::json& payload) {
  const slack::oauth::EventClaim claim(stores.events, payload.at("event_id").get<std::string>());
  if (claim.state() != slack::oauth::EventState::claimed) return claim.state() == slack::oauth::EventState::done;
  handle(payload);
  claim.mark_done();
  return true;
}
// [alone]

/// As Slack sends it.
HttpRequest signed_event(const nlohmann::json& payload) {
  const auto second = std::chrono::floor<std::chrono::seconds>(slack::oauth::now()).time_since_epoch().count();
  const std::string time = std::to_string(second);
  HttpRequest request{.method = "POST", .url = "/slack/events", .headers = {}, .body = payload.dump()};
  request.headers = {
      {"Content-Type", "application/json"},
      {"X-Slack-Request-Timestamp", time},
      {"X-Slack-Signature", slack::oauth::SignatureVerifier(signing_secret).generate_signature(time, request.body)}};
  return request;
}

void run(const std::string& database) {
  slack::oauth::OAuthSettings settings;
  settings.client_id = "111.222";
  settings.client_secret = "not-a-real-client-secret";
  settings.signing_secret = signing_secret;
  settings.scopes = {"app_mentions:read"};
  const slack::oauth::SlackClient client([](const HttpRequest& /*request*/) {
    return HttpResponse{.status = 200, .headers = {}, .body = R"({"ok":true})"};
  });
  // [stores]
  const slack::oauth::Stores stores =
      slack::oauth::sqlite3_stores({.database = database, .client_id = settings.client_id, .deduplicate_events = true});
  App app(stores, client, settings);
  // [stores]

  // Another each time that this program runs.
  const std::string run = std::to_string(slack::oauth::now().time_since_epoch().count());
  const auto event = [&run](const std::string& number) {
    return nlohmann::json{{"type", "event_callback"},
                          {"team_id", "T0FURNACE"},
                          {"event_id", "Ev0" + run + number},
                          {"event", {{"type", "app_mention"}, {"user", "U0ADA"}}}};
  };
  Queue work;
  const auto expect = [](int expected, const HttpResponse& response) {
    std::cout << "answered " << response.status << '\n';
    if (response.status != expected) throw std::runtime_error("expected " + std::to_string(expected));
  };
  expect(200, serve(app, signed_event(event("1")), work));
  expect(503, serve(app, signed_event(event("1")), work));  // it waits in the queue
  work.run_all();                                           // which fails
  expect(200, serve(app, signed_event(event("1")), work));
  work.run_all();
  expect(200, serve(app, signed_event(event("1")), work));  // it was handled
  work.run_all();
  failures_to_come = 1;
  expect(500, serve_and_then_answer(app, signed_event(event("2"))));
  expect(200, serve_and_then_answer(app, signed_event(event("2"))));
  if (!handle_once(stores, event("2")) || !handle_once(stores, event("3"))) throw std::runtime_error("not done");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? argv[1] : "events.db");
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "events: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
