// The contract kit for leases on SQLite3InstallationStore: in a file, through several stores, and in memory.
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <utility>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"

using namespace slack::oauth;

namespace {

/// A store in a folder of its own.
struct Placed : SQLite3InstallationStore {
  Placed(std::shared_ptr<const test::TemporaryFolder> where, const SQLite3InstallationStoreOptions& options)
      : SQLite3InstallationStore(options), folder(std::move(where)), opened_with(options) {}

  std::shared_ptr<const test::TemporaryFolder> folder;
  SQLite3InstallationStoreOptions opened_with;
};

std::unique_ptr<Placed> make_store() {
  auto folder = std::make_shared<const test::TemporaryFolder>();
  const SQLite3InstallationStoreOptions options{
      .database = folder->file("installations.db"), .client_id = "111.222", .synchronous = SQLite3Synchronous::off};
  return std::make_unique<Placed>(std::move(folder), options);
}

}  // namespace

TEST_CASE("SQLite3InstallationStore leases workspaces", "[sqlite3]") {
  testing::LeaseContractOptions<Placed> options;
  options.same_storage = [](Placed& store) { return std::make_shared<Placed>(store.folder, store.opened_with); };
  options.other_client = [](Placed& store) {
    auto other = store.opened_with;
    other.client_id = "111.223";
    return std::make_shared<Placed>(store.folder, other);
  };
  for (const auto& check : testing::workspace_lease_contract(make_store, options)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("a database in memory leases workspaces", "[sqlite3]") {
  const auto make = [] {
    return std::make_unique<SQLite3InstallationStore>(
        SQLite3InstallationStoreOptions{.database = ":memory:", .client_id = "111.222"});
  };
  for (const auto& check : testing::workspace_lease_contract(make)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}
