// An engine's installations and states, given out together.
//
//     slack::oauth::Stores stores = slack::oauth::memory_stores();
#pragma once

#include <memory>

#include "slack/oauth/fwd.hpp"

namespace slack::oauth::inline v0 {

/// Copies share the stores. Each engine has a function that makes them: memory_stores(), file_stores(), …
template <class InstallationT, class BotT>
struct BasicStores {
  std::shared_ptr<BasicInstallationStore<InstallationT, BotT>> installations;
  std::shared_ptr<OAuthStateStore> states;
};

}  // namespace slack::oauth::inline v0
