// The contract kit for stores of OAuth states: it checks whether a store keeps the rules of docs/state.md. It is a list
// of named checks, for any test framework or none. Each check runs on a new store from your function. A check that
// fails throws a ContractViolation that says the rule, what was expected and what came back. With Catch2:
//
//     TEST_CASE("MyStateStore keeps the contract") {
//       for (const auto& check :
//            slack::oauth::testing::state_store_contract([] { return std::make_unique<MyStateStore>(); }))
//         DYNAMIC_SECTION(check.name()) { check.run(); }
//     }
//
// Needs nlohmann/json and threads.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/state_store.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/selection.hpp"
#include "slack/oauth/testing/state_store/consume_rules.hpp"
#include "slack/oauth/testing/state_store/issue_rules.hpp"
#include "slack/oauth/testing/state_store/options.hpp"
#include "slack/oauth/testing/state_store/storage_rules.hpp"
#include "slack/oauth/testing/state_store/trial.hpp"

namespace slack::oauth::inline v0::testing {

namespace detail {

// clang-format off
template <class Factory>
concept StateStoreFactory = requires(Factory& make_store) {
  requires std::derived_from<std::remove_cvref_t<decltype(*make_store())>, OAuthStateStore>;
  requires std::constructible_from<std::shared_ptr<OAuthStateStore>, decltype(make_store())>;
};
// clang-format on

// What a factory makes. For one that makes no store, the interface stands in: a static_assert says what is wrong.
template <class Factory>
struct MadeStateStoreOf {
  using type = OAuthStateStore;
};
template <StateStoreFactory Factory>
struct MadeStateStoreOf<Factory> {
  using type = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>;
};
template <class Factory>
using MadeStateStore = typename MadeStateStoreOf<Factory>::type;

/// The same function for the interface, so that the checks are compiled once for all classes of stores.
template <class Store, class Result, class... Arguments>
[[nodiscard]] std::function<Result(OAuthStateStore&, Arguments...)> of_interface(
    std::function<Result(Store&, Arguments...)> of_store) {
  if (!of_store) return nullptr;
  return [of_store = std::move(of_store)](OAuthStateStore& store, Arguments... arguments) {
    return of_store(dynamic_cast<Store&>(store), arguments...);
  };
}

template <class Store>
[[nodiscard]] StateContractOptions<> options_of_interface(StateContractOptions<Store> options) {
  return {.advance_clock = of_interface(std::move(options.advance_clock)),
          .count_states = of_interface(std::move(options.count_states)),
          .reopen = of_interface(std::move(options.reopen)),
          .break_storage = of_interface(std::move(options.break_storage)),
          .expiration = options.expiration,
          .known_deviations = std::move(options.known_deviations),
          .is_one_time = options.is_one_time,
          .longest_payload = options.longest_payload,
          .states = options.states,
          .threads = options.threads,
          .races = options.races,
          .states_a_race = options.states_a_race};
}

[[nodiscard]] inline SelectedChecks state_checks_for(const std::shared_ptr<const StateSetup>& setup) {
  const auto& options = setup->options;
  require_some("states", options.states);
  require_some("races", options.races);
  require_some("states_a_race", options.states_a_race);
  StateDefinitions definitions;
  add_rule_1(definitions);
  add_rule_2(definitions);
  add_rule_3(definitions);
  add_rule_4(definitions);
  add_rule_5(definitions);
  add_rule_6(definitions);
  add_rule_7(definitions);
  return select_checks(
      definitions, options.known_deviations,
      [&](const auto& definition) { return definition.is_possible == nullptr || definition.is_possible(options); },
      [&](const auto& definition) {
        return Check(definition.name, [name = definition.name, body = definition.body, setup] {
          StateTrial trial(name, *setup);
          body(trial);
          return trial.turns();
        });
      });
}

}  // namespace detail

/// The options for the stores that a function makes.
template <class Factory>
using StateContractOptionsFor = StateContractOptions<detail::MadeStateStore<Factory>>;

namespace detail {

template <class Factory>
[[nodiscard]] SelectedChecks select_state_store_contract(Factory make_store, StateContractOptionsFor<Factory> options) {
  static_assert(StateStoreFactory<Factory>,
                "slack-oauth: the contract kit needs a function that takes nothing and returns a std::unique_ptr or "
                "std::shared_ptr to a store derived from OAuthStateStore");
  if constexpr (StateStoreFactory<Factory>) {
    StateSetup setup{.make_store = [make_store = std::make_shared<Factory>(std::move(
                                        make_store))]() -> std::shared_ptr<OAuthStateStore> { return (*make_store)(); },
                     .options = options_of_interface(std::move(options))};
    return state_checks_for(std::make_shared<const StateSetup>(std::move(setup)));
  } else {
    return {};
  }
}

}  // namespace detail

/// Returns the checks that apply to the stores that `make_store` makes.
///
/// `make_store` returns a std::unique_ptr or std::shared_ptr to a new, empty store of a class derived from
/// OAuthStateStore. The kit calls it once for each check. Give the options that a test of your store can: without
/// `advance_clock`, `reopen` and `break_storage` the kit leaves out the checks of rules 5, 6 and 7.
/// Throws InvalidArgumentError where `options.known_deviations` names no check, or a number is 0 that may not be.
template <class Factory>
[[nodiscard]] std::vector<Check> state_store_contract(Factory make_store,
                                                      StateContractOptionsFor<Factory> options = {}) {
  return detail::select_state_store_contract(std::move(make_store), std::move(options)).checks;
}

/// Runs all checks, for a program without a test framework.
template <class Factory>
[[nodiscard]] ContractReport run_state_contract(Factory make_store, StateContractOptionsFor<Factory> options = {}) {
  auto selected = detail::select_state_store_contract(std::move(make_store), std::move(options));
  return run_checks(selected.checks, std::move(selected.left_out));
}

}  // namespace slack::oauth::inline v0::testing
