// What the contract kit for changes may be told about the store that it checks.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "slack/oauth/installation_store.hpp"

namespace slack::oauth::inline v0::testing {

/// Every option may be left as it is. `Store` is the class that the factory makes.
template <class Store = InstallationStore>
struct ChangesContractOptions {
  using Interface = BasicInstallationStore<typename Store::installation_type, typename Store::bot_type>;

  /// Opens a second store on the same storage, as another process would. Without it, whether its writes are heard is
  /// left out.
  std::function<std::shared_ptr<Interface>(Store&)> same_storage = nullptr;

  /// How long the news of a write may take, where the head of the store's changes says so. Nothing by default: a write
  /// that has returned is heard.
  std::chrono::milliseconds delay{0};

  /// How long the concurrent check writes and reads.
  std::chrono::milliseconds concurrent_time{200};

  /// Turns that each of its threads has to make in that time, or in `patience` after it. Slow storage needs more
  /// patience; fewer turns show less.
  std::size_t least_turns = 20;

  std::chrono::milliseconds patience{10'000};  ///< how much longer the concurrent check may take for its `least_turns`
};

}  // namespace slack::oauth::inline v0::testing
