// The contract kit for EventDeduplicators: it checks whether one keeps the rules of docs/events.md. It is a list of
// named checks, for any test framework or none. Each check runs on a new one from your function. A check that fails
// throws a ContractViolation that says the rule, what was expected and what came back. With Catch2:
//
//     TEST_CASE("MyEvents keeps the contract") {
//       for (const auto& check :
//            slack::oauth::testing::event_deduplicator_contract([] { return std::make_shared<MyEvents>(); }))
//         DYNAMIC_SECTION(check.name()) { check.run(); }
//     }
//
// Needs threads.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/event_deduplicator/options.hpp"
#include "slack/oauth/testing/event_deduplicator/rules.hpp"
#include "slack/oauth/testing/event_deduplicator/storage_rules.hpp"
#include "slack/oauth/testing/event_deduplicator/trial.hpp"
#include "slack/oauth/testing/selection.hpp"

namespace slack::oauth::inline v0::testing {

namespace detail {

[[nodiscard]] inline SelectedChecks select_event_checks(std::function<std::shared_ptr<EventDeduplicator>()> make_events,
                                                        EventContractOptions options) {
  require_some("races", options.races);
  require_some("events_a_race", options.events_a_race);
  const auto setup = std::make_shared<const EventSetup>(
      EventSetup{.make_events = std::move(make_events), .options = std::move(options)});
  EventDefinitions definitions;
  add_event_rule_1(definitions);
  add_event_rule_2(definitions);
  add_event_rule_3(definitions);
  add_event_rule_4(definitions);
  add_event_rule_5(definitions);
  add_event_rule_6(definitions);
  add_event_rule_7(definitions);
  return select_checks(
      definitions, setup->options.known_deviations,
      [&](const auto& definition) {
        return definition.is_possible == nullptr || definition.is_possible(setup->options);
      },
      [&](const auto& definition) {
        return Check(definition.name, [name = definition.name, body = definition.body, setup] {
          EventTrial trial(name, *setup);
          body(trial);
          return trial.turns();
        });
      });
}

}  // namespace detail

/// Returns the checks that apply to what `make_events` makes: a new one each time, on an empty storage. The kit calls
/// it once for each check. Give the options that a test of yours can: without `advance_clock`, `reopen` and
/// `open_for_another_app`, and `break_storage`, the kit leaves out the checks of rules 5, 6 and 7.
/// Throws InvalidArgumentError where `options.known_deviations` names no check, or a number is 0 that may not be.
[[nodiscard]] inline std::vector<Check> event_deduplicator_contract(
    std::function<std::shared_ptr<EventDeduplicator>()> make_events, EventContractOptions options = {}) {
  return detail::select_event_checks(std::move(make_events), std::move(options)).checks;
}

/// Runs all checks, for a program without a test framework.
[[nodiscard]] inline ContractReport run_event_contract(std::function<std::shared_ptr<EventDeduplicator>()> make_events,
                                                       EventContractOptions options = {}) {
  auto selected = detail::select_event_checks(std::move(make_events), std::move(options));
  return run_checks(selected.checks, std::move(selected.left_out));
}

}  // namespace slack::oauth::inline v0::testing
