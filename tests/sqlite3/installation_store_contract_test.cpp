// The whole contract kit on SQLite3InstallationStore, in every way that it can be used.
#include <chrono>
#include <functional>
#include <memory>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <string>
#include <utility>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"

namespace {

using slack::oauth::InstallationStore;
using slack::oauth::SQLite3InstallationStore;
using slack::oauth::SQLite3InstallationStoreOptions;
using slack::oauth::SQLite3Synchronous;

/// A store in a folder of its own.
struct Placed : slack::oauth::SQLite3InstallationStore {
  Placed(std::shared_ptr<const test::TemporaryFolder> where, const SQLite3InstallationStoreOptions& options)
      : SQLite3InstallationStore(options), folder(std::move(where)), opened_with(options) {}

  std::shared_ptr<const test::TemporaryFolder> folder;
  SQLite3InstallationStoreOptions opened_with;
};

std::shared_ptr<Placed> make_store(bool keeps_history) {
  auto folder = std::make_shared<const test::TemporaryFolder>();
  // The disk is not what is tested here, and some of it is on slow ones.
  const SQLite3InstallationStoreOptions options{.database = folder->file("installations.db"),
                                                .client_id = "111.222",
                                                .historical_data_enabled = keeps_history,
                                                .synchronous = SQLite3Synchronous::off};
  return std::make_shared<Placed>(std::move(folder), options);
}

slack::oauth::testing::ContractOptions<Placed> options() {
  return {.other_client = [](Placed& store) -> std::shared_ptr<InstallationStore> {
            auto other = store.opened_with;
            other.client_id = "111.223";
            return std::make_shared<Placed>(store.folder, other);
          },
          .break_storage =
              [](Placed& store) {
                const std::string path = store.opened_with.database;
                test::execute(path, "alter table slack_bots rename to away_bots");
                test::execute(path, "alter table slack_installations rename to away_installations");
                return [path] {
                  test::execute(path, "alter table away_bots rename to slack_bots");
                  test::execute(path, "alter table away_installations rename to slack_installations");
                };
              },
          .random_operations = 1'000};
}

}  // namespace

TEST_CASE("the SQLite store keeps the contract", "[sqlite3]") {
  const bool keeps_history = GENERATE(false, true);
  const auto checks = slack::oauth::testing::installation_store_contract(
      [keeps_history] { return make_store(keeps_history); }, options());
  for (const auto& check : checks) {
    DYNAMIC_SECTION((keeps_history ? "with history: " : "") << check.name()) { check.run(); }
  }
}
