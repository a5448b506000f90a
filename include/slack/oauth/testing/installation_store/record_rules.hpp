// Rules 3 and 4: one bot record for a workspace, one installation record for a user, and which of them is found.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "slack/oauth/testing/installation_store/trial.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

template <class InstallationT, class BotT>
void add_rule_3(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 3: the bot saved last is the only one, whoever installed it", {}, [](T& t) {
    const Place place = workspace("E1", "T1");
    const auto first = t.sample(place, "U1", 1);
    const auto second = t.sample(place, "U2", 2);
    t.save(first);
    t.save(second);
    t.expect_bot(place.bot(), second.to_bot());
    t.expect_user(place, first, second.to_bot());
    t.expect_user(place, second, second.to_bot());
    t.expect_installation(place.newest(), second);
  });

  checks.add("rule 3: the bot saved last wins, however old its installed_at", {}, [](T& t) {
    const Place place = workspace("T1");
    const auto newer = t.sample(place, "U1", 9);
    const auto older = t.sample(place, "U2", 2);
    t.save(newer);
    t.save(older);
    t.expect_bot(place.bot(), older.to_bot());
    t.expect_user(place, newer, older.to_bot());
    t.expect_user(place, older, older.to_bot());
    t.expect_installation(place.newest(), as_found(newer, older.to_bot()));
  });

  checks.add("rule 3: a bot saved alone is seen with every user's installation",
             {Method::save_bot, Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               t.save(t.sample(place, "U1", 1));
               t.save(t.sample(place, "U2", 2));
               const auto rotated = t.bot(place, 3);
               t.save_bot(rotated);
               t.expect_bot(place.bot(), rotated);
               t.expect_user(place, t.sample(place, "U1", 1), rotated);
               t.expect_user(place, t.sample(place, "U2", 2), rotated);
               t.expect_installation(place.newest(), as_found(t.sample(place, "U2", 2), std::optional(rotated)));
             });

  checks.add("rule 3: every bot field of an installation is the bot record's, absent ones too",
             {Method::save_bot, Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               const auto saved = t.sample(place, "U1", 1);
               t.save(saved);
               auto plain = t.bot(place, 2);
               plain.bot_id.clear();
               plain.bot_user_id.clear();
               plain.bot_scopes.clear();
               plain.bot_refresh_token.reset();
               plain.bot_token_expires_at.reset();
               plain.bot_refresh_token_expires_at.reset();
               t.save_bot(plain);
               t.expect_bot(place.bot(), plain);
               t.expect_user(place, saved, plain);
             });

  checks.add("rule 3: a bot saved alone needs no installation, and makes none", {Method::save_bot, Method::find_bot},
             [](T& t) {
               const Place place = workspace("T1");
               t.save_bot(t.bot(place, 1));
               t.expect_bot(place.bot(), t.bot(place, 1));
               t.expect_installation(place.newest(), std::nullopt);
               t.save_bot(t.bot(place, 2));
               t.expect_bot(place.bot(), t.bot(place, 2));
             });

  checks.add("rule 3: a deleted bot's token is nowhere to be found", {Method::delete_bot}, [](T& t) {
    const Place place = workspace("T1");
    const auto first = t.sample(place, "U1", 1);
    const auto second = t.sample(place, "U2", 2);
    t.save(first);
    t.save(second);
    t.delete_bot(place.ref());
    t.expect_bot(place.bot(), std::nullopt);
    t.expect_user(place, first, std::nullopt);
    t.expect_user(place, second, std::nullopt);
    t.expect_installation(place.newest(), as_found(second, std::optional<BotT>()));
  });

  checks.add("rule 3: a bot saved after a deletion is seen by every user again", {Method::delete_bot}, [](T& t) {
    const Place place = workspace("T1");
    const auto first = t.sample(place, "U1", 1);
    const auto second = t.sample(place, "U2", 2);
    t.save(first);
    t.delete_bot(place.ref());
    t.save(second);
    t.expect_bot(place.bot(), second.to_bot());
    t.expect_user(place, first, second.to_bot());
  });
}

template <class InstallationT, class BotT>
void add_rule_4(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;
  // Only the times of these differ in what the rule looks at, so they all come without a bot.
  static const auto saved_at = [](T& t, std::string_view user_id, std::int64_t version, Timestamp time) {
    auto saved = T::without_bot(workspace("T1"), user_id, version);
    saved.installed_at = time;
    t.save(saved);
    return saved;
  };

  checks.add("rule 4: a user has one installation in a workspace, and the last save wins", {Method::find_installation},
             [](T& t) {
               const Place place = workspace("T1");
               t.save(t.sample(place, "U1", 1));
               t.save(t.sample(place, "U2", 2));
               t.save(t.sample(place, "U1", 3));
               const auto bot = std::optional(t.bot(place, 3));
               t.expect_user(place, t.sample(place, "U1", 3), bot);
               t.expect_user(place, t.sample(place, "U2", 2), bot);
               t.expect_installation(place.user("U3"), std::nullopt);
             });

  checks.add("rule 4: a user's last save wins, however old its installed_at", {Method::find_installation}, [](T& t) {
    const Place place = workspace("T1");
    t.save(t.sample(place, "U1", 5));
    t.save(t.sample(place, "U1", 4));
    t.expect_only(place, t.sample(place, "U1", 4));
  });

  checks.add("rule 4: without a user the newest installed_at is found, in whatever order they were saved",
             {Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               saved_at(t, "U1", 1, sample_time(1));
               t.save(t.without_bot(workspace("T2"), "U9", 9));
               const auto newest = saved_at(t, "U2", 2, sample_time(3));
               t.expect_installation(place.newest(), newest);
               saved_at(t, "U3", 3, sample_time(2));
               t.expect_installation(place.newest(), newest);
               t.expect_installation(workspace("T2").newest(), t.without_bot(workspace("T2"), "U9", 9));
             });

  checks.add("rule 4: the newest is told to the microsecond", {Method::find_installation}, [](T& t) {
    const Place place = workspace("T1");
    const auto newer = saved_at(t, "U1", 1, sample_time(1));
    saved_at(t, "U2", 2, sample_time(1) - std::chrono::microseconds{1});
    t.expect_installation(place.newest(), newer);
    const auto newest = saved_at(t, "U3", 3, sample_time(1) + std::chrono::microseconds{1});
    saved_at(t, "U4", 4, sample_time(1));
    t.expect_installation(place.newest(), newest);
  });

  checks.add("rule 4: between equal installed_at, the one saved last is found", {Method::find_installation}, [](T& t) {
    const Place place = workspace("T1");
    for (const char* user_id : {"U2", "U3", "U1"}) {
      const auto last = saved_at(t, user_id, 1, sample_time(1));
      t.expect_installation(place.newest(), last);
    }
    const auto again = saved_at(t, "U2", 2, sample_time(1));
    t.expect_installation(place.newest(), again);
  });

  checks.add("rule 4: a user's record that is saved again with an older installed_at steps back",
             {Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               saved_at(t, "U1", 1, sample_time(3));
               const auto second = saved_at(t, "U2", 2, sample_time(2));
               const auto older = saved_at(t, "U1", 3, sample_time(1));
               t.expect_installation(place.newest(), second);
               t.expect_installation(place.user("U1"), older);
             });

  checks.add("rule 4: after the newest is deleted, the next newest is found",
             {Method::find_installation, Method::delete_installation}, [](T& t) {
               const Place place = workspace("T1");
               const auto oldest = saved_at(t, "U1", 1, sample_time(1));
               saved_at(t, "U2", 2, sample_time(3));
               const auto middle = saved_at(t, "U3", 3, sample_time(2));
               const auto equal = saved_at(t, "U4", 4, sample_time(2));
               t.delete_installation(place.user_ref("U2"));
               t.expect_installation(place.newest(), equal);
               t.delete_installation(place.user_ref("U4"));
               t.expect_installation(place.newest(), middle);
               t.delete_installation(place.user_ref("U3"));
               t.expect_installation(place.newest(), oldest);
               t.delete_installation(place.user_ref("U1"));
               t.expect_installation(place.newest(), std::nullopt);
             });
}

}  // namespace slack::oauth::inline v0::testing::detail
