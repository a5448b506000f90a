// What leases have to do with time: how long they last, what renewing does, and how long one waits for them.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/workspace_lease/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Sleeps for as long as a lease lives that was taken before the call, by any clock that runs as this one does.
inline void sleep_for_lifetime(std::chrono::milliseconds lifetime) {
  std::this_thread::sleep_for(lifetime + std::chrono::milliseconds{2});
}

template <class Store>
[[nodiscard]] std::vector<LeaseDefinition<Store>> renewal_definitions() {
  using T = LeaseTrial<Store>;
  return {{"lease: it lasts no longer than it was taken for", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto lease = t.store().try_lease(ref, t.options().short_lifetime);
             t.expect(lease != nullptr, "expected a lease that nobody holds, but got none");
             sleep_for_lifetime(t.options().short_lifetime);
             t.expect(!lease->is_held(), "expected the lease to have ended after its lifetime, but it is still held");
             static_cast<void>(t.taken(t.store(), ref, ", after the lifetime of the one before"));
           }},
          {"lease: renewing makes it last from now", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             // Where this thread is too slow to renew it in time, there is nothing to see: again, with more time.
             for (auto lifetime = t.options().short_lifetime;; lifetime *= 2) {
               const auto lease = t.store().try_lease(ref, lifetime);
               t.expect(lease != nullptr, "expected a lease that nobody holds, but got none");
               if (!lease->renew(T::long_lifetime)) {
                 t.expect(!lease->is_held(), "expected a lease that is held to be renewed, but got false");
                 t.expect(lifetime < t.options().patience, "expected a lease to be renewed in its lifetime of " +
                                                               std::to_string(lifetime.count()) + " ms, but got false");
                 continue;
               }
               sleep_for_lifetime(lifetime);
               t.expect(lease->is_held(),
                        "expected a renewed lease to be held after its first lifetime, but it is not");
               t.expect_refused(t.store(), ref, ", which was renewed");
               return;
             }
           }},
          {"lease: renewing makes it last no longer than asked for", Needs::nothing,
           [](const T& t) {
             const auto lease = t.taken(t.store(), {.team_id = "T1"});
             t.expect(lease->renew(t.options().short_lifetime), "expected a held lease to be renewed, but got false");
             sleep_for_lifetime(t.options().short_lifetime);
             t.expect(!lease->is_held(),
                      "expected a lease to have ended after the lifetime of its renewal, but it is "
                      "still held");
           }},
          {"lease: one that has ended is not renewed, and stays ended", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto lease = t.ended(ref);
             t.expect(!lease->renew(T::long_lifetime), "expected false from renewing a lease that has ended");
             t.expect(!lease->is_held(), "expected a lease that has ended to stay so after renew(), but it is held");
             static_cast<void>(t.taken(t.store(), ref, ", after one that has ended was renewed in vain"));
           }},
          {"lease: renewing one that has ended leaves the next holder's alone", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto first = t.ended(ref);
             auto second = t.taken(t.store(), ref);
             t.expect(!first->renew(t.options().short_lifetime), "expected false from renewing a lease that has ended");
             sleep_for_lifetime(t.options().short_lifetime);
             t.expect(second->is_held(), "expected the next holder's lease to be held, but it is not");
             second.reset();
             t.expect(!first->is_held(), "expected a lease that has ended to stay so, but it is held");
             static_cast<void>(t.taken(t.store(), ref, ", after the next holder gave it back"));
           }},
          {"lease: giving back, renewing and ending one leaves other workspaces' alone", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.enterprise_id = "E1", .team_id = "T1"};
             const WorkspaceRef others[] = {
                 {.team_id = "T1"}, {.enterprise_id = "E1"}, {.enterprise_id = "E1", .team_id = "T2"}};
             std::vector<Lease> leases;
             for (const auto& other : others) leases.push_back(t.taken(t.store(), other));
             auto lease = t.taken(t.store(), ref);
             t.expect(lease->renew(t.options().short_lifetime), "expected a held lease to be renewed, but got false");
             sleep_for_lifetime(t.options().short_lifetime);
             lease = t.taken(t.store(), ref);
             lease.reset();
             for (std::size_t i = 0; i < leases.size(); ++i) {
               t.expect(leases[i]->is_held(), "expected other workspaces' leases to be held, but one is not");
               t.expect_refused(t.store(), others[i], " of another workspace");
             }
           }},
          {"lease: lease_scope says how far the turns reach", Needs::scope, [](const T& t) {
             const auto shown = [](LeaseScope scope) {
               return std::string(scope == LeaseScope::processes ? "processes" : "threads");
             };
             const LeaseScope scope = t.store().lease_scope();
             t.expect(scope == *t.options().scope,
                      "lease_scope(): expected " + shown(*t.options().scope) + ", but got " + shown(scope));
           }}};
}

template <class Store>
[[nodiscard]] std::vector<LeaseDefinition<Store>> waiting_definitions() {
  using T = LeaseTrial<Store>;
  return {{"lease: wait_lease gives one that nobody holds, for as long as asked", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto lease = t.store().wait_lease(ref, T::long_lifetime, t.options().short_lifetime);
             t.expect(lease != nullptr && lease->is_held(), "expected a lease that nobody holds, but got none");
             sleep_for_lifetime(t.options().short_lifetime);
             t.expect(lease->is_held(), "expected the lease to last for its lifetime, but it has ended");
             t.expect_refused(t.store(), ref, ", which wait_lease gave");
             const auto other =
                 t.store().wait_lease({.team_id = "T2"}, t.options().short_lifetime, t.options().patience);
             t.expect(other != nullptr, "expected a lease that nobody holds, but got none");
             sleep_for_lifetime(t.options().short_lifetime);
             t.expect(!other->is_held(), "expected the lease to have ended after its lifetime, but it is still held");
           }},
          {"lease: wait_lease gives none while another holds it, after the timeout and not before", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto lease = t.taken(t.store(), ref);
             for (const auto timeout : {std::chrono::milliseconds{0}, 2 * t.options().short_lifetime}) {
               const auto start = std::chrono::steady_clock::now();
               t.expect(t.store().wait_lease(ref, T::long_lifetime, timeout) == nullptr,
                        "wait_lease: expected none while another holds it, but got a lease");
               const auto took = std::chrono::steady_clock::now() - start;
               t.expect(took >= timeout - timeout / 4, "wait_lease: expected it to wait for its timeout of " +
                                                           std::to_string(timeout.count()) +
                                                           " ms, but it returned earlier");
               t.expect(took < timeout + t.options().patience, "wait_lease: expected it to return after its timeout");
             }
             t.expect(lease->is_held(), "expected the lease to be held after another waited for it, but it is not");
           }},
          {"lease: wait_lease gives it when it is given back", Needs::nothing,
           [](const T& t) {
             const WorkspaceRef ref{.enterprise_id = "E1", .team_id = "T1"};
             auto lease = t.taken(t.store(), ref);
             std::atomic<bool> is_given_back = false;
             auto waiting = std::async(std::launch::async, [&] {
               const auto waited = t.store().wait_lease(ref, T::long_lifetime, t.options().patience);
               t.expect(waited == nullptr || is_given_back, "wait_lease: expected none while another holds it");
               return waited != nullptr && waited->is_held();
             });
             std::this_thread::sleep_for(t.options().short_lifetime);
             is_given_back = true;
             lease.reset();
             t.expect(waiting.get(), "wait_lease: expected the lease after its holder gave it back, but got none");
           }},
          {"lease: wait_lease gives it when it ends by itself", Needs::nothing, [](const T& t) {
             const WorkspaceRef ref{.team_id = "T1"};
             const auto first = t.store().try_lease(ref, t.options().short_lifetime);
             t.expect(first != nullptr, "expected a lease that nobody holds, but got none");
             const auto second = t.store().wait_lease(ref, T::long_lifetime, t.options().patience);
             t.expect(second != nullptr && second->is_held(),
                      "wait_lease: expected the lease after it ended by itself, but got none");
             t.expect(!first->is_held(), "expected a lease that another has by now not to be held, but it is");
           }}};
}

}  // namespace slack::oauth::inline v0::testing::detail
