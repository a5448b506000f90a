// What processes that are killed saw of one storage has an order in which each call was made at one moment.
#if !defined(_WIN32)

#include <chrono>
#include <memory>
#include <random>
#include <slack/oauth/file.hpp>
#include <slack/oauth/models/composition.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <string>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/history_processes.hpp"
#include "support/sanitizers.hpp"

namespace {

using slack::oauth::TokenReplacement;

std::shared_ptr<test::InstallationStore> open_database(const test::TemporaryFolder& folder) {
  return std::make_shared<slack::oauth::SQLite3InstallationStore>(
      slack::oauth::SQLite3InstallationStoreOptions{.database = folder.file("installations.db"),
                                                    .client_id = "111.222",
                                                    .synchronous = slack::oauth::SQLite3Synchronous::normal});
}

/// Looks, and then saves.
class LookingStore final : public slack::oauth::ForwardingInstallationStore {
  using Base = slack::oauth::ForwardingInstallationStore;

 public:
  using Base::Base;

  bool replace_tokens(const TokenReplacement& replacement) override {
    auto bot = wrapped().find_bot({.team_id = replacement.team_id});
    if (!bot || bot->bot_refresh_token != replacement.used_refresh_token) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    put_bot_token(*bot, replacement.token);
    wrapped().save_bot(*bot);
    return true;
  }
};

}  // namespace

TEST_CASE("what processes saw of SQLite has an order, though half of them were killed", NOT_SANITIZED) {
  const test::TemporaryFolder folder;
  open_database(folder);  // they do not all make the tables
  test::check_history("SQLite", [&] { return open_database(folder); });
}

TEST_CASE("what processes saw of files has an order, though half of them were killed", NOT_SANITIZED) {
  const test::TemporaryFolder folder;
  test::check_history("files", [&]() -> std::shared_ptr<test::InstallationStore> {
    return std::make_shared<slack::oauth::FileInstallationStore>(slack::oauth::FileInstallationStoreOptions{
        .base_dir = folder.file("installations"), .client_id = "111.222", .sync = false});
  });
}

TEST_CASE("a storage that looks before it saves is found by the history of its processes", NOT_SANITIZED) {
  const test::TemporaryFolder folder;
  open_database(folder);
  const auto result = test::history_of_processes(
      [&]() -> std::shared_ptr<test::InstallationStore> {
        return std::make_shared<LookingStore>(open_database(folder));
      },
      false, std::random_device()());
  CHECK_FALSE(result.finding.empty());
}

#endif
