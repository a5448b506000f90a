#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/memory.hpp"
#include "support/flow.hpp"

using namespace slack::oauth;

TEST_CASE("of callbacks with one state at the same moment exactly one succeeds", "[flow][concurrency]") {
  constexpr int rounds = 50;
  constexpr int threads = 4;
  testing::FakeSlack slack(test::sample_slack());
  MemoryInstallationStore store;
  MemoryOAuthStateStore states;
  std::atomic<int> successes{0};
  std::atomic<int> invalid_states{0};
  OAuthHooks hooks;
  hooks.success = [&](const InstallationSuccess&) { ++successes; };
  hooks.failure = [&](const InstallationFailure& failure) {
    if (failure.reason == "invalid_state") ++invalid_states;
  };
  OAuthFlow flow(store, states, slack.client(), test::sample_settings(), hooks);
  for (int round = 0; round < rounds; ++round) {
    test::Browser browser;
    const std::string state = browser.begin(flow);
    const HttpRequest request{.url = "/slack/oauth_redirect?code=" + test::new_code(slack) + "&state=" + state,
                              .headers = browser.headers()};
    std::atomic<int> waiting{threads};
    std::vector<int> statuses(threads);
    std::vector<std::thread> running;
    for (auto& status : statuses) {
      running.emplace_back([&] {
        --waiting;
        while (waiting > 0) std::this_thread::yield();
        status = flow.handle_callback(request).status;
      });
    }
    for (auto& thread : running) thread.join();
    CHECK(std::count(statuses.begin(), statuses.end(), 302) == 1);
    CHECK(std::count(statuses.begin(), statuses.end(), 401) == threads - 1);
  }
  CHECK(successes == rounds);
  CHECK(invalid_states == rounds * (threads - 1));
  CHECK(slack.requests("oauth.v2.access").size() == rounds);
}

TEST_CASE("many people install at once", "[flow][concurrency]") {
  constexpr int people = 4;
  constexpr int times = 25;
  testing::FakeSlack slack(test::sample_slack());
  MemoryInstallationStore store;
  MemoryOAuthStateStore states;
  OAuthFlow flow(store, states, slack.client(), test::sample_settings());
  std::vector<int> failures(people);
  std::vector<std::thread> running;
  for (auto& failed : failures) {
    running.emplace_back([&] {
      test::Browser browser;
      for (int i = 0; i < times; ++i) {
        const std::string first = browser.begin(flow);
        const std::string second = browser.begin(flow);
        if (browser.come_back(flow, first, test::new_code(slack)).status != 200) ++failed;
        if (browser.come_back(flow, second, test::new_code(slack)).status != 200) ++failed;
      }
    });
  }
  for (auto& thread : running) thread.join();
  CHECK(failures == std::vector<int>(people));
}
