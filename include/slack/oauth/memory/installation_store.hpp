// Keeps installations in this process's memory: for tests, for apps that can lose them at a restart, and as the
// reference to compare other stores with. docs/stores/memory.md
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/memory/backend.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"

namespace slack::oauth::inline v0 {

struct MemoryInstallationStoreOptions {
  Logger logger{};  ///< gets a line for every save and delete at level debug; silent by default
};

/// Obeys every rule of docs/contract.md, as long as the process lives.
///
/// Threads: any thread may call any method at any time. Readers take no lock, wait for nobody and do not slow one
/// another; writers take turns.
template <class InstallationT, class BotT>
class BasicMemoryInstallationStore
    : public BackendInstallationStore<detail::MemoryBackend<InstallationT, BotT>, InstallationT, BotT> {
  using Base = BackendInstallationStore<detail::MemoryBackend<InstallationT, BotT>, InstallationT, BotT>;

 public:
  explicit BasicMemoryInstallationStore(MemoryInstallationStoreOptions options = {})
      : Base(std::move(options.logger)) {}

  /// Does the same as find_bot(), and does not copy the record; nullptr where it finds none. The record stays as it is
  /// whatever is saved or deleted later, and may outlive the store.
  [[nodiscard]] std::shared_ptr<const BotT> bot_snapshot(const BotQuery& query) const {
    const auto key = detail::key_of(query);
    return key ? this->backend().bot_snapshot(*key) : nullptr;
  }

  /// Does the same as find_installation(), and does not copy the record; nullptr where it finds none. The record stays
  /// as it is whatever is saved or deleted later, and may outlive the store. The first look-up after the bot changed
  /// copies it once.
  [[nodiscard]] std::shared_ptr<const InstallationT> installation_snapshot(const InstallationQuery& query) const {
    const auto key = detail::key_of(query);
    return key && !detail::names_nobody(query.user_id) ? this->backend().installation_snapshot(*key, query.user_id)
                                                       : nullptr;
  }
};

using MemoryInstallationStore = BasicMemoryInstallationStore<Installation, Bot>;

}  // namespace slack::oauth::inline v0
