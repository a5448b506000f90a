// Rule 15: an old bot token is nowhere, in what is found and in what is stored.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/testing/installation_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// One way to change the bot of a workspace in which U1, U2 and U3 have installed the app. Returns the new bot.
template <class InstallationT, class BotT>
struct BotChange {
  using T = Trial<InstallationT, BotT>;

  std::string what;
  Methods needs;
  std::function<std::optional<BotT>(T&, const Place&, const BotT& current)> make;
};

template <class InstallationT, class BotT>
[[nodiscard]] std::vector<BotChange<InstallationT, BotT>> bot_changes() {
  using T = Trial<InstallationT, BotT>;
  return {{"a save by another user",
           {},
           [](T& t, const Place& place, const BotT&) {
             t.save(t.sample(place, "U2", 7));
             return std::optional(t.bot(place, 7));
           }},
          {"save_bot",
           {Method::save_bot},
           [](T& t, const Place& place, const BotT&) {
             t.save_bot(t.bot(place, 7));
             return std::optional(t.bot(place, 7));
           }},
          {"replace_tokens",
           {Method::replace_tokens},
           [](T& t, const Place& place, const BotT& current) {
             const auto token = sample_token("bot", 7);
             t.expect_tokens_replaced(true, place.bot_tokens(*current.bot_refresh_token, token));
             return std::optional(with_token(current, token));
           }},
          {"replace_bot",
           {Method::replace},
           [](T& t, const Place& place, const BotT& current) {
             t.expect_replaced(true, std::optional(current), std::optional(t.bot(place, 7)));
             return std::optional(t.bot(place, 7));
           }},
          {"replace_bot with none",
           {Method::replace},
           [](T& t, const Place&, const BotT& current) {
             t.expect_replaced(true, std::optional(current), std::optional<BotT>());
             return std::optional<BotT>();
           }},
          {"delete_bot", {Method::delete_bot}, [](T& t, const Place& place, const BotT&) {
             t.delete_bot(place.ref());
             return std::optional<BotT>();
           }}};
}

/// Makes each change that the store can, in a workspace of its own, and hands on what was current before and after.
template <class InstallationT, class BotT, class Look>
void for_each_bot_change(Trial<InstallationT, BotT>& t, const Look& look) {
  std::size_t number = 0;
  for (const auto& change : bot_changes<InstallationT, BotT>()) {
    if (!t.can_all(change.needs)) continue;
    const Place place = workspace("E1", "T" + std::to_string(++number));
    for (const std::int64_t version : {1, 2, 3}) t.save(t.sample(place, "U" + std::to_string(version), version));
    const BotT before = t.bot(place, 3);
    look(change.what, place, before, change.make(t, place, before));
  }
}

template <class InstallationT, class BotT>
void add_rule_15(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 15: no look-up and no visit shows an old bot token", {Method::find_installation}, [](T& t) {
    for_each_bot_change(
        t, [&t](const std::string& what, const Place& place, const BotT&, const std::optional<BotT>& after) {
          const auto require_shown = [&](const std::string& where, const std::optional<std::string>& token) {
            const auto expected = after ? std::optional(after->bot_token) : std::nullopt;
            const auto shown_token = [](const auto& one) { return one ? redact(*one) : std::string("none"); };
            t.expect(token == expected, where + ", after " + what + ": expected the bot token " +
                                            shown_token(expected) + ", but got " + shown_token(token));
          };
          for (const char* user_id : {"U1", "U2", "U3"}) {
            const auto found = t.store().find_installation(place.user(user_id));
            t.expect(found.has_value(), "find_installation of " + std::string(user_id) + ", after " + what +
                                            ": expected a record, but got nothing");
            require_shown("find_installation of " + std::string(user_id), found->bot_token);
          }
          if (t.can(Method::find_bot)) {
            const auto bot = t.store().find_bot(place.bot());
            require_shown("find_bot", bot ? std::optional(bot->bot_token) : std::nullopt);
          }
          if (!t.can(Method::visit)) return;
          t.store().for_each_bot([&](const BotT& bot) {
            if (bot.team_id == place.team_id) require_shown("for_each_bot", bot.bot_token);
          });
          t.store().for_each_installation([&](const InstallationT& one) {
            if (one.team_id == place.team_id) require_shown("for_each_installation", one.bot_token);
          });
        });
  });

  checks.add(
      "rule 15: nothing that is stored holds an old bot token", {},
      [](T& t) {
        for_each_bot_change(
            t, [&t](const std::string& what, const Place& place, const BotT& before, const std::optional<BotT>& after) {
              const auto texts = t.options().stored_texts(t.store());
              const auto holds = [&](const std::string& token) {
                return std::ranges::any_of(texts, [&](const auto& text) { return text.find(token) != text.npos; });
              };
              for (const auto& old : {before, t.bot(place, 1), t.bot(place, 2)}) {
                for (const auto& token : {old.bot_token, *old.bot_refresh_token}) {
                  t.expect(!holds(token), "expected the storage to hold no old bot token after " + what +
                                              ", but it holds " + redact(token));
                }
              }
              if (!after) return;
              t.expect(holds(after->bot_token), "expected `stored_texts` to hold the current bot token after " + what +
                                                    ", but it does not: what it lists is not the storage");
            });
      },
      [](const auto& options) { return options.stored_texts != nullptr; });
}

}  // namespace slack::oauth::inline v0::testing::detail
