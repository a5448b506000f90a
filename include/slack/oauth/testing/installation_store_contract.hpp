// The contract kit: it checks whether a store keeps the rules of docs/contract.md. It is a list of named checks, for
// any test framework or none. Each check runs on a new store from your function. A check that fails throws a
// ContractViolation that says the rule, what was expected and what came back. With Catch2:
//
//     TEST_CASE("MyStore keeps the contract") {
//       for (const auto& check : slack::oauth::testing::installation_store_contract([] { return
//       std::make_unique<MyStore>(); }))
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
#include "slack/oauth/testing/installation_store/data_rules.hpp"
#include "slack/oauth/testing/installation_store/id_rules.hpp"
#include "slack/oauth/testing/installation_store/methods.hpp"
#include "slack/oauth/testing/installation_store/options.hpp"
#include "slack/oauth/testing/installation_store/random_rules.hpp"
#include "slack/oauth/testing/installation_store/record_rules.hpp"
#include "slack/oauth/testing/installation_store/replace_rules.hpp"
#include "slack/oauth/testing/installation_store/replace_thread_rules.hpp"
#include "slack/oauth/testing/installation_store/thread_rules.hpp"
#include "slack/oauth/testing/installation_store/token_rules.hpp"
#include "slack/oauth/testing/installation_store/trial.hpp"
#include "slack/oauth/testing/installation_store/until_rules.hpp"
#include "slack/oauth/testing/installation_store/visit_rules.hpp"
#include "slack/oauth/testing/installation_store/write_rules.hpp"
#include "slack/oauth/testing/selection.hpp"

namespace slack::oauth::inline v0::testing {

namespace detail {

template <class Store>
concept DerivedStore = requires {
  typename Store::installation_type;
  typename Store::bot_type;
}
&&std::derived_from<Store, BasicInstallationStore<typename Store::installation_type, typename Store::bot_type>>;

template <class Factory>
concept StoreFactory = requires(Factory& make_store) {
  requires DerivedStore<std::remove_cvref_t<decltype(*make_store())>>;
  requires std::constructible_from < std::shared_ptr<std::remove_cvref_t<decltype(*make_store())>>,
  decltype(make_store()) > ;
};

// What a factory makes. For one that makes no store, the interface stands in: a static_assert says what is wrong.
template <class Factory>
struct MadeStoreOf {
  using type = InstallationStore;
};
template <StoreFactory Factory>
struct MadeStoreOf<Factory> {
  using type = std::remove_cvref_t<decltype(*std::declval<Factory&>()())>;
};
template <class Factory>
using MadeStore = typename MadeStoreOf<Factory>::type;

// The same options for the interface, so that the checks are compiled once for all classes of stores.
template <class Store>
[[nodiscard]] auto options_of_interface(ContractOptions<Store> options) {
  using Interface = typename ContractOptions<Store>::Interface;
  if constexpr (std::same_as<Store, Interface>) {
    return options;
  } else {
    ContractOptions<Interface> erased{.profile = options.profile,
                                      .known_deviations = std::move(options.known_deviations),
                                      .holds_nul = options.holds_nul,
                                      .longest_text = options.longest_text,
                                      .random_operations = options.random_operations,
                                      .seed = options.seed,
                                      .shrink_time = options.shrink_time,
                                      .threads = options.threads,
                                      .concurrent_time = options.concurrent_time,
                                      .least_turns = options.least_turns,
                                      .saves_per_thread = options.saves_per_thread,
                                      .visited_workspaces = options.visited_workspaces,
                                      .patience = options.patience};
    if (options.other_client) {
      erased.other_client = [open = std::move(options.other_client)](Interface& store) {
        return open(dynamic_cast<Store&>(store));
      };
    }
    if (options.break_storage) {
      erased.break_storage = [fail = std::move(options.break_storage)](Interface& store) {
        return fail(dynamic_cast<Store&>(store));
      };
    }
    if (options.stored_texts) {
      erased.stored_texts = [list = std::move(options.stored_texts)](Interface& store) {
        return list(dynamic_cast<Store&>(store));
      };
    }
    return erased;
  }
}

template <class InstallationT, class BotT>
[[nodiscard]] Definitions<InstallationT, BotT> all_definitions(Methods methods) {
  Definitions<InstallationT, BotT> checks;
  add_rule_1(checks);
  add_rule_2(checks);
  add_rule_3(checks);
  add_rule_4(checks);
  add_rule_5(checks);
  add_rule_6(checks);
  add_rules_5_and_6_of_threads(checks);
  add_rule_7(checks);
  add_rule_8(checks);
  add_rule_9(checks);
  add_rule_10(checks);
  add_rule_11(checks);
  add_rule_12(checks);
  add_rule_13_of_tokens(checks);
  add_rule_13_of_exchanged_tokens(checks);
  add_rule_13_of_records(checks);
  add_rule_14(checks);
  add_rules_13_and_14_of_threads(checks);
  add_rule_15(checks);
  add_random_rules(checks, methods);
  return checks;
}

template <class InstallationT, class BotT>
[[nodiscard]] SelectedChecks checks_for(std::shared_ptr<const Setup<InstallationT, BotT>> setup) {
  const auto& options = setup->options;
  require_some("random_operations", options.random_operations);
  require_some("visited_workspaces", options.visited_workspaces);
  require_some("least_turns", options.least_turns);
  return select_checks(
      all_definitions<InstallationT, BotT>(setup->methods).items(), options.known_deviations,
      [&](const auto& definition) {
        return (definition.is_possible == nullptr || definition.is_possible(options)) &&
               setup->methods.has_all(definition.needs);
      },
      [&](const auto& definition) {
        return Check(definition.name, [name = definition.name, body = definition.body, setup] {
          Trial<InstallationT, BotT> trial(name, *setup);
          body(trial);
          return trial.turns();
        });
      });
}

}  // namespace detail

/// The options for the stores that a function makes.
template <class Factory>
using ContractOptionsFor = ContractOptions<detail::MadeStore<Factory>>;

namespace detail {

template <class Factory>
[[nodiscard]] SelectedChecks select_installation_store_contract(Factory make_store,
                                                                ContractOptionsFor<Factory> options) {
  static_assert(StoreFactory<Factory>,
                "slack-oauth: the contract kit needs a function that takes nothing and returns a std::unique_ptr or "
                "std::shared_ptr to a store derived from BasicInstallationStore");
  using Store = MadeStore<Factory>;
  using InstallationT = typename Store::installation_type;
  using BotT = typename Store::bot_type;
  static_assert(std::derived_from<InstallationT, Installation> && std::derived_from<BotT, Bot>,
                "slack-oauth: the contract kit needs a store whose values are Installation and Bot, or derived from "
                "them");
  static_assert(BotOnlyStore<Store> || InstallationOnlyStore<Store>,
                "slack-oauth: the contract kit needs a store that overrides save and find_installation, or save, "
                "find_bot, delete_bot and delete_all");
  if constexpr (StoreFactory<Factory>) {
    Setup<InstallationT, BotT> setup{
        .make_store = [make_store = std::make_shared<Factory>(std::move(make_store))]()
            -> std::shared_ptr<BasicInstallationStore<InstallationT, BotT>> { return (*make_store)(); },
        .methods = methods_to_check<Store>(options.profile),
        .options = options_of_interface<Store>(std::move(options))};
    return checks_for<InstallationT, BotT>(std::make_shared<const Setup<InstallationT, BotT>>(std::move(setup)));
  } else {
    return {};
  }
}

}  // namespace detail

/// Returns the checks that apply to the stores that `make_store` makes.
///
/// `make_store` returns a std::unique_ptr or std::shared_ptr to a new, empty store of a class derived from
/// BasicInstallationStore. The kit calls it at least once for each check. That class, or `options.profile`, says which
/// methods the kit checks.
/// Throws InvalidArgumentError where `options.known_deviations` names no check, or a number is 0 that may not be.
template <class Factory>
[[nodiscard]] std::vector<Check> installation_store_contract(Factory make_store,
                                                             ContractOptionsFor<Factory> options = {}) {
  return detail::select_installation_store_contract(std::move(make_store), std::move(options)).checks;
}

/// Runs all checks, for a program without a test framework.
template <class Factory>
[[nodiscard]] ContractReport run_contract(Factory make_store, ContractOptionsFor<Factory> options = {}) {
  auto selected = detail::select_installation_store_contract(std::move(make_store), std::move(options));
  return run_checks(selected.checks, std::move(selected.left_out));
}

}  // namespace slack::oauth::inline v0::testing
