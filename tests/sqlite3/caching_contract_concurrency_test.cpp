// The contract kits on a cache over SQLite3InstallationStore.
#include <chrono>
#include <functional>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/store_changes_contract.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"

using namespace slack::oauth;

namespace {

/// Makes a store in a folder of its own, and opens others there.
class Databases {
 public:
  std::shared_ptr<InstallationStore> make() {
    folder_ = std::make_shared<const test::TemporaryFolder>();
    return open("1.2");
  }
  std::shared_ptr<InstallationStore> open(const std::string& client_id) const {
    auto store =
        cached(sqlite3_stores({.database = path(), .client_id = client_id, .synchronous = SQLite3Synchronous::off}))
            .installations;
    auto* const raw = store.get();
    return {raw, [store = std::move(store), folder = folder_](InstallationStore*) mutable { store.reset(); }};
  }
  [[nodiscard]] std::string path() const { return folder_->file("installations.db"); }

 private:
  std::shared_ptr<const test::TemporaryFolder> folder_{};
};

void run(const std::vector<testing::Check>& checks) {
  CHECK(checks.size() > 1);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

}  // namespace

TEST_CASE("a cache over SQLite keeps the contracts", "[sqlite3]") {
  Databases databases;
  const auto make = [&] { return databases.make(); };
  testing::ContractOptions<InstallationStore> options;
  options.profile = testing::Profile::full;
  options.random_operations = 300;
  options.concurrent_time = std::chrono::milliseconds{50};
  options.other_client = [&](InstallationStore&) { return databases.open("3.4"); };
  options.break_storage = [&](InstallationStore&) {
    const std::string path = databases.path();
    test::execute(path, "alter table slack_bots rename to away_bots");
    test::execute(path, "alter table slack_installations rename to away_installations");
    return [path] {
      test::execute(path, "alter table away_bots rename to slack_bots");
      test::execute(path, "alter table away_installations rename to slack_installations");
    };
  };
  run(testing::installation_store_contract(make, options));

  testing::ChangesContractOptions<InstallationStore> changes;
  changes.same_storage = [&](InstallationStore&) { return databases.open("1.2"); };
  run(testing::store_changes_contract(make, changes));

  testing::LeaseContractOptions<InstallationStore> leases;
  leases.same_storage = [&](InstallationStore&) { return databases.open("1.2"); };
  leases.other_client = [&](InstallationStore&) { return databases.open("3.4"); };
  run(testing::workspace_lease_contract(make, leases));
}
