// Requests per second of an events URL on cpp-httplib: with the signature check, and with all that precedes an answer
// to a mention, beside the same server that reads the same request and answers a constant. Two clients keep it busy
// from the same process, so that both are on the same cores.
#include <benchmark/benchmark.h>
#include <httplib.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/web.hpp>
#include <string>
#include <thread>

#include "events.hpp"
#include "fixtures.hpp"
#include "ratio_reporter.hpp"

namespace slack_oauth_benchmarks {
namespace {

using namespace slack::oauth;

std::string body_of_event() { return mention({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}, "U0GRACE").dump(); }

/// Serves on a free port of this machine until it is destroyed.
class App {
 public:
  App() : verifier_("not-a-real-signing-secret"), authorizer_(store_) {
    store_.save({.enterprise_id = "E0KILN",
                 .team_id = "T0FURNACE",
                 .bot_token = "xoxb-not-a-real-token-1",
                 .user_id = "U0ADA"});
    server_.Post("/constant", [](const httplib::Request&, httplib::Response& response) { response.status = 200; });
    server_.Post("/signature", [this](const httplib::Request& request, httplib::Response& response) {
      response.status = verifier_.is_valid_request(from_httplib(request)) ? 200 : 401;
    });
    server_.Post("/event", [this](const httplib::Request& request, httplib::Response& response) {
      const HttpRequest received = from_httplib(request);
      if (!verifier_.is_valid_request(received)) {
        response.status = 401;
        return;
      }
      const nlohmann::json payload = parse_json(received.body, "the event");
      handle_revocation(store_, payload);
      response.status = authorizer_.authorize(payload) ? 200 : 500;
    });
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000'000);
    port_ = server_.bind_to_any_port("127.0.0.1");
    listener_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  App(const App&) = delete;
  App& operator=(const App&) = delete;
  ~App() {
    server_.stop();
    listener_.join();
  }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const SignatureVerifier& verifier() const { return verifier_; }

 private:
  SignatureVerifier verifier_;
  MemoryInstallationStore store_;
  BasicAuthorizer<MemoryInstallationStore, AnyHttpTransport> authorizer_;
  httplib::Server server_;
  int port_ = 0;
  std::thread listener_;
};

/// Asks again and again, over one connection per thread.
void ask(benchmark::State& state, const App& app, const char* path) {
  const std::string body = body_of_event();
  const std::string timestamp = std::to_string(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  const httplib::Headers headers{{"X-Slack-Request-Timestamp", timestamp},
                                 {"X-Slack-Signature", app.verifier().generate_signature(timestamp, body)}};
  httplib::Client client("127.0.0.1", app.port());
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  for (auto _ : state) {
    const auto answer = client.Post(path, headers, body, "application/json");
    if (!answer || answer->status != 200) {
      std::fprintf(stderr, "%s did not answer 200\n", path);
      std::abort();
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void check_signature(benchmark::State& state, const App& app) {
  const std::string body = body_of_event();
  const std::string timestamp = std::to_string(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  const HttpRequest request{.method = "POST",
                            .url = "/slack/events",
                            .headers = {{"X-Slack-Request-Timestamp", timestamp},
                                        {"X-Slack-Signature", app.verifier().generate_signature(timestamp, body)}},
                            .body = body};
  for (auto _ : state) benchmark::DoNotOptimize(app.verifier().is_valid_request(request));
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  App app;
  const auto add = [&app](const char* name, const char* path, const char* base) {
    const auto run = [&app, path, base](benchmark::State& state) {
      ask(state, app, path);
      if (base != nullptr) state.SetLabel(versus(base));
    };
    benchmark::RegisterBenchmark(name, run)->Threads(2)->UseRealTime();
  };
  const auto add_all = [&](RatioReporter& /*reporter*/) {
    const char* const base = "request, constant answer/threads:2";
    add("request, constant answer", "/constant", nullptr);
    add("request, signature check", "/signature", base);
    add("request, signature check and authorize", "/event", base);
    benchmark::RegisterBenchmark("signature check alone",
                                 [&app](benchmark::State& state) { check_signature(state, app); });
  };
  return run_benchmarks(argc, argv, add_all, in_turns);
}
