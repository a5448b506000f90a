// Rule 12: for_each_bot and for_each_installation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/testing/installation_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

[[nodiscard]] inline Place visited_place(std::size_t i) {
  const std::string number = std::to_string(i);
  if (i % 3 == 0) return organisation("E" + number);
  return i % 3 == 1 ? workspace("T" + number) : workspace("E" + number, "T1");
}

/// What a store is filled with before a visit, as it should be visited.
template <class InstallationT, class BotT>
struct Population {
  std::vector<BotT> bots{};
  std::vector<InstallationT> installations{};
};

// Workspaces of every kind: with one to three users, some without a bot, some with nothing but a bot.
template <class InstallationT, class BotT>
[[nodiscard]] Population<InstallationT, BotT> populate(const Trial<InstallationT, BotT>& t, std::size_t workspaces) {
  Population<InstallationT, BotT> population;
  for (std::size_t i = 0; i < workspaces; ++i) {
    const Place place = visited_place(i);
    const auto version = static_cast<std::int64_t>(i) + 1;
    if (i % 10 == 8 && t.can(Method::save_bot)) {
      population.bots.push_back(t.bot(place, version));
      t.store().save_bot(population.bots.back());
      continue;
    }
    const bool has_bot = i % 10 != 9;
    std::optional<BotT> bot;
    if (has_bot) {
      bot = t.bot(place, version);
      population.bots.push_back(*bot);
    }
    for (std::size_t user = 0; user <= i % 3; ++user) {
      const std::string user_id = "U" + std::to_string(user);
      const auto saved = has_bot ? t.sample(place, user_id, version) : t.without_bot(place, user_id, version);
      t.store().save(saved);
      population.installations.push_back(as_found(saved, bot));
    }
  }
  return population;
}

template <class T>
[[nodiscard]] std::string owner_of(const T& record) {
  std::string owner = oauth::detail::quoted(record.enterprise_id.value_or("")) + ", " +
                      oauth::detail::quoted(record.is_enterprise_install ? "" : record.team_id.value_or(""));
  if constexpr (requires { record.user_id; }) owner += ", " + oauth::detail::quoted(record.user_id);
  return owner;
}

/// Compares what was visited with what should be.
template <class T, class InstallationT, class BotT>
void require_each_once(const Trial<InstallationT, BotT>& t, std::string_view method, const std::vector<T>& expected,
                       const std::vector<T>& visited) {
  std::map<std::string, std::pair<const T*, int>> visits;
  for (const T& record : expected) visits[owner_of(record)] = {&record, 0};
  for (const T& record : visited) {
    const auto found = visits.find(owner_of(record));
    if (found == visits.end()) {
      t.fail(std::string(method) + ": expected what was saved, but visited " + brief(record));
    }
    t.require_same(std::string(method) + " of " + owner_of(record), *found->second.first, record);
    ++found->second.second;
  }
  for (const auto& [owner, visit] : visits) {
    if (visit.second == 1) continue;
    t.fail(std::string(method) + ": expected one visit of the record of (" + owner + "), but got " +
           std::to_string(visit.second));
  }
}

template <class InstallationT, class BotT>
[[nodiscard]] std::vector<BotT> visited_bots(const Trial<InstallationT, BotT>& t) {
  std::vector<BotT> visited;
  t.store().for_each_bot([&](const BotT& bot) { visited.push_back(bot); });
  return visited;
}

template <class InstallationT, class BotT>
[[nodiscard]] std::vector<InstallationT> visited_installations(const Trial<InstallationT, BotT>& t) {
  std::vector<InstallationT> visited;
  t.store().for_each_installation([&](const InstallationT& installation) { visited.push_back(installation); });
  return visited;
}

/// Makes calls in other threads, and does not wait for ever where a lock is held meanwhile.
template <class InstallationT, class BotT>
class OtherThreads {
 public:
  OtherThreads(const Trial<InstallationT, BotT>& t, std::string_view method) : t_(&t), method_(method) {}

  void call(std::string_view what, std::function<void()> work) {
    pending_.push_back(std::async(std::launch::async, std::move(work)));
    if (pending_.back().wait_for(t_->options().patience) == std::future_status::ready) {
      pending_.back().get();
      return;
    }
    t_->fail(std::string(what) + " in another thread, during a visit of " + std::string(method_) +
             ": expected it to return, but it was still blocked after " +
             std::to_string(t_->options().patience.count()) + " ms");
  }

 private:
  const Trial<InstallationT, BotT>* t_;
  std::string_view method_;
  std::vector<std::future<void>> pending_{};  // outlives the visit: a future waits for its thread when it goes
};

// Calls the store from a visit of the record at `place`: changes that record or another, and looks it up. The first
// calls are another thread's, so that a lock that is held shows as a violation and not as a deadlock.
template <class InstallationT, class BotT>
void call_during_visit(const Trial<InstallationT, BotT>& t, OtherThreads<InstallationT, BotT>& others,
                       std::size_t visit, const Place& place, const std::string& user_id) {
  auto& store = t.store();
  if (visit == 0) {
    // By value: a call that is blocked outlives the visit.
    others.call("find_bot", [&store, place] { static_cast<void>(store.find_bot(place.bot())); });
    others.call("save", [&store, saved = t.sample(place, user_id, 1'000)] { store.save(saved); });
  }
  switch (visit % 6) {
    case 0:
      store.save(t.sample(place, user_id, 2'000));
      break;
    case 1:
      store.save(t.sample(workspace("new-" + std::to_string(visit)), "U1", 3'000));
      break;
    case 2:
      store.save_bot(t.bot(place, 4'000));
      break;
    case 3:
      store.delete_installation(place.user_ref(user_id));
      break;
    default:
      static_cast<void>(store.find_installation(place.newest()));
  }
}

// That each record was visited once, whatever else was visited: what the visitor saved may be or not, but only once.
template <class T, class InstallationT, class BotT>
void require_each_owner_once(const Trial<InstallationT, BotT>& t, std::string_view method,
                             const std::vector<T>& expected, const std::map<std::string, int>& visits) {
  const auto text = [&](const std::string& owner, int count) {
    return std::string(method) + " with a visitor that calls the store: expected one visit of the record of (" + owner +
           "), but got " + std::to_string(count);
  };
  for (const auto& [owner, count] : visits) t.expect(count == 1, text(owner, count));
  for (const T& record : expected) t.expect(visits.contains(owner_of(record)), text(owner_of(record), 0));
}

template <class InstallationT, class BotT>
void add_rule_12(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 12: an empty store visits nothing", {Method::visit}, [](T& t) {
    require_each_once(t, "for_each_bot", {}, visited_bots(t));
    require_each_once(t, "for_each_installation", {}, visited_installations(t));
  });

  checks.add("rule 12: for_each_bot visits every bot once", {Method::visit}, [](T& t) {
    const auto population = populate(t, t.options().visited_workspaces);
    require_each_once(t, "for_each_bot", population.bots, visited_bots(t));
  });

  checks.add("rule 12: for_each_installation visits every installation once, with its bot", {Method::visit}, [](T& t) {
    const auto population = populate(t, t.options().visited_workspaces);
    require_each_once(t, "for_each_installation", population.installations, visited_installations(t));
  });

  checks.add(
      "rule 12: what was deleted or replaced is not visited",
      {Method::visit, Method::delete_all, Method::delete_bot, Method::delete_installation}, [](T& t) {
        for (std::int64_t version = 1; version <= 4; ++version) {
          t.save(t.sample(workspace("T" + std::to_string(version)), "U1", version));
        }
        const auto replaced = t.sample(workspace("T4"), "U1", 5);
        t.save(replaced);
        t.delete_all(workspace("T1").ref());
        t.delete_bot(workspace("T2").ref());
        t.delete_installation(workspace("T3").user_ref("U1"));
        require_each_once(t, "for_each_bot", {t.bot(workspace("T3"), 3), t.bot(workspace("T4"), 5)}, visited_bots(t));
        require_each_once(t, "for_each_installation",
                          {as_found(t.sample(workspace("T2"), "U1", 2), std::optional<BotT>()), replaced},
                          visited_installations(t));
      });

  checks.add(
      "rule 12: a visitor may call the store, and other threads meanwhile",
      {Method::visit, Method::save_bot, Method::find_bot, Method::find_installation, Method::delete_installation},
      [](T& t) {
        const auto population = populate(t, 30);
        std::map<std::string, int> visits;
        const auto visit = [&](auto& others, const auto& record, const std::string& user_id) {
          const Place place{record.enterprise_id, record.team_id, record.is_enterprise_install};
          const std::string owner = owner_of(record);
          if (owner.find("new-") == std::string::npos) call_during_visit(t, others, visits.size(), place, user_id);
          ++visits[owner];
        };
        OtherThreads bots(t, "for_each_bot");
        t.store().for_each_bot([&](const BotT& bot) { visit(bots, bot, "U0"); });
        require_each_owner_once(t, "for_each_bot", population.bots, visits);

        const auto installations_now = visited_installations(t);
        visits.clear();
        OtherThreads installations(t, "for_each_installation");
        t.store().for_each_installation(
            [&](const InstallationT& installation) { visit(installations, installation, installation.user_id); });
        require_each_owner_once(t, "for_each_installation", installations_now, visits);
      });

  checks.add("rule 12: what a visitor throws ends the visit and reaches the caller", {Method::visit}, [](T& t) {
    struct EndOfVisit {};
    const auto population = populate(t, 10);
    const auto require_ended = [&t](std::string_view method, const auto& visit_until) {
      int visits = 0;
      bool has_thrown = false;
      try {
        visit_until([&visits] {
          if (++visits == 2) throw EndOfVisit{};
        });
      } catch (const EndOfVisit&) {
        has_thrown = true;
      }
      t.expect(has_thrown, std::string(method) + ": expected what the visitor threw, but the call returned");
      t.expect(visits == 2, std::string(method) + ": expected the visit to end with the second record, but got " +
                                std::to_string(visits) + " visits");
    };
    require_ended("for_each_bot", [&](const auto& step) { t.store().for_each_bot([&](const BotT&) { step(); }); });
    require_ended("for_each_installation",
                  [&](const auto& step) { t.store().for_each_installation([&](const InstallationT&) { step(); }); });
    require_each_once(t, "for_each_bot, after a visit that was ended", population.bots, visited_bots(t));
    t.save(t.sample(workspace("after"), "U1", 1));
    t.expect_only(workspace("after"), t.sample(workspace("after"), "U1", 1));
  });
}

}  // namespace slack::oauth::inline v0::testing::detail
