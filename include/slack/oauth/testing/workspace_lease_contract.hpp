// The contract kit for leases: it checks whether a store's leases let one holder at a time change a workspace's tokens.
// It is a list of named checks, for any test framework or none, as in installation_store_contract.hpp. With Catch2:
//
//     TEST_CASE("MyStore leases workspaces") {
//       for (const auto& check : slack::oauth::testing::workspace_lease_contract([] { return
//       std::make_unique<MyStore>(); }))
//         DYNAMIC_SECTION(check.name()) { check.run(); }
//     }
//
// Needs nlohmann/json and threads.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/selection.hpp"
#include "slack/oauth/testing/workspace_lease/options.hpp"
#include "slack/oauth/testing/workspace_lease/rules.hpp"
#include "slack/oauth/testing/workspace_lease/time_rules.hpp"
#include "slack/oauth/testing/workspace_lease/trial.hpp"

namespace slack::oauth::inline v0::testing {

namespace detail {

template <class Factory, class Store = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>>
[[nodiscard]] SelectedChecks select_workspace_lease_contract(Factory make_store, LeaseContractOptions<Store> options) {
  static_assert(CanLease<Store>, "slack-oauth: the contract kit for leases needs a store with try_lease");
  require_some("least_turns", options.least_turns);
  std::vector<LeaseDefinition<Store>> definitions;
  for (const auto& more : {holder_definitions<Store>(), id_definitions<Store>(), record_definitions<Store>(),
                           renewal_definitions<Store>(), waiting_definitions<Store>()}) {
    definitions.insert(definitions.end(), more.begin(), more.end());
  }
  definitions.push_back(thread_definition<Store>());
  const auto shared_options = std::make_shared<const LeaseContractOptions<Store>>(std::move(options));
  const auto shared_factory = std::make_shared<Factory>(std::move(make_store));
  return select_checks(
      definitions, {}, [&](const auto& definition) { return definition.is_possible(*shared_options); },
      [&](const auto& definition) {
        return Check(definition.name, [definition, shared_factory, shared_options] {
          const LeaseTrial<Store> trial(definition.name, (*shared_factory)(), *shared_options);
          definition.body(trial);
          return trial.turns();
        });
      });
}

}  // namespace detail

/// Returns the checks for the leases of the stores that `make_store` makes: a function that returns a std::unique_ptr
/// or std::shared_ptr to a new, empty store of a class derived from BasicInstallationStore that overrides try_lease,
/// save, delete_all and a look-up.
template <class Factory, class Store = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>>
[[nodiscard]] std::vector<Check> workspace_lease_contract(Factory make_store,
                                                          LeaseContractOptions<Store> options = {}) {
  return detail::select_workspace_lease_contract(std::move(make_store), std::move(options)).checks;
}

/// Runs all checks, for a program without a test framework.
template <class Factory, class Store = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>>
[[nodiscard]] ContractReport run_lease_contract(Factory make_store, LeaseContractOptions<Store> options = {}) {
  auto selected = detail::select_workspace_lease_contract(std::move(make_store), std::move(options));
  return run_checks(selected.checks, std::move(selected.left_out));
}

}  // namespace slack::oauth::inline v0::testing
