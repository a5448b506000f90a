// Waits for the turn to change a workspace's tokens: with the store's lease, and for a class without try_lease() with
// one among whoever has the same options.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/leases/detail/lease_table.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0::detail {

struct WorkspaceTurnOptions {
  std::chrono::milliseconds lifetime{120'000};  ///< of the lease: longer than what is done in a turn
  std::chrono::milliseconds timeout{130'000};   ///< how long to wait: longer than `lifetime`, which a dead holder has
  std::function<void(std::chrono::milliseconds)> sleep{};  ///< by default the thread sleeps
  LeaseTable in_process{};  ///< for classes without try_lease(): whoever has a copy of these options takes turns
};

/// Whose tokens they are: of the organisation, or of a workspace. Borrowed from `record`, a bot or an installation.
template <class Record>
[[nodiscard]] WorkspaceRef workspace_ref_of(const Record& record) {
  WorkspaceRef ref{.enterprise_id = id_or_empty(record.enterprise_id), .team_id = id_or_empty(record.team_id)};
  if (record.is_enterprise_install) ref.team_id.reset();
  return ref;
}

template <class Store>
[[nodiscard]] std::unique_ptr<WorkspaceLease> try_turn(Store& store, const WorkspaceRef& ref,
                                                       const WorkspaceTurnOptions& options) {
  if constexpr (CanLease<Store>) {
    try {
      return store.try_lease(ref, options.lifetime);
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): a wrapper may hide such a class
    }
  }
  return options.in_process.try_lease(id_or_empty(ref.enterprise_id), id_or_empty(ref.team_id), options.lifetime);
}

/// nullptr where `is_settled()`, asked before each wait, says that the turn is no longer needed.
/// Throws a TokenRotationError that is retryable where the turn does not come in time.
template <class Store, class IsSettled>
[[nodiscard]] std::unique_ptr<WorkspaceLease> wait_for_turn(Store& store, const WorkspaceRef& ref,
                                                            const WorkspaceTurnOptions& options,
                                                            const IsSettled& is_settled) {
  using std::chrono::milliseconds;
  constexpr milliseconds longest_pause{50};
  const auto start = std::chrono::steady_clock::now();
  milliseconds slept{0};  // counts too, since an injected sleep may take no time
  milliseconds pause{1};
  while (true) {
    if (auto lease = try_turn(store, ref, options)) return lease;
    if (is_settled()) return nullptr;
    const auto waited = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    if (std::max(waited, slept) >= options.timeout) {
      throw TokenRotationError("another thread or process is changing the workspace's tokens, for too long",
                               "lease_timeout", true);
    }
    if (options.sleep) {
      options.sleep(pause);
    } else {
      std::this_thread::sleep_for(pause);
    }
    slept += pause;
    pause = std::min(pause * 2, longest_pause);
  }
}

/// Returns `work(lease)`, during which no other turn of this workspace is taken, unless the lease ends.
template <class Store, class Work>
auto with_workspace_turn(Store& store, const WorkspaceRef& ref, const WorkspaceTurnOptions& options, Work&& work) {
  const auto lease = wait_for_turn(store, ref, options, [] { return false; });
  return std::forward<Work>(work)(std::as_const(*lease));
}

}  // namespace slack::oauth::inline v0::detail
