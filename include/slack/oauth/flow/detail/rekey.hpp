// Files a workspace's records under the organisation that it has joined: Slack calls it a migration to Enterprise Grid.
// https://docs.slack.dev/reference/events/grid_migration_finished
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/flow/detail/deletion.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/queries.hpp"

namespace slack::oauth::inline v0::detail {

/// What rekey_workspace() moved.
struct Rekeyed {
  bool bot = false;
  std::size_t installations = 0;

  [[nodiscard]] bool is_any() const noexcept { return bot || installations > 0; }
};

/// Whether `left` is to be kept of two records of one bot. Refreshing a token leaves installed_at as it is.
template <class BotT>
[[nodiscard]] bool is_newer_bot(const BotT& left, const BotT& right) {
  return std::pair(left.installed_at, left.bot_token_expires_at) >
         std::pair(right.installed_at, right.bot_token_expires_at);
}

/// Whether `left` is to be kept of two records of one user.
template <class InstallationT>
[[nodiscard]] bool is_newer_installation(const InstallationT& left, const InstallationT& right) {
  return std::pair(left.installed_at, left.user_token_expires_at) >
         std::pair(right.installed_at, right.user_token_expires_at);
}

/// Moves one workspace's records from (none, team) to (enterprise, team), one by one: each is saved under the new key
/// before it is deleted under the old one, and none that is newer under the new key is overwritten. So a crash in
/// between, or a repetition, loses nothing.
template <class Store>
class Rekeying {
  using InstallationT = InstallationOf<Store>;
  using BotT = BotOf<Store>;

 public:
  Rekeying(Store& store, std::string_view enterprise_id, std::string_view team_id)
      : store_(store), enterprise_id_(enterprise_id), team_id_(team_id) {}

  /// `user_id` is moved even where the store can neither list nor delete installations.
  Rekeyed run(OptionalId user_id) {
    const auto bot = look_up_bot(store_, {.team_id = team_id_});
    has_bots_ = bot.is_known;
    // First, so that whoever looks under both keys meanwhile, the new one first, misses no bot.
    if (bot.record) move_bot(*bot.record);
    move_users(user_id);
    return moved_;
  }

 private:
  [[nodiscard]] InstallationQuery old_query(OptionalId user_id = std::nullopt) const {
    return {.team_id = team_id_, .user_id = user_id};
  }

  void move_users(OptionalId user_id) {
    if (user_id) move_one(look_up_installation(store_, old_query(user_id)).record);
    // The newest is the next one, as each is deleted when it has been moved.
    while (move_one(look_up_installation(store_, old_query()).record)) {
    }
  }

  /// False where there is none, or it is still there afterwards.
  bool move_one(std::optional<InstallationT> installation) {
    if (!installation) return false;
    const std::string user_id = installation->user_id;
    save(std::move(*installation));
    if (user_id.empty()) return move_nameless();
    return try_delete_installation(store_, {.team_id = team_id_, .user_id = user_id}) &&
           !look_up_installation(store_, old_query(user_id)).record;
  }

  /// A record without a user can be deleted only together with all others, which are moved first.
  bool move_nameless() {
    if constexpr (CanVisit<Store>) {
      try {
        store_.for_each_installation([this](const InstallationT& installation) {
          if (is_old(installation) && !installation.user_id.empty()) save(installation);
        });
        try_delete_installation(store_, {.team_id = team_id_});
      } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): then they stay, and serve no more
      }
    }
    return false;
  }

  [[nodiscard]] bool is_old(const InstallationT& installation) const {
    return installation.enterprise_id.value_or("").empty() && installation.team_id.value_or("") == team_id_ &&
           !installation.is_enterprise_install;
  }

  void save(InstallationT installation) {
    const InstallationQuery query{
        .enterprise_id = enterprise_id_, .team_id = team_id_, .user_id = installation.user_id};
    const auto present = look_up_installation(store_, query).record;
    if (present && !is_newer_installation(installation, *present)) return;
    installation.enterprise_id = std::string(enterprise_id_);
    if (has_bots_) installation = UserTokens<Store>::alone(std::move(installation));  // the bot is moved by itself
    store_.save(installation);
    ++moved_.installations;
  }

  void move_bot(BotT bot) {
    const auto present = look_up_bot(store_, {.enterprise_id = enterprise_id_, .team_id = team_id_}).record;
    if (!present || is_newer_bot(bot, *present)) {
      bot.enterprise_id = std::string(enterprise_id_);
      BotTokens<Store>::save(store_, bot);
      moved_.bot = true;
    }
    try_delete_bot(store_, {.team_id = team_id_});
  }

  Store& store_;
  std::string_view enterprise_id_;
  std::string_view team_id_;
  bool has_bots_ = false;
  Rekeyed moved_{};
};

/// As Rekeying, in the turns of both keys: nobody refreshes a token under one of them meanwhile.
template <class Store>
Rekeyed rekey_workspace(Store& store, std::string_view enterprise_id, std::string_view team_id, OptionalId user_id,
                        const WorkspaceTurnOptions& turn) {
  return with_workspace_turn(store, WorkspaceRef{.team_id = team_id}, turn, [&](const WorkspaceLease&) {
    return with_workspace_turn(
        store, WorkspaceRef{.enterprise_id = enterprise_id, .team_id = team_id}, turn,
        [&](const WorkspaceLease&) { return Rekeying<Store>(store, enterprise_id, team_id).run(user_id); });
  });
}

}  // namespace slack::oauth::inline v0::detail
