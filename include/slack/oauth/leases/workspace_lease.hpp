// The turn to change one workspace's tokens. It ends by itself, so that a holder that died does not block others.
#pragma once

#include <chrono>

namespace slack::oauth::inline v0 {

/// One holder's turn, as InstallationStore::try_lease() returns it. Its destructor lets the next holder in. It ignores
/// a failure then, since the lease ends by itself anyway.
///
/// A lease saves a second request to Slack, and protects no data: its holder may stand still for longer than the lease
/// lasts.
/// docs/threads.md
///
/// Threads: one at a time.
class WorkspaceLease {
 public:
  WorkspaceLease() = default;
  WorkspaceLease(const WorkspaceLease&) = delete;
  WorkspaceLease& operator=(const WorkspaceLease&) = delete;
  virtual ~WorkspaceLease() = default;

  /// Returns false once the lease has ended, and another holder may have it. Throws StorageError where the storage
  /// cannot tell.
  [[nodiscard]] virtual bool is_held() const = 0;

  /// Makes the lease last for `lifetime` from now. Returns false where it has ended: then it stays so. Throws
  /// InvalidArgumentError where `lifetime` is not positive.
  [[nodiscard]] virtual bool renew(std::chrono::milliseconds lifetime) = 0;
};

/// How far a store's turns reach: among the threads that use the one store object, or among all processes that use the
/// same storage.
enum class LeaseScope { threads, processes };

}  // namespace slack::oauth::inline v0
