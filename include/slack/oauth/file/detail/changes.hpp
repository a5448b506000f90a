// Hears what is written to a file store.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: a write by this library, of any process that uses the folder, is heard once it has returned; also where
/// the folder was made, removed or replaced meanwhile. Asking is two system calls. Which workspace was written is not
/// kept. Not heard: what the Python SDK writes, and a write whose process dies before it returns, until the next write
/// of that workspace. Leases and purge_history() are no writes.
class FileChanges final : public StoreChanges {
 public:
  explicit FileChanges(StampReader stamps) : stamps_(std::move(stamps)), seen_(stamps_.read()) {}

  [[nodiscard]] bool may_have_changed() override {
    const std::lock_guard lock(reading_);
    return stamps_.read() != seen_;
  }

  [[nodiscard]] WorkspaceChanges take() override {
    const std::lock_guard lock(reading_);
    const std::uint64_t stamp = stamps_.read();
    return {.anything = std::exchange(seen_, stamp) != stamp};
  }

 private:
  std::mutex reading_;
  StampReader stamps_;
  std::uint64_t seen_;
};

}  // namespace slack::oauth::inline v0::detail
