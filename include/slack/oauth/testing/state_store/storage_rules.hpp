// Rule 5: a state expires. Rule 6: stores on one storage share their states. Rule 7: a storage that fails is an error.
//
// Needs nlohmann/json and threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/testing/state_store/consume_rules.hpp"
#include "slack/oauth/testing/state_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

[[nodiscard]] inline bool has_clock(const StateContractOptions<>& options) { return options.advance_clock != nullptr; }
[[nodiscard]] inline bool has_clock_and_count(const StateContractOptions<>& options) {
  return has_clock(options) && options.count_states != nullptr;
}
[[nodiscard]] inline bool can_reopen(const StateContractOptions<>& options) { return options.reopen != nullptr; }
[[nodiscard]] inline bool can_reopen_one_time(const StateContractOptions<>& options) {
  return can_reopen(options) && options.is_one_time;
}
[[nodiscard]] inline bool can_break(const StateContractOptions<>& options) { return options.break_storage != nullptr; }

inline void add_rule_5(StateDefinitions& checks) {
  checks.push_back({"rule 5: a state that has expired is absent",
                    [](StateTrial& trial) {
                      const std::string first = trial.issue(StateTrial::kept);
                      const std::string second = trial.issue(StateTrial::kept);
                      trial.options().advance_clock(trial.store(), trial.options().expiration);
                      trial.expect_nothing("a state, when it expires", first);
                      trial.options().advance_clock(trial.store(), std::chrono::seconds{1});
                      trial.expect_nothing("a state with a payload that has expired", second);
                      trial.options().advance_clock(trial.store(), std::chrono::hours{24});
                      trial.expect_nothing("a state that expired a day ago", second);
                      trial.expect_kept("a new state", trial.issue(StateTrial::kept));
                    },
                    has_clock});
  checks.push_back({"rule 5: a state holds until it expires",
                    [](StateTrial& trial) {
                      const std::string state = trial.issue(StateTrial::kept);
                      trial.options().advance_clock(trial.store(),
                                                    trial.options().expiration - std::chrono::seconds{2});
                      trial.expect_kept("a state that is about to expire", state);
                    },
                    has_clock});
  checks.push_back({"rule 5: purging leaves what has not expired",
                    [](StateTrial& trial) {
                      static_cast<void>(trial.issue_many(3));
                      const auto step = trial.options().expiration * 2 / 3;
                      trial.options().advance_clock(trial.store(), step);
                      const std::string state = trial.issue(StateTrial::kept);
                      trial.options().advance_clock(trial.store(), step);
                      static_cast<void>(trial.issue_many(10));
                      trial.expect_kept("a state that was issued after others that have expired", state);
                    },
                    has_clock});
  checks.push_back(
      {"rule 5: states that have expired are purged",
       [](StateTrial& trial) {
         constexpr std::size_t states = 60;
         for (std::size_t i = 0; i < states; ++i)
           static_cast<void>(i % 2 == 0 ? trial.issue() : trial.issue(StateTrial::kept));
         trial.options().advance_clock(trial.store(), trial.options().expiration + std::chrono::seconds{1});
         static_cast<void>(trial.issue_many(states));
         const std::size_t held = trial.options().count_states(trial.store());
         trial.expect(held < states + states / 2,
                      "expected most of " + std::to_string(states) + " states that have expired to be gone after " +
                          std::to_string(states) + " more were issued, but there are " + std::to_string(held));
         trial.expect(held >= states, "expected " + std::to_string(states) +
                                          " states that have not expired, but there are " + std::to_string(held));
       },
       has_clock_and_count});
}

inline void add_rule_6(StateDefinitions& checks) {
  const auto other_of = [](StateTrial& trial) {
    auto other = trial.options().reopen(trial.store());
    if (other == nullptr) trial.fail("reopen gave no store");
    return other;
  };
  checks.push_back({"rule 6: another store on the same storage consumes a state, with its payload",
                    [other_of](StateTrial& trial) {
                      const auto other = other_of(trial);
                      const nlohmann::json payload = {{"tenant", "acme"}};
                      trial.expect_payload(*other, "a state of another store", trial.issue(payload), payload);
                      trial.expect_payload("a state of another store", trial.issue(*other, payload), payload);
                    },
                    can_reopen});
  checks.push_back({"rule 6: what one store has consumed is absent in another",
                    [other_of](StateTrial& trial) {
                      const auto other = other_of(trial);
                      const std::string state = trial.issue(StateTrial::kept);
                      trial.expect_kept("a state", state);
                      trial.expect_nothing(*other, "a state that another store has consumed", state);
                    },
                    can_reopen_one_time});
  checks.push_back({"rule 6: of stores that consume a state at the same moment one gets it",
                    [other_of](StateTrial& trial) {
                      const auto other = other_of(trial);
                      expect_one_winner(trial, 2, [&](std::size_t number) -> OAuthStateStore& {
                        return number == 0 ? trial.store() : *other;
                      });
                    },
                    can_reopen_one_time});
}

inline void add_rule_7(StateDefinitions& checks) {
  const auto consume = [](StateTrial& trial, const std::string& state) {
    static_cast<void>(trial.store().consume(state));
  };
  checks.push_back({"rule 7: a failing storage is a StorageError when a state is issued",
                    [](StateTrial& trial) {
                      const auto mend = trial.options().break_storage(trial.store());
                      trial.expect_error<StorageError>("issue() on a broken storage", "StorageError", [&] {
                        static_cast<void>(trial.store().issue(StateTrial::kept));
                      });
                      if (mend) mend();
                    },
                    can_break});
  checks.push_back({"rule 7: a failing storage is a StorageError when a state is consumed, and no unknown state",
                    [consume](StateTrial& trial) {
                      const std::string state = trial.issue(StateTrial::kept);
                      const auto mend = trial.options().break_storage(trial.store());
                      trial.expect_error<StorageError>("consume(a state) on a broken storage", "StorageError",
                                                       [&] { consume(trial, state); });
                      if (mend) mend();
                    },
                    can_break});
  checks.push_back({"rule 7: a state that could not be consumed can be consumed later",
                    [consume](StateTrial& trial) {
                      const std::string state = trial.issue(StateTrial::kept);
                      const auto mend = trial.options().break_storage(trial.store());
                      try {
                        consume(trial, state);
                      } catch (const Error&) {  // NOLINT(bugprone-empty-catch): another check is about the error
                      }
                      trial.expect(mend != nullptr,
                                   "expected `break_storage` to give what makes the storage work again, but it gave "
                                   "none; where nothing can, name this check in `known_deviations`");
                      mend();
                      trial.expect_kept("a state, when the storage works again", state);
                    },
                    can_break});
}

}  // namespace slack::oauth::inline v0::testing::detail
