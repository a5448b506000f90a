// Authorizing, re-keying and revoking through two stores of one SQLite file, as two processes do.
#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/sqlite3.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::handle_revocation;
using slack::oauth::Installation;
using slack::oauth::SQLite3InstallationStore;

const std::vector<std::string> users{"U0ADA", "U0GRACE", "U0LINUS"};

Installation installation_of(const std::string& user_id, std::int64_t installed_at) {
  return {.team_id = "T0FURNACE",
          .bot_token = "xoxb-not-a-real-token-1",
          .bot_user_id = "U0BOTUSER",
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-of-" + user_id,
          .installed_at = test::at(installed_at)};
}

void run_together(const std::vector<std::function<void()>>& jobs) {
  std::vector<std::thread> threads;
  threads.reserve(jobs.size());
  for (const auto& job : jobs) threads.emplace_back(job);
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("Two processes that file a workspace's records anew at once lose none") {
  for (int round = 0; round < 3; ++round) {
    const test::TemporaryFolder folder;
    SQLite3InstallationStore first({.database = folder.file("a.db"), .client_id = "111.222"});
    SQLite3InstallationStore second({.database = folder.file("a.db"), .client_id = "111.222"});
    for (const auto& user : users) first.save(installation_of(user, 100));
    std::atomic<int> faults{0};
    std::vector<std::function<void()>> jobs;
    for (auto* store : {&first, &second}) {
      for (const auto& user : users) {
        jobs.emplace_back([&faults, store, &user] {
          Authorizer authorizer(*store);
          for (int i = 0; i < 3; ++i) {
            const auto result =
                authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = user});
            if (!result || !result->bot_token) ++faults;
            if (result && result->user_token && *result->user_token != "xoxp-not-a-real-token-of-" + user) ++faults;
          }
        });
      }
    }
    run_together(jobs);
    CHECK(faults == 0);
    for (const auto& user : users) {
      CHECK(second.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = user}));
    }
    CHECK_FALSE(second.find_bot({.team_id = "T0FURNACE"}));
    CHECK_FALSE(second.find_installation({.team_id = "T0FURNACE"}));
  }
}

TEST_CASE("An event that two processes are sent at once deletes what is older, and leaves what is newer") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore first({.database = folder.file("a.db"), .client_id = "111.222"});
  SQLite3InstallationStore second({.database = folder.file("a.db"), .client_id = "111.222"});
  auto older = installation_of("U0ADA", 100);
  older.bot_token.reset();
  first.save(older);
  first.save(installation_of("U0GRACE", 300));
  const nlohmann::json event{{"type", "event_callback"},
                             {"team_id", "T0FURNACE"},
                             {"event", {{"type", "app_uninstalled"}, {"event_ts", "200.000000"}}}};
  std::atomic<int> kept{0};
  std::vector<std::function<void()>> jobs;
  for (auto* store : {&first, &second}) {
    jobs.emplace_back([&, store] {
      if (handle_revocation(*store, event).kept_newer) ++kept;
    });
  }
  run_together(jobs);
  CHECK(kept == 2);
  CHECK(first.find_bot({.team_id = "T0FURNACE"}));
  CHECK(first.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"}));
  CHECK_FALSE(first.find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"}));
}
