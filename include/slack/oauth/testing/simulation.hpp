// Runs apps over a store in worlds in which things go wrong, each a function of one number. docs/simulation.md
//
//     const auto report = slack::oauth::testing::simulate([](std::size_t processes) {
//       return std::vector(processes, stores_of_yours());
//     });
//
// Needs nlohmann/json, OpenSSL and threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/testing/simulation/options.hpp"
#include "slack/oauth/testing/simulation/processes.hpp"
#include "slack/oauth/testing/simulation/world.hpp"

namespace slack::oauth::inline v0::testing {

namespace detail {

[[nodiscard]] inline std::optional<SimulatedWorld::Finding> find_in_world(std::uint64_t seed,
                                                                          const SimulatedStorage& storage,
                                                                          const SimulationOptions& options,
                                                                          SimulationReport& report) {
  SimulatedRun run(seed, storage, options, report);
  run.run();
  return run.world().finding();
}

/// The smallest world that its judges find the same in.
[[nodiscard]] inline SimulationOptions shrink(std::uint64_t seed, const SimulatedStorage& storage,
                                              SimulationOptions options, const std::string& judge) {
  const auto still_fails = [&](const SimulationOptions& smaller) {
    SimulationReport not_asked_for;
    const auto finding = find_in_world(seed, storage, smaller, not_asked_for);
    return finding && finding->judge == judge;
  };
  const auto try_without = [&](const auto& change) {
    SimulationOptions smaller = options;
    change(smaller);
    if (!still_fails(smaller)) return false;
    options = std::move(smaller);
    return true;
  };
  while (options.steps > 1 && try_without([](auto& smaller) { smaller.steps /= 2; })) continue;
  while (options.steps > 1 && try_without([](auto& smaller) { --smaller.steps; })) continue;
  const auto take_process = [](auto& smaller) {
    --smaller.processes;
    smaller.python_processes = std::min(smaller.python_processes, smaller.processes);
  };
  while (options.processes > 1 && try_without(take_process)) continue;
  if (options.python_processes > 0) try_without([](auto& smaller) { smaller.python_processes = 0; });
  while (options.workspaces > 1 && try_without([](auto& smaller) { --smaller.workspaces; })) continue;
  try_without([](auto& smaller) { smaller.faults.death = 0; });
  try_without([](auto& smaller) { smaller.faults.stall = 0; });
  try_without([](auto& smaller) { smaller.faults.store_failure = 0; });
  try_without([](auto& smaller) { smaller.faults.lost_request = 0; });
  try_without([](auto& smaller) { smaller.faults.lost_answer = 0; });
  try_without([](auto& smaller) { smaller.faults.slack_failure = 0; });
  try_without([](auto& smaller) { smaller.faults.clock_skew = {}; });
  try_without([](auto& smaller) { smaller.replica.reset(); });
  return options;
}

/// Runs a failing world once more, and tells each step.
[[nodiscard]] inline SimulationFailure failure_of(std::uint64_t seed, const SimulatedStorage& storage,
                                                  const SimulationOptions& options) {
  SimulationReport not_asked_for;
  SimulatedRun run(seed, storage, options, not_asked_for, true);
  run.run();
  const auto& finding = run.world().finding();
  if (!finding) {
    return {seed, "an end",
            "seed " + std::to_string(seed) +
                " fails, and does not fail again: something in the "
                "stores is no function of the seed"};
  }
  std::string text = finding->judge + ": " + finding->text + "\nseed " + std::to_string(seed) + ", processes " +
                     std::to_string(options.processes) + ", workspaces " + std::to_string(options.workspaces) +
                     ", steps " + std::to_string(options.steps);
  for (const std::string& step : run.world().steps()) text += "\n" + step;
  return {seed, finding->judge, text};
}

}  // namespace detail

/// Runs the app's own code, unchanged, over the stores that `make_stores` makes, in as many worlds as the options say.
/// Each call of a store is made at one moment, so a store need not be one for several threads. Turns are the world's
/// own.
///
/// Throws SimulationFailure where a judge finds what must not be, and InvalidArgumentError where an option cannot work.
/// Passes on what `make_stores` throws.
inline SimulationReport simulate(const SimulatedStorage& make_stores, const SimulationOptions& options = {}) {
  if (!make_stores) throw InvalidArgumentError("make_stores", "must be callable");
  if (options.processes == 0) throw InvalidArgumentError("processes", "must be at least 1");
  if (options.python_processes > options.processes) {
    throw InvalidArgumentError("python_processes", "must not be more than processes");
  }
  if (options.workspaces == 0) throw InvalidArgumentError("workspaces", "must be at least 1");
  for (const std::string& judge : options.known_deviations) {
    const auto found = std::find(simulation_judges.begin(), simulation_judges.end(), judge);
    if (found == simulation_judges.end()) throw InvalidArgumentError("known_deviations", "names no judge: " + judge);
    if (judge == "an end") throw InvalidArgumentError("known_deviations", "a world without an end cannot go on");
  }
  SimulationReport report;
  for (std::uint64_t seed = options.first_seed; report.seeds < options.seeds; ++seed) {
    const auto finding = detail::find_in_world(seed, make_stores, options, report);
    ++report.seeds;
    if (!finding) continue;
    throw detail::failure_of(seed, make_stores,
                             options.shrinks ? detail::shrink(seed, make_stores, options, finding->judge) : options);
  }
  return report;
}

}  // namespace slack::oauth::inline v0::testing
