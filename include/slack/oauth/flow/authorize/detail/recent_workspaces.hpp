// Workspaces of which something was seen a while ago, in bounded memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Remembers each for one lifetime at least, and for less than two, unless there are very many.
///
/// Threads: any thread may call any method at any time.
class RecentWorkspaces {
 public:
  [[nodiscard]] bool contains(std::string_view enterprise_id, std::string_view team_id, Timestamp now) {
    const std::string id = id_of(enterprise_id, team_id);
    const std::lock_guard lock(mutex_);
    forget_old(now);
    return recent_.contains(id) || older_.contains(id);
  }

  void add(std::string_view enterprise_id, std::string_view team_id, Timestamp now) {
    std::string id = id_of(enterprise_id, team_id);
    const std::lock_guard lock(mutex_);
    forget_old(now);
    if (recent_.size() >= most) start_anew(now);
    recent_.insert(std::move(id));
  }

 private:
  static constexpr std::size_t most = 50'000;
  static constexpr std::chrono::hours lifetime{1};

  // Slack's ids hold no line feed.
  [[nodiscard]] static std::string id_of(std::string_view enterprise_id, std::string_view team_id) {
    return std::string(enterprise_id).append("\n").append(team_id);
  }

  void forget_old(Timestamp now) {
    // What began in the future did so by a clock that was set back.
    if (now >= since_ && now - since_ < lifetime) return;
    if (now < since_ || now - since_ >= 2 * lifetime) recent_.clear();
    start_anew(now);
  }

  void start_anew(Timestamp now) {
    older_ = std::exchange(recent_, {});
    since_ = now;
  }

  std::mutex mutex_;
  std::unordered_set<std::string> recent_;
  std::unordered_set<std::string> older_;
  Timestamp since_{};
};

}  // namespace slack::oauth::inline v0::detail
