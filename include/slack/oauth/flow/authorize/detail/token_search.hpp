// Where an authorizer looks for tokens, and what it finds there.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/authorize/authorize_result.hpp"
#include "slack/oauth/flow/authorize/payload.hpp"
#include "slack/oauth/flow/detail/rekey.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/rotate/rejected_tokens.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/queries.hpp"

namespace slack::oauth::inline v0::detail {

/// Borrows the ids of a payload.
struct Place {
  RecordSource source = RecordSource::none;
  OptionalId enterprise_id{};
  OptionalId team_id{};

  [[nodiscard]] BotQuery bot_query() const {
    return {.enterprise_id = enterprise_id,
            .team_id = team_id,
            .is_enterprise_install = source == RecordSource::organisation};
  }
  [[nodiscard]] InstallationQuery installation_query(OptionalId user_id = std::nullopt) const {
    return {.enterprise_id = enterprise_id,
            .team_id = team_id,
            .user_id = user_id,
            .is_enterprise_install = source == RecordSource::organisation};
  }
  [[nodiscard]] WorkspaceRef ref() const { return {.enterprise_id = enterprise_id, .team_id = team_id}; }
};

/// In the order in which they are asked.
class Places {
 public:
  Places() = default;
  explicit Places(const PayloadIds& ids) {
    const OptionalId enterprise_id = borrowed(ids.enterprise_id);
    const OptionalId team_id = borrowed(ids.team_id);
    if (enterprise_id && (ids.is_enterprise_install || !team_id)) {
      add({RecordSource::organisation, enterprise_id, std::nullopt});
    }
    if (team_id) add({RecordSource::workspace, enterprise_id, team_id});
    if (enterprise_id && team_id) add({RecordSource::before_migration, std::nullopt, team_id});
  }

  void add(Place place) { places_[count_++] = place; }
  [[nodiscard]] const Place* begin() const { return places_.data(); }
  [[nodiscard]] const Place* end() const { return places_.data() + count_; }

 private:
  std::array<Place, 3> places_{};
  std::size_t count_ = 0;
};

/// What a store has turned out to have, so that it is not asked again and again for what it has not.
class StoreAbilities {
 public:
  template <class Store>
  [[nodiscard]] LookedUp<BotOf<Store>> find_bot(const Store& store, const BotQuery& query) {
    if (bots_ == Ability::none) return {};
    auto answer = look_up_bot(store, query);
    bots_ = answer.is_known ? Ability::there : Ability::none;
    return answer;
  }

  template <class Store>
  [[nodiscard]] LookedUp<InstallationOf<Store>> find_installation(const Store& store, const InstallationQuery& query) {
    if (installations_ == Ability::none) return {};
    auto answer = look_up_installation(store, query);
    installations_ = answer.is_known ? Ability::there : Ability::none;
    return answer;
  }

  /// Asks the store once, where its type does not say.
  template <class Store>
  [[nodiscard]] bool has_bots(const Store& store, const Place& place) {
    if (bots_ == Ability::unknown) static_cast<void>(find_bot(store, place.bot_query()));
    return bots_ == Ability::there;
  }

  [[nodiscard]] bool has_any() const { return bots_ != Ability::none || installations_ != Ability::none; }

 private:
  enum class Ability { unknown, there, none };
  std::atomic<Ability> bots_{Ability::unknown};
  std::atomic<Ability> installations_{Ability::unknown};
};

/// The records that hold the tokens, each as it was at one moment.
template <class Store>
struct FoundTokens {
  std::optional<InstallationOf<Store>> user{};              ///< has the user's token, and perhaps the bot's
  std::optional<InstallationOf<Store>> authorized_user{};   ///< has that user's token, if it is not `user`
  std::optional<InstallationOf<Store>> bot_installation{};  ///< has the bot's token, if not one of the others
  std::optional<BotOf<Store>> bot{};
  bool is_bot_of_user = false;
  bool is_user_authorized = false;  ///< the event is sent for the installation of `user`
  Place user_place{};
  Place authorized_user_place{};
  Place bot_place{};

  [[nodiscard]] bool has_bot() const { return is_bot_of_user || bot || bot_installation; }
  [[nodiscard]] bool is_any_being_rekeyed() const {
    return (user && is_being_rekeyed(*user)) || (authorized_user && is_being_rekeyed(*authorized_user)) ||
           (bot && is_being_rekeyed(*bot)) || (bot_installation && is_being_rekeyed(*bot_installation));
  }
  void drop_bot() {
    is_bot_of_user = false;
    bot.reset();
    bot_installation.reset();
  }
  [[nodiscard]] bool is_any_from_before_migration() const {
    return user_place.source == RecordSource::before_migration || bot_place.source == RecordSource::before_migration ||
           is_authorized_user_from_before_migration();
  }
  [[nodiscard]] bool is_authorized_user_from_before_migration() const {
    return authorized_user_place.source == RecordSource::before_migration;
  }
};

template <class Store>
class TokenSearch {
  using InstallationT = InstallationOf<Store>;

 public:
  /// Fills `found`, which holds nothing yet: to move records costs more than the rest of the search. Without `user_id`
  /// no user's token is looked for.
  TokenSearch(const Store& store, StoreAbilities& abilities, OptionalId user_id, FoundTokens<Store>& found)
      : store_(store), abilities_(abilities), user_id_(user_id), found_(found) {}

  /// Throws NotImplementedError where the store can find nothing at all.
  void run(const Places& places) {
    for (const Place& place : places) {
      if (found_.has_bot() && (found_.user || !user_id_)) break;
      look_at(place);
      if (!abilities_.has_any()) throw NotImplementedError("InstallationStore::find_installation");
    }
  }

  /// The user's token alone.
  void run_for_user(const Place& place) {
    auto own = find_own(place).record;
    if (own) take_user(std::move(*own), place);
  }

 private:
  void look_at(const Place& place) {
    auto looked_up = user_id_ && !found_.user ? find_own(place) : LookedUp<InstallationT>();
    auto& own = looked_up.record;
    // An old record's bot is not used where a newer one was refused.
    const bool wants_bot =
        !found_.has_bot() && !(place.source == RecordSource::before_migration && has_seen_bot_of_workspace_);
    const bool has_bots = wants_bot && own && has_bot_token(*own) && abilities_.has_bots(store_, place);
    const bool is_own_bot = has_bots && is_usable(own->custom_values, *own->bot_token);
    if (has_bots) note_bot(place);
    if (own && has_user_token(*own)) {
      take_user(std::move(*own), place);
      found_.is_bot_of_user = is_own_bot;
      if (is_own_bot) found_.bot_place = place;
      own.reset();
    } else if (is_own_bot) {
      take_bot(found_.bot_installation, std::move(*own), place);
    }
    if (wants_bot && !has_bots) find_bot(place);
  }

  /// The record of the payload's very user, whatever the store makes of the query.
  [[nodiscard]] LookedUp<InstallationT> find_own(const Place& place) {
    auto own = abilities_.find_installation(store_, place.installation_query(user_id_));
    if (own.record && own.record->user_id != *user_id_) own.record.reset();
    return own;
  }

  void find_bot(const Place& place) {
    auto answer = abilities_.find_bot(store_, place.bot_query());
    if (answer.is_known) {
      if (!answer.record || answer.record->bot_token.empty()) return;
      note_bot(place);
      if (is_usable(answer.record->custom_values, answer.record->bot_token)) {
        take_bot(found_.bot, std::move(*answer.record), place);
      }
      return;
    }
    // Such a store may not keep the bot apart: then the newest installation has the token that works.
    auto newest = abilities_.find_installation(store_, place.installation_query()).record;
    if (newest && !has_bot_token(*newest) && user_id_) newest = find_own(place).record;
    if (!newest || !has_bot_token(*newest)) return;
    note_bot(place);
    if (is_usable(newest->custom_values, *newest->bot_token)) {
      take_bot(found_.bot_installation, std::move(*newest), place);
    }
  }

  void take_user(InstallationT&& installation, const Place& place) {
    if (!has_user_token(installation)) return;
    found_.user = std::move(installation);
    found_.user_place = place;
  }

  template <class Record>
  void take_bot(std::optional<Record>& slot, std::type_identity_t<Record>&& record, const Place& place) {
    slot = std::move(record);
    found_.bot_place = place;
  }

  void note_bot(const Place& place) {
    if (place.source == RecordSource::workspace) has_seen_bot_of_workspace_ = true;
  }

  [[nodiscard]] static bool has_bot_token(const InstallationT& installation) {
    return installation.bot_token && !installation.bot_token->empty();
  }
  [[nodiscard]] static bool has_user_token(const InstallationT& installation) {
    return installation.user_token && !installation.user_token->empty() &&
           is_usable(installation.custom_values, *installation.user_token);
  }
  [[nodiscard]] static bool is_usable(const CustomValues& values, std::string_view token) {
    return !is_rejected(values, token);
  }

  const Store& store_;
  StoreAbilities& abilities_;
  OptionalId user_id_;
  FoundTokens<Store>& found_;
  bool has_seen_bot_of_workspace_ = false;
};

}  // namespace slack::oauth::inline v0::detail
