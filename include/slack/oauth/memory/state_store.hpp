// Keeps OAuth states in this process's memory: for an app of one process, where a restart may end the installs that are
// under way. docs/state.md
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
  /// How long a state can be consumed: what a person may take to read Slack's page and agree.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// The most states that are kept; then the oldest give way, and with it that person's install has to start again.
  /// Anybody may ask for a state, so this bounds the memory: some 300 bytes for each, and its payload. Raise it where
  /// more installs than that begin within `expiration`.
  std::size_t max_states = 100'000;

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< hears of every state at level debug, and of those that gave way; silent by default
};

/// A state is gone when the process ends, and no other process knows it.
///
/// Threads: any thread may call any method at any time.
class MemoryOAuthStateStore final : public BackendOAuthStateStore<detail::MemoryStateBackend> {
 public:
  /// Throws InvalidArgumentError, which names the option.
  explicit MemoryOAuthStateStore(const MemoryOAuthStateStoreOptions& options = {})
      : BackendOAuthStateStore({.expiration = options.expiration, .clock = options.clock, .logger = options.logger},
                               options.max_states, options.logger) {}

  /// How many states are kept, those too that have expired and were not purged yet.
  [[nodiscard]] std::size_t size() const { return backend().size(); }
};

}  // namespace slack::oauth::inline v0
