// Rule 1: one claims an event. Rule 2: an event is done once it was marked, and not before. Rule 3: a claim that is
// given back is free. Rule 4: an event_id is data.
//
// Needs threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/testing/event_deduplicator/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

[[nodiscard]] inline std::string event_number(std::size_t number) { return "Ev0" + std::to_string(number); }
[[nodiscard]] inline std::string holder_number(std::size_t number) { return "holder" + std::to_string(number); }

[[nodiscard]] inline std::size_t threads_of(const EventTrial& trial) {
  return std::max<std::size_t>(trial.options().threads, 2);
}

/// That of the threads one gets each event. `events_of(number)` is what a thread asks.
template <class EventsOf>
void expect_one_claim(EventTrial& trial, std::size_t threads, const EventsOf& events_of) {
  const std::size_t count = trial.options().events_a_race;
  for (std::size_t race = 0; race < trial.options().races; ++race) {
    std::vector<std::atomic<int>> claims(count);
    trial.at_once(threads, count, [&](std::size_t number) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto state = events_of(number).claim(event_number(race * count + i), holder_number(number));
        if (state == EventState::claimed) ++claims[i];
      }
    });
    for (const auto& claimed : claims) {
      trial.expect(claimed == 1, "claim(an event) by several at once: expected one of them to get it, but " +
                                     std::to_string(claimed) + " did");
    }
  }
}

/// That each event is handled once, by threads of which some fail at it first, and all try until it is done.
template <class EventsOf>
void expect_one_success(EventTrial& trial, std::size_t threads, const EventsOf& events_of) {
  const std::size_t count = trial.options().events_a_race;
  for (std::size_t race = 0; race < trial.options().races; ++race) {
    std::vector<std::atomic<int>> at_work(count);
    std::vector<std::atomic<int>> successes(count);
    std::atomic<bool> were_two_at_work = false;
    trial.at_once(threads, count, [&](std::size_t number) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::string id = event_number(race * count + i);
        for (int tries = 0;; ++tries) {
          const std::string holder = holder_number(number) + "." + std::to_string(tries);
          const EventState state = events_of(number).claim(id, holder);
          if (state == EventState::done) break;
          if (state == EventState::in_progress) {
            std::this_thread::yield();
            continue;
          }
          if (++at_work[i] > 1) were_two_at_work = true;
          std::this_thread::yield();
          const bool fails = tries % 2 == 0 && successes[i] == 0 && number % 2 == 0;
          if (!fails) ++successes[i];
          --at_work[i];
          if (!fails) {
            events_of(number).mark_done(id);
            break;
          }
          events_of(number).release(id, holder);
        }
      }
    });
    trial.expect(!were_two_at_work,
                 "claims of several threads: expected one of them at work on an event, but there were "
                 "two at the same moment");
    for (const auto& times : successes) {
      trial.expect(times == 1,
                   "claims and marks of several threads: expected an event to be handled once, but it was " +
                       std::to_string(times) + " times");
    }
  }
}

inline void add_event_rule_1(EventDefinitions& checks) {
  checks.push_back({"rule 1: one claims an event, and another finds it in progress", [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      for (int i = 0; i < 3; ++i) trial.expect_claim(EventState::in_progress, "Ev01", "bob");
                    }});
  checks.push_back({"rule 1: the holder of a claim gets it again", [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.expect_claim(EventState::in_progress, "Ev01", "bob");
                    }});
  checks.push_back({"rule 1: events do not disturb one another", [](EventTrial& trial) {
                      constexpr std::size_t count = 50;
                      for (std::size_t i = 0; i < count; ++i) {
                        trial.expect_claim(EventState::claimed, event_number(i), holder_number(i));
                        if (i % 3 == 1) trial.mark_done(event_number(i));
                        if (i % 3 == 2) trial.release(event_number(i), holder_number(i));
                      }
                      for (std::size_t i = 0; i < count; ++i) {
                        const EventState state = i % 3 == 0   ? EventState::in_progress
                                                 : i % 3 == 1 ? EventState::done
                                                              : EventState::claimed;
                        trial.expect_claim(state, event_number(i), "late");
                      }
                    }});
  checks.push_back({"rule 1: of threads that claim an event at the same moment one gets it", [](EventTrial& trial) {
                      expect_one_claim(trial, threads_of(trial),
                                       [&](std::size_t) -> EventDeduplicator& { return trial.events(); });
                    }});
}

inline void add_event_rule_2(EventDefinitions& checks) {
  checks.push_back({"rule 2: an event that was marked is done, for everybody", [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.mark_done("Ev01");
                      for (const char* holder : {"ada", "bob"}) trial.expect_claim(EventState::done, "Ev01", holder);
                    }});
  checks.push_back({"rule 2: a mark counts whoever has the claim, and may be repeated", [](EventTrial& trial) {
                      trial.mark_done("Ev01");
                      trial.expect_claim(EventState::done, "Ev01", "ada");
                      trial.expect_claim(EventState::claimed, "Ev02", "ada");
                      trial.release("Ev02", "ada");
                      trial.expect_claim(EventState::claimed, "Ev02", "bob");
                      for (int i = 0; i < 2; ++i) trial.mark_done("Ev02");
                      for (const char* holder : {"ada", "bob"}) trial.expect_claim(EventState::done, "Ev02", holder);
                    }});
  checks.push_back(
      {"rule 2: of threads that fail and try again one at a time is at work, until one is done", [](EventTrial& trial) {
         expect_one_success(trial, threads_of(trial),
                            [&](std::size_t) -> EventDeduplicator& { return trial.events(); });
       }});
}

inline void add_event_rule_3(EventDefinitions& checks) {
  checks.push_back({"rule 3: an event that is given back can be claimed", [](EventTrial& trial) {
                      for (const char* holder : {"ada", "bob", "ada"}) {
                        trial.expect_claim(EventState::claimed, "Ev01", holder);
                        trial.release("Ev01", holder);
                      }
                      trial.release("Ev01", "ada");
                      trial.release("Ev0never", "ada");
                    }});
  checks.push_back({"rule 3: nobody gives back what another has claimed", [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      for (const char* other : {"bob", "ad", "adaa", "ADA"}) trial.release("Ev01", other);
                      trial.expect_claim(EventState::in_progress, "Ev01", "bob");
                    }});
  checks.push_back({"rule 3: what is done stays done when its claim is given back", [](EventTrial& trial) {
                      trial.expect_claim(EventState::claimed, "Ev01", "ada");
                      trial.mark_done("Ev01");
                      trial.release("Ev01", "ada");
                      trial.expect_claim(EventState::done, "Ev01", "bob");
                    }});
  checks.push_back(
      {"rule 3: work that throws leaves the event to the next, and work that ends does not", [](EventTrial& trial) {
         const auto handle = [&](bool fails) {
           const EventClaim claim(trial.shared_events(), "Ev01");
           if (claim.state() != EventState::claimed) return claim.state();
           if (fails) throw std::runtime_error("the work failed");
           claim.mark_done();
           return claim.state();
         };
         for (int i = 0; i < 2; ++i) {
           trial.expect_error<std::runtime_error>("work on a claimed event", "its own error", [&] { handle(true); });
         }
         trial.expect(handle(false) == EventState::claimed,
                      "expected an event whose work has failed to be "
                      "free, but it was not");
         trial.expect(handle(false) == EventState::done,
                      "expected an event whose work has ended to be "
                      "done, but it was not");
       }});
}

inline void add_event_rule_4(EventDefinitions& checks) {
  checks.push_back({"rule 4: events whose ids are alike are two", [](EventTrial& trial) {
                      const std::string long_id(255, 'E');
                      const std::vector<std::string> ids{"Ev0PV52K21",
                                                         "Ev0PV52K2",
                                                         "Ev0PV52K211",
                                                         "ev0pv52k21",
                                                         "EV0PV52K21",
                                                         ".",
                                                         "..",
                                                         "../..",
                                                         "/",
                                                         ".lock",
                                                         ".new",
                                                         "none",
                                                         "a/b",
                                                         "a%2Fb",
                                                         "a\\b",
                                                         "%",
                                                         "_",
                                                         "*",
                                                         "'",
                                                         "\"",
                                                         "';drop",
                                                         "$1",
                                                         "?1",
                                                         long_id,
                                                         long_id.substr(1),
                                                         long_id.substr(1) + "F"};
                      for (const auto& id : ids) trial.expect_claim(EventState::claimed, id, "ada");
                      for (std::size_t i = 0; i < ids.size(); i += 2) trial.mark_done(ids[i]);
                      for (std::size_t i = 0; i < ids.size(); ++i) {
                        trial.expect_claim(i % 2 == 0 ? EventState::done : EventState::in_progress, ids[i], "bob");
                      }
                    }});
  checks.push_back({"rule 4: what can be no event_id is refused", [](EventTrial& trial) {
                      for (const std::string& id :
                           {std::string(), std::string(256, 'E'), std::string("Ev 01"), std::string("Ev01\n"),
                            std::string("Ev01\0", 5), std::string("Ev\xC3\xA9"), std::string("\xFF")}) {
                        trial.expect_error<InvalidArgumentError>("claim(no event_id)", "InvalidArgumentError", [&] {
                          static_cast<void>(trial.events().claim(id, "ada"));
                        });
                        trial.expect_error<InvalidArgumentError>("mark_done(no event_id)", "InvalidArgumentError",
                                                                 [&] { trial.events().mark_done(id); });
                      }
                    }});
}

}  // namespace slack::oauth::inline v0::testing::detail
