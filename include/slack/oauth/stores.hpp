// An engine's installations and states together, and where it is asked for, its events.
//
//     slack::oauth::Stores stores = …;   // by the function of an engine: docs/stores/index.md
#pragma once

#include <memory>

#include "slack/oauth/fwd.hpp"

namespace slack::oauth::inline v0 {

/// Copies share the stores.
template <class InstallationT, class BotT>
struct BasicStores {
  std::shared_ptr<BasicInstallationStore<InstallationT, BotT>> installations;
  std::shared_ptr<OAuthStateStore> states;
  std::shared_ptr<EventDeduplicator> events{};  ///< null without `deduplicate_events`
};

}  // namespace slack::oauth::inline v0
