// Judges, from Slack's side, whether refresh tokens are used as Slack wants them used: each once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/testing/simulation/world.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Whose tokens they are: a user's, or without one the bot's.
struct LineageOwner {
  std::string workspace_id{};
  std::string user_id{};

  friend auto operator<=>(const LineageOwner&, const LineageOwner&) = default;
};

/// Knows of each refresh token who offered it to Slack, and what excuses that it is offered again: nobody knows whether
/// the first offer was carried out, or what came of it could not be saved.
///
/// Threads: as for the world.
class RefreshJudge {
 public:
  explicit RefreshJudge(SimulatedWorld& world) : world_(world) {}

  /// The current process offers a token, which Slack knows for that one's.
  void offer(const std::string& refresh_token, const LineageOwner& owner, bool has_outlived_turn) {
    auto& offers = offers_[refresh_token];
    if (!offers.empty()) {
      const auto open = std::find_if(offers.begin(), offers.end(), [](const Offer& one) { return one.excuse.empty(); });
      if (open != offers.end() && !has_outlived_turn) {
        world_.report("refresh tokens", "process " + std::to_string(world_.current().number) + " offers a token of " +
                                            owner.workspace_id + " that process " + std::to_string(open->process) +
                                            " has offered, and nothing went wrong");
      }
      ++world_.counts().offered_again;
    }
    offers.push_back({.process = world_.current().number, .owner = owner});
    if (has_outlived_turn) offers.back().excuse = "its turn had ended";
  }

  void accept(const std::string& refresh_token) {
    offers_[refresh_token].back().is_accepted = true;
    ++world_.counts().refreshes;
  }

  /// What came of the token's last offer is known to nobody, or to nobody else.
  void excuse(const std::string& refresh_token, std::string_view why) {
    const auto found = offers_.find(refresh_token);
    if (found != offers_.end() && !found->second.empty()) found->second.back().excuse = why;
  }

  /// The store has what came of it, or has something newer.
  void settle(const std::string& refresh_token) {
    const auto found = offers_.find(refresh_token);
    if (found != offers_.end() && !found->second.empty()) found->second.back().is_settled = true;
  }

  /// The current process died, or its turn for the workspace went to another.
  void excuse_open(std::size_t process, std::string_view workspace_id, std::string_view why) {
    for (auto& [token, offers] : offers_) {
      for (Offer& one : offers) {
        const bool is_meant =
            one.process == process && (workspace_id.empty() || one.owner.workspace_id == workspace_id);
        if (is_meant && !one.is_settled && one.excuse.empty()) one.excuse = why;
      }
    }
  }

  /// Where Slack has given new tokens that the store never got: somebody has to install the app again.
  [[nodiscard]] std::set<LineageOwner> lost_lineages() const {
    std::set<LineageOwner> lost;
    for (const auto& [token, offers] : offers_) {
      for (const Offer& one : offers) {
        const bool is_lost = one.is_accepted && !one.is_settled && !one.excuse.empty();
        if (is_lost && !one.is_forgotten) lost.insert(one.owner);
      }
    }
    return lost;
  }

  /// They have new tokens that come of none of the old ones: what was lost before counts no more.
  void forget(const LineageOwner& owner) {
    forget_where([&](const LineageOwner& one) { return one == owner; });
  }
  void forget_workspace(std::string_view workspace_id) {
    forget_where([&](const LineageOwner& one) { return one.workspace_id == workspace_id; });
  }

 private:
  struct Offer {
    std::size_t process = 0;
    LineageOwner owner{};
    std::string_view excuse{};
    bool is_accepted = false;
    bool is_settled = false;
    bool is_forgotten = false;
  };

  template <class Predicate>
  void forget_where(const Predicate& is_meant) {
    for (auto& [token, offers] : offers_) {
      for (Offer& one : offers) {
        if (is_meant(one.owner)) one.is_forgotten = true;
      }
    }
  }

  SimulatedWorld& world_;
  std::map<std::string, std::vector<Offer>> offers_;
};

}  // namespace slack::oauth::inline v0::testing::detail
