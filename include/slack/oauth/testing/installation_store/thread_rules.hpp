// Rules 5, 6 and 11 as several threads see them. Every field of a record carries the version of its save, so that half
// a write shows whenever a reader meets one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/testing/installation_store/trial.hpp"
#include "slack/oauth/testing/race.hpp"

namespace slack::oauth::inline v0::testing::detail {

template <class InstallationT, class BotT>
[[nodiscard]] Race race_of(const Trial<InstallationT, BotT>& t) {
  return Race({.most_turns = t.options().saves_per_thread,
               .least_turns = t.options().least_turns,
               .time = t.options().concurrent_time,
               .patience = t.options().patience});
}

// The version of the save that a record is from. A token that no save wrote is a violation of its own.
template <class InstallationT, class BotT>
[[nodiscard]] std::int64_t required_version(const Trial<InstallationT, BotT>& t, const std::string& token) {
  const auto version = version_of(token);
  t.expect(version.has_value(), "expected a token that was saved, but got " + redact(token));
  return *version;
}

// That every field of the bot is from one and the same save. Returns its version; 0 where there is no bot.
template <class InstallationT, class BotT>
std::int64_t require_whole(const Trial<InstallationT, BotT>& t, const Place& place, const std::optional<BotT>& bot) {
  if (!bot) return 0;
  const std::int64_t version = required_version(t, bot->bot_token);
  t.require_same("find_bot, while other threads write", t.bot(place, version), *bot);
  return version;
}

// That the user's fields are all from one save, and the bot's fields all from one save, perhaps another.
template <class InstallationT, class BotT>
std::int64_t require_whole(const Trial<InstallationT, BotT>& t, const Place& place,
                           const std::optional<InstallationT>& installation) {
  if (!installation) return 0;
  const std::int64_t version = required_version(t, installation->user_token.value_or(""));
  std::optional<BotT> bot;
  if (installation->bot_token) bot = t.bot(place, required_version(t, *installation->bot_token));
  t.require_same("find_installation, while other threads write",
                 as_found(t.sample(place, installation->user_id, version), bot), *installation);
  return version;
}

/// Reads one workspace in which a single thread saves versions that count up, and removes them with delete_all only.
/// So an installation and its bot are of one version whenever they are looked at in one moment.
template <class InstallationT, class BotT>
class PairReader {
 public:
  PairReader(const Trial<InstallationT, BotT>& t, Place place) : t_(&t), place_(std::move(place)) {}

  /// False where there was nothing that could be of two versions.
  bool read() {
    const std::int64_t before = bot_version();
    const auto installation =
        is_by_user_ ? t_->store().find_installation(place_.user("U1")) : t_->store().find_installation(place_.newest());
    is_by_user_ = !is_by_user_;
    std::int64_t version = 0;
    if (installation) {
      version = required_version(*t_, installation->user_token.value_or(""));
      t_->require_same("find_installation, while another thread writes", t_->sample(place_, "U1", version),
                       *installation);
      require_not_older("find_installation", version);
    }
    const std::int64_t after = bot_version();
    // The bot was there all the while, so its installation was there too.
    if (before != 0 && before == after && version != before) {
      t_->fail("find_bot, find_installation, find_bot, while another thread writes: expected both of version " +
               std::to_string(before) + ", but between two finds of that bot the installation was " +
               (version == 0 ? "absent" : "of version " + std::to_string(version)));
    }
    return t_->can(Method::find_bot) ? before != 0 && before == after : version != 0;
  }

 private:
  std::int64_t bot_version() {
    if (!t_->can(Method::find_bot)) return 0;
    const std::int64_t version = require_whole(*t_, place_, t_->store().find_bot(place_.bot()));
    if (version != 0) require_not_older("find_bot", version);
    return version;
  }

  void require_not_older(std::string_view method, std::int64_t version) {
    t_->expect(version >= newest_seen_,
               std::string(method) + ", while another thread writes: expected version " + std::to_string(newest_seen_) +
                   " or later, since this thread has seen that, but got version " + std::to_string(version));
    newest_seen_ = version;
  }

  const Trial<InstallationT, BotT>* t_;
  Place place_;
  std::int64_t newest_seen_ = 0;
  bool is_by_user_ = true;
};

template <class InstallationT, class BotT>
void race_pair_readers(const Trial<InstallationT, BotT>& t, const Place& place,
                       std::function<void(std::int64_t version)> write) {
  Race race = race_of(t);
  race.add_writer([&write](std::size_t turn) { write(static_cast<std::int64_t>(turn) + 1); });
  std::vector<PairReader<InstallationT, BotT>> readers(std::max<std::size_t>(t.options().threads, 2) - 1,
                                                       PairReader<InstallationT, BotT>(t, place));
  for (auto& reader : readers) race.add_reader([&reader] { return reader.read(); });
  run_race(t, race);
}

template <class InstallationT, class BotT>
void add_rules_5_and_6_of_threads(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 5: another thread sees an installation and its bot saved in one step", {Method::find_installation},
             [](T& t) {
               const Place place = workspace("E1", "T1");
               race_pair_readers(t, place,
                                 [&](std::int64_t version) { t.store().save(t.sample(place, "U1", version)); });
             });

  checks.add("rule 6: another thread sees delete_all remove the bot and the installations in one step",
             {Method::find_installation, Method::delete_all}, [](T& t) {
               const Place place = workspace("E1", "T1");
               race_pair_readers(t, place, [&](std::int64_t version) {
                 t.store().save(t.sample(place, "U1", version));
                 t.store().delete_all(place.ref());
               });
             });
}

template <class InstallationT, class BotT>
void add_rule_11(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 11: threads in workspaces of their own do not disturb one another", {}, [](T& t) {
    Race race = race_of(t);
    for (std::size_t i = 0; i < std::max<std::size_t>(t.options().threads, 2); ++i) {
      const Place place = workspace("T" + std::string(i + 1, '1'));  // "T1", "T11", …
      race.add_writer([place, mine = t.for_another_thread()](std::size_t turn) mutable {
        const auto saved = mine.sample(place, "U1", static_cast<std::int64_t>(turn) + 1);
        mine.save(saved);
        mine.expect_only(place, saved);
        if (turn % 4 == 3 && mine.can(Method::delete_all)) {
          mine.delete_all(place.ref());
          mine.expect_nothing(place, "U1");
        }
      });
    }
    run_race(t, race);
  });

  checks.add("rule 11: no thread's save in one workspace is lost to another's", {Method::find_installation}, [](T& t) {
    const Place place = workspace("T1");
    const std::size_t threads = std::max<std::size_t>(t.options().threads, 2);
    std::vector<std::int64_t> last(threads, 0);
    Race race = race_of(t);
    const auto require_own = [&t, &place](const std::string& user_id, std::int64_t version) {
      const auto found = t.store().find_installation(place.user(user_id));
      const std::int64_t found_version = require_whole(t, place, found);
      t.expect(found_version == version,
               "find_installation of " + user_id + ", which one thread saves: expected its version " +
                   std::to_string(version) + ", but got " +
                   (found ? "version " + std::to_string(found_version) : std::string("nothing")));
    };
    for (std::size_t i = 0; i < threads; ++i) {
      race.add_writer([&, i, user_id = "U" + std::to_string(i)](std::size_t turn) {
        last[i] = static_cast<std::int64_t>(turn * threads + i + 1);
        t.store().save(t.sample(place, user_id, last[i]));
        require_own(user_id, last[i]);
      });
    }
    run_race(t, race);
    for (std::size_t i = 0; i < threads; ++i) require_own("U" + std::to_string(i), last[i]);
  });

  checks.add("rule 11: a reader never sees half a write", {}, [](T& t) {
    const Place place = workspace("T1");
    const std::size_t threads = std::max<std::size_t>(t.options().threads, 2);
    const std::size_t writers = threads / 2;
    Race race = race_of(t);
    for (std::size_t i = 0; i < writers; ++i) {
      race.add_writer([&, i, user_id = "U" + std::to_string(i)](std::size_t turn) {
        const auto version = static_cast<std::int64_t>(2 * (turn * writers + i) + 1);
        t.store().save(t.sample(place, user_id, version));
        if (turn % 3 == 1 && t.can(Method::save_bot)) t.store().save_bot(t.bot(place, version + 1));
        if (turn % 4 == 2 && t.can(Method::delete_bot)) t.store().delete_bot(place.ref());
        if (turn % 5 == 3 && t.can(Method::delete_installation)) {
          t.store().delete_installation(place.user_ref(user_id));
        }
        if (turn % 7 == 4 && t.can(Method::delete_all)) t.store().delete_all(place.ref());
      });
    }
    for (std::size_t i = writers; i < threads; ++i) {
      race.add_reader([&t, &place] {
        std::int64_t seen = 0;
        if (t.can(Method::find_bot)) seen += require_whole(t, place, t.store().find_bot(place.bot()));
        if (!t.can(Method::find_installation)) return seen != 0;
        seen += require_whole(t, place, t.store().find_installation(place.newest()));
        seen += require_whole(t, place, t.store().find_installation(place.user("U0")));
        return seen != 0;
      });
    }
    run_race(t, race);
  });

  checks.add("rule 11: a visit is whole while other threads write", {Method::visit}, [](T& t) {
    constexpr std::int64_t kept = 24;
    const auto kept_place = [](std::int64_t i) { return workspace("kept-" + std::to_string(i)); };
    for (std::int64_t i = 1; i <= kept; ++i) t.store().save(t.sample(kept_place(i), "U1", i));
    Race race = race_of(t);
    race.add_writer([&t](std::size_t turn) {
      const Place place = workspace("changing-" + std::to_string(turn % 8));
      t.store().save(t.sample(place, "U1", static_cast<std::int64_t>(turn) + 1));
      if (turn % 3 == 2 && t.can(Method::delete_all)) t.store().delete_all(place.ref());
    });
    race.add_reader([&] {
      std::int64_t visited = 0;
      t.store().for_each_bot([&](const BotT& bot) {
        require_whole(t, workspace(bot.team_id.value_or("")), std::optional(bot));
        if (bot.team_id.value_or("").starts_with("kept-")) ++visited;
      });
      t.expect(visited == kept, "for_each_bot, while another thread writes elsewhere: expected " +
                                    std::to_string(kept) + " visits of what it leaves alone, but got " +
                                    std::to_string(visited));
      visited = 0;
      t.store().for_each_installation([&](const InstallationT& installation) {
        const Place place = workspace(installation.team_id.value_or(""));
        const std::int64_t version = required_version(t, installation.user_token.value_or(""));
        t.require_same("for_each_installation, while another thread writes", t.sample(place, "U1", version),
                       installation);
        if (installation.team_id.value_or("").starts_with("kept-")) ++visited;
      });
      t.expect(visited == kept, "for_each_installation, while another thread writes elsewhere: expected " +
                                    std::to_string(kept) + " visits of what it leaves alone, but got " +
                                    std::to_string(visited));
      return true;
    });
    run_race(t, race);
  });
}

}  // namespace slack::oauth::inline v0::testing::detail
