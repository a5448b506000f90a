// The contract kits on encrypted stores over PostgreSQL, and on a cache over them, as apps stack the two.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <slack/oauth/testing/store_changes_contract.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <slack/oauth/workspace_key.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/sanitizers.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

using Wrap = std::function<Stores(Stores)>;

/// Stores in the same tables, each of a client of its own: to make tables, and to connect, takes longer than most
/// checks.
class Tables {
 public:
  explicit Tables(Wrap wrap) : wrap_(std::move(wrap)) {
    for (Stores& stores : emptied_) stores = open(next_client());
  }

  /// Stores that have just been opened.
  Stores make_new() {
    newest_client_ = next_client();
    return open(newest_client_);
  }
  /// Others of the same client, as another process has them.
  [[nodiscard]] Stores make_again() const { return open(newest_client_); }

  /// Stores that were opened before, and are empty. No check has as many at once.
  Stores make_empty() {
    mend();
    std::rotate(emptied_.begin(), emptied_.begin() + 1, emptied_.end());
    InstallationStore& store = *emptied_.back().installations;
    const auto erase = [&store](const auto& record) {
      const WorkspaceKey key = detail::key_of(record).value();
      store.delete_all({.enterprise_id = key.enterprise_id, .team_id = key.team_id});
    };
    store.for_each_bot(erase);
    store.for_each_installation(erase);
    return emptied_.back();
  }

  /// Takes tables away until the function that it returns is called, or stores are made.
  [[nodiscard]] std::function<void()> take_away(const std::vector<std::string>& tables) {
    for (const auto& table : tables) raw_.execute("alter table " + table + " rename to away_" + table);
    away_ = tables;
    return [this] { mend(); };
  }

  [[nodiscard]] const test::RawDatabase& raw() const { return raw_; }

 private:
  [[nodiscard]] std::string next_client() { return "111." + std::to_string(++clients_); }

  /// With every secret sealed that the kit knows of.
  [[nodiscard]] Stores open(const std::string& client_id) const {
    return wrap_(encrypted(postgresql_stores({.connection_string = test::postgresql_server()->connection_string(),
                                              .client_id = client_id,
                                              .tables = {.schema = schema_}}),
                           test::one_key(),
                           {.client_id = client_id, .secret_custom_values = {"changed", "nested", "text"}}));
  }

  void mend() {
    for (const auto& table : std::exchange(away_, {})) {
      raw_.execute("alter table away_" + table + " rename to " + table);
    }
  }

  Wrap wrap_;
  std::string schema_ = test::postgresql_server()->new_schema();
  test::RawDatabase raw_{test::postgresql_server()->connection_string(), schema_};
  std::vector<std::string> away_{};
  int clients_ = 0;
  std::string newest_client_{};
  std::array<Stores, 3> emptied_{};
};

void run(const std::vector<testing::Check>& checks) {
  CHECK(checks.size() > 1);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

/// The kits of installations and of changes.
void require_contracts(Tables& tables) {
  const auto make_new = [&] { return tables.make_new().installations; };
  const auto make_empty = [&] { return tables.make_empty().installations; };
  const auto make_again = [&](InstallationStore&) { return tables.make_again().installations; };
  const auto make_other = [&](InstallationStore&) { return tables.make_empty().installations; };

  testing::ContractOptions<InstallationStore> options;
  options.profile = testing::Profile::full;
  options.other_client = make_other;
  options.break_storage = [&](InstallationStore&) { return tables.take_away({"slack_bots", "slack_installations"}); };
  options.holds_nul = false;
  options.random_operations = 100;
  options.visited_workspaces = 20;
  options.concurrent_time = std::chrono::milliseconds{50};
  options.least_turns = 5;
  run(testing::installation_store_contract(make_empty, options));

  testing::ChangesContractOptions<InstallationStore> changes;
  changes.same_storage = make_again;
  changes.delay = std::chrono::milliseconds{200};
  changes.concurrent_time = std::chrono::milliseconds{50};
  changes.least_turns = 5;
  run(testing::store_changes_contract(make_new, changes));
}

}  // namespace

TEST_CASE("encrypted stores in PostgreSQL keep the contracts", "[postgresql][encrypting]") {
  if (test::postgresql_server() == nullptr) return;
  Tables tables([](Stores stores) { return stores; });
  require_contracts(tables);

  testing::LeaseContractOptions<InstallationStore> leases;
  leases.same_storage = [&](InstallationStore&) { return tables.make_again().installations; };
  leases.other_client = [&](InstallationStore&) { return tables.make_empty().installations; };
  leases.scope = LeaseScope::processes;
  leases.holds_nul = false;
  leases.concurrent_time = std::chrono::milliseconds{50};
  leases.least_turns = 5;
  run(testing::workspace_lease_contract([&] { return tables.make_new().installations; }, leases));
}

// Without the kit for turns, which tests/wrappers/ runs on a cache: it passes on those of what it wraps.
TEST_CASE("a cache over encrypted stores in PostgreSQL keeps the contracts", "[postgresql][encrypting]" NOT_SANITIZED) {
  if (test::postgresql_server() == nullptr) return;
  Tables tables([](Stores stores) { return cached(std::move(stores)); });
  require_contracts(tables);
}

TEST_CASE("encrypted states in PostgreSQL keep the contract", "[postgresql][encrypting]") {
  if (test::postgresql_server() == nullptr) return;
  Tables tables([](Stores stores) { return stores; });
  testing::StateContractOptions<OAuthStateStore> options;
  // The server's clock is everybody's, so what it says of the states is moved instead.
  options.advance_clock = [&](OAuthStateStore&, std::chrono::seconds time) {
    tables.raw().execute("update slack_oauth_states set expire_at = expire_at - interval '" +
                         std::to_string(time.count()) + " seconds'");
  };
  options.count_states = [&](OAuthStateStore&) {
    return std::stoul(tables.raw().value("select count(*) from slack_oauth_states"));
  };
  options.reopen = [&](OAuthStateStore&) { return tables.make_again().states; };
  options.break_storage = [&](OAuthStateStore&) { return tables.take_away({"slack_oauth_states"}); };
  options.states = 100;
  options.races = 10;
  run(testing::state_store_contract(
      [&] {
        tables.raw().execute("delete from slack_oauth_states");
        return tables.make_new().states;
      },
      options));
}
