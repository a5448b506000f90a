// Keeps installations in files, as the Python SDK's FileInstallationStore does, so that both can use one folder.
// docs/stores/file.md
#pragma once

#include <cstddef>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/file/detail/backend.hpp"
#include "slack/oauth/file/options.hpp"
#include "slack/oauth/fwd.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// Obeys every rule of docs/contract.md, even where a process or the machine stops at any moment.
///
///     FileInstallationStore store({.base_dir = "installations", .client_id = "111.222"});
///
/// Threads: any thread, and any process, may call any method at any time. Readers take no lock and wait for nobody;
/// writers of one workspace take turns.
template <class InstallationT, class BotT>
class BasicFileInstallationStore
    : public BackendInstallationStore<detail::FileBackend<InstallationT, BotT>, InstallationT, BotT> {
  using Base = BackendInstallationStore<detail::FileBackend<InstallationT, BotT>, InstallationT, BotT>;

 public:
  /// Touches no file. Throws InvalidArgumentError where base_dir or client_id is empty.
  explicit BasicFileInstallationStore(const FileInstallationStoreOptions& options) : Base(options.logger, options) {}

  /// Removes the superseded records that were installed before that time, and returns how many files it removed. It
  /// does not change what the store finds.
  std::size_t purge_history(Timestamp before) { return this->backend().purge_history(before); }
};

using FileInstallationStore = BasicFileInstallationStore<Installation, Bot>;

}  // namespace slack::oauth::inline v0
