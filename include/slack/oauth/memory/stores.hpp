// The stores of the memory engine together.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/memory/event_deduplicator.hpp"
#include "slack/oauth/memory/installation_store.hpp"
#include "slack/oauth/memory/state_store.hpp"
#include "slack/oauth/stores.hpp"

namespace slack::oauth::inline v0 {

struct MemoryStoresOptions {
  /// How long a person may take between the install page and the return from Slack.
  std::chrono::seconds state_expiration = std::chrono::minutes{10};

  std::size_t max_states = 100'000;  ///< as MemoryOAuthStateStoreOptions has it

  /// Whether the stores have `events`, so that an App handles each event of Slack's once. docs/events.md
  bool deduplicate_events = false;
  std::chrono::seconds event_claim_lifetime = std::chrono::minutes{2};  ///< as EventRules has it
  std::chrono::seconds event_expiration = std::chrono::hours{48};       ///< as EventRules has it
  std::size_t max_events = 200'000;                                     ///< as MemoryEventDeduplicatorOptions has it

  Logger logger{};  ///< gets what the stores do at level debug; silent by default
};

/// Throws an InvalidArgumentError that names the option.
template <class InstallationT, class BotT>
[[nodiscard]] BasicStores<InstallationT, BotT> basic_memory_stores(const MemoryStoresOptions& options = {}) {
  BasicStores<InstallationT, BotT> stores{
      .installations = std::make_shared<BasicMemoryInstallationStore<InstallationT, BotT>>(
          MemoryInstallationStoreOptions{.logger = options.logger}),
      .states = std::make_shared<MemoryOAuthStateStore>(MemoryOAuthStateStoreOptions{
          .expiration = options.state_expiration, .max_states = options.max_states, .logger = options.logger})};
  if (options.deduplicate_events) {
    stores.events = std::make_shared<MemoryEventDeduplicator>(
        MemoryEventDeduplicatorOptions{.claim_lifetime = options.event_claim_lifetime,
                                       .expiration = options.event_expiration,
                                       .max_events = options.max_events,
                                       .logger = options.logger});
  }
  return stores;
}

[[nodiscard]] inline Stores memory_stores(const MemoryStoresOptions& options = {}) {
  return basic_memory_stores<Installation, Bot>(options);
}

}  // namespace slack::oauth::inline v0
