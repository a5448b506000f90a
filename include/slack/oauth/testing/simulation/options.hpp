// What a simulation is told, and what it tells.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/fwd.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/stores.hpp"

namespace slack::oauth::inline v0::testing {

/// How probable each fault is wherever it may happen, from 0 to 1. A call of a store or of Slack is two such points,
/// before it and after it; so is each wait.
struct SimulationFaults {
  double death = 0.002;         ///< a process ends where it is, and starts anew with nothing but what is stored
  double stall = 0.004;         ///< a process stands still, for longer than its turn lasts
  double store_failure = 0.02;  ///< a call of a store throws a StorageError, half of them after it was carried out
  double lost_request = 0.01;   ///< a request does not reach Slack
  double lost_answer = 0.01;    ///< Slack acts, and nobody hears of it
  double slack_failure = 0.02;  ///< Slack answers with an error, and does nothing

  /// The clocks of processes are off by up to so much, either way. Slack's own clock and the storage's are right.
  std::chrono::seconds clock_skew = std::chrono::seconds{30};

  [[nodiscard]] static SimulationFaults none() { return {0, 0, 0, 0, 0, 0, std::chrono::seconds{0}}; }
};

struct SimulationOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1'000;  ///< each is a world of its own

  std::size_t processes = 3;  ///< an app on so many machines, with one storage
  std::size_t workspaces = 2;
  std::size_t steps = 12;  ///< what each process does: an event, a job, an installation …

  SimulationFaults faults{};

  /// Puts a store of yours around what each process uses, such as a cache. Called once for each life of a process.
  std::function<std::shared_ptr<InstallationStore>(std::shared_ptr<InstallationStore>)> wrap{};

  /// Whether a failing world is looked at again with fewer processes, steps and faults, as long as it fails.
  bool shrinks = true;
};

/// Sums of all worlds.
struct SimulationReport {
  std::uint64_t seeds = 0;
  std::uint64_t points = 0;  ///< where another process could come first
  std::uint64_t installations = 0;
  std::uint64_t authorized = 0;  ///< events that got tokens
  std::uint64_t refreshes = 0;   ///< that Slack carried out
  std::uint64_t revocations = 0;
  std::uint64_t deaths = 0;
  std::uint64_t stalls = 0;
  std::uint64_t store_failures = 0;
  std::uint64_t lost_answers = 0;
  std::uint64_t offered_again = 0;  ///< refresh tokens, for a reason that the docs name
  std::uint64_t lost_lineages = 0;  ///< nobody saved what Slack gave: somebody has to install the app again
  std::uint64_t undecided = 0;      ///< workspaces whose calls have too many orders to look through
};

/// A judge found what must not be. what() has the seed, the finding and each step of the smallest world that shows it.
class SimulationFailure : public Error {
 public:
  SimulationFailure(std::uint64_t seed, std::string judge, const std::string& text)
      : Error(text), seed_(seed), judge_(std::move(judge)) {}

  /// The world's: with it as `first_seed` and the same options, it happens again.
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  /// The judge's name: "tokens in use", "refresh tokens", "deleted tokens", "other people's tokens", "what is stored",
  /// "one order", "errors", "an end".
  [[nodiscard]] std::string_view subject() const noexcept override { return judge_; }

 private:
  std::uint64_t seed_;
  std::string judge_;
};

/// Makes a new, empty storage, and that many stores over it, one for each process. They may be copies of one.
using SimulatedStorage = std::function<std::vector<Stores>(std::size_t processes)>;

}  // namespace slack::oauth::inline v0::testing
