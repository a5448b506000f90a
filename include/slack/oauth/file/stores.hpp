// The stores of the file engine together.
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "slack/oauth/file/event_deduplicator.hpp"
#include "slack/oauth/file/installation_store.hpp"
#include "slack/oauth/file/options.hpp"
#include "slack/oauth/file/state_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/stores.hpp"

namespace slack::oauth::inline v0 {

struct FileStoresOptions {
  std::string base_dir{};   ///< holds a folder for each client_id; made by the first write. Required
  std::string client_id{};  ///< the app's client id. Stores of different ids never see each other. Required

  // As FileInstallationStoreOptions has them.
  bool historical_data_enabled = false;
  std::size_t max_file_bytes = std::size_t{1} << 20U;
  std::chrono::milliseconds lock_timeout{10'000};
  bool map_changes = false;

  /// Waits until the disk has what was saved, and knows that a state was consumed. On by default. Turn it off in tests.
  bool sync = true;

  /// How long a person may take between the install page and the return from Slack.
  std::chrono::seconds state_expiration = std::chrono::minutes{10};

  /// The folder of the states, by default "<base_dir>/states". Name another one to share states with a Python process.
  std::string states_dir{};

  /// Whether the stores have `events`, so that an App handles each event of Slack's once. docs/events.md
  bool deduplicate_events = false;
  std::chrono::seconds event_claim_lifetime = std::chrono::minutes{2};  ///< as EventRules has it
  std::chrono::seconds event_expiration = std::chrono::hours{48};       ///< as EventRules has it

  Logger logger{};  ///< gets what the stores do at level debug; silent by default
};

/// Touches no file. Throws an InvalidArgumentError that names the option.
template <class InstallationT, class BotT>
[[nodiscard]] BasicStores<InstallationT, BotT> basic_file_stores(const FileStoresOptions& options) {
  detail::require_folder_options(options.base_dir, options.client_id);
  const std::chrono::milliseconds longest_wait = FileEventDeduplicatorOptions{}.lock_timeout;
  // No name of a workspace and none of a client_id's folder meets it: a workspace's has a dash, and the installations
  // of a client_id "states" lie beside what is in here.
  const std::string states_dir = options.states_dir.empty() ? options.base_dir + "/states" : options.states_dir;
  BasicStores<InstallationT, BotT> stores{
      .installations = std::make_shared<BasicFileInstallationStore<InstallationT, BotT>>(
          FileInstallationStoreOptions{.base_dir = options.base_dir,
                                       .client_id = options.client_id,
                                       .historical_data_enabled = options.historical_data_enabled,
                                       .max_file_bytes = options.max_file_bytes,
                                       .sync = options.sync,
                                       .lock_timeout = options.lock_timeout,
                                       .map_changes = options.map_changes,
                                       .logger = options.logger}),
      .states = std::make_shared<FileOAuthStateStore>(FileOAuthStateStoreOptions{.base_dir = states_dir,
                                                                                 .client_id = options.client_id,
                                                                                 .expiration = options.state_expiration,
                                                                                 .sync = options.sync,
                                                                                 .logger = options.logger})};
  if (options.deduplicate_events) {
    stores.events = std::make_shared<FileEventDeduplicator>(
        FileEventDeduplicatorOptions{.base_dir = options.base_dir + "/events",
                                     .client_id = options.client_id,
                                     .claim_lifetime = options.event_claim_lifetime,
                                     .expiration = options.event_expiration,
                                     .lock_timeout = std::min(options.lock_timeout, longest_wait),
                                     .logger = options.logger});
  }
  return stores;
}

[[nodiscard]] inline Stores file_stores(const FileStoresOptions& options) {
  return basic_file_stores<Installation, Bot>(options);
}

}  // namespace slack::oauth::inline v0
