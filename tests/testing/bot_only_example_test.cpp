// The store that docs/writing-a-store.md shows keeps the contract that the page speaks of.
#define main bot_only_store_main
#include "../../examples/bot_only_store.cpp"
#undef main

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "catch.hpp"
#include "slack/oauth/testing/installation_store_contract.hpp"

TEST_CASE("the bot-only example's store keeps the contract", "[kit]") {
  const auto folder = std::filesystem::temp_directory_path() / "slack-oauth-bot-only-test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  int number = 0;
  const auto report = slack::oauth::testing::run_contract(
      [&] { return std::make_unique<BotFileStore>((folder / (std::to_string(number++) + ".json")).string()); },
      {.random_operations = 200, .concurrent_time = std::chrono::milliseconds{20}, .visited_workspaces = 20});
  for (const auto& failure : report.failures) UNSCOPED_INFO(failure);
  CHECK(report.passed());
  CHECK(report.checks == 40);
  std::filesystem::remove_all(folder);
}
