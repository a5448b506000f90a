// Hears what is written to a memory store.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: nothing that was written before may_have_changed() is called is missed. It is one load of a number that
/// counts the writes; which workspace was written is not kept.
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
