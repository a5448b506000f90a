#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <slack/oauth/app/httplib.hpp>
#include <slack/oauth/logger.hpp>
#include <slack/oauth/memory.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace slack::oauth;

namespace {

struct ServerRequest {
  std::string method = "POST";
  std::string target = "/slack/events";
  std::multimap<std::string, std::string> headers{};
  std::string body{};
};

struct ServerResponse {
  void set_header(const std::string& name, const std::string& value) { headers.emplace(name, value); }

  int status = -1;
  std::multimap<std::string, std::string> headers{};
  std::string body{};
};

/// What HttplibApp takes of a httplib::Server.
class Server {
 public:
  using Handler = std::function<void(const ServerRequest&, ServerResponse&)>;

  void Get(const std::string& pattern, Handler handler) { handlers_["GET " + pattern] = std::move(handler); }
  void Post(const std::string& pattern, Handler handler) { handlers_["POST " + pattern] = std::move(handler); }
  bool listen(const std::string& host, int port) { return host == "127.0.0.1" && port == 3000; }

  ServerResponse ask(const ServerRequest& request) {
    ServerResponse response;
    handlers_.at(request.method + " .*")(request, response);
    return response;
  }

 private:
  std::map<std::string, Handler> handlers_;
};

/// Leaves a POST to the work, and answers a GET.
class AnsweringApp {
 public:
  struct Settings {
    Logger logger{};
  };

  Received receive(const HttpRequest& request) {
    if (request.body == "no memory") throw std::runtime_error("not-a-real-secret");
    if (request.method == "GET") return {.response = HttpResponse{.status = 302, .headers = {{"Location", "/"}}}};
    return {.payload = {{"body", request.body}}};
  }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] std::string log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  std::mutex mutex_;
  std::string log_;
  Settings settings_{Logger(LogLevel::warning, [this](LogLevel, std::string_view line) {
    const std::lock_guard lock(mutex_);
    log_ += std::string(line) + "\n";
  })};
};

}  // namespace

TEST_CASE("Slack has its answer before the app's work") {
  Server server;
  AnsweringApp app;
  std::promise<void> has_answer;
  std::promise<std::string> worked;
  HttplibApp serving(server, app, [&](const Received& received) {
    has_answer.get_future().wait();
    worked.set_value(received.payload.at("body").get<std::string>());
  });
  CHECK(server.ask({.body = "hello"}).status == 200);
  has_answer.set_value();
  CHECK(worked.get_future().get() == "hello");
}

TEST_CASE("What the app answers goes out as it is, and is no work") {
  Server server;
  AnsweringApp app;
  std::atomic<int> works = 0;
  {
    HttplibApp serving(server, app, [&](const Received&) { ++works; });
    const ServerResponse response = server.ask({.method = "GET"});
    CHECK(response.status == 302);
    CHECK(response.headers.find("Location")->second == "/");
  }
  CHECK(works == 0);
}

TEST_CASE("The work of many requests is done by the end, on a few threads") {
  Server server;
  AnsweringApp app;
  std::mutex mutex;
  std::multiset<std::string> done;
  std::set<std::thread::id> ids;
  {
    HttplibApp serving(
        server, app,
        [&](const Received& received) {
          const std::lock_guard lock(mutex);
          done.insert(received.payload.at("body").get<std::string>());
          ids.insert(std::this_thread::get_id());
        },
        2);
    std::vector<std::thread> clients;
    for (const char* name : {"a", "b", "c"}) {
      clients.emplace_back([&server, name] {
        for (int i = 0; i < 100; ++i) server.ask({.body = name});
      });
    }
    for (std::thread& client : clients) client.join();
  }
  for (const char* name : {"a", "b", "c"}) CHECK(done.count(name) == 100);
  CHECK(ids.size() <= 2);
}

TEST_CASE("Work that throws is logged, and holds up no other work") {
  Server server;
  AnsweringApp app;
  std::atomic<int> works = 0;
  {
    HttplibApp serving(server, app, [&](const Received& received) {
      ++works;
      if (received.payload.at("body") == "ours") throw InvalidDataError("event", "must be an object");
      if (received.payload.at("body") == "theirs") throw std::runtime_error("not-a-real-secret");
    });
    for (const char* body : {"ours", "theirs", "fine"}) CHECK(server.ask({.body = body}).status == 200);
  }
  CHECK(works == 3);
  CHECK(app.log().find("the app's work for a payload failed: event must be an object\n") != std::string::npos);
  CHECK(app.log().find("the app's work for a payload failed: an exception of another") != std::string::npos);
  CHECK(app.log().find("not-a-real-secret") == std::string::npos);
}

TEST_CASE("A request that cannot be taken is one for Slack to send again") {
  Server server;
  AnsweringApp app;
  HttplibApp serving(server, app, [](const Received&) {});
  CHECK(server.ask({.body = "no memory"}).status == 503);
  CHECK(app.log() == "a request was not taken: an exception of another library or the app\n");
}

TEST_CASE("An app says where it cannot listen") {
  Server server;
  AnsweringApp app;
  HttplibApp serving(server, app, [](const Received&) {});
  CHECK_NOTHROW(serving.listen("127.0.0.1", 3000));
  CHECK_THROWS_WITH(serving.listen("127.0.0.1", 80), "cannot listen on 127.0.0.1:80");
}

TEST_CASE("An event is marked once its work has ended, and given back where that throws") {
  /// Claims what it is asked, as an app with an EventDeduplicator.
  struct ClaimingApp : AnsweringApp {
    Received receive(const HttpRequest& request) { return {.claim = EventClaim(events, request.body)}; }
    std::shared_ptr<EventDeduplicator> events = std::make_shared<MemoryEventDeduplicator>();
  };
  Server server;
  ClaimingApp app;
  std::atomic<int> works = 0;
  {
    HttplibApp serving(server, app, [&](const Received& /*received*/) {
      if (EventClaim(app.events, "Ev01").state() == EventState::in_progress) ++works;
    });
    server.ask({.body = "Ev01"});
  }
  CHECK(works == 1);
  CHECK(EventClaim(app.events, "Ev01").state() == EventState::done);
  {
    HttplibApp serving(server, app, [&](const Received& /*received*/) {
      ++works;
      throw std::runtime_error("the work failed");
    });
    server.ask({.body = "Ev02"});
  }
  CHECK(works == 2);
  CHECK(EventClaim(app.events, "Ev02").state() == EventState::claimed);
  class UnmarkedEvents final : public EventDeduplicator {
   public:
    EventState claim(std::string_view /*event_id*/, std::string_view /*holder*/) override {
      return EventState::claimed;
    }
    void mark_done(std::string_view /*event_id*/) override {
      throw StorageError({.backend = "broken", .native_code = "ENOSPC"}, "the disk is full");
    }
    void release(std::string_view /*event_id*/, std::string_view /*holder*/) override {}
  };
  app.events = std::make_shared<UnmarkedEvents>();
  {
    HttplibApp serving(server, app, [](const Received& /*received*/) {});
    server.ask({.body = "Ev03"});
  }
  CHECK(app.log().find("an event whose work is done could not be marked: broken: the disk is full") !=
        std::string::npos);
}
