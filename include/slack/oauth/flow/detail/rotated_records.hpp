// A bot's and a user's tokens in a store, whatever methods it has: how the current record is found, how a new pair
// takes the place of the one it was got with, and how a record is saved without touching any other.
#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/models/detail/shared_fields.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// What a store says about a record: not known where it has no method to say so.
template <class Record>
struct LookedUp {
  bool is_known = false;
  std::optional<Record> record{};
};

template <class Store>
[[nodiscard]] LookedUp<BotOf<Store>> look_up_bot(const Store& store, const BotQuery& query) {
  if constexpr (CanFindBot<Store>) {
    try {
      return {true, store.find_bot(query)};
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): the interface may hide such a store
    }
  }
  return {};
}

template <class Store>
[[nodiscard]] LookedUp<InstallationOf<Store>> look_up_installation(const Store& store, const InstallationQuery& query) {
  if constexpr (CanFindInstallation<Store>) {
    try {
      return {true, store.find_installation(query)};
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch)
    }
  }
  return {};
}

/// What `call()` says; absent where the store cannot compare in the step that writes.
template <class Call>
std::optional<bool> if_implemented(const Call& call) {
  try {
    return call();
  } catch (const NotImplementedError&) {
    return std::nullopt;
  }
}

template <class Store>
std::optional<bool> replace_tokens_in(Store& store, const TokenReplacement& replacement) {
  if constexpr (CanReplaceTokens<Store>) return if_implemented([&] { return store.replace_tokens(replacement); });
  return std::nullopt;
}

template <class Store, class Record>
std::optional<bool> replace_record_in(Store& store, const std::optional<Record>& stored,
                                      const std::optional<Record>& record) {
  if constexpr (CanReplace<Store> && std::same_as<Record, BotOf<Store>>) {
    return if_implemented([&] { return store.replace_bot(stored, record); });
  } else if constexpr (CanReplace<Store>) {
    return if_implemented([&] { return store.replace_installation(stored, record); });
  }
  return std::nullopt;
}

[[nodiscard]] inline OptionalId borrowed(const std::optional<std::string>& id) {
  return id ? OptionalId(*id) : std::nullopt;
}

[[nodiscard]] inline bool has_text(const std::optional<std::string>& text) { return text && !text->empty(); }

/// What a new pair is got with: the refresh token, or a token that never expires, which is exchanged. Absent where
/// there is no token.
template <class Tokens>
[[nodiscard]] std::optional<std::string> used_token(const typename Tokens::Record& record) {
  const auto& refresh_token = Tokens::refresh_token(record);
  if (has_text(refresh_token)) return refresh_token;
  auto access_token = Tokens::access_token(record);
  return has_text(access_token) ? std::move(access_token) : std::nullopt;
}

/// Whether a record was filed under a team alone, and may be filed anew under an organisation.
template <class Record>
[[nodiscard]] bool may_be_filed_anew(const Record& record) {
  return !has_text(record.enterprise_id) && has_text(record.team_id) && !record.is_enterprise_install;
}

template <class Store>
struct BotTokens {
  using Record = BotOf<Store>;
  static constexpr std::string_view subject = "bot_token";
  static constexpr std::string_view token_type = "bot";

  template <class BotT>
  static auto& refresh_token(BotT& bot) {
    return bot.bot_refresh_token;
  }
  static const auto& expires_at(const Record& bot) { return bot.bot_token_expires_at; }
  static std::optional<std::string> access_token(const Record& bot) { return bot.bot_token; }
  static const auto& refresh_token_expires_at(const Record& bot) { return bot.bot_refresh_token_expires_at; }

  static void put(Record& bot, const RefreshedToken& token) { put_bot_token(bot, token); }

  [[nodiscard]] static LookedUp<Record> look_up(const Store& store, const Record& bot) {
    auto found = look_up_bot(store, {borrowed(bot.enterprise_id), borrowed(bot.team_id), bot.is_enterprise_install});
    if (found.is_known) return found;
    auto newest = look_up_newest(store, bot);
    return {newest.is_known, newest.record ? newest.record->to_bot() : std::nullopt};
  }

  /// Absent where the store cannot.
  static std::optional<bool> replace(Store& store, const Record& bot, std::string_view used,
                                     const RefreshedToken& token) {
    const bool is_exchanged = !has_text(bot.bot_refresh_token);
    return replace_tokens_in(store, {.enterprise_id = borrowed(bot.enterprise_id),
                                     .team_id = borrowed(bot.team_id),
                                     .is_enterprise_install = bot.is_enterprise_install,
                                     .used_refresh_token = is_exchanged ? std::string_view() : used,
                                     .token = token,
                                     .exchanged_token = is_exchanged ? used : std::string_view()});
  }

  template <class Visit>
  static void visit(const Store& store, const Visit& visit) {
    if constexpr (CanVisit<Store>) store.for_each_bot(visit);
  }
  [[nodiscard]] static bool is_same_owner(const Record& left, const Record& right) {
    return left.team_id == right.team_id;
  }

  [[nodiscard]] static bool is_saved_alone(const Store& /*store*/, const Record& /*bot*/) { return true; }
  [[nodiscard]] static Record alone(Record bot) { return bot; }

  static void save(Store& store, const Record& bot) {
    if constexpr (CanSaveBot<Store>) {
      try {
        store.save_bot(bot);
        return;
      } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch)
      }
    }
    auto installation = look_up_newest(store, bot).record.value_or(installation_of(bot));
    compose_installation(installation, std::optional<Record>(bot));
    store.save(installation);
  }

 private:
  [[nodiscard]] static LookedUp<InstallationOf<Store>> look_up_newest(const Store& store, const Record& bot) {
    return look_up_installation(store, {.enterprise_id = borrowed(bot.enterprise_id),
                                        .team_id = borrowed(bot.team_id),
                                        .is_enterprise_install = bot.is_enterprise_install});
  }

  /// For a store that keeps nothing but the bot.
  [[nodiscard]] static InstallationOf<Store> installation_of(const Record& bot) {
    InstallationOf<Store> installation{};
    copy_shared_fields(bot, installation);
    return installation;
  }
};

template <class Store>
struct UserTokens {
  using Record = InstallationOf<Store>;
  static constexpr std::string_view subject = "user_token";
  static constexpr std::string_view token_type = "user";

  template <class InstallationT>
  static auto& refresh_token(InstallationT& installation) {
    return installation.user_refresh_token;
  }
  static const auto& expires_at(const Record& installation) { return installation.user_token_expires_at; }
  static std::optional<std::string> access_token(const Record& installation) { return installation.user_token; }
  static const auto& refresh_token_expires_at(const Record& installation) {
    return installation.user_refresh_token_expires_at;
  }

  static void put(Record& installation, const RefreshedToken& token) { put_user_token(installation, token); }

  /// The record of the same user. Without a user, the newest, where that has none either.
  [[nodiscard]] static LookedUp<Record> look_up(const Store& store, const Record& installation) {
    const bool has_user = !installation.user_id.empty();
    auto found = look_up_installation(store, {.enterprise_id = borrowed(installation.enterprise_id),
                                              .team_id = borrowed(installation.team_id),
                                              .user_id = has_user ? OptionalId(installation.user_id) : std::nullopt,
                                              .is_enterprise_install = installation.is_enterprise_install});
    if (found.record && found.record->user_id != installation.user_id) found.record.reset();
    return found;
  }

  /// Absent where the store cannot, or the record is nobody's, which it cannot name.
  static std::optional<bool> replace(Store& store, const Record& installation, std::string_view used,
                                     const RefreshedToken& token) {
    if (installation.user_id.empty()) return std::nullopt;
    const bool is_exchanged = !has_text(installation.user_refresh_token);
    return replace_tokens_in(store, {.enterprise_id = borrowed(installation.enterprise_id),
                                     .team_id = borrowed(installation.team_id),
                                     .user_id = installation.user_id,
                                     .is_enterprise_install = installation.is_enterprise_install,
                                     .used_refresh_token = is_exchanged ? std::string_view() : used,
                                     .token = token,
                                     .exchanged_token = is_exchanged ? used : std::string_view()});
  }

  template <class Visit>
  static void visit(const Store& store, const Visit& visit) {
    if constexpr (CanVisit<Store>) store.for_each_installation(visit);
  }
  [[nodiscard]] static bool is_same_owner(const Record& left, const Record& right) {
    return left.team_id == right.team_id && left.user_id == right.user_id;
  }

  /// Whether the store keeps the bot in a record of its own. Then a user is saved alone, without the bot's fields, so
  /// that save() leaves the bot as it is, whoever changed it meanwhile: rule 5 of docs/contract.md.
  [[nodiscard]] static bool is_saved_alone(const Store& store, const Record& installation) {
    return look_up_bot(store, {borrowed(installation.enterprise_id), borrowed(installation.team_id),
                               installation.is_enterprise_install})
        .is_known;
  }
  [[nodiscard]] static Record alone(Record installation) { return without_bot(std::move(installation)); }

  static void save(Store& store, const Record& installation) { store.save(installation); }
};

}  // namespace slack::oauth::inline v0::detail
