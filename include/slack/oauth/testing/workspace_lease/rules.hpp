// The rules of leases, each a check.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/race.hpp"
#include "slack/oauth/testing/workspace_lease/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

template <class Store>
[[nodiscard]] std::vector<LeaseDefinition<Store>> holder_definitions() {
  using T = LeaseTrial<Store>;
  return {{"lease: one holder at a time", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.enterprise_id = "E1", .team_id = "T1"};
             auto first = t.taken(t.store(), ref);
             t.expect_refused(t.store(), ref);
             t.expect(first->is_held(), "expected the lease to be held after another was refused, but it is not");
             first.reset();
             first = t.taken(t.store(), ref, ", after it was given back");
           }},
          {"lease: it ends by itself after its lifetime", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto first = t.ended(ref);
             const auto second = t.taken(t.store(), ref, ", after the one before ended by itself");
             t.expect(!first->is_held(), "expected a lease that has ended to stay so, but it is held again");
           }},
          {"lease: giving back one that has ended leaves the next holder's alone", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             auto first = t.ended(ref);
             const auto second = t.taken(t.store(), ref);
             first.reset();
             t.expect(second->is_held(), "expected the next holder's lease to be held, but it is not");
             t.expect_refused(t.store(), ref, ", after the ended lease was given back");
           }},
          {"lease: the longest lifetime is one", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto lease = t.store().try_lease(ref, std::chrono::milliseconds::max());
             t.expect(lease != nullptr && lease->is_held(), "expected a lease that is held, but it is not");
             t.expect_refused(t.store(), ref);
           }},
          {"lease: it outlives its store", Needs::same_storage,
           [](const T& t) {
             auto other = t.another(t.options().same_storage, "same_storage");
             const WorkspaceRef ref{.team_id = "T1"};
             auto lease = t.taken(*other, ref);
             other.reset();
             t.expect_refused(t.store(), ref, ", whose store is gone");
             lease.reset();
             lease = t.taken(t.store(), ref, ", after it was given back without its store");
           }},
          {"lease: stores on one storage share it", Needs::same_storage,
           [](const T& t) {
             const auto other = t.another(t.options().same_storage, "same_storage");
             const WorkspaceRef ref{.enterprise_id = "E1", .team_id = "T1"};
             auto lease = t.taken(t.store(), ref);
             t.expect_refused(*other, ref, " from another store on the same storage");
             lease.reset();
             lease = t.taken(*other, ref, " from another store on the same storage");
             t.expect_refused(t.store(), ref, ", which another store on the same storage gave");
           }},
          {"lease: those of another client_id do not meet", Needs::other_client, [](const T& t) {
             const auto other = t.another(t.options().other_client, "other_client");
             const WorkspaceRef ref{.enterprise_id = "E1", .team_id = "T1"};
             const auto first = t.taken(t.store(), ref);
             auto second = t.taken(*other, ref, " from a store of another client_id");
             second.reset();
             t.expect(first->is_held(), "expected the lease to be held after another client gave back its own");
           }}};
}

template <class Store>
[[nodiscard]] std::vector<LeaseDefinition<Store>> id_definitions() {
  using T = LeaseTrial<Store>;
  return {{"lease: an absent id and an empty one are the same", Needs::nothing,
           [](const T& t) {
             const auto of_team = t.taken(t.store(), {.team_id = "T1"});
             t.expect_refused(t.store(), {.enterprise_id = "", .team_id = "T1"}, " (an empty enterprise_id)");
             const auto of_organisation = t.taken(t.store(), {.enterprise_id = "E1", .team_id = ""});
             t.expect_refused(t.store(), {.enterprise_id = "E1"}, " (an absent team_id)");
           }},
          {"lease: ids are data, and no two share one", Needs::nothing,
           [](const T& t) {
             std::vector<std::pair<std::string, std::string>> ids{{"E1", ""},
                                                                  {"", "E1"},
                                                                  {"E1", "T1"},
                                                                  {"E1-T1", ""},
                                                                  {"", "E1-T1"},
                                                                  {"E1", "T11"},
                                                                  {"e1", "t1"},
                                                                  {"none", "T1"},
                                                                  {"", "T1"},
                                                                  {"E1", "none"},
                                                                  {"..", "."},
                                                                  {"", "../T1"},
                                                                  {"", "%"},
                                                                  {"", "*"},
                                                                  {"", "T1/.lease"},
                                                                  {"", "' or 1 --"},
                                                                  {"", "T1\n"},
                                                                  {"", "\xF0\x9F\x94\xA5"},
                                                                  {"", std::string(300, 'T')},
                                                                  {"", std::string(301, 'T')}};
             if (t.options().holds_nul) ids.emplace_back("", std::string("T1\0", 3));
             std::vector<Lease> leases;
             for (const auto& [enterprise_id, team_id] : ids) {
               leases.push_back(t.taken(t.store(), {.enterprise_id = enterprise_id, .team_id = team_id},
                                        " while only other workspaces are leased"));
             }
             for (const auto& [enterprise_id, team_id] : ids) {
               t.expect_refused(t.store(), {.enterprise_id = enterprise_id, .team_id = team_id});
             }
           }},
          {"lease: neither id is refused", Needs::nothing,
           [](const T& t) {
             for (const WorkspaceRef& ref : {WorkspaceRef{}, WorkspaceRef{.enterprise_id = "", .team_id = ""}}) {
               t.expect_invalid("try_lease without an enterprise_id and a team_id",
                                [&] { static_cast<void>(t.store().try_lease(ref, T::long_lifetime)); });
               t.expect_invalid("wait_lease without an enterprise_id and a team_id", [&] {
                 static_cast<void>(t.store().wait_lease(ref, T::long_lifetime, std::chrono::milliseconds{1}));
               });
             }
           }},
          {"lease: a lifetime that is not positive is refused", Needs::nothing, [](const T& t) {
             for (const std::chrono::milliseconds lifetime : {std::chrono::milliseconds{0}, -T::long_lifetime}) {
               const std::string of = " for " + std::to_string(lifetime.count()) + " ms";
               t.expect_invalid("try_lease" + of,
                                [&] { static_cast<void>(t.store().try_lease({.team_id = "T1"}, lifetime)); });
               t.expect_invalid("wait_lease" + of, [&] {
                 static_cast<void>(t.store().wait_lease({.team_id = "T1"}, lifetime, std::chrono::milliseconds{1}));
               });
               const auto lease = t.taken(t.store(), {.team_id = "T1"}, ", after a refused one");
               t.expect_invalid("renew" + of, [&] { static_cast<void>(lease->renew(lifetime)); });
               t.expect(lease->is_held(), "expected the lease to be held after a refused renewal, but it is not");
             }
           }}};
}

/// What of a store's methods there is says that it holds nothing. Fails where there is none.
template <class Store>
[[nodiscard]] bool is_empty(const LeaseTrial<Store>& t) {
  bool is_empty = true;
  bool has_answered = false;
  const auto ask = [&](const auto& question) {
    try {
      question();
      has_answered = true;
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch)
    }
  };
  ask([&] { is_empty &= !t.store().find_bot({.team_id = "T1"}).has_value(); });
  ask([&] { is_empty &= !t.store().find_installation({.team_id = "T1"}).has_value(); });
  ask([&] { t.store().for_each_bot([&](const auto& /*bot*/) { is_empty = false; }); });
  ask([&] { t.store().for_each_installation([&](const auto& /*installation*/) { is_empty = false; }); });
  t.expect(has_answered,
           "expected a store that can be asked for its records, but every look-up is NotImplementedError");
  return is_empty;
}

template <class Store>
[[nodiscard]] std::vector<LeaseDefinition<Store>> record_definitions() {
  using T = LeaseTrial<Store>;
  return {{"lease: other calls do not wait for it, nor end it", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.enterprise_id = "E1", .team_id = "T1"};
             const auto lease = t.taken(t.store(), ref);
             typename Store::installation_type installation{};
             installation.enterprise_id = "E1";
             installation.team_id = "T1";
             installation.bot_token = "xoxb-not-a-real-token-1";
             installation.user_id = "U1";
             t.store().save(installation);
             t.store().delete_all(ref);
             t.expect(lease->is_held(), "expected the lease to be held after save and delete_all, but it is not");
             t.expect_refused(t.store(), ref, ", after save and delete_all");
           }},
          {"lease: it is no record", Needs::nothing, [](const T& t) {
             const auto lease = t.taken(t.store(), {.team_id = "T1"});
             t.expect(is_empty(t), "expected an empty store with a lease to hold no record, but it does");
           }}};
}

template <class Store>
[[nodiscard]] LeaseDefinition<Store> thread_definition() {
  using T = LeaseTrial<Store>;
  return {"lease: of many threads one has it", Needs::nothing, [](const T& t) {
            const WorkspaceRef ref{.enterprise_id = "E1", .team_id = "T1"};
            std::atomic<int> holders = 0;
            std::vector<std::shared_ptr<typename T::Interface>> stores{t.shared_store()};
            if (t.options().same_storage) stores.push_back(t.another(t.options().same_storage, "same_storage"));
            Race race({.least_turns = t.options().least_turns,
                       .time = t.options().concurrent_time,
                       .patience = t.options().patience});
            for (std::size_t i = 0; i < std::max<std::size_t>(t.options().threads, 2); ++i) {
              race.add_reader([&, &store = *stores[i % stores.size()]] {
                const auto lease = store.try_lease(ref, T::long_lifetime);
                if (lease == nullptr) {
                  std::this_thread::sleep_for(std::chrono::milliseconds{1});
                  return false;
                }
                t.expect(++holders == 1, "expected one thread at a time to hold the lease, but two do");
                std::this_thread::yield();
                --holders;
                return true;
              });
            }
            run_race(t, race);
          }};
}

}  // namespace slack::oauth::inline v0::testing::detail
