// How a bot and an installation compose. One bot record serves all users of a workspace: an installation shows the
// fields of it that its field list marks as the bot's.
#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "slack/oauth/models/detail/shared_fields.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/refreshed_token.hpp"

namespace slack::oauth::inline v0 {

namespace detail {

template <HasFields InstallationT, class OptionalBot>
void compose_from(InstallationT& installation, OptionalBot&& bot) {
  using BotT = typename std::remove_cvref_t<OptionalBot>::value_type;
  for_each_field_index<InstallationT>([&](auto i) {
    constexpr auto& field = field_at<InstallationT, i>;
    constexpr std::size_t of_bot = index_of_field<BotT>(field.name);
    if constexpr (field.is_of_bot && of_bot < field_count<BotT>) {
      auto& value = installation.*field.member;
      if (bot) {
        assign_field((*std::forward<OptionalBot>(bot)).*field_at<BotT, of_bot>.member, value);
      } else {
        value = {};
      }
    }
  });
}

}  // namespace detail

/// Puts the fields of a bot record into an installation of the same workspace, or empties them where there is no bot.
template <HasFields InstallationT, HasFields BotT>
void compose_installation(InstallationT& installation, const std::optional<BotT>& bot) {
  detail::compose_from(installation, bot);
}
template <HasFields InstallationT, HasFields BotT>
void compose_installation(InstallationT& installation, std::optional<BotT>&& bot) {
  detail::compose_from(installation, std::move(bot));
}

/// Returns the same installation without a bot.
template <HasFields InstallationT>
[[nodiscard]] InstallationT without_bot(InstallationT installation) {
  for_each_field<InstallationT>([&](const auto& field) {
    if (field.is_of_bot) installation.*field.member = {};
  });
  return installation;
}

/// Returns whether two installations are the same except for the bot that they show.
template <HasFields InstallationT>
[[nodiscard]] bool equal_but_for_bot(const InstallationT& left, const InstallationT& right) {
  bool is_equal = true;
  for_each_field<InstallationT>([&](const auto& field) {
    is_equal = is_equal && (field.is_of_bot || left.*field.member == right.*field.member);
  });
  return is_equal;
}

/// Puts a new pair in the place of a bot's, and changes nothing else.
template <class BotT>
void put_bot_token(BotT& bot, const RefreshedToken& token) {
  bot.bot_token = token.access_token;
  bot.bot_refresh_token = token.refresh_token;
  bot.bot_token_expires_at = token.expires_at;
  bot.bot_refresh_token_expires_at = token.refresh_token_expires_at;
  if (!token.scopes.empty()) bot.bot_scopes = token.scopes;
}

/// The same for a user's.
template <class InstallationT>
void put_user_token(InstallationT& installation, const RefreshedToken& token) {
  installation.user_token = token.access_token;
  installation.user_refresh_token = token.refresh_token;
  installation.user_token_expires_at = token.expires_at;
  installation.user_refresh_token_expires_at = token.refresh_token_expires_at;
  if (!token.scopes.empty()) installation.user_scopes = token.scopes;
}

}  // namespace slack::oauth::inline v0
