// The workspaces whose turn a store has at this moment.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any may call any member at any time.
class PostgreSQLTurns {
 public:
  void add(const WorkspaceKey& key) {
    const std::lock_guard lock(mutex_);
    keys_.push_back({std::string(key.enterprise_id), std::string(key.team_id)});
  }

  /// One that add() was called for.
  void remove(const WorkspaceKey& key) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = find(key);
    if (found != keys_.end()) keys_.erase(found);
  }

  [[nodiscard]] bool contains(const WorkspaceKey& key) const {
    const std::lock_guard lock(mutex_);
    return find(key) != keys_.end();
  }

 private:
  struct OwnKey {
    std::string enterprise_id;
    std::string team_id;
  };

  [[nodiscard]] std::vector<OwnKey>::const_iterator find(const WorkspaceKey& key) const {
    return std::find_if(keys_.begin(), keys_.end(), [&key](const OwnKey& own) {
      return own.enterprise_id == key.enterprise_id && own.team_id == key.team_id;
    });
  }

  mutable std::mutex mutex_{};
  std::vector<OwnKey> keys_{};  ///< few: a thread has one or two at a time
};

}  // namespace slack::oauth::inline v0::detail
