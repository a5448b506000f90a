// Whether a store decides in its storage what is to be done to a record, or whether one has to look first.
#pragma once

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/queries.hpp"

namespace slack::oauth::inline v0::detail {

/// replace_tokens() is the mark of a store that compares in the step that writes: there a refresh does not overwrite
/// what was saved meanwhile, and `installed_until` counts, so nobody has to take a turn. Asks the store itself, since
/// the interface may hide one that lacks it: for a token of nobody, which is nowhere.
template <class Store>
[[nodiscard]] bool decides_by_itself(Store& store) {
  if constexpr (CanReplaceTokens<Store>) {
    try {
      const RefreshedToken none{};
      static_cast<void>(store.replace_tokens({.token = none}));
    } catch (const NotImplementedError&) {
      return false;
    } catch (...) {  // NOLINT(bugprone-empty-catch): it has the method, and will say so again when it matters
    }
    return true;
  } else {
    return false;
  }
}

}  // namespace slack::oauth::inline v0::detail
