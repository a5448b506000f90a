// Deletes from a store that may not be able to: known at compile time where its type tells, at run time where it says
// so.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

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

/// In one call, where the store has one for several users.
template <class Store>
bool try_delete_installations(Store& store, const WorkspaceRef& ref, std::span<const std::string_view> user_ids) {
  if constexpr (requires { store.delete_installations(ref, user_ids); }) {
    try {
      store.delete_installations(ref, user_ids);
      return true;
    } catch (const NotImplementedError&) {
      return false;
    }
  } else {
    return std::all_of(user_ids.begin(), user_ids.end(), [&](std::string_view user_id) {
      return try_delete_installation(store, {ref.enterprise_id, ref.team_id, user_id, ref.installed_until});
    });
  }
}

}  // namespace slack::oauth::inline v0::detail
