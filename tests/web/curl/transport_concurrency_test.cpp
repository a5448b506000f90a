// Many threads on one transport.
#if !defined(_WIN32)

#include <atomic>
#include <slack/oauth/web/curl.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "loopback_server.hpp"

using namespace slack::oauth;

TEST_CASE("every thread gets the answer to its own request", "[curl]") {
  constexpr int thread_count = 8;
  constexpr int requests_per_thread = 50;
  // Answers with the path; drops every seventh request, which must reach its own sender as an error.
  std::atomic<int> received = 0;
  const test::LoopbackServer server([&](test::ServerConnection& connection) {
    for (std::string request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      ++received;
      const std::string path = request.substr(5, request.find(" HTTP") - 5);
      if (path.ends_with("7")) return;
      connection.write(test::http_answer(path));
    }
  });
  ::setenv("no_proxy", "127.0.0.1", 1);
  std::atomic<int> right = 0;
  std::atomic<int> lost = 0;
  {
    const CurlTransport shared({.idle_connections = 4});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([&, thread] {
        CurlTransport copy = shared;
        for (int i = 0; i < requests_per_thread; ++i) {
          const std::string path = std::to_string(thread) + "/" + std::to_string(i);
          try {
            if (copy.send({.method = "GET", .url = server.url() + path}).body == path) ++right;
          } catch (const HttpError& error) {
            if (path.ends_with("7") && error.reach() == HttpError::Reach::maybe_sent) ++lost;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  constexpr int dropped = thread_count * requests_per_thread / 10;
  CHECK(right == thread_count * requests_per_thread - dropped);
  CHECK(lost == dropped);
  CHECK(received == thread_count * requests_per_thread);
}

#endif
