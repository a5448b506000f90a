// Processes that rotate the tokens of one storage at the same time, whatever its engine: each opens a store of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "integration/processes.hpp"

namespace test {

namespace so = slack::oauth;

constexpr so::Timestamp installed_at{std::chrono::seconds{1'767'225'600}};
constexpr so::Timestamp due_at = installed_at + std::chrono::hours{11};

using OpenStore = std::function<std::shared_ptr<so::InstallationStore>()>;

template <class Transport>
so::BasicTokenRotator<Transport> rotator_over(Transport transport, so::TokenRotatorOptions settings = {}) {
  if (!settings.clock) settings.clock = [] { return due_at; };
  so::SlackClientOptions client;
  client.sleep = [](std::chrono::milliseconds /*time*/) {};  // no test waits for the rate limit
  return {
      so::BasicSlackClient<Transport>(std::move(transport), client), {"111.222", "not-a-real-client-secret"}, settings};
}

inline void require(bool is_true, const char* what) {
  if (!is_true) throw std::runtime_error(what);
}

/// A storage with installations whose tokens are due, and the Slack that gave them. Every fourth has a user's too.
struct RotationScene {
  RotationScene(OpenStore open_store, int workspace_count, so::testing::FaultRates faults = {})
      : open(std::move(open_store)), workspaces(workspace_count), slack(settings(faults)) {
    slack.set_faults({});
    const auto store = open();
    for (int i = 0; i < workspaces; ++i) {
      const so::testing::SlackWorkspace workspace{.team_id = "T" + std::to_string(i), .team_name = "Furnace Works"};
      const auto answer = slack.grant(workspace, "chat:write", i % 4 == 0 ? "search:read" : "");
      store->save(so::installation_from_oauth_response(answer, installed_at));
    }
    now = due_at;
    slack.set_faults(faults);
  }

  std::vector<int> serve(Processes& processes) {
    const auto results = processes.serve(
        [&](const so::HttpRequest& request) {
          const auto response = slack.send(request);
          if (on_request) on_request();
          return response;
        },
        [&] { return std::exchange(delay, std::chrono::milliseconds{0}).count(); });
    slack.set_faults({});
    return results;
  }

  int refreshes() const { return slack.calls("oauth.v2.access refresh_token"); }

  OpenStore open;
  int workspaces;
  so::Timestamp now = installed_at;
  std::chrono::milliseconds delay{0};
  std::function<void()> on_request{};  ///< called for each that Slack has acted on
  so::testing::FakeSlack slack;

 private:
  so::testing::FakeSlackOptions settings(so::testing::FaultRates faults) {
    so::testing::FakeSlackOptions settings;
    settings.clock = [this] { return now; };
    settings.sleep = [this](std::chrono::milliseconds time) { delay = time; };  // the process that asked waits
    settings.fault_rates = faults;
    return settings;
  }
};

/// One request in ten fails, is delayed or is dropped.
inline so::testing::FaultRates one_in_ten(std::uint64_t seed) {
  return {.server_error = 0.01,
          .api_error = 0.01,
          .rate_limit = 0.01,
          .delay = 0.02,
          .drop_before = 0.02,
          .drop_after = 0.03,
          .delay_for = std::chrono::milliseconds{5},
          .seed = seed};
}

/// A scheduled job, again and again until nothing is left that may pass.
inline void run_jobs_until_done(so::InstallationStore& store, so::BasicTokenRotator<SocketTransport>& rotator) {
  std::set<std::string> used_up;
  bool may_pass = true;
  while (may_pass) {
    may_pass = false;
    rotator.rotate_all(store, std::chrono::hours{2}, [&](const so::RotationFailure& failure) {
      require(!failure.is_unsaved, "a token was not saved");
      const std::string whose = failure.team_id + " " + failure.user_id;
      try {
        std::rethrow_exception(failure.error);
      } catch (const so::Error& error) {
        if (error.code() == "invalid_refresh_token") used_up.insert(whose);
        may_pass |= error.is_retryable() && !used_up.contains(whose);
      }
    });
  }
}

/// Events, of any workspace in any order.
inline void answer_events(so::InstallationStore& store, so::BasicTokenRotator<SocketTransport>& rotator, int workspaces,
                          std::mt19937 random) {
  for (int i = 0; i < workspaces; ++i) {
    const std::string team_id = "T" + std::to_string(random() % static_cast<unsigned>(workspaces));
    const auto found = store.find_installation({.team_id = team_id}).value();
    try {
      const auto rotated = rotator.rotate(store, found);
      require(!rotator.is_due(rotated), "a token that was given back is due");
    } catch (const so::TokenRotationError& error) {
      require(!error.has_unsaved_token(), "a token was not saved");
    }
  }
}

/// Checks that every access token works, and that no refresh token was used twice, or is used up in the storage, but
/// after an answer that was lost. Returns how many were.
inline int check_kept_working(const RotationScene& scene) {
  const auto refresh_tokens = scene.slack.refresh_tokens();
  int lost = 0;
  for (const auto& [token, record] : refresh_tokens) {
    lost += record.lost_answers > 0 ? 1 : 0;
    CHECK((record.uses <= 1 || record.lost_answers > 0));
  }
  const auto check_kept = [&](const std::string& access_token, const std::optional<std::string>& refresh_token,
                              const auto& expires_at) {
    CHECK(scene.slack.is_working(access_token));
    const auto& record = refresh_tokens.at(refresh_token.value());
    // Only an answer that was lost leaves a pair that cannot be refreshed any more.
    if (record.lost_answers > 0) return;
    CHECK(record.uses == 0);
    CHECK(expires_at == so::expires_in(std::chrono::hours{12}, due_at));
  };
  const auto store = scene.open();
  int bots = 0;
  store->for_each_bot([&](const so::Bot& bot) {
    ++bots;
    check_kept(bot.bot_token, bot.bot_refresh_token, bot.bot_token_expires_at);
  });
  int users = 0;
  store->for_each_installation([&](const so::Installation& installation) {
    if (!installation.user_token) return;
    ++users;
    check_kept(*installation.user_token, installation.user_refresh_token, installation.user_token_expires_at);
  });
  CHECK(bots == scene.workspaces);
  CHECK(users == scene.workspaces / 4);
  return lost;
}

/// Eight processes, half of them scheduled jobs and half of them events.
inline void rotate_in_eight_processes(RotationScene& scene, std::uint32_t seed) {
  Processes processes;
  for (unsigned number = 0; number < 8; ++number) {
    processes.start([&, number](SocketTransport transport) {
      const auto store = scene.open();
      auto rotator = rotator_over(transport, {.lease_lifetime = std::chrono::seconds{60},
                                              .retry_pause = std::chrono::milliseconds{0},
                                              .save_pause = std::chrono::milliseconds{1},
                                              .requests_per_minute = 0});
      if (number % 2 == 0) {
        run_jobs_until_done(*store, rotator);
      } else {
        answer_events(*store, rotator, scene.workspaces, std::mt19937(seed + number));
      }
    });
  }
  for (const int result : scene.serve(processes)) CHECK(result == 0);
  const int lost = check_kept_working(scene);
  CHECK(lost > 0);  // else the faults were none
  WARN("seed " << seed << ": " << scene.refreshes() << " refreshes, of which " << lost
               << " answers were lost, and no other refresh token was used twice");
}

/// Jobs in four processes, each with a part of the requests of a minute.
inline void share_a_job(const OpenStore& open) {
  constexpr int parts = 4;
  constexpr int workspaces = 200;
  constexpr std::chrono::milliseconds between_requests{10};
  using Clock = std::chrono::steady_clock;
  struct Counting {
    so::HttpResponse send(const so::HttpRequest& request) {
      ++*asked;
      return socket.send(request);
    }
    SocketTransport socket;
    int* asked;
  };
  RotationScene scene(open, workspaces, {.delay = 1, .delay_for = std::chrono::milliseconds{5}});
  Processes processes;
  const auto start = Clock::now();
  for (int part = 0; part < parts; ++part) {
    processes.start([&](SocketTransport transport) {
      const auto store = open();
      int asked = 0;
      auto rotator = rotator_over(
          Counting{transport, &asked},
          {.lease_lifetime = std::chrono::seconds{60},
           .requests_per_minute = std::chrono::minutes{1} / between_requests,
           .clock = [&] { return due_at + std::chrono::floor<std::chrono::microseconds>(Clock::now() - start); }});
      const auto report = rotator.rotate_all(*store, std::chrono::hours{2});
      require(report.passed(), "a token was not refreshed");
      require(asked > workspaces / parts / 10, "a job left all the work to the others");
      require((asked - 1) * between_requests <= Clock::now() - start, "there were too many requests");
    });
  }
  for (const int result : scene.serve(processes)) CHECK(result == 0);
  CHECK(scene.refreshes() == workspaces + workspaces / 4);
  for (const auto& [token, record] : scene.slack.refresh_tokens()) CHECK(record.uses <= 1);
}

}  // namespace test
