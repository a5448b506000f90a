// Files a workspace's records under the organisation that it has joined: Slack calls it a migration to Enterprise Grid.
// https://docs.slack.dev/reference/events/grid_migration_finished
//
// Each record is put under the new key, unless a newer one is there, and then removed under the old one if it is still
// the one that was put. The storage decides both. So whatever fails or stops in between, and whoever installs or
// refreshes meanwhile, both keys hold the record at worst, and the next event or job goes on.
//
// What is put has a mark, which goes once the old record has been seen to be there still: whoever deletes that from
// then on finds the copy too. A mark beside no old record says that the workspace was deleted before, and the copy
// goes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/deletion.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/detail/token_rejections.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/workspace_key.hpp"

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

/// Returns `to`, which also says what `from` says of its own tokens: that Slack has refused them.
template <class Record>
[[nodiscard]] Record with_rejections_of(const Record& from, Record to) {
  const auto copy = [&](const std::optional<std::string>& token) {
    if (has_text(token) && !is_rejected(to.custom_values, *token)) {
      copy_rejection(from.custom_values, *token, to.custom_values);
    }
  };
  if constexpr (requires { to.user_token; }) {
    copy(to.user_token);
    copy(to.user_refresh_token);
  } else {
    copy(to.bot_token);
    copy(to.bot_refresh_token);
  }
  return to;
}

/// The custom value that is the mark.
inline constexpr std::string_view being_rekeyed_value = "being_rekeyed";

template <class Record>
[[nodiscard]] bool is_being_rekeyed(const Record& record) {
  return !record.custom_values.empty() && record.custom_values.find(being_rekeyed_value) != nullptr;
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
    if (user_id) move_user(std::string(*user_id), look_up_installation(store_, old_query(user_id)).record);
    // The newest is the next one, as each is removed when it has been moved.
    while (true) {
      const auto newest = look_up_installation(store_, old_query()).record;
      if (!newest || !move_user(newest->user_id, newest)) break;
    }
    return moved_;
  }

 private:
  [[nodiscard]] InstallationQuery old_query(OptionalId user_id = std::nullopt) const {
    return {.team_id = team_id_, .user_id = user_id};
  }

  void move_bot() {
    const auto bot = look_up_bot(store_, {.team_id = team_id_});
    has_bots_ = bot.is_known;
    if (!bot.is_known) return;
    const auto at = [this](OptionalId enterprise_id) {
      return look_up_bot(store_, {.enterprise_id = enterprise_id, .team_id = team_id_}).record;
    };
    const auto is_newer = [](const BotT& left, const BotT& right) { return is_newer_bot(left, right); };
    bool is_moved = false;
    if (!move(bot.record, at, is_newer, is_moved) && bot.record) {  // the store does not compare
      const auto present = at(enterprise_id_);
      is_moved = !present || is_newer_bot(*bot.record, *present);
      if (is_moved) BotTokens<Store>::save(store_, under_new_key(*bot.record));
      try_delete_bot(store_, {.team_id = team_id_, .installed_until = bot.record->installed_at});
    }
    moved_.bot = is_moved;
  }

  /// False where the record is still there afterwards.
  bool move_user(const std::string& user_id, const std::optional<InstallationT>& user) {
    const auto at = [&](OptionalId enterprise_id) {
      InstallationQuery query{.enterprise_id = enterprise_id, .team_id = team_id_};
      if (!user_id.empty()) query.user_id = user_id;
      auto found = look_up_installation(store_, query).record;
      if (found && found->user_id != user_id) found.reset();
      return found;
    };
    const auto is_newer = [](const InstallationT& left, const InstallationT& right) {
      return is_newer_installation(left, right);
    };
    bool is_moved = false;
    std::optional<bool> is_gone = move(user, at, is_newer, is_moved);
    if (!is_gone && user) {  // the store does not compare
      const auto present = at(enterprise_id_);
      is_moved = !present || is_newer_installation(*user, *present);
      const InstallationT installation = under_new_key(*user);
      // A bot that is kept apart is moved by itself.
      if (is_moved) store_.save(has_bots_ ? without_bot(installation) : installation);
      // A record without a user cannot be named.
      is_gone = !user_id.empty() &&
                try_delete_installation(
                    store_, {.team_id = team_id_, .user_id = user_id, .installed_until = user->installed_at}) &&
                !at(std::nullopt);
    }
    if (is_moved) ++moved_.installations;
    return is_gone.value_or(true);
  }

  /// Whether the record is gone from the old key; absent where the store does not compare while it writes.
  /// `at(enterprise_id)` is the record under that key.
  template <class Record, class At, class IsNewer>
  std::optional<bool> move(std::optional<Record> old, const At& at, const IsNewer& is_newer, bool& is_moved) {
    constexpr int most_tries = 10;  // each further one is for somebody who changed a record meanwhile
    const std::optional<Record> none;
    for (int i = 0; i < most_tries; ++i, old = at(std::nullopt)) {
      std::optional<Record> present = at(enterprise_id_);
      if (!old) {  // it was deleted, or another has moved it
        if (!present || !is_being_rekeyed(*present)) return true;
        const auto is_dropped = replace_record_in(store_, present, none);
        if (is_dropped.value_or(true)) is_moved = false;
        if (is_dropped.value_or(true)) return true;
        continue;
      }
      if (!present || is_newer(*old, *present)) {
        std::optional<Record> put = under_new_key(*old);
        put->custom_values.set(being_rekeyed_value, true);
        const auto is_put = replace_record_in(store_, present, put);
        if (!is_put) return std::nullopt;
        if (!*is_put) continue;
        is_moved = true;
        present = std::move(put);
      } else if (std::optional<Record> told = with_rejections_of(*old, *present); told != present) {
        const auto is_told = replace_record_in(store_, present, told);
        if (!is_told) return std::nullopt;
        if (!*is_told) continue;
        present = std::move(told);
      }
      if (is_being_rekeyed(*present)) {
        const bool is_still_there = replace_record_in(store_, old, old).value_or(false);
        if (!is_still_there) continue;
        if (!replace_record_in(store_, present, std::optional(without_mark(*present))).value_or(false)) continue;
      }
      const auto is_removed = replace_record_in(store_, old, none);
      if (!is_removed) return std::nullopt;
      if (*is_removed) return true;
    }
    return !old;
  }

  template <class Record>
  [[nodiscard]] Record under_new_key(Record record) const {
    record.enterprise_id = std::string(enterprise_id_);
    return record;
  }

  template <class Record>
  [[nodiscard]] static Record without_mark(Record record) {
    record.custom_values.erase(being_rekeyed_value);
    return record;
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
  const TimeLeft left(turn.timeout, turn.clock);
  return with_workspace_turn(store, WorkspaceRef{.team_id = team_id}, turn, [&](const WorkspaceLease&) {
    return with_workspace_turn(
        store, WorkspaceRef{.enterprise_id = enterprise_id, .team_id = team_id}, turn.with_timeout(left()),
        [&](const WorkspaceLease&) { return Rekeying<Store>(store, enterprise_id, team_id).run(user_id); });
  });
}

/// Whether anything is filed under the team alone.
template <class Store>
[[nodiscard]] bool has_records_from_before_migration(const Store& store, std::string_view team_id) {
  return look_up_bot(store, {.team_id = team_id}).record || look_up_installation(store, {.team_id = team_id}).record;
}

/// Completes a move of this record's workspace that has stopped halfway: else a pair of tokens under the old key would
/// be offered to Slack once more. What cannot be read there is left.
template <class Store, class Record>
void complete_rekeying(Store& store, const Record& record, const WorkspaceTurnOptions& turn) {
  const bool is_in_organisation =
      has_text(record.enterprise_id) && has_text(record.team_id) && !record.is_enterprise_install;
  if (!is_in_organisation) return;
  OptionalId user_id;
  if constexpr (requires { record.user_id; }) user_id = record.user_id;
  if (names_nobody(user_id)) user_id.reset();
  try {
    if (!is_being_rekeyed(record) && !has_records_from_before_migration(store, *record.team_id)) return;
    rekey_workspace(store, *record.enterprise_id, *record.team_id, user_id, turn);
  } catch (const InvalidDataError&) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace slack::oauth::inline v0::detail
