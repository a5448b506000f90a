// Turns in a world's own time, for every store: the storage's own would end by a clock that the world cannot move.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/leases/lease_backend.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/simulation/refresh_judge.hpp"
#include "slack/oauth/testing/simulation/world.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Models LeaseBackend, by the world's time. All processes share it.
class SimulatedLeases {
 public:
  SimulatedLeases(SimulatedWorld& world, RefreshJudge& judge) : world_(world), judge_(judge) {}

  bool take(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    world_.point("asks for the turn of " + shown(key));
    Turn& turn = turns_[ids_of(key)];
    if (world_.time() < turn.until && turn.holder != holder) return false;
    const std::size_t process = world_.current().number;
    if (turn.process != 0 && turn.process != process) {
      judge_.excuse_open(turn.process, key.team_id, "its turn had ended");
    }
    turn = {std::string(holder), process, world_.time() + lifetime};
    taken_[{process, ids_of(key)}] = true;
    world_.note("has the turn of " + shown(key));
    return true;
  }

  [[nodiscard]] bool is_held(const WorkspaceKey& key, std::string_view holder) {
    world_.point("asks whether it has the turn of " + shown(key));
    return has(key, holder);
  }

  bool renew(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    world_.point("renews the turn of " + shown(key));
    if (!has(key, holder)) return false;
    turns_[ids_of(key)].until = world_.time() + lifetime;
    return true;
  }

  void give_back(const WorkspaceKey& key, std::string_view holder) {
    world_.point("gives back the turn of " + shown(key));
    taken_[{world_.current().number, ids_of(key)}] = false;
    if (turns_[ids_of(key)].holder == holder) turns_.erase(ids_of(key));
  }

  [[nodiscard]] static LeaseScope scope() { return LeaseScope::processes; }

  /// Whether the current process has taken a turn of the workspace, wherever that is filed, and the turn has ended
  /// while the process still went by it.
  [[nodiscard]] bool has_outlived_turn_of(const std::string& team_id) const {
    return std::any_of(taken_.begin(), taken_.end(), [&](const auto& one) {
      const auto& [process, ids] = one.first;
      return one.second && process == world_.current().number && ids.second == team_id && !is_in_turn(ids);
    });
  }

  /// The process has died, and knows of no turn.
  void forget(std::size_t process) {
    std::erase_if(taken_, [process](const auto& one) { return one.first.first == process; });
  }

  /// Whether the current process goes by the turn of the workspace, though that may have ended.
  [[nodiscard]] bool goes_by_turn(const WorkspaceKey& key) const {
    const auto taken = taken_.find({world_.current().number, ids_of(key)});
    return taken != taken_.end() && taken->second;
  }

 private:
  using Ids = std::pair<std::string, std::string>;
  struct Turn {
    std::string holder{};
    std::size_t process = 0;
    Timestamp until{};
  };

  static Ids ids_of(const WorkspaceKey& key) { return {std::string(key.enterprise_id), std::string(key.team_id)}; }
  [[nodiscard]] std::string shown(const WorkspaceKey& key) const {
    return world_.keeps_steps() ? std::string(key.enterprise_id) + "/" + std::string(key.team_id) : std::string();
  }

  [[nodiscard]] bool has(const WorkspaceKey& key, std::string_view holder) const {
    const auto found = turns_.find(ids_of(key));
    return found != turns_.end() && found->second.holder == holder && world_.time() < found->second.until;
  }

  [[nodiscard]] bool is_in_turn(const Ids& ids) const {
    const auto found = turns_.find(ids);
    return found != turns_.end() && found->second.process == world_.current().number &&
           world_.time() < found->second.until;
  }

  SimulatedWorld& world_;
  RefreshJudge& judge_;
  std::map<Ids, Turn> turns_;
  std::map<std::pair<std::size_t, Ids>, bool> taken_;  ///< by process; false where it is given back
};

/// Waits in the world's time; nullptr where others hold it for all of `timeout`.
[[nodiscard]] inline std::unique_ptr<WorkspaceLease> wait_simulated_lease(
    SimulatedWorld& world, const std::shared_ptr<SimulatedLeases>& leases, const WorkspaceRef& ref,
    std::chrono::milliseconds lifetime, std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds longest_pause{100};
  const Timestamp end = world.time() + timeout;
  while (true) {
    if (auto lease = oauth::detail::try_lease_of(leases, ref, lifetime)) return lease;
    if (world.time() >= end) return nullptr;
    world.sleep(std::min<SimulatedWorld::Length>(longest_pause, end - world.time()));
  }
}

}  // namespace slack::oauth::inline v0::testing::detail
