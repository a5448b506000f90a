// What a simulation is told, and what it tells.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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
/// before it and after it.
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

/// An engine that copies what is written to a replica, a while later.
struct SimulatedReplica {
  std::chrono::milliseconds lag{500};  ///< how long at most
  bool is_waited_for = false;          ///< a write returns only once the replica has it; then it has no lag
  bool serves_look_ups = false;        ///< `find_*` asks the replica first, but for who goes by the workspace's turn

  /// How probable it is, at each call, that the primary is lost and the replica takes its place. With it goes what the
  /// replica does not have.
  double failover = 0;
};

struct SimulationOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1'000;  ///< each is a world of its own

  std::size_t processes = 3;  ///< an app on so many machines, with one storage
  std::size_t workspaces = 2;
  std::size_t steps = 12;  ///< what each process does: an event, a job, an installation …

  /// So many of the processes write as the Python SDK does: they save whole records. Without `python_rotates` they only
  /// install the app and look up; with it they also refresh tokens and delete, in no turns and whatever was installed
  /// meanwhile.
  std::size_t python_processes = 0;
  bool python_rotates = false;

  SimulationFaults faults{};
  std::optional<SimulatedReplica> replica{};  ///< absent: there is one storage, and it forgets nothing

  /// Puts a store of yours around what each process uses, such as a cache. Called once for each life of a process.
  std::function<std::shared_ptr<InstallationStore>(std::shared_ptr<InstallationStore>)> wrap{};

  /// Judges whose findings are only counted: what the storage is known not to promise. Not "an end".
  std::vector<std::string> known_deviations{};

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
  std::uint64_t migrations = 0;  ///< workspaces that joined an organisation
  std::uint64_t deaths = 0;
  std::uint64_t stalls = 0;
  std::uint64_t store_failures = 0;
  std::uint64_t lost_answers = 0;
  std::uint64_t failovers = 0;
  std::uint64_t lost_writes = 0;    ///< that a failover took away after they had returned
  std::uint64_t offered_again = 0;  ///< refresh tokens, for a reason that the docs name
  std::uint64_t lost_lineages = 0;  ///< nobody saved what Slack gave: somebody has to install the app again
  std::uint64_t unsure = 0;     ///< workspaces that are not judged in the end: the app did not confirm the last save
  std::uint64_t undecided = 0;  ///< workspaces whose calls have too many orders to look through

  /// By judge of `known_deviations`: worlds in which it found something.
  std::map<std::string, std::uint64_t> deviations{};
};

/// What SimulationFailure::subject() says, and `known_deviations` may name.
inline constexpr std::array<std::string_view, 10> simulation_judges{
    "refresh tokens", "deleted tokens", "other people's tokens",
    "tokens in use",  "what is found",  "what is stored",
    "one order",      "states",         "errors",
    "an end"};

/// A judge found what must not be. what() has the seed, the finding and each step of the smallest world that shows it.
class SimulationFailure : public Error {
 public:
  SimulationFailure(std::uint64_t seed, std::string judge, const std::string& text)
      : Error(text), seed_(seed), judge_(std::move(judge)) {}

  /// The world's: with it as `first_seed` and the same options, it happens again.
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  /// The judge's name, one of simulation_judges.
  [[nodiscard]] std::string_view subject() const noexcept override { return judge_; }

 private:
  std::uint64_t seed_;
  std::string judge_;
};

/// Makes a new, empty storage, and that many stores over it, one for each process. They may be copies of one.
using SimulatedStorage = std::function<std::vector<Stores>(std::size_t processes)>;

}  // namespace slack::oauth::inline v0::testing
