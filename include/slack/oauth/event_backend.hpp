// Turns a backend into an EventDeduplicator. A backend claims, marks, releases and purges, and does nothing else. This
// file has the rules (docs/events.md), once, for every backend.
//
//     class MyBackend { ... };   // a class that models EventBackend, below
//     slack::oauth::BackendEventDeduplicator<MyBackend> events({.expiration = std::chrono::hours{48}}, arguments…);
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// A claim as a backend keeps it. Everything is borrowed for the call.
struct NewEventClaim {
  std::string_view event_id{};
  std::string_view holder{};
  Timestamp claimed_at{};
  Timestamp expires_at{};
};

/// An event that was handled, as a backend keeps it. Everything is borrowed for the call.
struct HandledEvent {
  std::string_view event_id{};
  Timestamp handled_at{};
  Timestamp expires_at{};
};

// The members that an event backend has to have. Every member may throw. Any thread may call any member at any time.
// The times are those of the store's clock just before the call; a storage with a clock of its own goes by their
// difference. An event_id is one that is_event_id() accepts. What has expired counts for nothing.
//
// EventState claim(const NewEventClaim&)
//     Puts the claim, in one step, where there is neither a claim of another holder nor a mark. Else it changes
//     nothing, and says which of them there is.
// void mark_done(const HandledEvent&)
//     Puts the mark in the place of whatever is there.
// void release(std::string_view event_id, std::string_view holder)
//     Removes the claim of that holder, where there is one.
// void purge(Timestamp now)
//     Removes some claims and marks that have expired, a dozen or more where there are so many; bounded work. It is
//     called after some of the claims. What it throws is logged, and the event is claimed all the same.

namespace detail {

// clang-format off
template <class Backend>
concept ClaimsEvents = requires(Backend& backend, const NewEventClaim& claim) {
  { backend.claim(claim) } -> std::same_as<EventState>;
};
// clang-format on

template <class Backend>
concept MarksEvents = requires(Backend& backend, const HandledEvent& event) {
  backend.mark_done(event);
};

template <class Backend>
concept ReleasesEvents = requires(Backend& backend, std::string_view event_id, std::string_view holder) {
  backend.release(event_id, holder);
};

template <class Backend>
concept PurgesEvents = requires(Backend& backend, Timestamp now) {
  backend.purge(now);
};

}  // namespace detail

/// A class that claims, marks, releases and purges events as described above.
template <class Backend>
concept EventBackend = detail::ClaimsEvents<Backend> && detail::MarksEvents<Backend> &&
    detail::ReleasesEvents<Backend> && detail::PurgesEvents<Backend>;

/// The options that every EventDeduplicator has.
struct EventRules {
  /// How long a claim lasts, and so how long nobody else handles an event whose process has died. Make it longer than
  /// the work takes, with its wait in a queue; and shorter than the five minutes until Slack's last repeat, which then
  /// finds the event free.
  std::chrono::seconds claim_lifetime = std::chrono::minutes{2};

  /// How long an event that was handled is remembered: longer than Slack may send it again.
  std::chrono::seconds expiration = std::chrono::hours{48};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets every event at level debug; silent by default
};

namespace detail {

// Events that are claimed between two purges. A purge removes more than they add.
inline constexpr std::uint64_t claims_per_purge = 8;

inline void require_event_rules(const EventRules& rules) {
  constexpr std::chrono::seconds longest_claim = std::chrono::hours{24};
  constexpr std::chrono::seconds longest = std::chrono::days{366};
  if (rules.claim_lifetime <= std::chrono::seconds{0} || rules.claim_lifetime > longest_claim) {
    throw InvalidArgumentError("claim_lifetime", "must be between 1 second and 24 hours");
  }
  if (rules.expiration < rules.claim_lifetime || rules.expiration > longest) {
    throw InvalidArgumentError("expiration", "must be between claim_lifetime and 366 days");
  }
  if (!rules.clock) throw InvalidArgumentError("clock", "must be callable");
}

/// Stands in for a backend that lacks a member, so that the compiler prints the static_assert about it and nothing
/// else.
struct IncompleteEventBackend {
  template <class... Arguments>
  explicit IncompleteEventBackend(Arguments&&... /*arguments*/) {}
  EventState claim(const NewEventClaim& /*claim*/) { return EventState::done; }
  void mark_done(const HandledEvent& /*event*/) {}
  void release(std::string_view /*event_id*/, std::string_view /*holder*/) {}
  void purge(Timestamp /*now*/) {}
};

}  // namespace detail

/// The EventDeduplicator over any backend.
///
/// Threads: as safe as the backend.
template <class Backend>
class BackendEventDeduplicator : public EventDeduplicator {
 public:
  using backend_type = std::conditional_t<EventBackend<Backend>, Backend, detail::IncompleteEventBackend>;

  /// Makes the backend from these arguments, in place. Throws an InvalidArgumentError that names the rule.
  template <class... Arguments>
  requires std::constructible_from<backend_type, Arguments...>
  explicit BackendEventDeduplicator(EventRules rules, Arguments&&... arguments)
      : rules_(checked(std::move(rules))), backend_(std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] backend_type& backend() noexcept { return backend_; }
  [[nodiscard]] const backend_type& backend() const noexcept { return backend_; }

  [[nodiscard]] const Logger& logger() const override { return rules_.logger; }

  [[nodiscard]] EventState claim(std::string_view event_id, std::string_view holder) override {
    require_event_id(event_id);
    if (!is_event_id(holder)) {
      throw InvalidArgumentError("holder", "must be 1 to 255 characters of ASCII without spaces");
    }
    const Timestamp now = rules_.clock();
    const EventState state = backend_.claim(
        {.event_id = event_id, .holder = holder, .claimed_at = now, .expires_at = now + rules_.claim_lifetime});
    // Behind the claim: where the storage does not answer, Slack would wait for two calls to give up.
    if (claims_.fetch_add(1, std::memory_order_relaxed) % detail::claims_per_purge == 0) purge(now);
    log("asked for", event_id, state);
    return state;
  }

  void mark_done(std::string_view event_id) override {
    require_event_id(event_id);
    const Timestamp now = rules_.clock();
    backend_.mark_done({.event_id = event_id, .handled_at = now, .expires_at = now + rules_.expiration});
    log("marked", event_id, EventState::done);
  }

  void release(std::string_view event_id, std::string_view holder) override {
    require_event_id(event_id);
    if (!is_event_id(holder)) return;  // nobody's; a backend may keep a mark as a claim without a holder
    backend_.release(event_id, holder);
    if (rules_.logger.is_enabled(LogLevel::debug)) {
      rules_.logger.debug("gave the event " + std::string(event_id) + " back");
    }
  }

 private:
  [[nodiscard]] static EventRules checked(EventRules rules) {
    detail::require_event_rules(rules);
    return rules;
  }

  static void require_event_id(std::string_view event_id) {
    if (is_event_id(event_id)) return;
    throw InvalidArgumentError("event_id", "must be 1 to 255 characters of ASCII without spaces");
  }

  void log(std::string_view what, std::string_view event_id, EventState state) const {
    if (!rules_.logger.is_enabled(LogLevel::debug)) return;
    rules_.logger.debug(std::string(what) + " the event " + std::string(event_id) + ": " +
                        std::string(to_string(state)));
  }

  void purge(Timestamp now) {
    try {
      backend_.purge(now);
    } catch (const Error& error) {
      rules_.logger.warning("could not look for events that have expired: " + std::string(error.what()));
    } catch (...) {  // what is not this library's may say anything
      rules_.logger.warning("could not look for events that have expired");
    }
  }

  EventRules rules_;
  backend_type backend_;
  std::atomic<std::uint64_t> claims_ = 0;

  // At the end, since some compilers read no further than the first that fails.
  static_assert(detail::ClaimsEvents<Backend>,
                "slack-oauth: the event backend lacks `EventState claim(const NewEventClaim&)`");
  static_assert(detail::MarksEvents<Backend>,
                "slack-oauth: the event backend lacks `void mark_done(const HandledEvent&)`");
  static_assert(detail::ReleasesEvents<Backend>,
                "slack-oauth: the event backend lacks `void release(std::string_view event_id, std::string_view "
                "holder)`");
  static_assert(detail::PurgesEvents<Backend>, "slack-oauth: the event backend lacks `void purge(Timestamp now)`");
};

}  // namespace slack::oauth::inline v0
