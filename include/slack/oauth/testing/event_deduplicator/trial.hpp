// One check's run on one fresh EventDeduplicator: makes the calls, compares the answers, and tells what went wrong.
//
// Needs threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/testing/check_run.hpp"
#include "slack/oauth/testing/event_deduplicator/options.hpp"

namespace slack::oauth::inline v0::testing::detail {

struct EventSetup {
  std::function<std::shared_ptr<EventDeduplicator>()> make_events;
  EventContractOptions options{};
};

/// Not for several threads, but for what makes calls; at_once() is called by one.
class EventTrial : public CheckRun {
 public:
  EventTrial(std::string check, const EventSetup& setup)
      : CheckRun(std::move(check)), options_(setup.options), events_(setup.make_events()) {
    if (events_ == nullptr) fail("the function that makes an EventDeduplicator gave none");
  }

  [[nodiscard]] EventDeduplicator& events() const { return *events_; }
  [[nodiscard]] const std::shared_ptr<EventDeduplicator>& shared_events() const { return events_; }
  [[nodiscard]] const EventContractOptions& options() const { return options_; }

  /// That of these one opens, by the option of that name.
  [[nodiscard]] std::shared_ptr<EventDeduplicator> opened(
      const std::function<std::shared_ptr<EventDeduplicator>(EventDeduplicator&)>& open) const {
    auto other = open(*events_);
    if (other == nullptr) fail("reopen or open_for_another_app gave none");
    return other;
  }

  void advance(std::chrono::seconds time) const { options_.advance_clock(*events_, time); }

  void expect_claim(EventState expected, std::string_view event_id, std::string_view holder) const {
    expect_claim(*events_, expected, event_id, holder);
  }
  void expect_claim(EventDeduplicator& events, EventState expected, std::string_view event_id,
                    std::string_view holder) const {
    const std::string call = "claim(" + oauth::detail::quoted(event_id, 60) + ", " + std::string(holder) + ")";
    EventState state{};
    expecting_none(call, [&] { state = events.claim(event_id, holder); });
    if (state != expected) {
      fail(call + ": expected " + std::string(to_string(expected)) + ", but got " + std::string(to_string(state)));
    }
  }

  void mark_done(std::string_view event_id) const { mark_done(*events_, event_id); }
  void mark_done(EventDeduplicator& events, std::string_view event_id) const {
    expecting_none("mark_done(" + oauth::detail::quoted(event_id, 60) + ")", [&] { events.mark_done(event_id); });
  }

  void release(std::string_view event_id, std::string_view holder) const { release(*events_, event_id, holder); }
  void release(EventDeduplicator& events, std::string_view event_id, std::string_view holder) const {
    expecting_none("release(" + oauth::detail::quoted(event_id, 60) + ", " + std::string(holder) + ")",
                   [&] { events.release(event_id, holder); });
  }

 private:
  const EventContractOptions& options_;
  std::shared_ptr<EventDeduplicator> events_;
};

/// A check as the rules' header lists it.
struct EventDefinition {
  std::string name;
  std::function<void(EventTrial&)> body;
  bool (*is_possible)(const EventContractOptions&) = nullptr;
};
using EventDefinitions = std::vector<EventDefinition>;

}  // namespace slack::oauth::inline v0::testing::detail
