// The contract kits on a cache over each engine that needs no library.
#include <chrono>
#include <functional>
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/store_changes_contract.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "file/temp_folder.hpp"

using namespace slack::oauth;

namespace {

std::shared_ptr<InstallationStore> cached_store(std::shared_ptr<InstallationStore> store, CacheOptions options = {}) {
  return cached(Stores{.installations = std::move(store), .states = nullptr}, std::move(options)).installations;
}

std::shared_ptr<InstallationStore> in_memory() { return cached_store(std::make_shared<MemoryInstallationStore>()); }

/// Few records, so that each look-up evicts another one; over a store whose changes() gives nothing, so that the cache
/// knows of what is written through it alone.
std::shared_ptr<InstallationStore> in_little_memory() {
  struct Silent : ForwardingInstallationStore {
    using ForwardingInstallationStore::ForwardingInstallationStore;
    std::unique_ptr<StoreChanges> changes() const override { return nullptr; }
  };
  return cached_store(std::make_shared<Silent>(std::make_shared<MemoryInstallationStore>()),
                      {.max_bots = 2, .max_installations = 3});
}

/// Makes a store in a folder of its own, and opens others there.
class Files {
 public:
  explicit Files(bool map_changes = false) : map_changes_(map_changes) {}

  std::shared_ptr<InstallationStore> make() {
    folder_ = std::make_shared<const test::TempFolder>();
    return open("1.2");
  }
  std::shared_ptr<InstallationStore> open(const std::string& client_id) const {
    auto store = cached_store(std::make_shared<FileInstallationStore>(FileInstallationStoreOptions{
        .base_dir = *folder_ / "installations", .client_id = client_id, .sync = false, .map_changes = map_changes_}));
    auto* const raw = store.get();
    return {raw, [store = std::move(store), folder = folder_](InstallationStore*) mutable { store.reset(); }};
  }

 private:
  bool map_changes_;
  std::shared_ptr<const test::TempFolder> folder_{};
};

void run(const std::vector<testing::Check>& checks) {
  CHECK(checks.size() > 1);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

testing::ContractOptions<InstallationStore> contract() {
  testing::ContractOptions<InstallationStore> options;
  options.profile = testing::Profile::full;
  options.random_operations = 300;
  options.concurrent_time = std::chrono::milliseconds{50};
  return options;
}

}  // namespace

TEST_CASE("a cache over the memory store keeps the contracts") {
  run(testing::installation_store_contract(in_memory, contract()));
  run(testing::workspace_lease_contract(in_memory));
  run(testing::store_changes_contract(in_memory));
}

TEST_CASE("a cache of few records over a store that hears nothing keeps the contract for what is written through it") {
  run(testing::installation_store_contract(in_little_memory, contract()));
}

TEST_CASE("a cache over the file store keeps the contracts") {
  Files files;
  auto options = contract();
  options.other_client = [&](InstallationStore&) { return files.open("3.4"); };
  run(testing::installation_store_contract([&] { return files.make(); }, options));
  for (const bool map_changes : {false, true}) {
    Files others(map_changes);
    testing::ChangesContractOptions<InstallationStore> changes;
    changes.same_storage = [&](InstallationStore&) { return others.open("1.2"); };
    run(testing::store_changes_contract([&] { return others.make(); }, changes));
  }
  testing::LeaseContractOptions<InstallationStore> leases;
  leases.same_storage = [&](InstallationStore&) { return files.open("1.2"); };
  leases.other_client = [&](InstallationStore&) { return files.open("3.4"); };
  leases.concurrent_time = std::chrono::milliseconds{50};
  run(testing::workspace_lease_contract([&] { return files.make(); }, leases));
}
