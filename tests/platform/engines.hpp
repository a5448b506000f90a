// The engines, by the stores' interfaces.
#pragma once

#include <functional>
#include <memory>
#include <slack/oauth/event_deduplicator.hpp>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/state_store.hpp>
#include <string>
#include <vector>

#include "file/temp_folder.hpp"
#include "support/state_clock.hpp"

namespace test {

/// Opens an engine's stores in a folder.
struct Engine {
  std::function<std::shared_ptr<slack::oauth::InstallationStore>(const TempFolder&, const std::string& client_id)>
      open{};
  std::function<std::shared_ptr<slack::oauth::OAuthStateStore>(const TempFolder&, const StateClock&)> open_states{};
  std::function<std::shared_ptr<slack::oauth::EventDeduplicator>(const TempFolder&, const StateClock&,
                                                                 const std::string& client_id)>
      open_events{};
  bool opens_again = true;  ///< another store, on what the first one holds
  std::vector<std::string> known_deviations{};
};

Engine memory();
Engine files(bool keeps_history);
#if SLACK_OAUTH_TEST_SQLITE3
Engine databases();
#endif

}  // namespace test
