// Asks a store for what it may not have: at compile time where its type tells, at run time where it says so.
#pragma once

#include <optional>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/queries.hpp"

namespace slack::oauth::inline v0::detail {

/// What a store found, apart from having no such method.
template <class Record>
struct Answer {
  bool is_implemented = false;
  std::optional<Record> record{};
};

template <class Store>
[[nodiscard]] Answer<BotOf<Store>> ask_for_bot(const Store& store, const BotQuery& query) {
  if constexpr (CanFindBot<Store>) {
    try {
      return {true, store.find_bot(query)};
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): the interface may hide such a store
    }
  }
  return {};
}

template <class Store>
[[nodiscard]] Answer<InstallationOf<Store>> ask_for_installation(const Store& store, const InstallationQuery& query) {
  if constexpr (CanFindInstallation<Store>) {
    try {
      return {true, store.find_installation(query)};
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): as above
    }
  }
  return {};
}

/// False where the store cannot.
template <class Store>
bool try_save_bot(Store& store, const BotOf<Store>& bot) {
  if constexpr (CanSaveBot<Store>) {
    try {
      store.save_bot(bot);
      return true;
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): as above
    }
  }
  return false;
}

template <class Store>
bool try_delete_bot(Store& store, const WorkspaceRef& ref) {
  if constexpr (CanDeleteBot<Store>) {
    try {
      store.delete_bot(ref);
      return true;
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): as above
    }
  }
  return false;
}

template <class Store>
bool try_delete_installation(Store& store, const InstallationRef& ref) {
  if constexpr (CanDeleteInstallation<Store>) {
    try {
      store.delete_installation(ref);
      return true;
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): as above
    }
  }
  return false;
}

/// The bot as an installation without a user, for a store that saves nothing else.
template <class InstallationT, class BotT>
[[nodiscard]] InstallationT installation_of_bot(const BotT& bot) {
  InstallationT installation{};
  installation.app_id = bot.app_id;
  installation.enterprise_id = bot.enterprise_id;
  installation.enterprise_name = bot.enterprise_name;
  installation.team_id = bot.team_id;
  installation.team_name = bot.team_name;
  installation.bot_token = bot.bot_token;
  installation.bot_id = bot.bot_id;
  installation.bot_user_id = bot.bot_user_id;
  installation.bot_scopes = bot.bot_scopes;
  installation.bot_refresh_token = bot.bot_refresh_token;
  installation.bot_token_expires_at = bot.bot_token_expires_at;
  installation.is_enterprise_install = bot.is_enterprise_install;
  installation.installed_at = bot.installed_at;
  installation.custom_values = bot.custom_values;
  return installation;
}

/// The bot alone where the store can save it so.
template <class Store>
void save_bot_somehow(Store& store, const BotOf<Store>& bot) {
  if (!try_save_bot(store, bot)) store.save(installation_of_bot<InstallationOf<Store>>(bot));
}

/// The installation without its bot, which a store leaves alone then.
template <class InstallationT>
void clear_bot(InstallationT& installation) {
  installation.bot_token.reset();
  installation.bot_id.reset();
  installation.bot_user_id.reset();
  installation.bot_scopes.clear();
  installation.bot_refresh_token.reset();
  installation.bot_token_expires_at.reset();
}

}  // namespace slack::oauth::inline v0::detail
