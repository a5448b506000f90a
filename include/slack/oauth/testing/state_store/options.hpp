// The options of the contract kit for the state store that it checks.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "slack/oauth/state_store.hpp"

namespace slack::oauth::inline v0::testing {

/// You may leave every option as it is. `Store` is the class that the factory makes.
template <class Store = OAuthStateStore>
struct StateContractOptions {
  // What only the author of a store can do. Without these, the checks that need them are left out.

  /// Lets that much time pass for this store and all on its storage. For rule 5.
  std::function<void(Store&, std::chrono::seconds)> advance_clock = nullptr;

  /// Returns how many states the storage holds, expired ones too. For rule 5.
  std::function<std::size_t(Store&)> count_states = nullptr;

  /// Opens a second store on the same storage (file, folder, bucket, server). For rule 6.
  std::function<std::shared_ptr<OAuthStateStore>(Store&)> reopen = nullptr;

  /// Makes every later call fail, and returns a function that makes them work again. Where a test cannot do this, leave
  /// it null, and name the check that needs it in `known_deviations`. For rule 7.
  std::function<std::function<void()>(Store&)> break_storage = nullptr;

  /// How long a state of these stores holds. For rule 5.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  // Where a store knowingly deviates. Say so in its documentation.

  /// Checks to leave out, by name, or a whole rule: "rule 5". The kit refuses a text that names no check.
  std::vector<std::string> known_deviations = {};

  /// False where somebody can consume a state again until it expires, as a signed one without a guard.
  bool is_one_time = true;

  /// The longest payload to try, in bytes of JSON text; with it a state may have four times as many characters.
  std::size_t longest_payload = 400;

  // How long the checks take. With the defaults, a store in memory takes a tenth of a second in all.

  // The concurrent checks make as many turns as these say, however long that takes. None may be 0.

  std::size_t states = 500;       ///< issued by each check that looks at many
  std::size_t threads = 4;        ///< in each of the concurrent checks; at least 2
  std::size_t races = 40;         ///< of the threads, in each of the concurrent checks
  std::size_t states_a_race = 8;  ///< that the threads are after
};

}  // namespace slack::oauth::inline v0::testing
