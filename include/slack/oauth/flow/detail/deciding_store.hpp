// Whether a store decides in its storage what is to be done to a record, or whether one has to look first.
#pragma once

#include <optional>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"

namespace slack::oauth::inline v0::detail {

/// A store that has replace_tokens(), replace_bot() and replace_installation() compares in the step that writes: there
/// a refresh does not overwrite what was saved meanwhile, and `installed_until` counts, so nobody has to take a turn.
/// Asks the store itself, since the interface may hide one that lacks them, for what replaces nothing by nothing.
template <class Store>
[[nodiscard]] bool decides_by_itself(Store& store) {
  if constexpr (CanReplaceTokens<Store> && CanReplace<Store>) {
    try {
      static_cast<void>(store.replace_bot(std::nullopt, std::nullopt));
    } catch (const NotImplementedError&) {
      return false;
    } catch (...) {  // NOLINT(bugprone-empty-catch): it has the method, and refuses the arguments
    }
    return true;
  } else {
    return false;
  }
}

}  // namespace slack::oauth::inline v0::detail
