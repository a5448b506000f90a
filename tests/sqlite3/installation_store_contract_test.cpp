// The whole contract kit on SQLite3InstallationStore, in every way that it can be used.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <string>
#include <utility>
#include <vector>

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

/// Calls each method on the next of the stores that `store` gives: a new one, or another.
class Redirected : public InstallationStore {
 public:
  using Give = std::function<std::shared_ptr<InstallationStore>()>;

  explicit Redirected(Give store) : store_(std::move(store)) {}

  void save(const slack::oauth::Installation& installation) override { store_()->save(installation); }
  void save_bot(const slack::oauth::Bot& bot) override { store_()->save_bot(bot); }
  std::optional<slack::oauth::Bot> find_bot(const slack::oauth::BotQuery& query) const override {
    return store_()->find_bot(query);
  }
  std::optional<slack::oauth::Installation> find_installation(
      const slack::oauth::InstallationQuery& query) const override {
    return store_()->find_installation(query);
  }
  void delete_bot(const slack::oauth::WorkspaceRef& ref) override { store_()->delete_bot(ref); }
  void delete_installation(const slack::oauth::InstallationRef& ref) override { store_()->delete_installation(ref); }
  void delete_all(const slack::oauth::WorkspaceRef& ref) override { store_()->delete_all(ref); }
  void for_each_bot(std::function<void(const slack::oauth::Bot&)> visit) const override {
    store_()->for_each_bot(std::move(visit));
  }
  void for_each_installation(std::function<void(const slack::oauth::Installation&)> visit) const override {
    store_()->for_each_installation(std::move(visit));
  }

 private:
  Give store_;
};

std::shared_ptr<Redirected> make_reopened() {
  return std::make_shared<Redirected>([first = make_store(false)]() -> std::shared_ptr<InstallationStore> {
    return std::make_shared<Placed>(first->folder, first->opened_with);
  });
}

std::shared_ptr<Redirected> make_alternating() {
  auto first = make_store(false);
  std::shared_ptr<InstallationStore> second = std::make_shared<Placed>(first->folder, first->opened_with);
  auto calls = std::make_shared<std::atomic<int>>(0);
  return std::make_shared<Redirected>(
      [=]() -> std::shared_ptr<InstallationStore> { return (*calls)++ % 2 == 0 ? second : first; });
}

void run(const std::vector<slack::oauth::testing::Check>& checks) {
  for (const auto& check : checks) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

}  // namespace

TEST_CASE("the SQLite store keeps the contract when it is opened anew for every call", "[sqlite3]") {
  // Opening takes a hundred times as long as a call, so there are fewer of them, and more time for each.
  run(slack::oauth::testing::installation_store_contract(make_reopened, {.random_operations = 60,
                                                                         .threads = 2,
                                                                         .least_turns = 5,
                                                                         .saves_per_thread = 5,
                                                                         .visited_workspaces = 30,
                                                                         .patience = std::chrono::minutes(2)}));
}

TEST_CASE("the SQLite store keeps the contract through two stores on one database", "[sqlite3]") {
  run(slack::oauth::testing::installation_store_contract(make_alternating, {.random_operations = 1'000}));
}

TEST_CASE("the SQLite store keeps the contract in memory", "[sqlite3]") {
  run(slack::oauth::testing::installation_store_contract([] {
    return std::make_unique<SQLite3InstallationStore>(
        SQLite3InstallationStoreOptions{.database = ":memory:", .client_id = "111.222"});
  }));
}

TEST_CASE("the SQLite store keeps the contract", "[sqlite3]") {
  const bool keeps_history = GENERATE(false, true);
  const auto checks = slack::oauth::testing::installation_store_contract(
      [keeps_history] { return make_store(keeps_history); }, options());
  CAPTURE(keeps_history);
  run(checks);
}
