// The contract kit for StoreChanges: it checks whether a store's changes() reports every write. It is a list of named
// checks, for any test framework or none, as in installation_store_contract.hpp. With Catch2:
//
//     TEST_CASE("MyStore tells of its changes") {
//       for (const auto& check : slack::oauth::testing::store_changes_contract([] { return std::make_unique<MyStore>();
//       }))
//         DYNAMIC_SECTION(check.name()) { check.run(); }
//     }
//
// Needs nlohmann/json and threads.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/selection.hpp"
#include "slack/oauth/testing/store_changes/options.hpp"
#include "slack/oauth/testing/store_changes/rules.hpp"

namespace slack::oauth::inline v0::testing {

namespace detail {

template <class Factory, class Store = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>>
[[nodiscard]] SelectedChecks select_store_changes_contract(Factory make_store, ChangesContractOptions<Store> options) {
  static_assert(FullStore<Store>, "slack-oauth: the contract kit for changes needs a store with every method");
  require_some("least_turns", options.least_turns);
  const auto shared_options = std::make_shared<const ChangesContractOptions<Store>>(std::move(options));
  const auto shared_factory = std::make_shared<Factory>(std::move(make_store));
  return select_checks(
      change_definitions<Store>(), {},
      [&](const auto& definition) { return !definition.needs_same_storage || shared_options->same_storage; },
      [&](const auto& definition) {
        return Check(definition.name, [definition, shared_factory, shared_options] {
          const ChangesTrial<Store> trial(definition.name, (*shared_factory)(), *shared_options);
          definition.body(trial);
          return trial.turns();
        });
      });
}

}  // namespace detail

/// Returns the checks for the changes of the stores that `make_store` makes: a function that returns a std::unique_ptr
/// or std::shared_ptr to a new, empty store of a class that overrides every method, and changes().
template <class Factory, class Store = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>>
[[nodiscard]] std::vector<Check> store_changes_contract(Factory make_store,
                                                        ChangesContractOptions<Store> options = {}) {
  return detail::select_store_changes_contract(std::move(make_store), std::move(options)).checks;
}

/// Runs all checks, for a program without a test framework.
template <class Factory, class Store = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>>
[[nodiscard]] ContractReport run_changes_contract(Factory make_store, ChangesContractOptions<Store> options = {}) {
  auto selected = detail::select_store_changes_contract(std::move(make_store), std::move(options));
  return run_checks(selected.checks, std::move(selected.left_out));
}

}  // namespace slack::oauth::inline v0::testing
