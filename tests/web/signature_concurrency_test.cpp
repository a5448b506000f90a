// Many threads on one verifier, and on copies of it.
#include <atomic>
#include <chrono>
#include <slack/oauth/timestamp.hpp>
#include <slack/oauth/web/signature.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace slack::oauth;

TEST_CASE("threads that share a verifier each get the answer for their own request", "[web]") {
  constexpr int thread_count = 8;
  constexpr int requests_per_thread = 500;
  const SignatureVerifier shared("not-a-real-signing-secret",
                                 {.clock = [] { return Timestamp{std::chrono::seconds{1767225600}}; }});
  const std::string timestamp = "1767225600";
  std::atomic<int> accepted = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < thread_count; ++thread) {
    threads.emplace_back([&, thread, copy = shared] {
      const SignatureVerifier& verifier = thread % 2 == 0 ? shared : copy;
      for (int i = 0; i < requests_per_thread; ++i) {
        const std::string body = std::to_string(thread) + ":" + std::to_string(i);
        const std::string signature = verifier.generate_signature(timestamp, body);
        if (verifier.is_valid(body, timestamp, signature)) ++accepted;
        if (!verifier.is_valid(body + "x", timestamp, signature)) ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(accepted == thread_count * requests_per_thread);
  CHECK(refused == thread_count * requests_per_thread);
}
