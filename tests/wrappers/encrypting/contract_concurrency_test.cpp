// The contract kits on encrypted stores over those in memory and in files.
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <slack/oauth/testing/store_changes_contract.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "file/temp_folder.hpp"
#include "support/state_clock.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

/// Every secret that the kit knows of.
EncryptionOptions encryption(std::string client_id = "111.222") {
  return {.client_id = std::move(client_id), .secret_custom_values = {"changed", "nested", "text"}};
}

std::unique_ptr<EncryptingInstallationStore> over_memory() {
  return std::make_unique<EncryptingInstallationStore>(std::make_shared<MemoryInstallationStore>(), test::one_key(),
                                                       encryption());
}

struct OverFiles : EncryptingInstallationStore {
  explicit OverFiles(std::shared_ptr<test::TempFolder> where = std::make_shared<test::TempFolder>(),
                     const std::string& client_id = "111.222")
      : EncryptingInstallationStore(std::make_shared<FileInstallationStore>(FileInstallationStoreOptions{
                                        .base_dir = *where / "installations", .client_id = client_id, .sync = false}),
                                    test::one_key(), encryption(client_id)),
        folder(std::move(where)) {}

  std::shared_ptr<test::TempFolder> folder;
};

struct StatesOverFiles : EncryptingOAuthStateStore {
  StatesOverFiles(const test::StateClock& clock, std::shared_ptr<test::TempFolder> where)
      : EncryptingOAuthStateStore(
            std::make_shared<FileOAuthStateStore>(FileOAuthStateStoreOptions{
                .base_dir = *where / "states", .client_id = "111.222", .sync = false, .clock = clock.function()}),
            test::one_key(), encryption()),
        folder(std::move(where)) {}

  std::shared_ptr<test::TempFolder> folder;
};

/// Puts a file where the folder was, and returns a function that puts the folder back.
std::function<void()> break_folder(const std::string& path) {
  std::filesystem::create_directories(path);
  std::filesystem::rename(path, path + ".aside");
  test::write_file(path, "a file where the folder was");
  return [path] {
    std::filesystem::remove(path);
    std::filesystem::rename(path + ".aside", path);
  };
}

void run(const std::vector<testing::Check>& checks) {
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

}  // namespace

TEST_CASE("an encrypted store in memory keeps the contract", "[encrypting]") {
  testing::ContractOptions<EncryptingInstallationStore> options;
  options.concurrent_time = std::chrono::milliseconds{100};
  run(testing::installation_store_contract(over_memory, options));
}

TEST_CASE("a store that only opens keeps the contract", "[encrypting]") {
  const auto only_opening = [] {
    EncryptionOptions options = encryption();
    options.only_open = true;
    return std::make_unique<EncryptingInstallationStore>(std::make_shared<MemoryInstallationStore>(), KeyRing(),
                                                         options);
  };
  testing::ContractOptions<EncryptingInstallationStore> options;
  options.concurrent_time = std::chrono::milliseconds{100};
  options.random_operations = 1'000;
  run(testing::installation_store_contract(only_opening, options));
}

TEST_CASE("an encrypted store in files keeps the contract", "[encrypting]") {
  testing::ContractOptions<OverFiles> options;
  options.concurrent_time = std::chrono::milliseconds{100};
  options.random_operations = 500;
  options.other_client = [](OverFiles& store) { return std::make_shared<OverFiles>(store.folder, "3.4"); };
  options.break_storage = [](OverFiles& store) {
    auto mend = break_folder(*store.folder / "installations");
    CHECK_THROWS_AS(store.find_bot({.team_id = "T0NOBODY"}), StorageError);
    return mend;
  };
  run(testing::installation_store_contract([] { return std::make_unique<OverFiles>(); }, options));
}

TEST_CASE("an encrypted store passes on turns and changes", "[encrypting]") {
  run(testing::workspace_lease_contract(over_memory));
  run(testing::store_changes_contract(over_memory));
}

TEST_CASE("an encrypted store in files passes on turns and changes", "[encrypting]") {
  std::shared_ptr<test::TempFolder> folder;  // outlives the store, as what it gives may
  const auto make = [&] { return std::make_unique<OverFiles>(folder = std::make_shared<test::TempFolder>()); };
  testing::LeaseContractOptions<OverFiles> leases;
  leases.same_storage = [](OverFiles& store) { return std::make_shared<OverFiles>(store.folder); };
  leases.other_client = [](OverFiles& store) { return std::make_shared<OverFiles>(store.folder, "3.4"); };
  leases.concurrent_time = std::chrono::milliseconds{50};
  run(testing::workspace_lease_contract(make, leases));
  testing::ChangesContractOptions<OverFiles> changes;
  changes.same_storage = leases.same_storage;
  changes.concurrent_time = std::chrono::milliseconds{50};
  run(testing::store_changes_contract(make, changes));
}

TEST_CASE("an encrypted store of states in files keeps the contract", "[encrypting]") {
  const test::StateClock clock;
  testing::StateContractOptions<StatesOverFiles> options;
  options.advance_clock = [&](StatesOverFiles&, std::chrono::seconds time) { clock.advance(time); };
  options.reopen = [&](StatesOverFiles& store) { return std::make_shared<StatesOverFiles>(clock, store.folder); };
  options.break_storage = [](StatesOverFiles& store) { return break_folder(*store.folder / "states"); };
  options.states = 100;
  run(testing::state_store_contract(
      [&] { return std::make_unique<StatesOverFiles>(clock, std::make_shared<test::TempFolder>()); }, options));
}

TEST_CASE("an encrypted store of states keeps the contract", "[encrypting]") {
  struct Sealed : EncryptingOAuthStateStore {
    explicit Sealed(const test::StateClock& clock)
        : Sealed(std::make_shared<MemoryOAuthStateStore>(MemoryOAuthStateStoreOptions{.clock = clock.function()})) {}
    explicit Sealed(const std::shared_ptr<MemoryOAuthStateStore>& states)
        : EncryptingOAuthStateStore(states, test::one_key()), inner(states) {}

    std::shared_ptr<MemoryOAuthStateStore> inner;
  };
  const test::StateClock clock;
  testing::StateContractOptions<Sealed> options;
  options.advance_clock = [&](Sealed&, std::chrono::seconds time) { clock.advance(time); };
  options.count_states = [](Sealed& store) { return store.inner->size(); };
  run(testing::state_store_contract([&] { return std::make_unique<Sealed>(clock); }, options));
}
