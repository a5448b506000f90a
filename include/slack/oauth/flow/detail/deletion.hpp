// Deletes from a store that may not be able to: known at compile time where its type tells, at run time where it says
// so.
#pragma once

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/queries.hpp"

namespace slack::oauth::inline v0::detail {

/// False where the store cannot.
template <class Store>
bool try_delete_bot(Store& store, const WorkspaceRef& ref) {
  if constexpr (CanDeleteBot<Store>) {
    try {
      store.delete_bot(ref);
      return true;
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): the interface may hide such a store
    }
  }
  return false;
}

template <class Store>
bool try_delete_installation(Store& store, const InstallationRef& ref) {
  if constexpr (CanDeleteInstallation<Store>) {
    try {
      store.delete_installation(ref);
      return true;
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): as above
    }
  }
  return false;
}

}  // namespace slack::oauth::inline v0::detail
