#include <atomic>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/web/id_token.hpp"
#include "web/id_token.hpp"

namespace {

using namespace slack::oauth;
using namespace std::chrono_literals;

constexpr int thread_count = 8;

template <class Action>
void in_threads(const Action& action) {
  std::vector<std::thread> threads;
  threads.reserve(thread_count);
  for (int i = 0; i < thread_count; ++i) threads.emplace_back([&action, i] { action(i); });
  for (auto& thread : threads) thread.join();
}

bool verifies(const IdTokenVerifier& verifier, const std::string& token) {
  try {
    return verifier.verify(token, "not-a-real-nonce").sub == "U0ADA";
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("many threads verify with one fetch, and see new keys at once", "[web][id_token]") {
  test::KeyServer slack;
  slack.publish({test::first_key().json_web_key("first"), test::second_key().json_web_key("second")});
  const auto verifier = slack.verifier();
  const auto first = test::first_key().id_token(test::sign_in_claims(), "first");
  const auto second = test::second_key().id_token(test::sign_in_claims(), "second");
  std::atomic<int> verified = 0;
  in_threads([&](int thread) {
    for (int i = 0; i < 50; ++i) verified += verifies(verifier, (thread + i) % 2 == 0 ? first : second) ? 1 : 0;
  });
  CHECK(verified == 50 * thread_count);
  CHECK(slack.fetches() == 1);
}

TEST_CASE("threads that wait for keys share what came, also a failure", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  const auto token = test::first_key().id_token(test::sign_in_claims(), "first");
  std::promise<void> go_on;
  slack.answer([may_go_on = go_on.get_future().share()]() -> HttpResponse {
    may_go_on.wait();
    return {.status = 503};
  });
  std::atomic<int> begun = 0;
  std::atomic<int> failed = 0;
  std::thread releaser([&] {
    while (begun < thread_count || slack.fetches() == 0) std::this_thread::yield();
    go_on.set_value();
  });
  in_threads([&](int) {
    ++begun;
    try {
      static_cast<void>(verifier.verify(token, "not-a-real-nonce"));
    } catch (const Error& error) {
      const bool says_why = std::string(error.what()).find("HTTP 503") != std::string::npos;
      failed += says_why && error.is_retryable() ? 1 : 0;
    }
  });
  releaser.join();
  CHECK(failed == thread_count);
  CHECK(slack.fetches() <= thread_count);
}

TEST_CASE("a fetch for a made-up key delays no other", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  const auto token = test::first_key().id_token(test::sign_in_claims(), "first");
  REQUIRE(verifies(verifier, token));
  slack.pass(10s);
  std::promise<void> go_on;
  slack.answer([may_go_on = go_on.get_future().share()]() -> HttpResponse {
    may_go_on.wait();
    return {.status = 503};
  });
  std::thread stranger(
      [&verifier, made_up = test::second_key().id_token({}, "made-up")] { verifies(verifier, made_up); });
  while (slack.fetches() < 2) std::this_thread::yield();
  CHECK(verifies(verifier, token));  // else it would wait without end
  go_on.set_value();
  stranger.join();
}

TEST_CASE("who asks for a new key while it is being fetched waits for it", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  REQUIRE(verifies(verifier, test::first_key().id_token(test::sign_in_claims(), "first")));
  slack.pass(10s);
  const auto token = test::second_key().id_token(test::sign_in_claims(), "second");
  std::promise<void> go_on;
  slack.answer([may_go_on = go_on.get_future().share(),
                keys = nlohmann::json{{"keys", {test::second_key().json_web_key("second")}}}.dump()]() -> HttpResponse {
    may_go_on.wait();
    return {.body = keys};
  });
  auto first = std::async(std::launch::async, [&] { return verifies(verifier, token); });
  while (slack.fetches() < 2) std::this_thread::yield();
  auto second = std::async(std::launch::async, [&] { return verifies(verifier, token); });
  CHECK(second.wait_for(20ms) == std::future_status::timeout);
  go_on.set_value();
  CHECK(first.get());
  CHECK(second.get());
  CHECK(slack.fetches() == 2);
}
