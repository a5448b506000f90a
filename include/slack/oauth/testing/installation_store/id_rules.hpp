// Rules 1, 2 and 7: which workspace, organisation, user and client a call is about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/testing/installation_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

template <class InstallationT, class BotT>
void add_rule_1(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 1: an absent id and an empty one are the same", {}, [](T& t) {
    const Place absent{.team_id = "T1"};
    const Place empty{.enterprise_id = "", .team_id = "T1"};
    t.save(t.sample(absent, "U1", 1));
    t.expect_only(empty, t.sample(absent, "U1", 1));
    t.save(t.sample(empty, "U1", 2));
    t.expect_only(absent, t.sample(empty, "U1", 2));
    const Place no_team{.enterprise_id = "E1"};
    const Place empty_team{.enterprise_id = "E1", .team_id = ""};
    t.save(t.sample(empty_team, "U1", 3));
    t.expect_only(no_team, t.sample(empty_team, "U1", 3));
    t.save(t.sample(no_team, "U1", 4));
    t.expect_only(empty_team, t.sample(no_team, "U1", 4));
    if (t.can(Method::delete_bot)) {
      t.delete_bot(empty.ref());
      t.expect_bot(absent.bot(), std::nullopt);
      t.delete_bot(no_team.ref());
      t.expect_bot(empty_team.bot(), std::nullopt);
    }
    if (t.can(Method::delete_installation)) {
      t.delete_installation(absent.user_ref("U1"));
      t.expect_installation(empty.user("U1"), std::nullopt);
      t.delete_installation(empty_team.user_ref("U1"));
      t.expect_installation(no_team.user("U1"), std::nullopt);
    }
  });

  checks.add("rule 1: an organisation's query ignores the team_id", {}, [](T& t) {
    const auto saved = t.sample(organisation("E1"), "U1", 1);
    t.save(saved);
    t.save(t.sample(workspace("E1", "T1"), "U1", 2));
    for (const char* team_id : {"T1", "T2", ""}) {
      t.expect_only(Place{.enterprise_id = "E1", .team_id = team_id, .is_enterprise_install = true}, saved);
    }
    t.expect_only(organisation("E1"), saved);
    t.expect_only(Place{.enterprise_id = "E1"}, saved);
  });

  checks.add("rule 1: an organisation's installation belongs to it, whatever its team_id", {}, [](T& t) {
    const auto saved = t.sample({.enterprise_id = "E1", .team_id = "T1", .is_enterprise_install = true}, "U1", 1);
    t.save(saved);
    t.expect_nothing(workspace("E1", "T1"), "U1");
    t.expect_nothing(workspace("T1"), "U1");
    t.expect_only(organisation("E1"), saved);
    if (t.can(Method::delete_all)) {
      t.delete_all(workspace("E1", "T1").ref());
      t.expect_only(organisation("E1"), saved);
      t.delete_all(organisation("E1").ref());
      t.expect_nothing(organisation("E1"), "U1");
    }
  });

  checks.add("rule 1: an organisation's bot belongs to it, whatever its team_id", {Method::save_bot, Method::find_bot},
             [](T& t) {
               const auto bot = t.bot({.enterprise_id = "E1", .team_id = "T1", .is_enterprise_install = true}, 1);
               t.save_bot(bot);
               t.expect_bot(workspace("E1", "T1").bot(), std::nullopt);
               t.expect_bot(organisation("E1").bot(), bot);
             });

  checks.add("rule 1: an organisation and its workspaces are kept apart", {}, [](T& t) {
    const Place places[] = {organisation("E1"), workspace("E1", "T1"), workspace("T1"), workspace("E2", "T1"),
                            workspace("E1", "T2")};
    std::int64_t version = 0;
    for (const Place& place : places) t.save(t.sample(place, "U1", ++version));
    version = 0;
    for (const Place& place : places) t.expect_only(place, t.sample(place, "U1", ++version));
    t.expect_nothing(organisation("E2"), "U1");
    t.expect_nothing(workspace("T2"), "U1");
    if (!t.can(Method::delete_all)) return;
    t.delete_all(organisation("E1").ref());
    t.expect_nothing(places[0], "U1");
    for (version = 2; version <= 5; ++version) {
      t.expect_only(places[version - 1], t.sample(places[version - 1], "U1", version));
    }
    t.delete_all(workspace("T1").ref());
    t.expect_nothing(places[2], "U1");
    t.expect_only(places[1], t.sample(places[1], "U1", 2));
    t.expect_only(places[3], t.sample(places[3], "U1", 4));
  });
}

/// Each way to name neither a workspace nor an organisation.
[[nodiscard]] inline std::vector<Place> nowhere() {
  return {{},
          {.enterprise_id = "", .team_id = ""},
          {.enterprise_id = ""},
          {.team_id = ""},
          {.is_enterprise_install = true},
          {.team_id = "T1", .is_enterprise_install = true}};
}

template <class InstallationT, class BotT>
void add_rule_2(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;
  static const auto saved_in_t1 = [](T& t) {
    auto saved = T::sample(workspace("T1"), "U1", 1);
    t.save(saved);
    return saved;
  };

  checks.add("rule 2: saving without an enterprise_id and a team_id is refused", {}, [](T& t) {
    const auto saved = saved_in_t1(t);
    for (const Place& place : nowhere()) {
      t.expect_save_refused(t.sample(place, "U1", 2));
      t.expect_save_refused(t.without_bot(place, "U2", 3));
      t.expect_nothing(place, "U1");
    }
    t.expect_only(workspace("T1"), saved);
  });

  checks.add("rule 2: saving a bot without an enterprise_id and a team_id is refused", {Method::save_bot}, [](T& t) {
    const auto saved = saved_in_t1(t);
    for (const Place& place : nowhere()) {
      const auto bot = t.bot(place, 2);
      t.template expect_error<InvalidArgumentError>(call_text("save_bot", bot), "InvalidArgumentError",
                                                    [&] { t.store().save_bot(bot); });
      t.expect_nothing(place);
    }
    t.expect_only(workspace("T1"), saved);
  });

  checks.add("rule 2: finding without an enterprise_id and a team_id finds nothing", {}, [](T& t) {
    saved_in_t1(t);
    t.save(t.sample(organisation("E1"), "U1", 2));
    for (const Place& place : nowhere()) t.expect_nothing(place, "U1");
  });

  checks.add("rule 2: deleting without an enterprise_id and a team_id deletes nothing", {Method::delete_bot}, [](T& t) {
    const auto saved = saved_in_t1(t);
    const auto of_organisation = t.sample(organisation("E1"), "U1", 2);
    t.save(of_organisation);
    for (const Place& place : nowhere()) {
      t.delete_bot(place.ref());
      if (t.can(Method::delete_all)) t.delete_all(place.ref());
      if (!t.can(Method::delete_installation)) continue;
      t.delete_installation(place.user_ref("U1"));
      t.delete_installation(place.user_ref(std::nullopt));
    }
    t.expect_only(workspace("T1"), saved);
    t.expect_only(organisation("E1"), of_organisation);
  });

  checks.add("rule 2: an empty user_id finds nothing", {Method::find_installation}, [](T& t) {
    const auto saved = saved_in_t1(t);
    t.expect_installation(workspace("T1").user(""), std::nullopt);
    t.expect_installation(workspace("T1").newest(), saved);
    // An installation may lack a user: it is found where no user is asked for.
    const auto of_nobody = t.sample(workspace("T2"), "", 2);
    t.save(of_nobody);
    t.expect_installation(workspace("T2").user(""), std::nullopt);
    t.expect_installation(workspace("T2").newest(), of_nobody);
  });

  checks.add("rule 2: an empty user_id deletes nothing", {Method::find_installation, Method::delete_installation},
             [](T& t) {
               const auto saved = saved_in_t1(t);
               const auto of_nobody = t.sample(workspace("T2"), "", 2);
               t.save(of_nobody);
               t.delete_installation(workspace("T1").user_ref(""));
               t.delete_installation(workspace("T2").user_ref(""));
               t.expect_only(workspace("T1"), saved);
               t.expect_only(workspace("T2"), of_nobody);
             });
}

// That `t` and `other` hold records of their own under the same ids.
template <class InstallationT, class BotT>
void require_strangers(Trial<InstallationT, BotT>& t, Trial<InstallationT, BotT>& other) {
  const Place place = workspace("E1", "T1");
  const auto mine = t.sample(place, "U1", 1);
  const auto theirs = t.sample(place, "U1", 2);
  t.save(mine);
  other.expect_nothing(place, "U1");
  other.save(theirs);
  other.save(t.sample(place, "U2", 3));
  t.expect_only(place, mine);
  t.expect_installation(place.user("U2"), std::nullopt);
  if (t.can(Method::visit)) {
    int visited = 0;
    t.store().for_each_bot([&](const BotT&) { ++visited; });
    t.expect(visited == 1, "for_each_bot: expected 1 visit, but got " + std::to_string(visited) +
                               "; another client's store holds a bot too");
    visited = 0;
    t.store().for_each_installation([&](const InstallationT&) { ++visited; });
    t.expect(visited == 1, "for_each_installation: expected 1 visit, but got " + std::to_string(visited) +
                               "; another client's store holds two installations too");
  }
  if (t.can(Method::delete_bot)) other.delete_bot(place.ref());
  if (t.can(Method::delete_installation)) other.delete_installation(place.user_ref(std::nullopt));
  if (t.can(Method::delete_all)) other.delete_all(place.ref());
  t.expect_only(place, mine);
}

template <class InstallationT, class BotT>
void add_rule_7(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 7: two new stores never see each other", {}, [](T& t) {
    T other = t.on_another_store();
    require_strangers(t, other);
  });

  checks.add(
      "rule 7: stores of different client_id on one storage never see each other", {},
      [](T& t) {
        T other = t.on(t.options().other_client(t.store()));
        require_strangers(t, other);
      },
      [](const auto& options) { return options.other_client != nullptr; });
}

}  // namespace slack::oauth::inline v0::testing::detail
