// Keeps OAuth states in this process's memory: for an app of one process, which may lose the installs under way at a
// restart. docs/state.md
//
//     slack::oauth::MemoryOAuthStateStore states({.expiration = std::chrono::minutes{10}});
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/memory/state_backend.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct MemoryOAuthStateStoreOptions {
  /// How long a state can be consumed: the time that a person may take to read Slack's page and agree.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// The most states that the store keeps. Beyond that, a new state removes the oldest one, and that person has to
  /// start the install again. Anybody may ask for a state, so this limits the memory: some 300 bytes for each, and its
  /// payload. Raise it where more installs than that begin within `expiration`.
  std::size_t max_states = 100'000;

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets every state at level debug, and those that were removed early; silent by default
};

/// Loses its states when the process ends. No other process knows them.
///
/// Threads: any thread may call any method at any time.
class MemoryOAuthStateStore final : public BackendOAuthStateStore<detail::MemoryStateBackend> {
 public:
  /// Throws an InvalidArgumentError that names the option.
  explicit MemoryOAuthStateStore(const MemoryOAuthStateStoreOptions& options = {})
      : BackendOAuthStateStore({.expiration = options.expiration, .clock = options.clock, .logger = options.logger},
                               options.max_states, options.logger) {}

  /// Returns how many states the store keeps, with those that have expired and were not purged yet.
  [[nodiscard]] std::size_t size() const { return backend().size(); }
};

}  // namespace slack::oauth::inline v0
