// Hears what is written to a file store.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: a write by this library, of any process that uses the folder, is heard once it has returned; also where
/// the folder was made, removed or replaced meanwhile. Asking is two system calls behind a mutex. Which workspace was
/// written is not kept. Not heard: what the Python SDK writes, and a write whose process dies before it returns, until
/// the next write of that workspace. Leases and purge_history() are no writes.
///
/// With `maps`, asking is one look into memory that the system shares between processes, and once in 10 ms as without.
/// That the folder was removed or replaced is heard after some 20 ms then, and so is a write where the file system does
/// not keep memory and file together. Nobody may truncate the file of the stamp: that would end the process (SIGBUS).
class FileChanges final : public StoreChanges {
 public:
  FileChanges(const ClientFolder& folder, bool maps) : stamps_(folder.stamps(maps)), seen_(stamps_.read()) {}

  [[nodiscard]] bool may_have_changed() override {
    if (const auto stamp = stamps_.glance()) return *stamp != seen_.load();
    const std::lock_guard lock(reading_);
    if (const auto stamp = stamps_.glance()) return *stamp != seen_.load();  // another thread has just read it
    return stamps_.read() != seen_.load();
  }

  [[nodiscard]] WorkspaceChanges take() override {
    const std::lock_guard lock(reading_);
    const std::uint64_t stamp = stamps_.read();
    return {.anything = seen_.exchange(stamp) != stamp};
  }

 private:
  std::mutex reading_{};
  StampReader stamps_;
  std::atomic<std::uint64_t> seen_;
};

}  // namespace slack::oauth::inline v0::detail
