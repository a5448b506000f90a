// The contract kit on an encrypted store over SQLite, and everything sealed anew while an app rotates.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/models/refreshed_token.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <slack/oauth/testing/store_changes_contract.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "file/temp_folder.hpp"
#include "support/state_clock.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

struct OverSQLite : EncryptingInstallationStore {
  explicit OverSQLite(std::shared_ptr<test::TempFolder> where = std::make_shared<test::TempFolder>(),
                      const std::string& client_id = "111.222")
      : EncryptingInstallationStore(
            std::make_shared<SQLite3InstallationStore>(SQLite3InstallationStoreOptions{
                .database = *where / "app.db", .client_id = client_id, .synchronous = SQLite3Synchronous::off}),
            test::one_key(), {.client_id = client_id, .secret_custom_values = {"changed", "text"}}),
        folder(std::move(where)) {}

  std::shared_ptr<test::TempFolder> folder;
};

void run(const std::vector<testing::Check>& checks) {
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

std::string token(int workspace, int number) {
  return "not-a-real-token-" + std::to_string(workspace) + "-" + std::to_string(number);
}

}  // namespace

TEST_CASE("an encrypted store in SQLite keeps the contract", "[encrypting]") {
  testing::ContractOptions<OverSQLite> options;
  options.concurrent_time = std::chrono::milliseconds{100};
  options.random_operations = 500;
  options.other_client = [](OverSQLite& store) { return std::make_shared<OverSQLite>(store.folder, "3.4"); };
  const auto make_store = [] { return std::make_unique<OverSQLite>(); };
  run(testing::installation_store_contract(make_store, options));
  run(testing::workspace_lease_contract(make_store));
  // Changes may outlive their store, and so have its file.
  std::vector<std::shared_ptr<test::TempFolder>> folders;
  run(testing::store_changes_contract([&] {
    folders.push_back(std::make_shared<test::TempFolder>());
    return std::make_unique<OverSQLite>(folders.back());
  }));
}

TEST_CASE("an encrypted store of states in SQLite keeps the contract", "[encrypting]") {
  const test::TempFolder folder;
  std::atomic<int> made = 0;
  run(testing::state_store_contract([&] {
    return std::make_unique<EncryptingOAuthStateStore>(
        sqlite3_stores({.database = folder / (std::to_string(++made) + ".db"),
                        .client_id = "111.222",
                        .synchronous = SQLite3Synchronous::off})
            .states,
        test::one_key());
  }));
}

TEST_CASE("no rotation is lost, and none succeeds twice, while everything is sealed anew", "[encrypting]") {
  constexpr int workspaces = 4;
  OverSQLite store;
  const auto refreshed = [](int workspace, int number) {
    return RefreshedToken{.token_type = "bot",
                          .access_token = "xoxe.xoxb-1-" + token(workspace, number),
                          .refresh_token = token(workspace, number)};
  };
  for (int i = 0; i < workspaces; ++i) {
    store.save_bot({.team_id = "T" + std::to_string(i),
                    .bot_token = refreshed(i, 0).access_token,
                    .bot_refresh_token = token(i, 0)});
  }
  // The same ring in each thread's store, as in each process of a deployment.
  KeyRing keys = test::one_key();
  EncryptingInstallationStore rotating(
      std::make_shared<SQLite3InstallationStore>(SQLite3InstallationStoreOptions{
          .database = *store.folder / "app.db", .client_id = "111.222", .synchronous = SQLite3Synchronous::off}),
      keys, {.client_id = "111.222"});
  std::atomic<bool> is_done = false;
  std::atomic<std::size_t> resealed = 0;
  std::atomic<int> successes = 0;
  std::thread resealing([&] {
    for (int number = 0; !is_done; ++number) {
      const std::string id = "key-" + std::to_string(number);
      keys.add(id, test::key_bytes(static_cast<char>('2' + number % 50)));
      keys.set_current(id);
      resealed += rotating.reencrypt_all().sealed;
    }
  });
  constexpr int rotations = 60;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      for (int number = 0; number < rotations; ++number) {
        for (int i = 0; i < workspaces; ++i) {
          const std::string team_id = "T" + std::to_string(i);
          const std::string used = token(i, number);
          const RefreshedToken next = refreshed(i, number + 1);
          if (rotating.replace_tokens({.team_id = team_id, .used_refresh_token = used, .token = next})) ++successes;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  is_done = true;
  resealing.join();
  CHECK(successes == rotations * workspaces);
  CHECK(resealed > 0);
  for (int i = 0; i < workspaces; ++i) {
    CHECK(rotating.find_bot({.team_id = "T" + std::to_string(i)})->bot_refresh_token == token(i, rotations));
  }
}
