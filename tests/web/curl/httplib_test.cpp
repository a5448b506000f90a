// Requests and answers through a real server of cpp-httplib.
#include <httplib.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <slack/oauth/web/curl.hpp>
#include <slack/oauth/web/httplib.hpp>
#include <slack/oauth/web/signature.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "catch.hpp"

using namespace slack::oauth;

namespace {

/// Serves every path with one handler, on a free port of this machine.
class HttplibServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  explicit HttplibServer(Handler handler) : handler_(std::move(handler)) {
#if !defined(_WIN32)
    ::setenv("no_proxy", "127.0.0.1", 1);  // a proxy of the environment is not what is tested
#endif
    const auto adapt = [this](const httplib::Request& request, httplib::Response& response) {
      to_httplib(handler_(from_httplib(request)), response);
    };
    server_.Get(".*", adapt);
    server_.Post(".*", adapt);
    port_ = server_.bind_to_any_port("127.0.0.1");
    if (port_ < 0) throw std::runtime_error("no server on the loopback address");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  HttplibServer(const HttplibServer&) = delete;
  HttplibServer& operator=(const HttplibServer&) = delete;
  ~HttplibServer() {
    server_.stop();
    thread_.join();
  }

  [[nodiscard]] std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }

 private:
  Handler handler_;
  httplib::Server server_;
  int port_ = -1;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a request comes through cpp-httplib as it was sent", "[httplib]") {
  HttpRequest received;
  const HttplibServer server([&](const HttpRequest& request) {
    received = request;
    return HttpResponse{};
  });
  CurlTransport curl;
  curl.send({.method = "POST",
             .url = server.url("/slack/oauth_redirect?code=1.2&state=a%2Bb%20c&state=d"),
             .headers = {{"Cookie", "a=1"}, {"cookie", "b=2"}, {"Content-Type", "application/x-www-form-urlencoded"}},
             .body = "payload=%7B%7D&x=a+b"});
  CHECK(received.method == "POST");
  CHECK(received.url == "/slack/oauth_redirect?code=1.2&state=a%2Bb%20c&state=d");
  CHECK(received.body == "payload=%7B%7D&x=a+b");
  HttpHeaders cookies;
  for (const HttpHeader& header : received.headers) {
    if (detail::equals_ignoring_case(header.name, "cookie")) cookies.push_back(header);
  }
  REQUIRE(cookies.size() == 2);
  CHECK(cookies[0].value == "a=1");
  CHECK(cookies[1].value == "b=2");
}

TEST_CASE("an answer goes through cpp-httplib as it is", "[httplib]") {
  const HttpResponse answer{.status = 401,
                            .headers = {{"Content-Type", "text/html; charset=utf-8"},
                                        {"Set-Cookie", "a=1; Secure; HttpOnly"},
                                        {"Set-Cookie", "b=2"},
                                        {"Content-Security-Policy", "default-src 'none'"}},
                            .body = "<p>Über 🔥</p>"};
  const HttplibServer server([&](const HttpRequest& /*request*/) { return answer; });
  const HttpResponse received = CurlTransport().send({.method = "GET", .url = server.url("/")});
  CHECK(received.status == 401);
  CHECK(received.body == answer.body);
  CHECK(find_header(received.headers, "Content-Type") == "text/html; charset=utf-8");
  CHECK(find_header(received.headers, "Content-Security-Policy") == "default-src 'none'");
  int cookies = 0;
  for (const HttpHeader& header : received.headers) cookies += header.name == "Set-Cookie" ? 1 : 0;
  CHECK(cookies == 2);
}

TEST_CASE("a redirect goes through cpp-httplib", "[httplib]") {
  const HttplibServer server([](const HttpRequest& /*request*/) {
    return HttpResponse{.status = 302, .headers = {{"Location", "https://slack.com/oauth/v2/authorize?a=%20"}}};
  });
  const HttpResponse received = CurlTransport().send({.method = "GET", .url = server.url("/slack/install")});
  CHECK(received.status == 302);
  CHECK(find_header(received.headers, "Location") == "https://slack.com/oauth/v2/authorize?a=%20");
  CHECK(received.body.empty());
}

TEST_CASE("Slack's signature is valid on the other side of cpp-httplib", "[httplib]") {
  const SignatureVerifier verifier("not-a-real-signing-secret");
  const HttplibServer server([&](const HttpRequest& request) {
    return HttpResponse{.status = verifier.is_valid_request(request) ? 200 : 401};
  });
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch();
  const std::string timestamp = std::to_string(now.count());
  const std::string body = "{\"type\":\"event_callback\",\"text\":\"\xC3\x9C\\u0000\"}";
  HttpRequest request{.method = "POST",
                      .url = server.url("/slack/events"),
                      .headers = {{"Content-Type", "application/json"},
                                  {"X-Slack-Request-Timestamp", timestamp},
                                  {"X-Slack-Signature", verifier.generate_signature(timestamp, body)}},
                      .body = body};
  CHECK(CurlTransport().send(request).status == 200);
  request.body += " ";
  CHECK(CurlTransport().send(request).status == 401);
}
