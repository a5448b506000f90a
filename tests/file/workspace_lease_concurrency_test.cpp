// The contract kit for leases on FileInstallationStore.
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <string>
#include <utility>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

namespace {

/// A store whose files last as long as it does.
struct Placed : FileInstallationStore {
  explicit Placed(std::shared_ptr<const test::TempFolder> where, const std::string& client_id = "1.2")
      : FileInstallationStore({.base_dir = *where / "installations", .client_id = client_id, .sync = false}),
        folder(std::move(where)) {}

  std::shared_ptr<const test::TempFolder> folder;
};

}  // namespace

TEST_CASE("FileInstallationStore leases workspaces") {
  testing::LeaseContractOptions<Placed> options;
  options.same_storage = [](Placed& store) { return std::make_shared<Placed>(store.folder); };
  options.other_client = [](Placed& store) { return std::make_shared<Placed>(store.folder, "3.4"); };
  options.holds_nul = true;
  const auto make_store = [] { return std::make_unique<Placed>(std::make_shared<const test::TempFolder>()); };
  for (const auto& check : testing::workspace_lease_contract(make_store, options)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}
