// The versions that some workspaces had when this store wrote them last: bounds from below of what they are now.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// Remembers a few, since those that are written often are those that matter.
///
/// Threads: any may call any member at any time.
class PostgreSQLVersions {
 public:
  /// 0 where none is known.
  [[nodiscard]] std::int64_t of(const WorkspaceKey& key) {
    const std::lock_guard lock(mutex_);
    const Entry& entry = entry_of(key);
    return entry.is_of(key) ? entry.version : 0;
  }

  void note(const WorkspaceKey& key, std::int64_t version) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entry_of(key);
    entry.enterprise_id = key.enterprise_id;
    entry.team_id = key.team_id;
    entry.version = version;
  }

 private:
  struct Entry {
    std::string enterprise_id{};
    std::string team_id{};
    std::int64_t version = 0;

    [[nodiscard]] bool is_of(const WorkspaceKey& key) const {
      return enterprise_id == key.enterprise_id && team_id == key.team_id;
    }
  };

  [[nodiscard]] Entry& entry_of(const WorkspaceKey& key) {
    const std::hash<std::string_view> hash;
    return entries_[(hash(key.enterprise_id) * 31 + hash(key.team_id)) % entries_.size()];
  }

  std::mutex mutex_{};
  std::array<Entry, 61> entries_{};
};

}  // namespace slack::oauth::inline v0::detail
