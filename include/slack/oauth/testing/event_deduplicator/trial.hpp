// One check's run on one fresh EventDeduplicator: makes the calls, compares the answers, and tells what went wrong.
//
// Needs threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/event_deduplicator/options.hpp"

namespace slack::oauth::inline v0::testing::detail {

struct EventSetup {
  std::function<std::shared_ptr<EventDeduplicator>()> make_events;
  EventContractOptions options{};
};

/// Not for several threads, but for what makes calls; at_once() is called by one.
class EventTrial {
 public:
  EventTrial(std::string check, const EventSetup& setup)
      : check_(std::move(check)), options_(setup.options), events_(setup.make_events()) {
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

  /// That the call is refused with an ErrorT. Says its name in the violation.
  template <class ErrorT, class Call>
  void expect_error(const std::string& call_shown, std::string_view error_name, const Call& call) const {
    const std::string expectation = call_shown + ": expected " + std::string(error_name) + ", but ";
    try {
      call();
    } catch (const ErrorT&) {
      return;
    } catch (const std::exception& error) {
      fail(expectation + "it threw another exception: " + error.what());
    }
    fail(expectation + "the call returned");
  }

  void expect(bool is_true, std::string_view finding) const {
    if (!is_true) fail(finding);
  }

  [[noreturn]] void fail(std::string_view finding) const { throw ContractViolation(check_, finding); }

  /// Calls `work(number)` in threads that start together, each for that many turns. Throws what the first one to fail
  /// threw.
  void at_once(std::size_t count, std::size_t turns, const std::function<void(std::size_t)>& work) {
    std::atomic<bool> may_start = false;
    std::mutex mutex;
    std::exception_ptr failure;
    const auto note_failure = [&] {
      const std::lock_guard lock(mutex);
      if (failure == nullptr) failure = std::current_exception();
    };
    std::vector<std::thread> threads;
    try {
      for (std::size_t number = 0; number < count; ++number) {
        threads.emplace_back([&, number] {
          while (!may_start) std::this_thread::yield();
          try {
            work(number);
          } catch (...) {
            note_failure();
          }
        });
      }
    } catch (...) {  // the machine has no thread left
      note_failure();
    }
    may_start = true;
    for (auto& thread : threads) thread.join();
    if (failure != nullptr) std::rethrow_exception(failure);
    turns_ += count * turns;
  }
  [[nodiscard]] std::size_t turns() const { return turns_; }

 private:
  template <class Call>
  void expecting_none(const std::string& call_shown, const Call& call) const {
    try {
      call();
    } catch (const std::exception& error) {
      fail(call_shown + ": expected no exception, but it threw: " + error.what());
    }
  }

  std::string check_;
  const EventContractOptions& options_;
  std::shared_ptr<EventDeduplicator> events_;
  std::size_t turns_ = 0;
};

/// A check as the rules' header lists it.
struct EventDefinition {
  std::string name;
  std::function<void(EventTrial&)> body;
  bool (*is_possible)(const EventContractOptions&) = nullptr;
};
using EventDefinitions = std::vector<EventDefinition>;

}  // namespace slack::oauth::inline v0::testing::detail
