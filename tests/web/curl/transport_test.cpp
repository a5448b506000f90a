// libcurl against servers that answer well, badly, late and not at all.
#if !defined(_WIN32)

#include <atomic>
#include <chrono>
#include <functional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/web/curl.hpp>
#include <slack/oauth/web/slack_client.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "curl_version.hpp"
#include "loopback_server.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Reach = HttpError::Reach;
using test::http_answer;
using test::LoopbackServer;
using test::ServerConnection;

namespace {

/// Proxies of the environment are left out: what is tested is on this machine.
CurlTransport transport(CurlTransportOptions options = {}) {
  ::setenv("no_proxy", "127.0.0.1", 1);
  return CurlTransport(std::move(options));
}

HttpRequest post(const std::string& url) {
  return {.method = "POST",
          .url = url,
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
          .body = "refresh_token=xoxe-1-not-real"};
}

HttpError failure(CurlTransport& transport, const HttpRequest& request) {
  return test::thrown_by<HttpError>([&] { transport.send(request); });
}

/// Reads one request and does that.
LoopbackServer::Serve once(const std::function<void(ServerConnection&)>& action) {
  return [action](ServerConnection& connection) {
    connection.read_request();
    action(connection);
  };
}

int unused_port() {
  const LoopbackServer server([](ServerConnection&) {});
  return server.port();
}

}  // namespace

TEST_CASE("a request arrives as it was given", "[curl]") {
  std::string received;
  HttpRequest request;
  {
    const LoopbackServer server([&](ServerConnection& connection) {
      received = connection.read_request();
      connection.write(http_answer("{}"));
    });
    auto curl = transport({.user_agent = "smelter/1"});
    request = post(server.url() + "api/oauth.v2.access?a=%20b");
    request.headers.push_back({"Authorization", "Bearer xoxb-not-a-real-token-1"});
    request.headers.push_back({"X-Empty", ""});
    request.body = "text=" + std::string(100'000, 'x');  // beyond what libcurl would ask "100 Continue" for
    CHECK(curl.send(request).body == "{}");
  }
  CHECK(received.starts_with("POST /api/oauth.v2.access?a=%20b HTTP/1.1\r\n"));
  CHECK(received.ends_with("\r\n\r\n" + request.body));
  for (const auto* const line :
       {"\r\nAuthorization: Bearer xoxb-not-a-real-token-1\r\n", "\r\nX-Empty:\r\n", "\r\nUser-Agent: smelter/1\r\n",
        "\r\nContent-Type: application/x-www-form-urlencoded\r\n", "\r\nContent-Length: 100005\r\n"}) {
    CHECK_THAT(received, ContainsSubstring(line));
  }
  CHECK_THAT(received, !ContainsSubstring("Expect"));
}

TEST_CASE("methods with a body and without are sent alike", "[curl]") {
  std::vector<std::string> received;
  {
    const LoopbackServer server([&](ServerConnection& connection) {
      for (std::string request = connection.read_request(); !request.empty(); request = connection.read_request()) {
        received.push_back(request);
        connection.write(http_answer(request.starts_with("HEAD") ? "" : "x"));
      }
    });
    auto curl = transport();
    CHECK(curl.send({.method = "GET", .url = server.url()}).body == "x");
    CHECK(curl.send({.method = "POST", .url = server.url()}).body == "x");
    CHECK(curl.send({.method = "PUT", .url = server.url(), .body = "a"}).body == "x");
    CHECK(curl.send({.method = "DELETE", .url = server.url()}).body == "x");
    CHECK(curl.send({.method = "HEAD", .url = server.url()}).status == 200);
    CHECK(curl.send({.method = "GET", .url = server.url()}).body == "x");
  }
  REQUIRE(received.size() == 6);
  const std::vector<std::string> methods{"GET ", "POST ", "PUT ", "DELETE ", "HEAD ", "GET "};
  for (std::size_t i = 0; i < methods.size(); ++i) CHECK(received[i].starts_with(methods[i]));
  CHECK_THAT(received[1], ContainsSubstring("\r\nContent-Length: 0\r\n"));
  CHECK(received[2].ends_with("\r\n\r\na"));
  CHECK_THAT(received[5], !ContainsSubstring("Content-"));
}

TEST_CASE("an answer comes whole: status, headers in order, body", "[curl]") {
  const LoopbackServer server(once([](ServerConnection& connection) {
    connection.write(
        "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After:  30 \r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
        "X-Empty:\r\nX-Colon: a:b\r\nContent-Length: 4\r\n\r\n");
    connection.write(std::string("\0a\r\n", 4));
  }));
  auto curl = transport();
  const HttpResponse response = curl.send(post(server.url()));
  CHECK(response.status == 429);
  CHECK(response.headers == HttpHeaders{{"Retry-After", "30"},
                                        {"Set-Cookie", "a=1"},
                                        {"set-cookie", "b=2"},
                                        {"X-Empty", ""},
                                        {"X-Colon", "a:b"},
                                        {"Content-Length", "4"}});
  CHECK(response.body == std::string("\0a\r\n", 4));
}

TEST_CASE("a redirect is an answer, and not followed", "[curl]") {
  const LoopbackServer elsewhere(once([](ServerConnection& connection) { connection.write(http_answer("stolen")); }));
  const LoopbackServer server(once([&](ServerConnection& connection) {
    connection.write("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n");
  }));
  auto curl = transport();
  CHECK(curl.send(post(server.url())).status == 302);
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("a connection serves the next request too, and copies share it", "[curl]") {
  const LoopbackServer server([](ServerConnection& connection) {
    while (!connection.read_request().empty()) connection.write(http_answer("{}"));
  });
  {
    auto curl = transport();
    auto copy = curl;
    for (int i = 0; i < 3; ++i) {
      curl.send(post(server.url()));
      copy.send(post(server.url()));
    }
  }
  CHECK(server.connections() == (test::libcurl_says_when_it_sends ? 1 : 6));
}

TEST_CASE("without idle connections, each request has its own", "[curl]") {
  const LoopbackServer server([](ServerConnection& connection) {
    while (!connection.read_request().empty()) connection.write(http_answer("{}"));
  });
  {
    auto curl = transport({.idle_connections = 0});
    for (int i = 0; i < 3; ++i) curl.send(post(server.url()));
  }
  CHECK(server.connections() == 3);
}

TEST_CASE("where nothing was sent, the error says so", "[curl]") {
  auto curl = transport();
  const auto refused = failure(curl, post("http://127.0.0.1:" + std::to_string(unused_port()) + "/?code=not-a-code"));
  CHECK(refused.code() == "CURLE_COULDNT_CONNECT");
  CHECK(refused.reach() == Reach::not_sent);
  CHECK_THAT(refused.what(), !ContainsSubstring("not-a-code"));

  const auto unknown = failure(curl, post("http://user:not-a-password@nowhere.invalid/"));
  CHECK(unknown.code() == "CURLE_COULDNT_RESOLVE_HOST");
  CHECK(unknown.reach() == Reach::not_sent);
  CHECK_THAT(unknown.what(), ContainsSubstring("nowhere.invalid"));
  CHECK_THAT(unknown.what(), !ContainsSubstring("not-a-password"));

  CHECK(failure(curl, post("ftp://127.0.0.1/")).code() == "CURLE_UNSUPPORTED_PROTOCOL");
  CHECK(failure(curl, post("file:///etc/passwd")).reach() == Reach::not_sent);
  CHECK(failure(curl, post("")).reach() == Reach::not_sent);
}

TEST_CASE("a server that does not talk TLS was sent nothing", "[curl]") {
  const LoopbackServer server([](ServerConnection& connection) { connection.write("what?\r\n\r\n"); });
  auto curl = transport();
  const auto error = failure(curl, post("https://" + server.host() + "/"));
  CHECK(error.code() == "CURLE_SSL_CONNECT_ERROR");
  CHECK(error.reach() == Reach::not_sent);
}

TEST_CASE("a connection that takes too long was sent nothing", "[curl]") {
  const LoopbackServer silent([](ServerConnection& connection) { connection.read_request(); });
  auto curl = transport({.connect_timeout = 50ms});
  const auto error = failure(curl, post("https://" + silent.host() + "/"));  // TLS is never answered
  CHECK((error.code() == "CURLE_OPERATION_TIMEDOUT" || error.code() == "CURLE_SSL_CONNECT_ERROR"));
  CHECK(error.reach() == Reach::not_sent);
}

TEST_CASE("where the answer was lost, the request was perhaps sent", "[curl]") {
  struct Example {
    std::string code;
    std::function<void(ServerConnection&)> action;
  };
  const auto example = GENERATE(
      Example{"CURLE_GOT_NOTHING", [](ServerConnection&) {}},
      Example{"CURLE_RECV_ERROR", [](ServerConnection& connection) { connection.reset(); }},
      Example{"CURLE_PARTIAL_FILE",
              [](ServerConnection& c) { c.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true"); }},
      Example{"CURLE_RECV_ERROR",
              [](ServerConnection& c) {
                c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ok\"\r\n");
              }},
      Example{"CURLE_OPERATION_TIMEDOUT", [](ServerConnection& connection) { connection.read_request(); }},
      Example{"CURLE_OPERATION_TIMEDOUT", [](ServerConnection& connection) {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
                connection.read_request();
              }});
  const LoopbackServer server(once(example.action));
  auto curl = transport({.timeout = example.code == "CURLE_OPERATION_TIMEDOUT" ? 1s : 30s});
  const auto error = failure(curl, post(server.url()));
  // What libcurl calls the end of a chunked body differs by version.
  if (example.code != "CURLE_RECV_ERROR") CHECK(error.code() == example.code);
  CHECK(error.reach() == Reach::maybe_sent);
  CHECK(error.is_retryable());
}

TEST_CASE("an answer that is not HTTP is an error", "[curl]") {
  const auto* const garbage = GENERATE("SSH-2.0-OpenSSH\r\n", "\x01\x02\xFF", "{\"ok\":true}", "HTTP/9.9 xyz\r\n\r\n",
                                       "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
  const LoopbackServer server(once([&](ServerConnection& connection) { connection.write(garbage); }));
  auto curl = transport({.timeout = 2s});
  CHECK(failure(curl, post(server.url())).reach() == Reach::maybe_sent);
}

TEST_CASE("an answer longer than the limit is an error, however it comes", "[curl]") {
  const std::string start = GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n",
                                     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Long: ");
  std::atomic<std::size_t> written = 0;
  const LoopbackServer server(once([&](ServerConnection& connection) {
    connection.write(start);
    const std::string block = start.ends_with(": ") ? "xxxxxxxxxx\r\nX-Long: " : std::string(10'000, 'x');
    while (written < 100'000'000 && connection.write(block)) written += block.size();
  }));
  auto curl = transport({.max_response_bytes = 100'000});
  const auto error = failure(curl, post(server.url()));
  CHECK((error.code() == "CURLE_FILESIZE_EXCEEDED" || error.code() == "CURLE_RECV_ERROR"));
  CHECK(error.reach() == Reach::maybe_sent);
}

TEST_CASE("an answer of exactly the limit is whole", "[curl]") {
  const std::string answer = http_answer(std::string(1000, 'x'));
  const LoopbackServer server(once([&](ServerConnection& connection) { connection.write(answer); }));
  CHECK(transport({.max_response_bytes = answer.size()}).send(post(server.url())).body.size() == 1000);
  auto curl = transport({.max_response_bytes = answer.size() - 1});
  CHECK(failure(curl, post(server.url())).code() == "CURLE_FILESIZE_EXCEEDED");
}

TEST_CASE("a kept connection that the server closed meanwhile costs nothing", "[curl]") {
  std::atomic<int> requests = 0;
  const LoopbackServer server(once([&](ServerConnection& connection) {
    connection.write(http_answer("{}"));
    ::shutdown(connection.socket(), SHUT_RDWR);
    ++requests;
  }));
  auto curl = transport();
  for (int i = 0; i < 5; ++i) {
    CHECK(curl.send(post(server.url())).body == "{}");
    while (requests == i) std::this_thread::sleep_for(1ms);
  }
  CHECK(requests == 5);
}

TEST_CASE("a request on a kept connection that is dropped is not sent a second time", "[curl]") {
  const std::string body = GENERATE("refresh_token=xoxe-1-not-real", "");
  std::atomic<int> requests = 0;
  const LoopbackServer server([&](ServerConnection& connection) {
    while (!connection.read_request().empty()) {
      if (++requests % 2 == 0) return;  // taken, perhaps acted on, and never answered
      connection.write(http_answer("{}"));
    }
  });
  auto curl = transport();
  auto request = post(server.url());
  request.body = body;
  CHECK(curl.send(request).body == "{}");
  const auto error = failure(curl, request);
  CHECK(error.code() == "CURLE_GOT_NOTHING");
  CHECK(error.reach() == Reach::maybe_sent);
  CHECK(requests == 2);
  CHECK(curl.send(request).body == "{}");
}

TEST_CASE("a handle that failed serves again", "[curl]") {
  std::atomic<int> requests = 0;
  const LoopbackServer server(once([&](ServerConnection& connection) {
    if (++requests % 2 == 1) return;
    // A connection that is about to close could take the next request too.
    connection.write(http_answer("{}", "Connection: close\r\n"));
  }));
  auto curl = transport();
  for (int i = 0; i < 3; ++i) {
    CHECK(failure(curl, post(server.url())).reach() == Reach::maybe_sent);
    CHECK(curl.send(post(server.url())).body == "{}");
  }
}

TEST_CASE("what would break out of a header or a URL is refused, and not sent", "[curl]") {
  const LoopbackServer server(once([](ServerConnection& connection) { connection.write(http_answer("{}")); }));
  auto curl = transport();
  const auto subject = [&](const std::function<void(HttpRequest&)>& change) {
    auto request = post(server.url());
    change(request);
    const auto error = test::thrown_by<InvalidArgumentError>([&] { curl.send(request); });
    CHECK_THAT(error.what(), !ContainsSubstring("xoxb"));
    return std::string(error.subject());
  };
  for (const char* const value : {"xoxb\r\nX-Injected: 1", "xoxb\n", "xoxb\r", "\x01xoxb", "xoxb\x7F"}) {
    CHECK(subject([&](HttpRequest& r) { r.headers.push_back({"Authorization", value}); }) == "Authorization");
  }
  CHECK(subject([](HttpRequest& r) { r.headers.push_back({"X", std::string("a\0b", 3)}); }) == "X");
  for (const char* const name : {"", "X:", "X Y", "X\r\nY", "\xC3\xA9", "(X)"}) {
    CHECK(subject([&](HttpRequest& r) { r.headers.push_back({name, "1"}); }) == "a header's name");
  }
  for (const char* const end : {" HTTP/1.1\r\nX: 1", "\n", "a b", "\x7F", "\t"}) {
    CHECK(subject([&](HttpRequest& r) { r.url += end; }) == "url");
  }
  for (const char* const method : {"", "GET /x HTTP/1.1\r\n", "get", "G T"}) {
    CHECK(subject([&](HttpRequest& r) { r.method = method; }) == "method");
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("options that cannot be are refused", "[curl]") {
  CHECK(test::thrown_by<InvalidArgumentError>([] { CurlTransport({.user_agent = "a\r\nX: 1"}); }).subject() ==
        "user_agent");
  CHECK(test::thrown_by<InvalidArgumentError>([] { CurlTransport({.timeout = 0ms}); }).subject() == "timeout");
  CHECK(test::thrown_by<InvalidArgumentError>([] { CurlTransport({.connect_timeout = -1ms}); }).subject() ==
        "connect_timeout");
  CHECK_NOTHROW(CurlTransport(
      {.connect_timeout = std::chrono::milliseconds::max(), .timeout = std::chrono::milliseconds::max()}));
}

TEST_CASE("a proxy that refuses the way was sent no request", "[curl]") {
  std::string received;
  {
    const LoopbackServer proxy([&](ServerConnection& connection) {
      received = connection.read_request();
      connection.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    auto curl = CurlTransport({.proxy = "http://" + proxy.host()});
    CHECK(failure(curl, post("https://slack.invalid/api/oauth.v2.access")).reach() ==
          (test::libcurl_says_when_it_sends ? Reach::not_sent : Reach::maybe_sent));
  }
  CHECK(received.starts_with("CONNECT slack.invalid:443 "));
  CHECK_THAT(received, !ContainsSubstring("xoxe"));
}

TEST_CASE("what is for this machine does not go to the environment's proxy", "[curl]") {
  struct Proxy {
    explicit Proxy(const std::string& url) {
      ::unsetenv("no_proxy");
      ::setenv("http_proxy", url.c_str(), 1);
    }
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;
    ~Proxy() {
      ::unsetenv("http_proxy");
      ::setenv("no_proxy", "127.0.0.1", 1);
    }
  };
  const LoopbackServer proxy(once([](ServerConnection& connection) { connection.write(http_answer("the proxy's")); }));
  const LoopbackServer server(
      once([](ServerConnection& connection) { connection.write(http_answer("the server's")); }));
  const Proxy environment("http://" + proxy.host());
  CHECK(CurlTransport().send({.url = server.url()}).body == "the server's");
  CHECK(CurlTransport().send({.url = "http://slack.invalid/"}).body == "the proxy's");
}

TEST_CASE("a Slack client works over libcurl", "[curl]") {
  const LoopbackServer server(once([](ServerConnection& connection) {
    connection.write(http_answer(R"({"ok":true,"team_id":"T0FURNACE"})", "Content-Type: application/json\r\n"));
  }));
  BasicSlackClient client(transport(), {.base_url = server.url() + "api/"});
  CHECK(client.auth_test("xoxb-not-a-real-token-1")["team_id"] == "T0FURNACE");
}

#endif
