// Rule 13 as a single thread sees it: what replace_tokens, replace_bot and replace_installation change, and when they
// change nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/testing/installation_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// A workspace with two users and their bot, beside another one. A check changes here what it changes in the store.
template <class InstallationT, class BotT>
class Scene {
 public:
  using T = Trial<InstallationT, BotT>;

  explicit Scene(T& t, Place of = workspace("E1", "T1"))
      : place(std::move(of)), first(T::sample(place, "U1", 1)), second(T::sample(place, "U2", 2)), t_(&t) {
    bot = second->to_bot();
    for (const auto& installation : {*first, *second, elsewhere()}) t.save(installation);
  }

  /// That the store has this, and nothing else.
  void expect() {
    t_->expect_bot(place.bot(), bot);
    for (const auto& [user_id, user] : {std::pair("U1", &first), std::pair("U2", &second)}) {
      t_->expect_installation(place.user(user_id),
                              *user ? std::optional(as_found(**user, bot)) : std::optional<InstallationT>());
    }
    t_->expect_only(workspace("E1", "T2"), elsewhere());
  }

  [[nodiscard]] std::string bot_refresh_token() const { return *bot->bot_refresh_token; }
  [[nodiscard]] std::string user_refresh_token() const { return *first->user_refresh_token; }

  Place place;
  std::optional<InstallationT> first;
  std::optional<InstallationT> second;
  std::optional<BotT> bot{};

 private:
  [[nodiscard]] static InstallationT elsewhere() { return T::sample(workspace("E1", "T2"), "U1", 3); }

  T* t_;
};

/// Refresh tokens that are not the stored one, but near it.
[[nodiscard]] inline std::vector<std::string> near_tokens(const std::string& stored) {
  return {"",
          stored + "1",
          stored.substr(0, stored.size() - 1),
          "%",
          "*",
          stored + std::string(1, '\0'),
          sample_text("xoxe-1-contract-kit-bot", 9)};
}

template <class InstallationT, class BotT>
void add_rule_13_of_tokens(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;
  using S = Scene<InstallationT, BotT>;

  checks.add("rule 13: replace_tokens puts a new pair in place of a bot's, and changes nothing else",
             {Method::replace_tokens}, [](T& t) {
               S scene(t);
               auto token = sample_token("bot", 7);
               token.scopes = {"new:scope", "chat:write"};
               t.expect_tokens_replaced(true, scene.place.bot_tokens(scene.bot_refresh_token(), token));
               scene.bot = with_token(*scene.bot, token);
               scene.expect();
             });

  checks.add("rule 13: replace_tokens puts a new pair in place of a user's, and changes nothing else",
             {Method::replace_tokens, Method::find_installation}, [](T& t) {
               S scene(t);
               auto token = sample_token("user", 7);
               token.scopes = {"new:scope", "search:read"};
               t.expect_tokens_replaced(true, scene.place.user_tokens("U1", scene.user_refresh_token(), token));
               scene.first = with_token(*scene.first, token);
               scene.expect();
               t.expect_installation(scene.place.newest(), as_found(*scene.second, scene.bot));
             });

  checks.add("rule 13: a new pair without scopes leaves those that are stored, and one without an end has none",
             {Method::replace_tokens}, [](T& t) {
               S scene(t);
               auto token = sample_token("bot", 7);
               token.expires_at.reset();
               token.refresh_token_expires_at.reset();
               t.expect_tokens_replaced(true, scene.place.bot_tokens(scene.bot_refresh_token(), token));
               scene.bot = with_token(*scene.bot, token);
               if (t.can(Method::find_installation)) {
                 token = sample_token("user", 8);
                 token.expires_at.reset();
                 token.refresh_token_expires_at.reset();
                 t.expect_tokens_replaced(true, scene.place.user_tokens("U1", scene.user_refresh_token(), token));
                 scene.first = with_token(*scene.first, token);
               }
               scene.expect();
             });

  checks.add("rule 13: tokens are replaced only where the stored refresh token is the one that was used",
             {Method::replace_tokens}, [](T& t) {
               S scene(t);
               const auto token = sample_token("bot", 7);
               auto of_bot = near_tokens(scene.bot_refresh_token());
               for (const auto& other : {scene.bot->bot_token, scene.user_refresh_token()}) of_bot.push_back(other);
               for (const auto& used : of_bot) t.expect_tokens_replaced(false, scene.place.bot_tokens(used, token));
               if (t.can(Method::find_installation)) {
                 auto of_user = near_tokens(scene.user_refresh_token());
                 for (const auto& other :
                      {*scene.first->user_token, scene.bot_refresh_token(), *scene.second->user_refresh_token}) {
                   of_user.push_back(other);
                 }
                 for (const auto& used : of_user) {
                   t.expect_tokens_replaced(false, scene.place.user_tokens("U1", used, token));
                 }
               }
               scene.expect();
             });

  checks.add("rule 13: a record without a refresh token has none that could be used", {Method::replace_tokens},
             [](T& t) {
               const Place place = workspace("T1");
               auto saved = t.sample(place, "U1", 1);
               saved.bot_refresh_token.reset();
               saved.user_refresh_token.reset();
               t.save(saved);
               const auto token = sample_token("bot", 7);
               t.expect_tokens_replaced(false, place.bot_tokens("", token));
               t.expect_tokens_replaced(false, place.user_tokens("U1", "", token));
               t.expect_only(place, saved);
             });

  checks.add("rule 13: tokens of what is not there are not replaced, and nothing is made", {Method::replace_tokens},
             [](T& t) {
               S scene(t);
               const auto token = sample_token("bot", 7);
               auto places = std::vector<Place>{workspace("T1"),
                                                workspace("E1", "T3"),
                                                organisation("E1"),
                                                {},
                                                {.team_id = "T1", .is_enterprise_install = true}};
               for (const Place& place : places) {
                 t.expect_tokens_replaced(false, place.bot_tokens(scene.bot_refresh_token(), token));
                 t.expect_tokens_replaced(false, place.user_tokens("U1", scene.user_refresh_token(), token));
                 t.expect_nothing(place, "U1");
               }
               for (const char* user_id : {"U3", "U", ""}) {
                 t.expect_tokens_replaced(false, scene.place.user_tokens(user_id, scene.user_refresh_token(), token));
               }
               if (t.can(Method::delete_bot)) {
                 t.delete_bot(scene.place.ref());
                 t.expect_tokens_replaced(false, scene.place.bot_tokens(scene.bot_refresh_token(), token));
                 scene.bot.reset();
               }
               scene.expect();
               t.expect_installation(scene.place.user("U3"), std::nullopt);
             });

  checks.add("rule 13: a refresh token is used up by the first, and the new one is the next", {Method::replace_tokens},
             [](T& t) {
               S scene(t);
               const bool is_of_user = t.can(Method::find_installation);
               for (std::int64_t version = 10; version < 13; ++version) {
                 const auto of_bot = sample_token("bot", version);
                 const auto of_user = sample_token("user", version);
                 for (const bool is_first : {true, false}) {
                   t.expect_tokens_replaced(is_first, scene.place.bot_tokens(scene.bot_refresh_token(), of_bot));
                   if (!is_of_user) continue;
                   t.expect_tokens_replaced(is_first,
                                            scene.place.user_tokens("U1", scene.user_refresh_token(), of_user));
                 }
                 scene.bot = with_token(*scene.bot, of_bot);
                 if (is_of_user) scene.first = with_token(*scene.first, of_user);
                 scene.expect();
               }
             });

  checks.add("rule 13: custom values that somebody changed meanwhile stay", {Method::replace_tokens, Method::save_bot},
             [](T& t) {
               S scene(t);
               scene.bot->custom_values.set("changed", "meanwhile");
               scene.first->custom_values.set("changed", "meanwhile");
               t.save(*scene.first);
               t.save_bot(*scene.bot);
               const auto token = sample_token("bot", 7);
               t.expect_tokens_replaced(true, scene.place.bot_tokens(scene.bot_refresh_token(), token));
               scene.bot = with_token(*scene.bot, token);
               if (t.can(Method::find_installation)) {
                 t.expect_tokens_replaced(true, scene.place.user_tokens("U1", scene.user_refresh_token(), token));
                 scene.first = with_token(*scene.first, token);
               }
               scene.expect();
             });

  checks.add("rule 13: an organisation's tokens are replaced, whatever the team_id", {Method::replace_tokens},
             [](T& t) {
               S scene(t, organisation("E1"));
               const Place place{.enterprise_id = "E1", .team_id = "T2", .is_enterprise_install = true};
               const auto token = sample_token("bot", 7);
               t.expect_tokens_replaced(true, place.bot_tokens(scene.bot_refresh_token(), token));
               scene.bot = with_token(*scene.bot, token);
               if (t.can(Method::find_installation)) {
                 t.expect_tokens_replaced(true, place.user_tokens("U1", scene.user_refresh_token(), token));
                 scene.first = with_token(*scene.first, token);
               }
               scene.expect();
             });
}

/// Of tokens that never expire, and were exchanged for a pair: oauth.v2.exchange.
template <class InstallationT, class BotT>
void add_rule_13_of_exchanged_tokens(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  static const auto long_lived = [](T& t, const Place& place) {
    auto installation = t.sample(place, "U1", 1);
    installation.bot_refresh_token.reset();
    installation.bot_token_expires_at.reset();
    installation.user_refresh_token.reset();
    installation.user_token_expires_at.reset();
    return installation;
  };

  checks.add("rule 13: replace_tokens puts a pair in place of a token that was exchanged, once",
             {Method::replace_tokens}, [](T& t) {
               for (const Place& place : {workspace("E1", "T1"), organisation("E1")}) {
                 auto saved = long_lived(t, place);
                 t.save(saved);
                 const std::string token_of_bot = *saved.bot_token;
                 const std::string token_of_user = *saved.user_token;
                 auto of_bot = sample_token("bot", 7);
                 of_bot.scopes = {"new:scope"};
                 const auto of_user = sample_token("user", 8);
                 for (const bool is_first : {true, false}) {
                   t.expect_tokens_replaced(is_first, place.exchanged_tokens(std::nullopt, token_of_bot, of_bot));
                   if (!t.can(Method::find_installation)) continue;
                   t.expect_tokens_replaced(is_first, place.exchanged_tokens("U1", token_of_user, of_user));
                 }
                 const auto bot = with_token(*saved.to_bot(), of_bot);
                 if (t.can(Method::find_installation)) saved = with_token(saved, of_user);
                 t.expect_bot(place.bot(), bot);
                 t.expect_installation(place.user("U1"), as_found(saved, std::optional(bot)));
                 t.expect_tokens_replaced(true, place.bot_tokens(of_bot.refresh_token, sample_token("bot", 9)));
               }
             });

  checks.add("rule 13: a token is exchanged only where it is the stored one, and has no refresh token",
             {Method::replace_tokens}, [](T& t) {
               const Place place = workspace("T1");
               const auto saved = long_lived(t, place);
               t.save(saved);
               const auto token = sample_token("bot", 7);
               auto near = near_tokens(*saved.bot_token);
               near.push_back(*saved.user_token);
               for (const auto& other : near) {
                 t.expect_tokens_replaced(false, place.exchanged_tokens(std::nullopt, other, token));
               }
               near = near_tokens(*saved.user_token);
               near.push_back(*saved.bot_token);
               for (const auto& other : near) {
                 t.expect_tokens_replaced(false, place.exchanged_tokens("U1", other, token));
               }
               t.expect_tokens_replaced(false, workspace("T2").exchanged_tokens(std::nullopt, *saved.bot_token, token));
               t.expect_tokens_replaced(false, place.exchanged_tokens("U2", *saved.user_token, token));
               // A token by itself is not a refresh token, and a replacement is for one of the two.
               t.expect_tokens_replaced(false, place.bot_tokens(*saved.bot_token, token));
               auto both = place.exchanged_tokens(std::nullopt, *saved.bot_token, token);
               both.used_refresh_token = *saved.bot_token;
               t.expect_tokens_replaced(false, both);
               t.expect_only(place, saved);

               const Place rotated = workspace("T3");
               const auto expiring = t.sample(rotated, "U1", 2);
               t.save(expiring);
               t.expect_tokens_replaced(false, rotated.exchanged_tokens(std::nullopt, *expiring.bot_token, token));
               t.expect_tokens_replaced(false, rotated.exchanged_tokens("U1", *expiring.user_token, token));
               t.expect_only(rotated, expiring);
             });
}

/// The same record, changed meanwhile in one way each.
template <class Record>
[[nodiscard]] std::vector<Record> changed_meanwhile(const Record& record) {
  std::vector<Record> changed(5, record);
  changed[0].custom_values.set("changed", "meanwhile");
  changed[1].installed_at += std::chrono::microseconds{1};
  changed[2].team_name = "changed meanwhile";
  if constexpr (requires { record.user_id; }) {
    changed[3].user_token = "xoxp-contract-kit-changed";
    changed[4].user_scopes.push_back("another:scope");
  } else {
    changed[3].bot_token = "xoxb-contract-kit-changed";
    changed[4].bot_scopes.push_back("another:scope");
  }
  return changed;
}

template <class InstallationT, class BotT>
void add_rule_13_of_records(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;
  using S = Scene<InstallationT, BotT>;
  static constexpr std::optional<BotT> (*no_bot)() = [] { return std::optional<BotT>(); };
  static constexpr std::optional<InstallationT> (*nobody)() = [] { return std::optional<InstallationT>(); };

  checks.add("rule 13: replace_bot puts a bot in place of the one that was seen, and changes nothing else",
             {Method::replace}, [](T& t) {
               S scene(t);
               const auto next = std::optional(t.bot(scene.place, 7));
               t.expect_replaced(true, scene.bot, next);
               scene.bot = next;
               scene.expect();
             });

  checks.add("rule 13: replace_bot changes nothing where the bot is another one by now", {Method::replace}, [](T& t) {
    S scene(t);
    for (const BotT& seen : changed_meanwhile(*scene.bot)) {
      t.expect_replaced(false, std::optional(seen), std::optional(t.bot(scene.place, 7)));
      t.expect_replaced(false, std::optional(seen), no_bot());
    }
    scene.expect();
  });

  checks.add("rule 13: replace_bot puts a bot where none was seen only where none is", {Method::replace}, [](T& t) {
    S scene(t);
    t.expect_replaced(false, no_bot(), std::optional(t.bot(scene.place, 7)));
    scene.expect();
    const Place place = workspace("T9");
    const auto bot = std::optional(t.bot(place, 8));
    t.expect_replaced(true, no_bot(), bot);
    t.expect_replaced(false, no_bot(), std::optional(t.bot(place, 9)));
    t.expect_bot(place.bot(), bot);
    t.expect_installation(place.newest(), std::nullopt);
    scene.expect();
  });

  checks.add("rule 13: replace_bot removes a bot where it is the one that was seen, and leaves the users",
             {Method::replace}, [](T& t) {
               S scene(t);
               t.expect_replaced(true, scene.bot, no_bot());
               t.expect_replaced(false, scene.bot, no_bot());
               t.expect_replaced(false, scene.bot, std::optional(t.bot(scene.place, 7)));
               scene.bot.reset();
               scene.expect();
             });

  checks.add("rule 13: replace_installation puts one in place of the one that was seen, and changes nothing else",
             {Method::replace, Method::find_installation}, [](T& t) {
               S scene(t);
               const auto next = std::optional(t.sample(scene.place, "U1", 7));
               t.expect_replaced(true, std::optional(as_found(*scene.first, scene.bot)), next);
               scene.first = next;
               scene.expect();
             });

  checks.add("rule 13: replace_installation changes nothing where it is another one by now",
             {Method::replace, Method::find_installation}, [](T& t) {
               S scene(t);
               for (const InstallationT& seen : changed_meanwhile(*scene.first)) {
                 t.expect_replaced(false, std::optional(seen), std::optional(t.sample(scene.place, "U1", 7)));
                 t.expect_replaced(false, std::optional(seen), nobody());
               }
               scene.expect();
             });

  checks.add("rule 13: replace_installation puts one where none was seen only where none is",
             {Method::replace, Method::find_installation}, [](T& t) {
               S scene(t);
               t.expect_replaced(false, nobody(), std::optional(t.sample(scene.place, "U1", 7)));
               scene.expect();
               const auto third = t.sample(scene.place, "U3", 8);
               t.expect_replaced(true, nobody(), std::optional(third));
               t.expect_replaced(false, nobody(), std::optional(t.sample(scene.place, "U3", 9)));
               scene.expect();
               t.expect_installation(scene.place.user("U3"), as_found(third, scene.bot));
             });

  checks.add("rule 13: replace_installation removes one where it is the one that was seen, and leaves the others",
             {Method::replace, Method::find_installation}, [](T& t) {
               S scene(t);
               const auto seen = std::optional(as_found(*scene.first, scene.bot));
               t.expect_replaced(true, seen, nobody());
               t.expect_replaced(false, seen, nobody());
               t.expect_replaced(false, seen, std::optional(t.sample(scene.place, "U1", 7)));
               scene.first.reset();
               scene.expect();
             });

  checks.add("rule 13: the bot's fields of an installation are not compared, and the bot stays",
             {Method::replace, Method::find_installation}, [](T& t) {
               S scene(t);
               const auto seen = std::optional(as_found(*scene.first, no_bot()));
               scene.first = t.sample(scene.place, "U1", 7);
               t.expect_replaced(true, seen, scene.first);
               scene.expect();
               t.expect_replaced(true, std::optional(as_found(*scene.first, std::optional(t.bot(scene.place, 8)))),
                                 std::optional(as_found(*scene.first, no_bot())));
               scene.expect();
             });

  checks.add("rule 13: the newest is found by the installed_at of what was put",
             {Method::replace, Method::find_installation}, [](T& t) {
               S scene(t);
               const auto put = [&](std::int64_t version) {
                 const auto next = std::optional(t.sample(scene.place, "U1", version));
                 t.expect_replaced(true, std::optional(as_found(*scene.first, scene.bot)), next);
                 scene.first = next;
               };
               put(9);
               t.expect_installation(scene.place.newest(), as_found(*scene.first, scene.bot));
               put(0);
               t.expect_installation(scene.place.newest(), as_found(*scene.second, scene.bot));
             });

  checks.add("rule 13: an organisation's records are replaced, whatever their team_id",
             {Method::replace, Method::find_installation}, [](T& t) {
               S scene(t, {.enterprise_id = "E1", .team_id = "T2", .is_enterprise_install = true});
               auto next = std::optional(t.bot(organisation("E1"), 7));
               t.expect_replaced(true, scene.bot, next);
               scene.bot = next;
               auto first = std::optional(t.sample(organisation("E1"), "U1", 8));
               t.expect_replaced(true, std::optional(as_found(*scene.first, scene.bot)), first);
               scene.first = first;
               scene.expect();
             });

  checks.add("rule 13: replacing nothing by nothing, or a record by another owner's, is refused", {Method::replace},
             [](T& t) {
               S scene(t);
               const auto refuse = [&](const auto& stored, const auto& record) {
                 std::string_view method = "replace_bot";
                 if constexpr (requires { record->user_id; }) method = "replace_installation";
                 t.template expect_error<InvalidArgumentError>(
                     call_text_of_replace(method, stored, record), "InvalidArgumentError", [&] {
                       if constexpr (requires { record->user_id; }) {
                         static_cast<void>(t.store().replace_installation(stored, record));
                       } else {
                         static_cast<void>(t.store().replace_bot(stored, record));
                       }
                     });
               };
               refuse(no_bot(), no_bot());
               refuse(nobody(), nobody());
               refuse(no_bot(), std::optional(t.bot({}, 7)));
               refuse(nobody(), std::optional(t.sample({}, "U1", 7)));
               for (const Place& place : {workspace("T1"), workspace("E1", "T2"), organisation("E1")}) {
                 refuse(scene.bot, std::optional(t.bot(place, 7)));
                 refuse(scene.first, std::optional(t.sample(place, "U1", 7)));
               }
               refuse(scene.first, std::optional(t.sample(scene.place, "U2", 7)));
               scene.expect();
             });
}

}  // namespace slack::oauth::inline v0::testing::detail
