// The options of the contract kit for the EventDeduplicator that it checks.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "slack/oauth/event_deduplicator.hpp"

namespace slack::oauth::inline v0::testing {

/// You may leave every option as it is.
struct EventContractOptions {
  // What only the author can do. Without these, the checks that need them are left out.

  /// Lets that much time pass for this one and all on its storage. For rule 5.
  std::function<void(EventDeduplicator&, std::chrono::seconds)> advance_clock = nullptr;

  /// Returns how many events the storage holds, expired ones too. For rule 5.
  std::function<std::size_t(EventDeduplicator&)> count_events = nullptr;

  /// Opens a second one on the same storage (file, folder, server), for the same app. For rule 6.
  std::function<std::shared_ptr<EventDeduplicator>(EventDeduplicator&)> reopen = nullptr;

  /// Opens one on the same storage for an app of another client_id. For rule 6.
  std::function<std::shared_ptr<EventDeduplicator>(EventDeduplicator&)> open_for_another_app = nullptr;

  /// Makes every later call fail, and returns a function that makes them work again. For rule 7.
  std::function<std::function<void()>(EventDeduplicator&)> break_storage = nullptr;

  std::chrono::seconds claim_lifetime = std::chrono::minutes{2};  ///< of these ones. For rule 5
  std::chrono::seconds expiration = std::chrono::hours{48};       ///< of these ones. For rule 5

  /// Checks to leave out, by name, or a whole rule: "rule 5". The kit refuses a text that names no check.
  std::vector<std::string> known_deviations = {};

  // How long the checks take. The concurrent ones make as many turns as these say. None may be 0.

  std::size_t threads = 4;        ///< in each of the concurrent checks; at least 2
  std::size_t races = 40;         ///< of the threads, in each of the concurrent checks
  std::size_t events_a_race = 8;  ///< that the threads are after
};

}  // namespace slack::oauth::inline v0::testing
