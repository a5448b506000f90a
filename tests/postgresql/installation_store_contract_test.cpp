// The whole contract kit on PostgreSQLInstallationStore, in every way that it can be used.
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/server.hpp"

namespace {

using slack::oauth::InstallationStore;
using slack::oauth::PostgreSQLInstallationStoreOptions;
using test::PlacedStore;

slack::oauth::testing::ContractOptions<PlacedStore> options() {
  return {.other_client = [](PlacedStore& store) { return store.of_client("111.223"); },
          .break_storage =
              [](PlacedStore& store) {
                auto raw = std::make_shared<test::RawDatabase>(store.raw());
                raw->execute("alter table slack_bots rename to away_bots");
                raw->execute("alter table slack_installations rename to away_installations");
                return [raw] {
                  raw->execute("alter table away_bots rename to slack_bots");
                  raw->execute("alter table away_installations rename to slack_installations");
                };
              },
          .holds_nul = false,
          .random_operations = 400};
}

void run(const std::vector<slack::oauth::testing::Check>& checks) {
  for (const auto& check : checks) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

}  // namespace

TEST_CASE("the PostgreSQL store keeps the contract", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool keeps_history = GENERATE(false, true);
  CAPTURE(keeps_history);
  run(slack::oauth::testing::installation_store_contract(
      [keeps_history] {
        return std::make_shared<PlacedStore>(
            PostgreSQLInstallationStoreOptions{.historical_data_enabled = keeps_history});
      },
      options()));
}

TEST_CASE("the PostgreSQL store keeps the contract with one connection", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  run(slack::oauth::testing::installation_store_contract(
      [] { return std::make_shared<PlacedStore>(PostgreSQLInstallationStoreOptions{.pool = {.size = 1}}); },
      {.holds_nul = false, .random_operations = 200}));
}
