// Authorizing while apps are installed again, tokens are refreshed, and workspaces join an organisation: what is given
// belongs together, and to this user.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/models/oauth_response.hpp"
#include "slack/oauth/testing/fake_slack.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::AuthorizeResult;
using slack::oauth::ClientCredentials;
using slack::oauth::Installation;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::TokenRotator;
using slack::oauth::testing::FakeSlack;
using slack::oauth::testing::FaultRule;

const std::vector<std::string> users{"U0ADA", "U0GRACE", "U0LINUS"};

void run_together(const std::vector<std::function<void()>>& jobs) {
  std::vector<std::thread> threads;
  threads.reserve(jobs.size());
  for (const auto& job : jobs) threads.emplace_back(job);
  for (auto& thread : threads) thread.join();
}

/// Whose token it is and which version: "xoxp-not-a-real-token-of-U0ADA-7".
std::string token_of(std::string_view owner, int version) {
  return "xox" + std::string(owner.starts_with('U') ? "p" : "b") + "-not-a-real-token-of-" + std::string(owner) + "-" +
         std::to_string(version);
}

std::string version_of(const std::string& token) { return token.substr(token.rfind('-') + 1); }

Installation installation_of(const std::string& user_id, int version) {
  return {.enterprise_id = "E0KILN",
          .team_id = "T0FURNACE",
          .bot_token = token_of("B0SMELTER", version),
          .bot_id = "B0SMELTER" + std::to_string(version),
          .bot_scopes = {"chat:write", std::to_string(version)},
          .user_id = user_id,
          .user_token = token_of(user_id, version),
          .user_scopes = {"search:read", std::to_string(version)}};
}

bool is_of_one_piece(const AuthorizeResult& result) {
  if (result.bot_token) {
    const std::string version = version_of(*result.bot_token);
    if (result.bot_id != "B0SMELTER" + version || result.bot_scopes.back() != version) return false;
  }
  if (!result.user_token) return result.user_scopes.empty();
  return result.user_token->find("-of-" + *result.user_id + "-") != std::string::npos &&
         result.user_scopes.back() == version_of(*result.user_token);
}

PayloadIds ids_of(const std::string& user_id) {
  return {.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = user_id};
}

}  // namespace

TEST_CASE("Authorizing while users install the app again gives nothing mixed, and nobody else's token") {
  constexpr int rounds = 400;
  MemoryInstallationStore store;
  for (const auto& user : users) store.save(installation_of(user, 0));
  Authorizer authorizer(store);
  std::atomic<bool> is_done{false};
  std::atomic<int> faults{0};
  std::atomic<int> absent{0};

  std::vector<std::function<void()>> jobs;
  jobs.emplace_back([&] {
    for (int i = 1; i <= rounds; ++i) store.save(installation_of(users[static_cast<std::size_t>(i) % 3], i));
    is_done = true;
  });
  for (std::size_t first = 0; first < 3; ++first) {
    jobs.emplace_back([&, first] {
      for (std::size_t i = first; !is_done; ++i) {
        const auto result = authorizer.authorize(ids_of(i % 4 == 3 ? "U0NOBODY" : users[i % 4]));
        if (!result || !result->bot_token || (i % 4 == 3) == result->user_token.has_value()) {
          ++absent;
        } else if (!is_of_one_piece(*result)) {
          ++faults;
        }
      }
    });
  }
  run_together(jobs);
  CHECK(faults == 0);
  CHECK(absent == 0);
}

TEST_CASE("Everybody who authorizes at once has the refreshed tokens, which were refreshed once") {
  FakeSlack slack;
  MemoryInstallationStore store;
  for (const auto& user : users) {
    auto installation = slack::oauth::installation_from_oauth_response(
        slack.grant({.team_id = "T0FURNACE", .enterprise_id = "E0KILN", .user_id = user},
                    user == users.front() ? "chat:write" : "", "search:read"));
    if (installation.bot_token) installation.bot_token_expires_at = test::at_second(10'000);
    installation.user_token_expires_at = test::at_second(10'000);
    store.save(installation);
  }
  const auto before = slack.access_tokens();
  const auto clock = [] { return test::at(9'000); };
  Authorizer authorizer(
      store, {.rotator = std::make_shared<TokenRotator>(
                  slack.client(), ClientCredentials{slack.options().client_id, slack.options().client_secret},
                  slack::oauth::TokenRotatorOptions{.clock = clock}),
              .clock = clock});
  std::atomic<int> faults{0};
  std::vector<std::function<void()>> jobs;
  for (std::size_t i = 0; i < 8; ++i) {
    jobs.emplace_back([&, i] {
      const auto& user = users[i % 3];
      const auto result = authorizer.authorize(ids_of(user));
      const auto given = slack.access_tokens();
      const bool has_both = result && result->bot_token && result->user_token;
      if (!has_both || before.contains(*result->bot_token) || !given.at(*result->bot_token).is_bot ||
          before.contains(*result->user_token) || given.at(*result->user_token).user_id != user) {
        ++faults;
      }
    });
  }
  run_together(jobs);
  CHECK(faults == 0);
  const auto uses = slack.refresh_token_uses();
  CHECK(uses.size() == 4);
  for (const auto& use : uses) {
    CAPTURE(use.refresh_token);
    CHECK(use.is_accepted);
  }
}

TEST_CASE("Nobody is \"not installed\" while a workspace's records are filed anew") {
  for (int round = 0; round < 30; ++round) {
    MemoryInstallationStore store;
    for (const auto& user : users) {
      auto installation = installation_of(user, 1);
      installation.enterprise_id.reset();
      store.save(installation);
    }
    const nlohmann::json event{{"type", "event_callback"},
                               {"team_id", "T0FURNACE"},
                               {"event", {{"type", "grid_migration_finished"}, {"enterprise_id", "E0KILN"}}}};
    Authorizer authorizer(store);
    std::atomic<int> faults{0};
    std::vector<std::function<void()>> jobs;
    jobs.emplace_back([&] { slack::oauth::handle_revocation(store, event); });
    for (const auto& user : users) {
      jobs.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          const auto result = authorizer.authorize(ids_of(user));
          if (!result || !result->bot_token || !is_of_one_piece(*result)) ++faults;
        }
      });
    }
    run_together(jobs);
    REQUIRE(faults == 0);
    for (const auto& user : users) {
      REQUIRE(authorizer.authorize(ids_of(user))->user_token == token_of(user, 1));
    }
    REQUIRE_FALSE(store.find_installation({.team_id = "T0FURNACE"}));
    REQUIRE_FALSE(store.find_bot({.team_id = "T0FURNACE"}));
  }
}

TEST_CASE("auth.test is asked and remembered by many threads at once") {
  FakeSlack slack;
  slack.add_fault({.method = "auth.test", .error = "token_revoked", .times = FaultRule::always});
  MemoryInstallationStore store;
  for (const auto& user : users) store.save(installation_of(user, 1));
  Authorizer authorizer(store, {.auth_test_client = slack.client(), .auth_test_cache_size = 2});
  std::atomic<int> faults{0};
  std::vector<std::function<void()>> jobs;
  for (std::size_t i = 0; i < 6; ++i) {
    jobs.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        if (authorizer.authorize(ids_of(users[i % 3]))) ++faults;
      }
    });
  }
  run_together(jobs);
  CHECK(faults == 0);
  CHECK_FALSE(slack.requests("auth.test").empty());
}
