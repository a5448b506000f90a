// Reports which workspaces anybody wrote: for a caller that keeps copies of a store's records.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace slack::oauth::inline v0 {

/// What was written since the last look.
struct WorkspaceChanges {
  struct Workspace {
    std::string enterprise_id{};  ///< empty where there is none
    std::string team_id{};        ///< empty for an organisation

    friend bool operator==(const Workspace&, const Workspace&) = default;
  };

  bool anything = false;  ///< any workspace may have been written: `workspaces` is not all
  std::vector<Workspace> workspaces{};
};

/// What InstallationStore::changes() returns. It begins with what is written after it was made. It may name a workspace
/// that did not change after all, or that its own store wrote. The comment of a store's class of changes says what its
/// storage reports, and how soon.
///
/// Threads: any thread may call any method at any time.
class StoreChanges {
 public:
  StoreChanges() = default;
  StoreChanges(const StoreChanges&) = delete;
  StoreChanges& operator=(const StoreChanges&) = delete;
  virtual ~StoreChanges() = default;

  /// Returns false where nothing was written since the last call of take(). Ask it before every look at a copy. Throws
  /// StorageError where the storage cannot tell.
  [[nodiscard]] virtual bool may_have_changed() = 0;

  /// Returns what was written since the last call. Where it throws StorageError, the next call returns it.
  [[nodiscard]] virtual WorkspaceChanges take() = 0;
};

namespace detail {

/// Of a storage in this process's memory, which counts its writes: it promises to miss nothing that was counted before
/// the call of may_have_changed(). It loads one number, and does not know which workspace was written.
class CountedChanges final : public StoreChanges {
 public:
  explicit CountedChanges(std::shared_ptr<const std::atomic<std::uint64_t>> writes)
      : writes_(std::move(writes)), seen_(writes_->load()) {}

  [[nodiscard]] bool may_have_changed() override { return writes_->load() != seen_.load(); }

  [[nodiscard]] WorkspaceChanges take() override {
    const std::uint64_t writes = writes_->load();
    return {.anything = seen_.exchange(writes) != writes};
  }

 private:
  std::shared_ptr<const std::atomic<std::uint64_t>> writes_;
  std::atomic<std::uint64_t> seen_;
};

}  // namespace detail

}  // namespace slack::oauth::inline v0
