// Deletes the records of a workspace or organisation that are older than an event. Each deletion says the event's time,
// and a store that compares decides by it in the step that deletes. What is looked up before is for the outcome, and
// for stores that ignore that time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/deciding_store.hpp"
#include "slack/oauth/flow/detail/deletion.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/flow/revoke/detail/revocation_event.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

struct Revoked {
  bool bot = false;
  bool installations = false;
  bool kept_newer = false;

  Revoked& operator|=(const Revoked& other) {
    bot = bot || other.bot;
    installations = installations || other.installations;
    kept_newer = kept_newer || other.kept_newer;
    return *this;
  }
};

/// One key's records. REQUIRES: the turn of the key, where the store does not decide by itself.
template <class Store>
class Revoking {
  using InstallationT = InstallationOf<Store>;

 public:
  Revoking(Store& store, WorkspaceRef ref, Timestamp event_time, bool store_decides)
      : store_(store), ref_(ref), event_time_(event_time), store_decides_(store_decides) {
    ref_.installed_until = event_time;
  }

  /// In one step where the store decides, or all is older than the event.
  Revoked delete_all() {
    const auto bot = see_bot();
    const auto newest = see_newest();
    if (newest.is_known && !bot.is_there() && !newest.is_there()) return {};
    const bool has_newer = is_newer(bot.record) || is_newer(newest.record);
    const bool is_blind = bot.is_unknown() && newest.is_unknown();
    if (store_decides_ || !has_newer) {
      call_delete_all();
      const bool keeps_bot = is_newer(bot.record) || (bot.is_damaged && see_bot().is_there());
      const bool keeps_newest = is_newer(newest.record) || (newest.is_damaged && see_newest().is_there());
      return {.bot = (bot.is_there() && !keeps_bot) || is_blind,
              .installations = (newest.is_there() && !keeps_newest) || is_blind,
              .kept_newer = keeps_bot || keeps_newest};
    }
    Revoked revoked{.kept_newer = true};
    if (bot.record && !is_newer(bot.record)) revoked.bot = delete_bot();
    if (newest.record) revoked.installations = delete_older_installations();
    return revoked;
  }

  Revoked delete_bot_of(const std::vector<std::string>& bot_user_ids) {
    if (bot_user_ids.empty()) return {};
    const auto bot = see_bot();
    if (bot.is_known) {
      if (!bot.record || !names(bot_user_ids, bot.record->bot_user_id)) return {};
      if (is_newer(bot.record)) return {.kept_newer = true};
      return {.bot = delete_bot()};
    }
    const auto newest = see_newest();
    const bool shows_bot = newest.record && newest.record->bot_token;
    if (shows_bot && !names(bot_user_ids, newest.record->bot_user_id.value_or(""))) return {};
    if (bot.is_damaged) {
      delete_bot();
      const bool keeps_bot = see_bot().is_there();
      return {.bot = !keeps_bot, .kept_newer = keeps_bot};
    }
    if (newest.is_known && !shows_bot) return {};
    if (is_newer(newest.record)) return {.kept_newer = true};
    return {.bot = delete_bot()};
  }

  Revoked delete_users(const std::vector<std::string>& user_ids) {
    Revoked revoked;
    std::vector<std::string_view> older;
    std::vector<std::string_view> damaged;
    bool is_any_known = false;
    for (const std::string& user_id : user_ids) {
      const auto own = see_user(user_id);
      if (own.is_known && (!own.record || own.record->user_id != user_id)) continue;
      if (is_newer(own.record)) {
        revoked.kept_newer = true;
        continue;
      }
      older.push_back(user_id);
      if (own.is_damaged) damaged.push_back(user_id);
      is_any_known = is_any_known || own.is_known;
    }
    if (older.empty()) return revoked;
    revoked.installations = try_delete_installations(store_, ref_, older);
    // What a store without both keeps of a user is nobody's to find.
    if (!revoked.installations && is_any_known) throw NotImplementedError("InstallationStore::delete_installation");
    const auto kept = static_cast<std::size_t>(std::count_if(
        damaged.begin(), damaged.end(), [this](std::string_view user_id) { return see_user(user_id).is_there(); }));
    revoked.kept_newer = revoked.kept_newer || kept > 0;
    revoked.installations = revoked.installations && kept < older.size();
    return revoked;
  }

 private:
  /// Damaged: a record is there that cannot be read, such as a sealed one without its key.
  template <class Record>
  struct Seen : LookedUp<Record> {
    bool is_damaged = false;

    [[nodiscard]] bool is_there() const { return this->record || is_damaged; }
    [[nodiscard]] bool is_unknown() const { return !this->is_known && !is_damaged; }
  };

  /// A damaged record must not keep a store that decides by itself from deleting it and the others.
  template <class Record, class LookUp>
  [[nodiscard]] Seen<Record> see(const LookUp& look_up) const {
    try {
      return {look_up(), false};
    } catch (const InvalidDataError&) {
      if (!store_decides_) throw;
      return {{}, true};
    }
  }

  [[nodiscard]] Seen<BotOf<Store>> see_bot() const {
    return see<BotOf<Store>>([&] { return look_up_bot(store_, bot_query()); });
  }
  [[nodiscard]] Seen<InstallationT> see_newest() const { return see_user(std::nullopt); }
  [[nodiscard]] Seen<InstallationT> see_user(OptionalId user_id) const {
    return see<InstallationT>([&] { return look_up_installation(store_, installation_query(user_id)); });
  }

  [[nodiscard]] BotQuery bot_query() const { return {.enterprise_id = ref_.enterprise_id, .team_id = ref_.team_id}; }
  [[nodiscard]] InstallationQuery installation_query(OptionalId user_id = std::nullopt) const {
    return {.enterprise_id = ref_.enterprise_id, .team_id = ref_.team_id, .user_id = user_id};
  }

  template <class Record>
  [[nodiscard]] bool is_newer(const std::optional<Record>& record) const {
    return record && record->installed_at > event_time_;
  }

  /// An app has one bot user; a record that does not know it is of that one.
  [[nodiscard]] static bool names(const std::vector<std::string>& bot_user_ids, std::string_view bot_user_id) {
    return bot_user_id.empty() ||
           std::find(bot_user_ids.begin(), bot_user_ids.end(), bot_user_id) != bot_user_ids.end();
  }

  void call_delete_all() {
    if constexpr (CanDeleteAll<Store>) {
      try {
        return store_.delete_all(ref_);
      } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): its default may need more than there is
      }
    }
    const bool has_bots = try_delete_bot(store_, ref_);
    const bool has_installations =
        try_delete_installation(store_, {ref_.enterprise_id, ref_.team_id, std::nullopt, ref_.installed_until});
    if (!has_bots && !has_installations) throw NotImplementedError("InstallationStore::delete_all");
  }

  bool delete_bot() {
    if (!try_delete_bot(store_, ref_)) throw NotImplementedError("InstallationStore::delete_bot");
    return true;
  }

  /// Of the users who did not install the app again. A store that cannot list them keeps them.
  bool delete_older_installations() {
    std::vector<std::string> user_ids;
    if constexpr (CanVisit<Store>) {
      try {
        store_.for_each_installation([&](const InstallationT& installation) {
          if (is_here(installation) && installation.installed_at <= event_time_) {
            user_ids.push_back(installation.user_id);
          }
        });
      } catch (const NotImplementedError&) {
        return false;
      }
    }
    std::erase(user_ids, std::string());
    const std::vector<std::string_view> older(user_ids.begin(), user_ids.end());
    return !older.empty() && try_delete_installations(store_, ref_, older);
  }

  [[nodiscard]] bool is_here(const InstallationT& installation) const {
    const WorkspaceRef ref = workspace_ref_of(installation);
    return id_or_empty(ref.enterprise_id) == id_or_empty(ref_.enterprise_id) &&
           id_or_empty(ref.team_id) == id_or_empty(ref_.team_id);
  }

  Store& store_;
  WorkspaceRef ref_;
  Timestamp event_time_;
  bool store_decides_;
};

/// Under the keys that a workspace may have: the one from before it joined an organisation, and the one of today. In
/// this order, since records move from the first to the second, and what has moved meanwhile is found there.
template <class Store, class Revoke>
Revoked revoke_at_each_key(Store& store, const TenantIds& tenant, Timestamp event_time,
                           const WorkspaceTurnOptions& turn, const Revoke& revoke) {
  const bool store_decides = decides_by_itself(store);
  const auto at = [&](const WorkspaceRef& ref) {
    Revoking<Store> revoking(store, ref, event_time, store_decides);
    if (store_decides) return revoke(revoking);
    return with_workspace_turn(store, ref, turn, [&](const WorkspaceLease&) { return revoke(revoking); });
  };
  Revoked revoked;
  if (tenant.enterprise_id && tenant.team_id) revoked |= at({.team_id = *tenant.team_id});
  revoked |= at({.enterprise_id = borrowed(tenant.enterprise_id), .team_id = borrowed(tenant.team_id)});
  return revoked;
}

template <class Store>
Revoked revoke_all(Store& store, const TenantIds& tenant, Timestamp event_time, const WorkspaceTurnOptions& turn) {
  return revoke_at_each_key(store, tenant, event_time, turn,
                            [](Revoking<Store>& revoking) { return revoking.delete_all(); });
}

template <class Store>
Revoked revoke_tokens(Store& store, const TenantIds& tenant, const RevokedTokens& tokens, Timestamp event_time,
                      const WorkspaceTurnOptions& turn) {
  return revoke_at_each_key(store, tenant, event_time, turn, [&tokens](Revoking<Store>& revoking) {
    Revoked revoked = revoking.delete_users(tokens.user_ids);
    revoked |= revoking.delete_bot_of(tokens.bot_user_ids);
    return revoked;
  });
}

}  // namespace slack::oauth::inline v0::detail
