// Events in this process's memory.
#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Models EventBackend.
///
/// Threads: any thread may call any method at any time.
class MemoryEventBackend {
 public:
  MemoryEventBackend(std::size_t max_events, Logger logger) : max_events_(max_events), logger_(std::move(logger)) {
    if (max_events_ == 0) throw InvalidArgumentError("max_events", "must be at least 1");
  }

  [[nodiscard]] EventState claim(const NewEventClaim& claim) {
    bool is_to_be_said = false;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = by_id_.find(claim.event_id); found != by_id_.end()) {
        const Event& event = *found->second;
        const bool has_ended = claim.claimed_at >= event.expires_at;
        if (!has_ended && event.is_done()) return EventState::done;
        if (!has_ended && event.holder != claim.holder) return EventState::in_progress;
        erase(found->second);
      }
      is_to_be_said = make_room();
      put(claims_, {std::string(claim.event_id), std::string(claim.holder), claim.expires_at});
    }
    if (is_to_be_said) warn();
    return EventState::claimed;
  }

  void mark_done(const HandledEvent& handled) {
    bool is_to_be_said = false;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = by_id_.find(handled.event_id); found != by_id_.end()) erase(found->second);
      is_to_be_said = make_room();
      put(done_, {std::string(handled.event_id), {}, handled.expires_at});
    }
    if (is_to_be_said) warn();
  }

  void release(std::string_view event_id, std::string_view holder) {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(event_id);
    if (found != by_id_.end() && found->second->holder == holder) erase(found->second);
  }

  void purge(Timestamp now) {
    const std::lock_guard lock(mutex_);
    for (InOrder* events : {&claims_, &done_}) {
      for (int i = 0; i < most_purged && !events->empty() && now >= events->front().expires_at; ++i) {
        erase(events->begin());
      }
    }
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return by_id_.size();
  }

 private:
  // Bounds the work of one call, and is more than the claims between two of them add.
  static constexpr int most_purged = 64;

  struct Event {
    std::string id;
    std::string holder;  // empty where it was handled
    Timestamp expires_at;

    [[nodiscard]] bool is_done() const { return holder.empty(); }
  };
  using InOrder = std::list<Event>;  // of expiry

  void put(InOrder& events, Event event) {
    events.push_back(std::move(event));
    try {
      by_id_.emplace(events.back().id, std::prev(events.end()));
    } catch (...) {
      events.pop_back();
      throw;
    }
  }

  void erase(InOrder::iterator event) {
    by_id_.erase(event->id);  // first: its key is in what it leads to
    (event->is_done() ? done_ : claims_).erase(event);
  }

  /// An event may have to give way: one that was handled, where there is one. Whether that is to be said: not each
  /// time, since once there are too many, one gives way for each that comes.
  bool make_room() {
    if (by_id_.size() < max_events_) return false;
    erase(done_.empty() ? claims_.begin() : done_.begin());
    return gave_way_++ % max_events_ == 0;
  }

  void warn() const { logger_.warning("an event gave way: there were max_events of them"); }

  std::size_t max_events_;
  Logger logger_;
  mutable std::mutex mutex_;
  std::size_t gave_way_ = 0;  ///< events
  InOrder claims_;
  InOrder done_;
  std::unordered_map<std::string_view, InOrder::iterator> by_id_;
};

}  // namespace slack::oauth::inline v0::detail
