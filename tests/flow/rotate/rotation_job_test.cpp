// What a scheduled job does when the store takes no new tokens.
#include <chrono>
#include <cstddef>
#include <exception>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::disk_is_full;
using test::Rotation;

namespace {

constexpr int workspaces = 8;

/// The bots' tokens are due, and there are no users'.
struct Job {
  Job() {
    for (int i = 0; i < workspaces; ++i) rotation.install("T" + std::to_string(i), "U0ADA", "");
    rotation.let_expire();
  }

  Rotation rotation{};
};

std::string code_of(const RotationFailure& failure) {
  return std::string(test::thrown_by<TokenRotationError>([&] { std::rethrow_exception(failure.error); }).code());
}

}  // namespace

TEST_CASE("a job whose store takes no new tokens uses up no more than three refresh tokens", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  rotation.store.on_save_bot = [](const Bot& /*bot*/) { throw disk_is_full(); };
  std::vector<std::string> errors;
  auto rotator = rotation.rotator(
      {.logger = Logger(LogLevel::error, [&](LogLevel, std::string_view line) { errors.emplace_back(line); })});
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(rotation.refreshes() == 3);
  CHECK(report.bots == 0);
  CHECK(report.failed == workspaces);
  CHECK(report.not_tried == workspaces - 3);
  CHECK_FALSE(report.passed());
  REQUIRE(report.failures.size() == workspaces);
  for (std::size_t i = 0; i < workspaces; ++i) {
    const auto& failure = report.failures[i];
    CHECK(failure.is_unsaved == (i < 3));
    CHECK(code_of(failure) == (i < 3 ? "FULL" : "not_tried"));
    CHECK_FALSE(failure.team_id.empty());
    CHECK_THAT(failure.message, Catch::Matchers::ContainsSubstring(failure.team_id));
  }
  CHECK(errors.size() == 3 + 1);  // each that was not saved, and that the job asks no more

  // What was kept is saved at the next run, and what was not tried is refreshed.
  rotation.store.on_save_bot = nullptr;
  CHECK(rotator.rotate_all(rotation.store, 2h).bots == workspaces);
  CHECK(rotation.refreshes() == workspaces);
}

TEST_CASE("a job goes on where a save works in between", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  int saves = 0;
  rotation.store.on_save_bot = [&](const Bot& bot) {
    if (++saves % 3 != 0) throw disk_is_full();
    rotation.store.inner().save_bot(bot);
  };
  auto rotator = rotation.rotator({.save_attempts = 1});
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(rotation.refreshes() == workspaces);
  CHECK(report.bots == 2);
  CHECK(report.failed == workspaces - 2);
  CHECK(report.not_tried == 0);
}

TEST_CASE("a job stops for users' tokens too, once bots' could not be saved", "[flow]") {
  Rotation rotation;
  for (int i = 0; i < 3; ++i) rotation.install("T" + std::to_string(i));
  rotation.let_expire();
  rotation.store.on_save_bot = [](const Bot& /*bot*/) { throw disk_is_full(); };
  auto rotator = rotation.rotator();
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(rotation.refreshes() == 3);
  CHECK(report.users == 0);
  CHECK(report.failed == 6);
  CHECK(report.not_tried == 3);
}

TEST_CASE("refusals of Slack's end no job", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  rotation.instead = [](const HttpRequest&) {
    return test::json_answer({{"ok", false}, {"error", "invalid_refresh_token"}});
  };
  auto rotator = rotation.rotator();
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.failed == workspaces);
  CHECK(report.not_tried == 0);
}

TEST_CASE("a job lists once what has to be installed again", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  auto rotator = rotation.rotator();
  rotation.slack.revoke_bot("T3");
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.bots == workspaces - 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].needs_installation);
  CHECK(report.failures[0].team_id == "T3");
  rotation.clock.advance(2h);
  CHECK(rotator.rotate_all(rotation.store, 2h).passed());
  CHECK(rotation.refreshes() == workspaces);
}

TEST_CASE("a job waits as Slack asks, holding no turn, and goes on", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  int requests = 0;
  rotation.instead = [&](const HttpRequest& request) -> HttpResponse {
    if (++requests == 3) return {.status = 429, .headers = {{"Retry-After", "8"}}, .body = ""};
    return rotation.slack.send(request);
  };
  std::vector<std::chrono::milliseconds> pauses;
  bool is_any_held = false;
  auto rotator = rotation.rotator({.requests_per_minute = 0, .sleep = [&](std::chrono::milliseconds time) {
                                     pauses.push_back(time);
                                     for (int i = 0; i < workspaces; ++i) {
                                       const std::string team_id = "T" + std::to_string(i);
                                       is_any_held = is_any_held || rotation.store.inner().try_lease(
                                                                        {.team_id = team_id}, 1s) == nullptr;
                                     }
                                   }});
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.passed());
  CHECK(report.bots == workspaces);
  CHECK(requests == workspaces + 1);
  CHECK(pauses == std::vector<std::chrono::milliseconds>{8s});
  CHECK_FALSE(is_any_held);
}

TEST_CASE("a job spreads its requests evenly over the minute, and holds no turn between them", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  std::vector<Timestamp> asked_at;
  rotation.instead = [&](const HttpRequest& request) {
    asked_at.push_back(rotation.clock());
    const bool is_slow = asked_at.size() == 3;
    rotation.clock.advance(is_slow ? 7s : 1s);  // which Slack takes to answer
    return rotation.slack.send(request);
  };
  bool is_any_held = false;
  auto rotator = rotation.rotator({.requests_per_minute = 20, .sleep = [&](std::chrono::milliseconds time) {
                                     for (int i = 0; i < workspaces; ++i) {
                                       const std::string team_id = "T" + std::to_string(i);
                                       is_any_held = is_any_held || rotation.store.inner().try_lease(
                                                                        {.team_id = team_id}, 1s) == nullptr;
                                     }
                                     rotation.clock.advance(std::chrono::duration_cast<std::chrono::seconds>(time));
                                   }});
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.bots == workspaces);
  REQUIRE(asked_at.size() == workspaces);
  for (std::size_t i = 1; i < asked_at.size(); ++i) {
    CAPTURE(i);
    CHECK(asked_at[i] - asked_at[i - 1] == (i == 3 ? 7s : 3s));  // what was slow is not made up for by a burst
  }
  CHECK_FALSE(is_any_held);
}

TEST_CASE("a job keeps below the limit of Slack's by default, and events do not wait", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  auto rotator = rotation.rotator();
  for (int i = 0; i < 3; ++i) rotator.rotate_bot(rotation.store, rotation.bot("T" + std::to_string(i)));
  CHECK(rotation.pauses.empty());
  CHECK(rotator.rotate_all(rotation.store, 2h).bots == workspaces - 3);
  // The clock stands still, and so it takes each pause to be all of it.
  CHECK(rotation.pauses == std::vector<std::chrono::milliseconds>(workspaces - 3 - 1, 120ms));
  CHECK(60s / rotation.pauses.front() < 600);
}

TEST_CASE("a job waits no longer where the clock is set back", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  rotation.instead = [&](const HttpRequest& request) {
    rotation.clock.advance(-60s);
    return rotation.slack.send(request);
  };
  auto rotator = rotation.rotator({.requests_per_minute = 60});
  CHECK(rotator.rotate_all(rotation.store, 2h).bots == workspaces);
  CHECK(rotation.pauses == std::vector<std::chrono::milliseconds>(workspaces - 1, 1s));
}

TEST_CASE("a job that Slack tells to come back much later ends", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  int requests = 0;
  rotation.instead = [&](const HttpRequest& request) -> HttpResponse {
    if (++requests > 2) return {.status = 429, .headers = {{"Retry-After", "3600"}}, .body = ""};
    return rotation.slack.send(request);
  };
  auto rotator = rotation.rotator({.requests_per_minute = 0});
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(requests == 3);
  CHECK(report.bots == 2);
  CHECK(report.failed == workspaces - 2);
  CHECK(report.not_tried == workspaces - 3);
  CHECK(rotation.pauses.empty());
}

TEST_CASE("a job leaves for the end what another one has the turn for", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  auto lease = rotation.store.inner().try_lease({.team_id = "T3"}, 1h);
  int requests = 0;
  rotation.instead = [&](const HttpRequest& request) {
    if (++requests == workspaces - 1) lease.reset();
    return rotation.slack.send(request);
  };
  auto rotator = rotation.rotator();
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.passed());
  CHECK(report.bots == workspaces);
  CHECK(rotation.slack.is_working(rotation.bot("T3").bot_token));
}

TEST_CASE("a job says whose turn did not come", "[flow]") {
  Job job;
  auto& rotation = job.rotation;
  const auto lease = rotation.store.inner().try_lease({.team_id = "T3"}, 1h);
  auto rotator = rotation.rotator({.lease_timeout = 10ms});
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.bots == workspaces - 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].team_id == "T3");
  CHECK(code_of(report.failures[0]) == "lease_timeout");
}

TEST_CASE("a rotator says once that turns reach threads alone", "[flow]") {
  struct Shared : test::HookedStore {
    LeaseScope lease_scope() const override { return scope; }
    LeaseScope scope = LeaseScope::threads;
  };
  Rotation rotation;
  std::vector<std::string> warnings;
  auto rotator = rotation.rotator(
      {.logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) { warnings.emplace_back(line); })});
  Shared store;
  const bool is_shared = GENERATE(false, true);
  if (is_shared) store.scope = LeaseScope::processes;
  store.save(rotation.install("T1"));
  rotation.let_expire();
  for (int i = 0; i < 2; ++i) {
    rotator.rotate_bot(store, store.find_bot({.team_id = "T1"}).value());
    rotation.let_expire();
  }
  CHECK(warnings.size() == (is_shared ? 0 : 1));
}
