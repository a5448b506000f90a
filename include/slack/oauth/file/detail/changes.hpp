// Hears what is written to a file store.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: a write by this library, of any process that uses the folder, is heard once it has returned. So it is
/// where the folder was made meanwhile; where it was removed or replaced, 20 ms later at most. On POSIX systems, asking
/// is one look into memory that the system shares between processes, and two system calls once in 10 ms; on Windows,
/// the file is read. Which workspace was written is not kept. Not heard: what the Python SDK writes, and a write whose
/// process dies before it returns, until the next write of that workspace. Leases and purge_history() are no writes.
///
/// Nobody may truncate the file of the stamp while this looks into it: the system would end the process (SIGBUS).
class FileChanges final : public StoreChanges {
 public:
  explicit FileChanges(const ClientFolder& folder) : stamps_(folder.stamps()), seen_(stamps_.read()) {}

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
