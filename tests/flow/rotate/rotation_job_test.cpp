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

  // What was not tried is at the next run.
  rotation.store.on_save_bot = nullptr;
  CHECK(rotator.rotate_all(rotation.store, 2h).bots == workspaces - 3);
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
