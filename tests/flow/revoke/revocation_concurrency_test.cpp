// Events that remove an app, while it is installed again.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/memory.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::handle_revocation;
using slack::oauth::Installation;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::Timestamp;

const Timestamp removed_at = test::at(200);

Installation installation_of(const std::string& user_id, const char* enterprise_id, std::int64_t installed_at) {
  const std::string era = std::to_string(installed_at);
  Installation installation{.team_id = "T0FURNACE",
                            .bot_token = "xoxb-not-a-real-token-" + era,
                            .bot_user_id = "U0BOTUSER",
                            .user_id = user_id,
                            .user_token = "xoxp-not-a-real-token-" + era,
                            .installed_at = test::at(installed_at)};
  if (enterprise_id != nullptr) installation.enterprise_id = enterprise_id;
  return installation;
}

nlohmann::json event_of(const char* type) {
  nlohmann::json event{{"type", type}, {"event_ts", "200.000000"}};
  if (event["type"] == "tokens_revoked") {
    event["tokens"] = {{"oauth", {"U0ADA", "U0GRACE", "U0LINUS"}}, {"bot", {"U0BOTUSER"}}};
  }
  return {{"type", "event_callback"}, {"enterprise_id", "E0KILN"}, {"team_id", "T0FURNACE"}, {"event", event}};
}

/// Begins them together, but for what each waits by itself.
void run_together(const std::vector<std::function<void()>>& jobs, std::mt19937& random) {
  std::atomic<std::size_t> waiting{jobs.size()};
  std::vector<std::thread> threads;
  threads.reserve(jobs.size());
  for (const auto& job : jobs) {
    threads.emplace_back([&waiting, &job, turns = random() % 3000] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      for (std::atomic<unsigned> turn{0}; turn < turns;) ++turn;
      job();
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("An app that is installed again while events remove it stays, and nothing older does", "[flow]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    MemoryInstallationStore store;
    const char* enterprise_of_before = random() % 2 == 0 ? "E0KILN" : nullptr;
    for (const char* user : {"U0ADA", "U0GRACE", "U0LINUS"}) {
      store.save(installation_of(user, enterprise_of_before, 100));
    }
    std::vector<std::function<void()>> jobs{[&] { store.save(installation_of("U0ADA", "E0KILN", 300)); },
                                            [&] { handle_revocation(store, event_of("app_uninstalled")); },
                                            [&] { handle_revocation(store, event_of("tokens_revoked")); }};
    if (random() % 2 == 0) jobs.pop_back();
    run_together(jobs, random);

    const auto bot = store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
    REQUIRE(bot);
    CHECK(bot->bot_token == "xoxb-not-a-real-token-300");
    int left = 0;
    store.for_each_installation([&](const Installation& installation) {
      ++left;
      CHECK(installation.user_id == "U0ADA");
      CHECK(installation.installed_at > removed_at);
      CHECK(installation.bot_token == "xoxb-not-a-real-token-300");
    });
    CHECK(left == 1);
    CHECK_FALSE(store.find_bot({.team_id = "T0FURNACE"}));
  }
}
