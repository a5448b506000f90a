// A lock on one workspace's tokens that ends by itself, so that a holder that died does not block others.
#pragma once

namespace slack::oauth::inline v0 {

/// One holder's turn to change a workspace's tokens, as InstallationStore::try_lease() gives it. Destroying it lets the
/// next one in; what fails then is lost, since the lease ends by itself anyway.
///
/// Threads: one at a time.
class WorkspaceLease {
 public:
  WorkspaceLease() = default;
  WorkspaceLease(const WorkspaceLease&) = delete;
  WorkspaceLease& operator=(const WorkspaceLease&) = delete;
  virtual ~WorkspaceLease() = default;

  /// False once it has ended, and another holder may have it. Throws StorageError where that cannot be known.
  [[nodiscard]] virtual bool is_held() const = 0;
};

}  // namespace slack::oauth::inline v0
