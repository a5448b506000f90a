// Several processes that get the same events at the same moment, and one that dies at its work.
#pragma once

#if !defined(_WIN32)

#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/event_deduplicator.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/processes.hpp"

namespace test {

/// That each event is handled once, though half of the processes fail at it first. `open()` gives a std::shared_ptr to
/// an EventDeduplicator on the storage that all of them share.
template <class Open>
void check_events_of_processes(std::size_t events, const Open& open) {
  using slack::oauth::EventClaim;
  using slack::oauth::EventState;
  constexpr std::size_t processes = 4;
  const auto answers = in_processes(processes, open, [&](const auto& opened, std::size_t number) {
    std::string handled;
    bool fails = number % 2 == 0;
    for (std::size_t i = 0; i < events; ++i) {
      bool is_mine = false;
      for (EventState state = EventState::in_progress; state == EventState::in_progress;) {
        try {
          const EventClaim claim(opened, "Ev0" + std::to_string(i));
          state = claim.state();
          if (state != EventState::claimed) continue;
          fails = !fails;
          if (fails) throw std::domain_error("the work failed");
          is_mine = true;
          claim.mark_done();
        } catch (const std::domain_error&) {
          state = EventState::in_progress;  // Slack sends it again
        }
      }
      handled += is_mine ? '1' : '0';
    }
    return handled;
  });
  std::vector<int> times(events);
  for (const auto& answer : answers) {
    REQUIRE_THAT(answer, !Catch::Matchers::StartsWith("error"));
    REQUIRE(answer.size() == events);
    for (std::size_t i = 0; i < events; ++i) times[i] += answer[i] == '1' ? 1 : 0;
  }
  CHECK(times == std::vector<int>(events, 1));
}

/// That the event of a process that died at its work is handled by another, and then done. Claims end after a second.
template <class Open>
void check_event_of_dead_process(const Open& open) {
  using slack::oauth::EventClaim;
  using slack::oauth::EventState;
  const auto answers = in_processes(1, open, [](const auto& opened, std::size_t /*number*/) {
    const auto* const claim = new EventClaim(opened, "Ev01");  // which the process does not give back
    return std::string(to_string(claim->state()));
  });
  REQUIRE(answers == std::vector<std::string>{"claimed"});
  const auto opened = open();
  while (true) {
    const EventClaim claim(opened, "Ev01");
    REQUIRE(claim.state() != EventState::done);
    if (claim.state() == EventState::claimed) {
      claim.mark_done();
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  CHECK(EventClaim(opened, "Ev01").state() == EventState::done);
}

}  // namespace test

#endif
