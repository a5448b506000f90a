// Hears which workspaces were written, by anybody: for what keeps copies of a store's records.
#pragma once

#include <string>
#include <vector>

namespace slack::oauth::inline v0 {

/// What was written since the last look.
struct WorkspaceChanges {
  struct Workspace {
    std::string enterprise_id{};  ///< empty where there is none
    std::string team_id{};        ///< empty for an organisation

    friend bool operator==(const Workspace&, const Workspace&) = default;
  };

  bool anything = false;  ///< any workspace may have been: `workspaces` is not all
  std::vector<Workspace> workspaces{};
};

/// As InstallationStore::changes() gives it. Begins with what is written after it was made, and may name what was not
/// changed after all, or what its own store wrote. What a store's storage tells, and how soon, is in the head of its
/// changes.
///
/// Threads: any thread may call any method at any time.
class StoreChanges {
 public:
  StoreChanges() = default;
  StoreChanges(const StoreChanges&) = delete;
  StoreChanges& operator=(const StoreChanges&) = delete;
  virtual ~StoreChanges() = default;

  /// False where nothing was written since take() was called last. Meant to be asked before every look at a copy.
  /// Throws StorageError where that cannot be known.
  [[nodiscard]] virtual bool may_have_changed() = 0;

  /// What was written since the last call. Throws StorageError, and then the next call tells it.
  [[nodiscard]] virtual WorkspaceChanges take() = 0;
};

}  // namespace slack::oauth::inline v0
