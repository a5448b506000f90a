// The interface of what sees to it that each event of Slack's is handled once: its `event_id` is claimed before the
// work, and marked after it. Slack sends an event again where it had no 2xx within three seconds.
// https://docs.slack.dev/apis/events-api
//
// docs/events.md lists what ships, and what is promised. You may write your own: derive from EventDeduplicator, or give
// a backend to BackendEventDeduplicator (slack/oauth/event_backend.hpp). Then run the contract kit on it
// (slack/oauth/testing/event_deduplicator_contract.hpp).
//
// Threads: any thread may call every method of one that ships, at any time.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/leases/lease_backend.hpp"
#include "slack/oauth/logger.hpp"

namespace slack::oauth::inline v0 {

/// What an event is to the one who asks for it.
enum class EventState {
  claimed,      ///< it is theirs to handle
  in_progress,  ///< another is at work on it, or has died at it a moment ago
  done,         ///< it was handled
};

[[nodiscard]] constexpr std::string_view to_string(EventState state) noexcept {
  switch (state) {
    case EventState::claimed:
      return "claimed";
    case EventState::in_progress:
      return "in_progress";
    case EventState::done:
      break;
  }
  return "done";
}

/// Whether a text can be an `event_id`: 1 to 255 characters of ASCII, none of them a space or a control character.
[[nodiscard]] inline bool is_event_id(std::string_view text) {
  constexpr std::size_t longest = 255;
  return !text.empty() && text.size() <= longest && detail::is_printable_ascii(text);
}

/// Every method may throw StorageError, which never means that an event is new, and throws InvalidArgumentError for
/// what is_event_id() refuses. Apps call EventClaim, below.
class EventDeduplicator {
 public:
  EventDeduplicator() = default;
  EventDeduplicator(const EventDeduplicator&) = delete;
  EventDeduplicator& operator=(const EventDeduplicator&) = delete;
  virtual ~EventDeduplicator() = default;

  /// Returns the logger that gets what is claimed and marked; by default a silent one. Valid as long as this.
  [[nodiscard]] virtual const Logger& logger() const {
    static const Logger silent;
    return silent;
  }

  /// Claims an event for `holder`, a name that no other claim has, in one step of the storage: of any number of calls
  /// at the same moment, one returns `claimed`. A claim ends by itself after a while; another may then claim the event.
  /// The holder of a claim gets it again. A holder is a text that is_event_id() accepts.
  [[nodiscard]] virtual EventState claim(std::string_view event_id, std::string_view holder) = 0;

  /// Remembers for a while that the event was handled, whoever claimed it: it was, also where that claim has ended, or
  /// where another has claimed it since. It may be repeated.
  virtual void mark_done(std::string_view event_id) = 0;

  /// Gives a claim back, so that another can claim the event. Does nothing where this holder has no claim, and where
  /// the event was handled.
  virtual void release(std::string_view event_id, std::string_view holder) = 0;
};

/// One's claim to an event. Copies share it; without mark_done(), the last one that goes gives it back, as where the
/// work throws. One that was made of nothing is as if the event had been claimed.
///
///     const slack::oauth::EventClaim claim(events, event_id);
///     if (claim.state() != slack::oauth::EventState::claimed) return;
///     handle(payload);
///     claim.mark_done();
///
/// Threads: any thread may call any method at any time.
class EventClaim {
 public:
  EventClaim() = default;

  /// Claims the event. Throws as EventDeduplicator::claim() does.
  EventClaim(std::shared_ptr<EventDeduplicator> events, std::string_view event_id)
      : shared_(std::make_shared<Shared>(std::move(events), event_id)) {}

  [[nodiscard]] EventState state() const noexcept { return shared_ == nullptr ? EventState::claimed : shared_->state; }

  /// Call it once the work is done. Does nothing where the event is another's, or was marked. Throws StorageError: the
  /// event may then be handled again, once the claim has ended; this may be called again before.
  void mark_done() const {
    if (shared_ == nullptr || shared_->state != EventState::claimed || shared_->is_marked) return;
    shared_->is_kept = true;  // also where the next line throws: the work was done
    shared_->events->mark_done(shared_->event_id);
    shared_->is_marked = true;
  }

 private:
  struct Shared {
    Shared(std::shared_ptr<EventDeduplicator> given, std::string_view id)
        : events(std::move(given)), event_id(id), holder(detail::new_lease_holder()) {
      if (events == nullptr) throw InvalidArgumentError("events", "must not be null");
      state = events->claim(event_id, holder);
    }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared() {
      if (is_kept || state != EventState::claimed) return;
      try {
        events->release(event_id, holder);
      } catch (const std::exception& error) {  // it ends by itself
        events->logger().warning("could not give an event back: " + std::string(error.what()));
      } catch (...) {  // what is not this library's may say anything
        events->logger().warning("could not give an event back");
      }
    }

    std::shared_ptr<EventDeduplicator> events;
    std::string event_id;
    std::string holder;
    EventState state = EventState::in_progress;
    std::atomic<bool> is_kept = false;
    std::atomic<bool> is_marked = false;
  };

  std::shared_ptr<Shared> shared_{};
};

}  // namespace slack::oauth::inline v0
