// The options of the contract kit for the store that it checks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/testing/installation_store/methods.hpp"

namespace slack::oauth::inline v0::testing {

/// You may leave every option as it is. `Store` is the class that the factory makes.
template <class Store = InstallationStore>
struct ContractOptions {
  using Interface = BasicInstallationStore<typename Store::installation_type, typename Store::bot_type>;

  /// Which methods to check. Without a value: those that the class `Store` overrides. Set it where the class overrides
  /// more than works, as a wrapper around any store does.
  std::optional<Profile> profile = std::nullopt;

  // What only the author of a store can do. Without these, the checks that need them are left out.

  /// Opens a second store on the same storage (file, folder, bucket, server) with another `client_id`. For rule 7.
  std::function<std::shared_ptr<Interface>(Store&)> other_client = nullptr;

  /// Makes every later call fail, and returns a function that makes them work again. Where a test cannot do this, leave
  /// it null, and name the check that needs it in `known_deviations`. For rule 10.
  std::function<std::function<void()>(Store&)> break_storage = nullptr;

  /// Returns all that the storage holds of this client_id, as texts: its columns, or its files. The kit looks for
  /// tokens in them. For rule 15. Leave it out where the store seals tokens, or keeps superseded records.
  std::function<std::vector<std::string>(Store&)> stored_texts = nullptr;

  // Where a store knowingly deviates. Say so in its documentation.

  /// Checks to leave out, by name, or a whole rule: "rule 11". The kit refuses a text that names no check.
  std::vector<std::string> known_deviations = {};

  /// False where the storage cannot hold U+0000 in a text or an id.
  bool holds_nul = true;

  /// The longest text and id to try, in bytes.
  std::size_t longest_text = 10'000;

  // How long the checks take. With the defaults, a store in memory takes about a second in all. Where a save takes
  // milliseconds, lower `random_operations`.

  /// Calls in the randomised check; about 2 in 5 of them write.
  std::size_t random_operations = 3'000;

  /// Where the random calls start from. Without a value: somewhere new in each run. A failure says its seed.
  std::optional<std::uint64_t> seed = std::nullopt;

  /// How long to look for a shorter trace after the randomised check failed.
  std::chrono::milliseconds shrink_time{5'000};

  /// Threads in each of the concurrent checks; at least 2.
  std::size_t threads = 4;

  /// How long each of the concurrent checks writes and reads.
  std::chrono::milliseconds concurrent_time{200};

  /// Turns that each of its threads has to make in that time, or in `patience` after it. Slow storage needs more
  /// patience; fewer turns show less.
  std::size_t least_turns = 20;

  /// The most saves by each writing thread of a concurrent check, unless another thread has not made its `least_turns`.
  /// Lower it for storage that keeps all it was given.
  std::size_t saves_per_thread = 20'000;

  /// Workspaces that the store holds when every record is visited (rule 12); about twice as many records.
  std::size_t visited_workspaces = 120;

  /// How long a call of another thread may take while a visitor is at work, before that counts as blocked; and how much
  /// longer a concurrent check may take for its `least_turns`.
  std::chrono::milliseconds patience{10'000};
};

}  // namespace slack::oauth::inline v0::testing
