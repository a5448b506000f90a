// The contract kit for leases: does a store's try_lease() let one holder at a time change a workspace's tokens? A list
// of named checks, for any test framework or none, as in installation_store_contract.hpp. With Catch2:
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
#include "slack/oauth/testing/workspace_lease/options.hpp"
#include "slack/oauth/testing/workspace_lease/rules.hpp"
#include "slack/oauth/testing/workspace_lease/trial.hpp"

namespace slack::oauth::inline v0::testing {

/// The checks for the leases of the stores that `make_store` gives: a function that returns a std::unique_ptr or
/// std::shared_ptr to a new, empty store of a class derived from BasicInstallationStore that overrides save and
/// delete_all. Without try_lease of its own, it shows what the default is good for: one store of one process.
template <class Factory, class Store = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>>
[[nodiscard]] std::vector<Check> workspace_lease_contract(Factory make_store,
                                                          LeaseContractOptions<Store> options = {}) {
  static_assert(CanLease<Store>, "slack-oauth: the contract kit for leases needs a store with try_lease");
  const auto shared_options = std::make_shared<const LeaseContractOptions<Store>>(std::move(options));
  const auto shared_factory = std::make_shared<Factory>(std::move(make_store));
  std::vector<Check> checks;
  const auto add = [&](const detail::LeaseDefinition<Store>& definition) {
    if (!definition.is_possible(*shared_options)) return;
    checks.emplace_back(definition.name, [definition, shared_factory, shared_options] {
      definition.body(detail::LeaseTrial<Store>(definition.name, (*shared_factory)(), *shared_options));
    });
  };
  for (const auto& definitions :
       {detail::holder_definitions<Store>(), detail::id_definitions<Store>(), detail::record_definitions<Store>()}) {
    for (const auto& definition : definitions) add(definition);
  }
  add(detail::thread_definition<Store>());
  return checks;
}

}  // namespace slack::oauth::inline v0::testing
