// Rule 5: claims end, and events are forgotten. Rule 6: all on one storage share it, by app. Rule 7: a storage that
// fails is an error.
//
// Needs threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/testing/event_deduplicator/rules.hpp"
#include "slack/oauth/testing/event_deduplicator/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

[[nodiscard]] inline bool has_event_clock(const EventContractOptions& options) {
  return options.advance_clock != nullptr;
}
[[nodiscard]] inline bool has_event_clock_and_count(const EventContractOptions& options) {
  return has_event_clock(options) && options.count_events != nullptr;
}
[[nodiscard]] inline bool can_reopen_events(const EventContractOptions& options) { return options.reopen != nullptr; }
[[nodiscard]] inline bool can_open_for_another_app(const EventContractOptions& options) {
  return options.open_for_another_app != nullptr;
}
[[nodiscard]] inline bool can_break_events(const EventContractOptions& options) {
  return options.break_storage != nullptr;
}

inline void add_event_rule_5(EventDefinitions& checks) {
  using std::chrono::seconds;
  checks.push_back({"rule 5: a claim ends by itself, and not before",
                    [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.advance(trial.options().claim_lifetime - seconds{1});
                      trial.expect_claim(EventState::in_progress, "Ev01", "bob");
                      trial.advance(seconds{2});
                      trial.expect_claim(EventState::claimed, "Ev01", "bob");
                      trial.expect_claim(EventState::in_progress, "Ev01", "ada");
                    },
                    has_event_clock});
  checks.push_back({"rule 5: who comes late with the mark is believed, and does not give back another's claim",
                    [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.advance(trial.options().claim_lifetime + seconds{1});
                      trial.expect_claim(EventState::claimed, "Ev01", "bob");
                      trial.release("Ev01", "ada");
                      trial.expect_claim(EventState::in_progress, "Ev01", "carol");
                      trial.mark_done("Ev01");
                      trial.release("Ev01", "bob");
                      trial.expect_claim(EventState::done, "Ev01", "carol");
                    },
                    has_event_clock});
  checks.push_back({"rule 5: an event that was handled is remembered until it expires, and not longer",
                    [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.mark_done("Ev01");
                      trial.advance(trial.options().expiration - seconds{1});
                      trial.expect_claim(EventState::done, "Ev01", "bob");
                      trial.advance(seconds{2});
                      trial.expect_claim(EventState::claimed, "Ev01", "bob");
                    },
                    has_event_clock});
  checks.push_back(
      {"rule 5: what has expired is purged, and nothing else",
       [](EventTrial& trial) {
         constexpr std::size_t count = 60;
         for (std::size_t i = 0; i < count; ++i) {
           trial.expect_claim(EventState::claimed, event_number(i), "ada");
           if (i % 2 == 0) trial.mark_done(event_number(i));
         }
         trial.advance(trial.options().expiration + seconds{1});
         for (std::size_t i = count; i < 2 * count; ++i) {
           trial.expect_claim(EventState::claimed, event_number(i), "ada");
           if (i % 2 == 0) trial.mark_done(event_number(i));
         }
         const std::size_t held = trial.options().count_events(trial.events());
         trial.expect(held >= count && held < count + count / 2,
                      "expected most of " + std::to_string(count) +
                          " events that have expired to be gone after as many more, but of both there are " +
                          std::to_string(held));
         for (std::size_t i = count; i < 2 * count; ++i) {
           trial.expect_claim(i % 2 == 0 ? EventState::done : EventState::in_progress, event_number(i), "bob");
         }
       },
       has_event_clock_and_count});
}

inline void add_event_rule_6(EventDefinitions& checks) {
  checks.push_back({"rule 6: what one has claimed and marked, another on the same storage finds",
                    [](EventTrial& trial) {
                      const auto other = trial.opened(trial.options().reopen);
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.expect_claim(*other, EventState::in_progress, "Ev01", "bob");
                      trial.mark_done("Ev01");
                      trial.expect_claim(*other, EventState::done, "Ev01", "bob");
                      trial.expect_claim(*other, EventState::claimed, "Ev02", "bob");
                      trial.expect_claim(EventState::in_progress, "Ev02", "ada");
                      trial.release(*other, "Ev02", "bob");
                      trial.expect_claim(EventState::claimed, "Ev02", "ada");
                    },
                    can_reopen_events});
  checks.push_back({"rule 6: of two on one storage that claim an event at the same moment one gets it",
                    [](EventTrial& trial) {
                      const auto other = trial.opened(trial.options().reopen);
                      expect_one_claim(trial, 2, [&](std::size_t number) -> EventDeduplicator& {
                        return number == 0 ? trial.events() : *other;
                      });
                    },
                    can_reopen_events});
  checks.push_back({"rule 6: of two on one storage that fail and try again one at a time is at work, until one is done",
                    [](EventTrial& trial) {
                      const auto other = trial.opened(trial.options().reopen);
                      expect_one_success(trial, 2, [&](std::size_t number) -> EventDeduplicator& {
                        return number == 0 ? trial.events() : *other;
                      });
                    },
                    can_reopen_events});
  checks.push_back({"rule 6: apps of different client_id handle an event each",
                    [](EventTrial& trial) {
                      const auto other = trial.opened(trial.options().open_for_another_app);
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.expect_claim(*other, EventState::claimed, "Ev01", "ada");
                      trial.mark_done("Ev01");
                      trial.release(*other, "Ev01", "ada");
                      trial.expect_claim(*other, EventState::claimed, "Ev01", "bob");
                      trial.expect_claim(EventState::done, "Ev01", "bob");
                    },
                    can_open_for_another_app});
}

inline void add_event_rule_7(EventDefinitions& checks) {
  checks.push_back({"rule 7: a failing storage is a StorageError when an event is claimed, and no new event",
                    [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      const auto mend = trial.options().break_storage(trial.events());
                      trial.expect_error<StorageError>("claim(an event) on a broken storage", "StorageError",
                                                       [&] { static_cast<void>(trial.events().claim("Ev01", "bob")); });
                      if (mend) mend();
                    },
                    can_break_events});
  checks.push_back({"rule 7: a failing storage is a StorageError when an event is marked, which can be done later",
                    [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      const auto mend = trial.options().break_storage(trial.events());
                      trial.expect_error<StorageError>("mark_done(an event) on a broken storage", "StorageError",
                                                       [&] { trial.events().mark_done("Ev01"); });
                      trial.expect(mend != nullptr,
                                   "expected `break_storage` to give what makes the storage work again, but it gave "
                                   "none; where nothing can, name this check in `known_deviations`");
                      mend();
                      trial.expect_claim(EventState::in_progress, "Ev01", "bob");
                      trial.mark_done("Ev01");
                      trial.expect_claim(EventState::done, "Ev01", "bob");
                    },
                    can_break_events});
}

}  // namespace slack::oauth::inline v0::testing::detail
