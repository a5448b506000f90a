// Rule 14 as a single thread sees it: what a deletion with installed_until leaves. Rule 6 for delete_installations.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/testing/installation_store/trial.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

template <class InstallationT, class BotT>
void add_rule_14(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;
  using Users = std::vector<std::string_view>;
  // Samples count the seconds, so version 2 is older than version 3.
  static constexpr std::chrono::microseconds instant{1};

  // That `remove(moment)` leaves the bot where it was installed later than `moment`, and removes it at `moment`.
  static const auto expect_bot_until = [](T& t, const Place& place, const std::function<void(Timestamp)>& remove) {
    t.save(t.sample(place, "U1", 5));
    for (const Timestamp older : {sample_time(0), sample_time(4), sample_time(5) - instant}) {
      remove(older);
      t.expect_bot(place.bot(), t.bot(place, 5));
    }
    remove(sample_time(5));
    t.expect_bot(place.bot(), std::nullopt);
    // An older bot that was saved last is the one that counts.
    t.save(t.sample(place, "U1", 9));
    t.save(t.sample(place, "U2", 3));
    remove(sample_time(4));
    t.expect_bot(place.bot(), std::nullopt);
  };

  checks.add("rule 14: delete_bot leaves a bot that was installed later", {Method::delete_bot, Method::find_bot},
             [](T& t) {
               const Place place = workspace("E1", "T1");
               expect_bot_until(t, place, [&](Timestamp moment) { t.delete_bot(place.ref(moment)); });
             });

  checks.add("rule 14: delete_all leaves a bot that was installed later", {Method::delete_all, Method::find_bot},
             [](T& t) {
               const Place place = organisation("E1");
               expect_bot_until(t, place, [&](Timestamp moment) { t.delete_all(place.ref(moment)); });
             });

  // Saves users of the versions 1 to 4 in an order that is not that of their times, and lets `remove(moment)` delete
  // what it may of `removed`.
  static const auto expect_users_until = [](T& t, const Place& place, const Users& removed,
                                            const std::function<void(Timestamp)>& remove) {
    const Users users{"U4", "U1", "U3", "U2"};
    const auto version_of_user = [](std::string_view user_id) { return std::int64_t{user_id[1] - '0'}; };
    for (const auto user_id : users) t.save(t.without_bot(place, user_id, version_of_user(user_id)));
    const auto expect_left_after = [&](Timestamp moment) {
      std::optional<InstallationT> newest;
      for (const auto user_id : users) {
        const auto saved = t.without_bot(place, user_id, version_of_user(user_id));
        const bool is_removed = saved.installed_at <= moment && std::ranges::find(removed, user_id) != removed.end();
        t.expect_installation(place.user(user_id), is_removed ? std::nullopt : std::optional(saved));
        if (!is_removed && (!newest || newest->installed_at < saved.installed_at)) newest = saved;
      }
      t.expect_installation(place.newest(), newest);
    };
    for (const Timestamp moment :
         {sample_time(0), sample_time(2) - instant, sample_time(2), sample_time(3) + instant, sample_time(9)}) {
      remove(moment);
      expect_left_after(moment);
    }
  };

  checks.add("rule 14: deleting one user's installation leaves one that was installed later",
             {Method::delete_installation, Method::find_installation}, [](T& t) {
               const Place place = workspace("E1", "T1");
               expect_users_until(t, place, {"U2"},
                                  [&](Timestamp moment) { t.delete_installation(place.user_ref("U2", moment)); });
             });

  checks.add("rule 14: deleting every user's installation leaves those that were installed later",
             {Method::delete_installation, Method::find_installation}, [](T& t) {
               const Place place = organisation("E1");
               expect_users_until(t, place, {"U1", "U2", "U3", "U4"}, [&](Timestamp moment) {
                 t.delete_installation(place.user_ref(std::nullopt, moment));
               });
             });

  checks.add("rule 14: deleting several users' installations leaves those that were installed later",
             {Method::delete_installation, Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               const Users users{"U3", "U1", "U2"};
               expect_users_until(t, place, users,
                                  [&](Timestamp moment) { t.delete_installations(place.ref(moment), users); });
             });

  checks.add("rule 14: delete_all leaves the installations that were installed later",
             {Method::delete_all, Method::find_installation}, [](T& t) {
               const Place place = workspace("E1", "T1");
               expect_users_until(t, place, {"U1", "U2", "U3", "U4"},
                                  [&](Timestamp moment) { t.delete_all(place.ref(moment)); });
             });

  checks.add("rule 14: delete_all looks at the bot and at each installation for itself",
             {Method::delete_all, Method::find_bot, Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               t.save(t.sample(place, "U1", 8));
               t.save(t.sample(place, "U2", 3));  // its bot is the workspace's now
               t.delete_all(place.ref(sample_time(5)));
               t.expect_bot(place.bot(), std::nullopt);
               t.expect_user(place, t.sample(place, "U1", 8), std::nullopt);
               t.expect_installation(place.user("U2"), std::nullopt);
               t.save(t.sample(place, "U2", 3));
               t.save(t.sample(place, "U3", 9));
               t.delete_all(place.ref(sample_time(8)));
               t.expect_only(place, t.sample(place, "U3", 9));
               t.expect_installation(place.user("U1"), std::nullopt);
             });

  checks.add("rule 6: delete_installations removes these users' installations, and no other's",
             {Method::delete_installation, Method::find_installation}, [](T& t) {
               const Place place = workspace("E1", "T1");
               for (const char* user_id : {"U1", "U2", "U11", "U", ""}) t.save(t.sample(place, user_id, 1));
               const Place elsewhere = workspace("E1", "T2");
               t.save(t.sample(elsewhere, "U1", 2));
               t.delete_installations(place.ref(), Users{});
               t.delete_installations(place.ref(), Users{"", ""});
               t.delete_installations(Place{}.ref(), Users{"U1"});
               for (const char* user_id : {"U1", "U2", "U11", "U"}) {
                 t.expect_user(place, t.sample(place, user_id, 1), t.bot(place, 1));
               }
               t.delete_installations(place.ref(), Users{"U2", "", "U1", "U2", "U404"});
               for (const char* user_id : {"U1", "U2"}) t.expect_installation(place.user(user_id), std::nullopt);
               for (const char* user_id : {"U11", "U"}) {
                 t.expect_user(place, t.sample(place, user_id, 1), t.bot(place, 1));
               }
               t.expect_bot(place.bot(), t.bot(place, 1));
               t.expect_only(elsewhere, t.sample(elsewhere, "U1", 2));
               t.delete_installations(place.ref(), Users{"U11", "U"});
               t.expect_installation(place.newest(), t.sample(place, "", 1));
             });
}

}  // namespace slack::oauth::inline v0::testing::detail
