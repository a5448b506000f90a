// What the contract kit for leases may be told about the store that it checks.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0::testing {

/// Every option may be left as it is. `Store` is the class that the factory makes.
template <class Store = InstallationStore>
struct LeaseContractOptions {
  using Interface = BasicInstallationStore<typename Store::installation_type, typename Store::bot_type>;

  /// Opens a second store on the same storage, as another process would. Without it, what holds among several stores is
  /// left out.
  std::function<std::shared_ptr<Interface>(Store&)> same_storage = nullptr;

  /// Opens a second store on the same storage with another `client_id`.
  std::function<std::shared_ptr<Interface>(Store&)> other_client = nullptr;

  /// How far the turns are meant to reach. For the check of lease_scope(), which is left out without it.
  std::optional<LeaseScope> scope = std::nullopt;

  /// False where the storage cannot hold U+0000 in an id.
  bool holds_nul = true;

  /// How long the leases live that are waited for. Raise it where a call takes that long.
  std::chrono::milliseconds short_lifetime{30};

  /// How long to wait for a lease to end or to come, before it counts as one that never does; and how much longer than
  /// `concurrent_time` the concurrent check may take for its `least_turns`.
  std::chrono::milliseconds patience{10'000};

  /// Threads in the concurrent check; at least 2.
  std::size_t threads = 4;

  /// How long the concurrent check may take.
  std::chrono::milliseconds concurrent_time{200};

  /// How often each of its threads has to get the lease in that time, or in `patience` after it. Slow storage needs
  /// more patience; fewer turns show less.
  std::size_t least_turns = 20;
};

}  // namespace slack::oauth::inline v0::testing
