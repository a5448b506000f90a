// Somebody changes a workspace in the middle of a refresh: what must hold afterwards, over any store.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/flow/detail/rekey.hpp>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/models/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace test {

namespace so = slack::oauth;

/// Pauses of up to `longest`, the same for the same seed.
class Pauses {
 public:
  Pauses(std::uint64_t seed, std::chrono::microseconds longest) : random_(seed), longest_(longest) {}

  void operator()() {
    std::chrono::microseconds pause;
    {
      const std::lock_guard lock(mutex_);
      pause = std::chrono::microseconds{std::uniform_int_distribution<std::int64_t>(0, longest_.count())(random_)};
    }
    std::this_thread::sleep_for(pause);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 random_;
  std::chrono::microseconds longest_;
};

/// Slack, as far as refreshes go: a refresh token serves once, and gives a pair that lives until it is refreshed in
/// turn.
class RefreshLedger {
 public:
  explicit RefreshLedger(std::uint64_t seed, std::chrono::microseconds longest_pause) : pauses_(seed, longest_pause) {}

  so::HttpResponse send(const so::HttpRequest& request) {
    const auto parameters = so::parse_parameters(request.body).value();
    const std::string used(so::find_parameter(parameters, "refresh_token").value());
    pauses_();
    nlohmann::json answer = act(used);
    pauses_();
    return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = answer.dump()};
  }

  /// A new pair, as an installation brings it: of a bot, whose end is `expires_at`.
  void install(so::Bot& bot, std::chrono::sys_seconds expires_at) {
    const std::lock_guard lock(mutex_);
    const std::string number = std::to_string(++last_);
    bot.bot_token = "xoxe.xoxb-1-not-a-real-token-" + number;
    bot.bot_refresh_token = "xoxe-1-not-a-real-refresh-" + number;
    bot.bot_token_expires_at = expires_at;
    living_.insert(bot.bot_token);
    tokens_[*bot.bot_refresh_token] = bot.bot_token;
  }

  [[nodiscard]] bool is_living(const std::string& token) {
    const std::lock_guard lock(mutex_);
    return living_.contains(token);
  }
  [[nodiscard]] int offers(const std::string& refresh_token) {
    const std::lock_guard lock(mutex_);
    return offers_[refresh_token];
  }

 private:
  nlohmann::json act(const std::string& used) {
    const std::lock_guard lock(mutex_);
    ++offers_[used];
    const auto found = tokens_.find(used);
    if (found == tokens_.end()) return {{"ok", false}, {"error", "invalid_refresh_token"}};
    living_.erase(found->second);
    tokens_.erase(found);
    const std::string number = std::to_string(++last_);
    const std::string token = "xoxe.xoxb-1-not-a-real-token-" + number;
    const std::string refresh_token = "xoxe-1-not-a-real-refresh-" + number;
    living_.insert(token);
    tokens_[refresh_token] = token;
    return {{"ok", true},           {"access_token", token}, {"refresh_token", refresh_token},
            {"expires_in", 43'200}, {"token_type", "bot"},   {"scope", "chat:write"}};
  }

  Pauses pauses_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::string, std::string> tokens_;  // by the refresh token that gives the next one
  std::set<std::string> living_;
  std::map<std::string, int> offers_;
};

/// One round: a workspace whose token is due, somebody who refreshes it, and a rival.
class RefreshRace {
 public:
  RefreshRace(so::InstallationStore& store, std::string team_id, std::uint64_t seed,
              std::chrono::microseconds longest_pause = std::chrono::microseconds{300})
      : store_(store),
        team_id_(std::move(team_id)),
        ledger_(seed, longest_pause),
        pauses_(seed + 1, 2 * longest_pause),
        installed_at_(so::now()) {
    old_ = bot_of(installed_at_, std::chrono::minutes{10});
    store_.save(installation_of(old_));
  }

  [[nodiscard]] so::InstallationStore& store() { return store_; }
  [[nodiscard]] const std::string& team_id() const { return team_id_; }
  [[nodiscard]] RefreshLedger& ledger() { return ledger_; }
  [[nodiscard]] const so::Bot& old() const { return old_; }
  [[nodiscard]] so::Timestamp installed_at() const { return installed_at_; }
  [[nodiscard]] std::optional<so::Bot> stored() const { return store_.find_bot({.team_id = team_id_}); }

  /// What a new installation brings: its token is not due.
  so::Bot new_bot(std::chrono::microseconds later = std::chrono::seconds{5}) {
    return bot_of(installed_at_ + later, std::chrono::hours{12});
  }

  [[nodiscard]] static so::Installation installation_of(const so::Bot& bot) {
    so::Installation installation{.app_id = bot.app_id,
                                  .enterprise_id = bot.enterprise_id,
                                  .team_id = bot.team_id,
                                  .user_id = "U0ADA",
                                  .installed_at = bot.installed_at};
    so::compose_installation(installation, std::optional(bot));
    return installation;
  }

  so::TokenRotator rotator(std::chrono::milliseconds lease_lifetime = std::chrono::seconds{30}) {
    so::SlackClient client([this](const so::HttpRequest& request) { return ledger_.send(request); });
    return {std::move(client),
            {"111.222", "not-a-real-secret"},
            {.lease_lifetime = lease_lifetime,
             .retry_pause = {},
             .save_pause = std::chrono::milliseconds{1},
             .sleep = [](std::chrono::milliseconds) { std::this_thread::yield(); }}};
  }

  /// What a refresh that meets a rival may end with is an error, never a wrong record.
  void refresh(so::TokenRotator& rotator) {
    const auto bot = store_.find_bot({.team_id = team_id_});
    if (!bot) return;
    try {
      static_cast<void>(rotator.rotate_bot(store_, *bot));
    } catch (const so::TokenRotationError&) {  // NOLINT(bugprone-empty-catch)
    }
  }

  /// Refreshes in one thread while the rival acts in another.
  void run(const std::function<void()>& rival) {
    auto rotator = this->rotator();
    std::thread other([&] {
      pauses_();
      rival();
    });
    refresh(rotator);
    other.join();
  }

 private:
  so::Bot bot_of(so::Timestamp installed_at, std::chrono::seconds lifetime) {
    so::Bot bot{.app_id = "A0SMELTER", .team_id = team_id_, .bot_user_id = "U0BOT", .installed_at = installed_at};
    ledger_.install(bot, std::chrono::floor<std::chrono::seconds>(so::now()) + lifetime);
    return bot;
  }

  so::InstallationStore& store_;
  std::string team_id_;
  RefreshLedger ledger_;
  Pauses pauses_;
  so::Timestamp installed_at_;
  so::Bot old_;
};

inline nlohmann::json uninstall_event(const RefreshRace& race, so::Timestamp time) {
  return {{"type", "event_callback"},
          {"team_id", race.team_id()},
          {"api_app_id", "A0SMELTER"},
          {"event", {{"type", "app_uninstalled"}, {"event_ts", so::detail::seconds_since_epoch(time)}}}};
}

/// Each of these says what must hold after one round. `save` is how the rival saves an installation.
using Save = std::function<void(so::InstallationStore&, const so::Installation&)>;

inline void race_with_installation(RefreshRace& race, const Save& save) {
  const so::Bot fresh = race.new_bot();
  race.run([&] { save(race.store(), RefreshRace::installation_of(fresh)); });
  const auto stored = race.stored();
  REQUIRE(stored);
  CHECK(stored->bot_token == fresh.bot_token);
  CHECK(stored->bot_refresh_token == fresh.bot_refresh_token);
  CHECK(race.ledger().offers(*race.old().bot_refresh_token) <= 1);
}

inline void race_with_uninstall(RefreshRace& race) {
  race.run([&] { race.store().delete_all({.team_id = race.team_id()}); });
  CHECK_FALSE(race.stored());
  CHECK_FALSE(race.store().find_installation({.team_id = race.team_id()}));
}

inline void race_with_uninstall_event(RefreshRace& race) {
  race.run([&] {
    so::handle_revocation(race.store(), uninstall_event(race, race.installed_at() + std::chrono::seconds{1}));
  });
  CHECK_FALSE(race.stored());
}

/// A late event about the old installation, and a new one that is saved at the same moment.
inline void race_of_event_and_installation(RefreshRace& race, const Save& save) {
  const so::Bot fresh = race.new_bot();
  race.run([&] {
    std::thread saving([&] { save(race.store(), RefreshRace::installation_of(fresh)); });
    so::handle_revocation(race.store(), uninstall_event(race, race.installed_at() + std::chrono::seconds{1}));
    saving.join();
  });
  const auto stored = race.stored();
  REQUIRE(stored);
  CHECK(stored->bot_token == fresh.bot_token);
  CHECK(race.store().find_installation({.team_id = race.team_id(), .user_id = "U0ADA"}));
}

/// The holder stands still for longer than its lease, and another takes the turn.
inline void race_with_another_holder(RefreshRace& race) {
  auto still = race.rotator(std::chrono::milliseconds{1});
  auto other = race.rotator(std::chrono::milliseconds{1});
  std::thread thread([&] { race.refresh(other); });
  race.refresh(still);
  thread.join();
  const auto stored = race.stored();
  REQUIRE(stored);
  CHECK(race.ledger().is_living(stored->bot_token));
  // Neither asks when its lease has run out before.
  if (race.ledger().offers(*race.old().bot_refresh_token) > 0) CHECK_FALSE(still.is_due(*stored));
}

/// Somebody files the records under an organisation without a turn, and perhaps installs the app anew there.
inline void race_with_migration(RefreshRace& race, bool installs_anew) {
  so::Bot fresh = race.new_bot();
  fresh.enterprise_id = "E0KILN";
  const auto move = [&] {
    so::detail::Rekeying<so::InstallationStore>(race.store(), "E0KILN", race.team_id()).run(std::nullopt);
  };
  race.run([&] {
    std::optional<std::thread> installing;
    if (installs_anew) {
      installing.emplace([&] { race.store().save(RefreshRace::installation_of(fresh)); });
    }
    move();
    if (installing) installing->join();
  });
  move();  // as the next event does
  CHECK_FALSE(race.stored());
  CHECK_FALSE(race.store().find_installation({.team_id = race.team_id()}));
  const auto stored = race.store().find_bot({.enterprise_id = "E0KILN", .team_id = race.team_id()});
  REQUIRE(stored);
  CHECK(race.ledger().is_living(stored->bot_token));
  if (installs_anew) CHECK(stored->bot_token == fresh.bot_token);
}

/// The same, and the workspace is uninstalled meanwhile.
inline void race_of_migration_and_uninstall(RefreshRace& race) {
  race.run([&] {
    std::thread moving(
        [&] { so::detail::Rekeying<so::InstallationStore>(race.store(), "E0KILN", race.team_id()).run(std::nullopt); });
    auto event = uninstall_event(race, race.installed_at() + std::chrono::seconds{1});
    event["enterprise_id"] = "E0KILN";
    so::handle_revocation(race.store(), event);
    moving.join();
  });
  CHECK_FALSE(race.stored());
  CHECK_FALSE(race.store().find_bot({.enterprise_id = "E0KILN", .team_id = race.team_id()}));
  CHECK_FALSE(race.store().find_installation({.team_id = race.team_id()}));
  CHECK_FALSE(race.store().find_installation({.enterprise_id = "E0KILN", .team_id = race.team_id()}));
}

/// Every kind of race, `rounds` times each, in workspaces of their own.
inline void run_refresh_races(so::InstallationStore& store, const std::string& name, std::uint64_t seed, int rounds,
                              const Save& save_without_turn) {
  const Save save = [](so::InstallationStore& to, const so::Installation& installation) { to.save(installation); };
  const std::vector<std::function<void(RefreshRace&)>> races{
      [&](RefreshRace& race) { race_with_installation(race, save); },
      [&](RefreshRace& race) { race_with_installation(race, save_without_turn); },
      [](RefreshRace& race) { race_with_uninstall(race); },
      [](RefreshRace& race) { race_with_uninstall_event(race); },
      [&](RefreshRace& race) { race_of_event_and_installation(race, save); },
      [](RefreshRace& race) { race_with_another_holder(race); },
      [](RefreshRace& race) { race_with_migration(race, false); },
      [](RefreshRace& race) { race_with_migration(race, true); },
      [](RefreshRace& race) { race_of_migration_and_uninstall(race); }};
  for (std::size_t kind = 0; kind < races.size(); ++kind) {
    for (int round = 0; round < rounds; ++round) {
      const std::uint64_t round_seed = seed + kind * 1'000'003 + static_cast<std::uint64_t>(round);
      INFO(name << ", race " << kind << ", round " << round << ", seed " << seed);
      // A holder that is to outlive its lease of a millisecond stands still for that long.
      const std::chrono::microseconds longest_pause{kind == 5 ? 1'500 : 200};
      RefreshRace race(store, "T" + std::to_string(kind) + "X" + std::to_string(round), round_seed, longest_pause);
      races[kind](race);
      store.delete_all({.team_id = race.team_id()});
      store.delete_all({.enterprise_id = "E0KILN", .team_id = race.team_id()});
    }
  }
}

}  // namespace test
