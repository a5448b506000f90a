// Reports what was written to a memory store.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: it misses nothing that was written before the call of may_have_changed(). It loads one number that counts
/// the writes; it does not keep which workspace was written.
class MemoryChanges final : public StoreChanges {
 public:
  explicit MemoryChanges(std::shared_ptr<const std::atomic<std::uint64_t>> writes)
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

}  // namespace slack::oauth::inline v0::detail
