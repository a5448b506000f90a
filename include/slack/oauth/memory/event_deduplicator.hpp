// Remembers in this process's memory which events were handled: for an app of one process, which may handle an event
// again after a restart. docs/events.md
//
//     auto events = std::make_shared<slack::oauth::MemoryEventDeduplicator>();
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/memory/event_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct MemoryEventDeduplicatorOptions {
  // As EventRules has them.
  std::chrono::seconds claim_lifetime = std::chrono::minutes{2};
  std::chrono::seconds expiration = std::chrono::hours{48};

  /// The most events that are remembered. Beyond that, a new event removes the one that was handled first. This limits
  /// the memory: some 250 bytes for each. Raise it where more events than that arrive within `expiration`.
  std::size_t max_events = 200'000;

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  /// Gets every event at level debug, and at level warning that events were removed early: once for `max_events` of
  /// them. Silent by default.
  Logger logger{};
};

/// Forgets all when the process ends. No other process knows of it.
///
/// Threads: any thread may call any method at any time.
class MemoryEventDeduplicator final : public BackendEventDeduplicator<detail::MemoryEventBackend> {
 public:
  /// Throws an InvalidArgumentError that names the option.
  explicit MemoryEventDeduplicator(const MemoryEventDeduplicatorOptions& options = {})
      : BackendEventDeduplicator({.claim_lifetime = options.claim_lifetime,
                                  .expiration = options.expiration,
                                  .clock = options.clock,
                                  .logger = options.logger},
                                 options.max_events, options.logger) {}

  /// Returns how many events there are, with those that have expired and were not purged yet.
  [[nodiscard]] std::size_t size() const { return backend().size(); }
};

}  // namespace slack::oauth::inline v0
