// Rules 13 and 14 as several threads see them: a decision and what it writes are one step.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "slack/oauth/models/json.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/testing/installation_store/thread_rules.hpp"
#include "slack/oauth/testing/installation_store/trial.hpp"
#include "slack/oauth/testing/race.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Lets threads refresh one token again and again, each with the refresh token that `look()` finds.
template <class InstallationT, class BotT>
void race_replacements(const Trial<InstallationT, BotT>& t, std::string_view type,
                       const std::function<std::string()>& look,
                       const std::function<bool(const std::string& used, const RefreshedToken&)>& replace) {
  std::mutex mutex;
  std::set<std::string> used_up;
  std::atomic<std::int64_t> last = 0;
  Race race = race_of(t);
  for (std::size_t i = 0; i < std::max<std::size_t>(t.options().threads, 2); ++i) {
    race.add_writer([&](std::size_t /*turn*/) {
      const std::string used = look();
      if (!replace(used, sample_token(type, ++last))) return;
      const std::lock_guard lock(mutex);
      t.expect(used_up.insert(used).second,
               "replace_tokens by several threads: expected one of them to replace " + redact(used) + ", but two did");
    });
  }
  run_race(t, race);
  t.expect(!used_up.contains(look()),
           "replace_tokens by several threads: expected the last pair that was put, but got one that was replaced");
}

/// What a record shows of its own token.
template <class BotT>
[[nodiscard]] RefreshedToken token_of(const BotT& bot) requires(!requires { bot.user_id; }) {
  return {.access_token = bot.bot_token,
          .refresh_token = bot.bot_refresh_token.value_or(""),
          .expires_at = bot.bot_token_expires_at,
          .refresh_token_expires_at = bot.bot_refresh_token_expires_at};
}
template <class InstallationT>
[[nodiscard]] RefreshedToken token_of(const InstallationT& installation) requires requires {
  installation.user_id;
}
{
  return {.access_token = installation.user_token.value_or(""),
          .refresh_token = installation.user_refresh_token.value_or(""),
          .expires_at = installation.user_token_expires_at,
          .refresh_token_expires_at = installation.user_refresh_token_expires_at};
}

/// Saves versions that count up, beside threads that replace the tokens of what they find. A pair that replaces another
/// one says which version it is for, so a save that was undone shows.
template <class InstallationT, class BotT>
class SaveBesideReplacements {
 public:
  SaveBesideReplacements(const Trial<InstallationT, BotT>& t, Place place) : t_(&t), place_(std::move(place)) {}

  void run() {
    Race race = race_of(*t_);
    race.add_writer([this](std::size_t turn) { save(static_cast<std::int64_t>(turn) + 1); });
    for (std::size_t i = 0; i < std::max<std::size_t>(t_->options().threads, 3) - 1; ++i) {
      race.add_reader([this, is_of_bot = i % 2 == 0] { return is_of_bot ? replace_bots() : replace_users(); });
    }
    run_race(*t_, race);
  }

 private:
  void save(std::int64_t version) {
    const int replaced_before = replaced_;
    t_->store().save(t_->sample(place_, "U1", version));
    const auto require_saved = [&](std::string_view call, const auto& found) {
      const std::int64_t found_version = found ? version_of_whole(call, *found) : 0;
      t_->expect(found_version == version, std::string(call) + ", after a save beside replacements: expected version " +
                                               std::to_string(version) + ", but got " +
                                               (found ? "version " + std::to_string(found_version) : "nothing"));
    };
    require_saved("find_bot", t_->store().find_bot(place_.bot()));
    require_saved("find_installation", t_->store().find_installation(place_.user("U1")));
    // Lets the others come to something, where a save is as quick as a replacement.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{10};
    while (replaced_ == replaced_before && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  }

  bool replace_bots() {
    const auto found = t_->store().find_bot(place_.bot());
    return found && replace(std::nullopt, *found, version_of_whole("find_bot", *found));
  }

  bool replace_users() {
    const auto found = t_->store().find_installation(place_.user("U1"));
    return found && replace("U1", *found, version_of_whole("find_installation", *found));
  }

  template <class Record>
  bool replace(OptionalId user_id, const Record& found, std::int64_t version) {
    const std::string number = std::to_string(++last_);
    const RefreshedToken fresh{.access_token = sample_text("xoxe.xoxb-1-contract-kit-" + number, version),
                               .refresh_token = sample_text("xoxe-1-contract-kit-" + number, version)};
    const bool is_replaced =
        t_->store().replace_tokens(place_.user_tokens(user_id, token_of(found).refresh_token, fresh));
    if (is_replaced) ++replaced_;
    return is_replaced;
  }

  /// That all of the record is of one version but for a pair of tokens, which is for that version.
  template <class Record>
  std::int64_t version_of_whole(std::string_view call, const Record& record) const {
    const RefreshedToken token = token_of(record);
    const std::int64_t version = required_version(*t_, token.access_token);
    t_->expect(required_version(*t_, token.refresh_token) == version,
               std::string(call) +
                   ", beside replacements: expected a pair of tokens, but got a token and the refresh "
                   "token of another one");
    if constexpr (requires { record.user_id; }) {
      const auto saved = with_token(t_->sample(place_, record.user_id, version), token);
      t_->require_same(std::string(call) + ", beside replacements", as_found(saved, std::optional<BotT>()),
                       as_found(record, std::optional<BotT>()));
    } else {
      t_->require_same(std::string(call) + ", beside replacements", with_token(t_->bot(place_, version), token),
                       record);
    }
    return version;
  }

  const Trial<InstallationT, BotT>* t_;
  Place place_;
  std::atomic<std::int64_t> last_ = 0;
  std::atomic<int> replaced_ = 0;
};

/// Lets threads count in a custom value of one record: a count that is lost was overwritten.
template <class InstallationT, class BotT, class Find>
void race_counters(const Trial<InstallationT, BotT>& t, std::string_view method, const Find& find) {
  std::atomic<int> counted = 0;
  Race race = race_of(t);
  for (std::size_t i = 0; i < std::max<std::size_t>(t.options().threads, 2); ++i) {
    race.add_writer([&](std::size_t /*turn*/) {
      const auto seen = find();
      auto next = seen;
      next->custom_values.set("count", seen->custom_values.json().value("count", 0) + 1);
      bool is_replaced = false;
      if constexpr (requires { next->user_id; }) {
        is_replaced = t.store().replace_installation(seen, next);
      } else {
        is_replaced = t.store().replace_bot(seen, next);
      }
      if (is_replaced) ++counted;
    });
  }
  run_race(t, race);
  const int found = find()->custom_values.json().value("count", 0);
  t.expect(found == counted, std::string(method) + " by several threads: expected " + std::to_string(counted.load()) +
                                 " that succeeded, one after the other, but the record has counted " +
                                 std::to_string(found));
}

template <class InstallationT, class BotT>
void add_rules_13_and_14_of_threads(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 13: of threads that replace a bot's token at the same moment one succeeds",
             {Method::replace_tokens, Method::find_bot}, [](T& t) {
               const Place place = workspace("E1", "T1");
               t.save(t.sample(place, "U1", 1));
               race_replacements(
                   t, "bot", [&] { return token_of(t.store().find_bot(place.bot()).value()).refresh_token; },
                   [&](const std::string& used, const RefreshedToken& token) {
                     return t.store().replace_tokens(place.bot_tokens(used, token));
                   });
             });

  checks.add("rule 13: of threads that replace a user's token at the same moment one succeeds",
             {Method::replace_tokens, Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               t.save(t.sample(place, "U1", 1));
               race_replacements(
                   t, "user",
                   [&] { return token_of(t.store().find_installation(place.user("U1")).value()).refresh_token; },
                   [&](const std::string& used, const RefreshedToken& token) {
                     return t.store().replace_tokens(place.user_tokens("U1", used, token));
                   });
             });

  checks.add("rule 13: of threads that put a pair in place of one exchanged token one succeeds",
             {Method::replace_tokens, Method::find_bot, Method::save_bot}, [](T& t) {
               const Place place = workspace("T1");
               const auto save_long_lived = [&](std::int64_t version) {
                 auto bot = t.bot(place, version);
                 bot.bot_refresh_token.reset();
                 bot.bot_token_expires_at.reset();
                 t.store().save_bot(bot);
               };
               save_long_lived(1);
               std::mutex mutex;
               std::set<std::string> exchanged;
               std::atomic<std::int64_t> last = 1;
               Race race = race_of(t);
               for (std::size_t i = 0; i < std::max<std::size_t>(t.options().threads, 2); ++i) {
                 race.add_writer([&](std::size_t /*turn*/) {
                   const auto bot = t.store().find_bot(place.bot()).value();
                   const auto token = sample_token("bot", ++last);
                   if (!t.store().replace_tokens(place.exchanged_tokens(std::nullopt, bot.bot_token, token))) return;
                   {
                     const std::lock_guard lock(mutex);
                     t.expect(exchanged.insert(bot.bot_token).second,
                              "replace_tokens by several threads: expected one of them to replace " +
                                  redact(bot.bot_token) + ", but two did");
                   }
                   save_long_lived(++last);
                 });
               }
               run_race(t, race);
             });

  checks.add("rule 13: a save is never undone by a replacement beside it",
             {Method::replace_tokens, Method::find_bot, Method::find_installation},
             [](T& t) { SaveBesideReplacements<InstallationT, BotT>(t, workspace("E1", "T1")).run(); });

  checks.add("rule 13: of threads that replace one bot at the same moment one succeeds",
             {Method::replace, Method::find_bot}, [](T& t) {
               const Place place = workspace("T1");
               t.save(t.sample(place, "U1", 1));
               race_counters(t, "replace_bot", [&] { return t.store().find_bot(place.bot()); });
             });

  checks.add("rule 13: of threads that replace one installation at the same moment one succeeds",
             {Method::replace, Method::find_installation}, [](T& t) {
               const Place place = workspace("T1");
               t.save(t.sample(place, "U1", 1));
               race_counters(t, "replace_installation", [&] { return t.store().find_installation(place.user("U1")); });
             });

  checks.add("rule 14: what is installed beside a deletion of what was older stays",
             {Method::find_bot, Method::find_installation, Method::delete_bot, Method::delete_installation,
              Method::delete_all},
             [](T& t) {
               const Place place = workspace("E1", "T1");
               std::atomic<std::int64_t> saved = 0;
               Race race = race_of(t);
               race.add_writer([&](std::size_t turn) {
                 const auto version = static_cast<std::int64_t>(turn) + 1;
                 t.store().save(t.sample(place, "U1", version));
                 const auto require_saved = [&](std::string_view call, std::int64_t found) {
                   t.expect(found == version, std::string(call) + ", beside deletions of what was installed before: " +
                                                  "expected version " + std::to_string(version) + ", but got " +
                                                  (found == 0 ? "nothing" : "version " + std::to_string(found)));
                 };
                 require_saved("find_bot", require_whole(t, place, t.store().find_bot(place.bot())));
                 require_saved("find_installation",
                               require_whole(t, place, t.store().find_installation(place.user("U1"))));
                 saved = version;
               });
               const std::array<std::function<void(Timestamp)>, 5> deletions{
                   [&](Timestamp until) { t.store().delete_all(place.ref(until)); },
                   [&](Timestamp until) { t.store().delete_bot(place.ref(until)); },
                   [&](Timestamp until) { t.store().delete_installation(place.user_ref("U1", until)); },
                   [&](Timestamp until) { t.store().delete_installation(place.user_ref(std::nullopt, until)); },
                   [&](Timestamp until) {
                     const std::string_view user_ids[] = {"U1", "U2"};
                     t.store().delete_installations(place.ref(until), user_ids);
                   }};
               for (std::size_t i = 0; i < std::max<std::size_t>(t.options().threads, 2) - 1; ++i) {
                 race.add_reader([&, next = i]() mutable {
                   const std::int64_t version = saved;
                   if (version == 0) return false;
                   deletions[next++ % deletions.size()](sample_time(version));
                   return true;
                 });
               }
               run_race(t, race);
             });
}

}  // namespace slack::oauth::inline v0::testing::detail
