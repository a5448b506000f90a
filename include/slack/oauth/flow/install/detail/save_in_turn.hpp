// Saves what an installation brought while nobody refreshes the workspace's former tokens: those would be put over the
// new ones otherwise.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <exception>
#include <memory>

#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0::detail {

/// A person waits for the page, so it does not wait for long; and nothing that is wrong with the turn is worth losing
/// the tokens: then `out_of_turn(std::exception_ptr)` hears of it, and they are saved all the same.
template <class Store, class InstallationT, class OutOfTurn>
void save_in_turn(Store& store, const InstallationT& installation, const OutOfTurn& out_of_turn) {
  std::unique_ptr<WorkspaceLease> turn;
  if constexpr (CanLease<Store>) {
    try {
      constexpr std::chrono::seconds lifetime{30};
      constexpr std::chrono::seconds timeout{10};
      turn = wait_for_turn(store, workspace_ref_of(installation), {.lifetime = lifetime, .timeout = timeout},
                           [] { return false; });
    } catch (...) {
      out_of_turn(std::current_exception());
    }
  }
  store.save(installation);
}

}  // namespace slack::oauth::inline v0::detail
