// Files a workspace's records under the organisation that it has joined: Slack calls it a migration to Enterprise Grid.
// https://docs.slack.dev/reference/events/grid_migration_finished
//
// Each record is put under the new key, unless a newer one is there, and then removed under the old one if it is still
// the one that was put. The storage decides both. So whatever fails or stops in between, and whoever installs or
// refreshes meanwhile, both keys hold the record at worst, and the next event or job goes on.
#pragma once

#include <chrono>
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

/// Moves one workspace's records from (none, team) to (enterprise, team).
template <class Store>
class Rekeying {
  using InstallationT = InstallationOf<Store>;
  using BotT = BotOf<Store>;

 public:
  Rekeying(Store& store, std::string_view enterprise_id, std::string_view team_id)
      : store_(store), enterprise_id_(enterprise_id), team_id_(team_id) {}

  /// `user_id` is moved even where the store can neither list nor delete installations.
  Rekeyed run(OptionalId user_id) {
    // First, so that whoever looks under both keys meanwhile, the new one first, misses no bot.
    move_bot();
    if (user_id) move(look_up_installation(store_, old_query(user_id)).record);
    // The newest is the next one, as each is removed when it has been moved.
    while (move(look_up_installation(store_, old_query()).record)) {
    }
    return moved_;
  }

 private:
  // Each further one is for somebody who changed the record meanwhile.
  static constexpr int most_tries = 10;

  [[nodiscard]] InstallationQuery old_query(OptionalId user_id = std::nullopt) const {
    return {.team_id = team_id_, .user_id = user_id};
  }

  template <class Record>
  [[nodiscard]] Record under_new_key(Record record) const {
    record.enterprise_id = std::string(enterprise_id_);
    return record;
  }

  void move_bot() {
    for (int i = 0; i < most_tries; ++i) {
      const auto old = look_up_bot(store_, {.team_id = team_id_});
      has_bots_ = old.is_known;
      if (!old.record) return;
      const auto present = look_up_bot(store_, {.enterprise_id = enterprise_id_, .team_id = team_id_}).record;
      if (!present || is_newer_bot(*old.record, *present)) {
        const BotT bot = under_new_key(*old.record);
        const auto is_put = replace_record_in(store_, present, std::optional(bot));
        if (is_put && !*is_put) continue;
        if (!is_put) BotTokens<Store>::save(store_, bot);
        moved_.bot = true;
      }
      const auto is_removed = replace_record_in(store_, old.record, std::optional<BotT>());
      if (!is_removed) try_delete_bot(store_, {.team_id = team_id_, .installed_until = old.record->installed_at});
      if (is_removed.value_or(true)) return;
    }
  }

  /// False where there is none, or it is still there afterwards.
  bool move(std::optional<InstallationT> old) {
    for (int i = 0; old && i < most_tries; ++i) {
      const auto present = present_of(*old);
      if (!present || is_newer_installation(*old, *present)) {
        const InstallationT installation = under_new_key(*old);
        const auto is_put = replace_record_in(store_, present, std::optional(installation));
        if (is_put && !*is_put) {
          old = current(*old);
          continue;
        }
        // A bot that is kept apart is moved by itself.
        if (!is_put) store_.save(has_bots_ ? without_bot(installation) : installation);
        ++moved_.installations;
      }
      const auto is_removed = replace_record_in(store_, old, std::optional<InstallationT>());
      if (!is_removed) return remove(*old);
      if (*is_removed) return true;
      old = current(*old);
    }
    return false;
  }

  /// The record of the same user under the new key.
  [[nodiscard]] std::optional<InstallationT> present_of(const InstallationT& old) const {
    InstallationQuery query{.enterprise_id = enterprise_id_, .team_id = team_id_};
    if (!old.user_id.empty()) query.user_id = old.user_id;
    auto found = look_up_installation(store_, query).record;
    if (found && found->user_id != old.user_id) found.reset();
    return found;
  }

  /// The same record under the old key, as it is by now.
  [[nodiscard]] std::optional<InstallationT> current(const InstallationT& old) const {
    auto found =
        look_up_installation(store_, old_query(old.user_id.empty() ? std::nullopt : OptionalId(old.user_id))).record;
    if (found && found->user_id != old.user_id) found.reset();
    return found;
  }

  /// Where the storage does not compare. A record without a user cannot be named.
  bool remove(const InstallationT& old) {
    if (old.user_id.empty()) return false;
    const bool is_tried = try_delete_installation(
        store_, {.team_id = team_id_, .user_id = old.user_id, .installed_until = old.installed_at});
    return is_tried && !look_up_installation(store_, old_query(old.user_id)).record;
  }

  Store& store_;
  std::string_view enterprise_id_;
  std::string_view team_id_;
  bool has_bots_ = false;
  Rekeyed moved_{};
};

/// As Rekeying, in the turns of both keys: nobody refreshes a token under one of them meanwhile. Throws a
/// TokenRotationError that is retryable where they do not come in time.
template <class Store>
Rekeyed rekey_workspace(Store& store, std::string_view enterprise_id, std::string_view team_id, OptionalId user_id,
                        const WorkspaceTurnOptions& turn) {
  using std::chrono::milliseconds;
  const auto start = std::chrono::steady_clock::now();
  return with_workspace_turn(store, WorkspaceRef{.team_id = team_id}, turn, [&](const WorkspaceLease&) {
    const auto waited = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    const auto left = waited < turn.timeout ? turn.timeout - waited : milliseconds{0};
    return with_workspace_turn(
        store, WorkspaceRef{.enterprise_id = enterprise_id, .team_id = team_id}, turn.with_timeout(left),
        [&](const WorkspaceLease&) { return Rekeying<Store>(store, enterprise_id, team_id).run(user_id); });
  });
}

/// Whether anything is filed under the team alone.
template <class Store>
[[nodiscard]] bool has_records_from_before_migration(const Store& store, std::string_view team_id) {
  return look_up_bot(store, {.team_id = team_id}).record || look_up_installation(store, {.team_id = team_id}).record;
}

/// Completes a move of this record's workspace that has stopped halfway: else a pair of tokens under the old key would
/// be offered to Slack once more. True where there was one.
template <class Store, class Record>
bool complete_rekeying(Store& store, const Record& record, const WorkspaceTurnOptions& turn) {
  const bool is_in_organisation =
      has_text(record.enterprise_id) && has_text(record.team_id) && !record.is_enterprise_install;
  if (!is_in_organisation || !has_records_from_before_migration(store, *record.team_id)) return false;
  rekey_workspace(store, *record.enterprise_id, *record.team_id, std::nullopt, turn);
  return true;
}

}  // namespace slack::oauth::inline v0::detail
