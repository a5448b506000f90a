#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/simulation.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/faulty_stores.hpp"
#include "catch.hpp"
#include "support/thrown.hpp"

namespace {

using Catch::Matchers::ContainsSubstring;
using slack::oauth::InstallationStore;
using slack::oauth::InvalidArgumentError;
using slack::oauth::memory_stores;
using slack::oauth::Stores;
using slack::oauth::testing::simulate;
using slack::oauth::testing::SimulationFailure;
using slack::oauth::testing::SimulationFaults;
using slack::oauth::testing::SimulationOptions;
using slack::oauth::testing::SimulationReport;
using test::thrown_by;

std::vector<Stores> in_memory(std::size_t processes) { return std::vector(processes, memory_stores()); }

void print(const char* what, const SimulationReport& report) {
  std::printf(
      "simulation, %s: %llu seeds, %llu points, %llu installations, %llu events with tokens, %llu refreshes, %llu "
      "deaths, %llu stalls, %llu failures of the storage, %llu lost answers, %llu refresh tokens offered again, %llu "
      "lineages lost, %llu undecided\n",
      what, static_cast<unsigned long long>(report.seeds), static_cast<unsigned long long>(report.points),
      static_cast<unsigned long long>(report.installations), static_cast<unsigned long long>(report.authorized),
      static_cast<unsigned long long>(report.refreshes), static_cast<unsigned long long>(report.deaths),
      static_cast<unsigned long long>(report.stalls), static_cast<unsigned long long>(report.store_failures),
      static_cast<unsigned long long>(report.lost_answers), static_cast<unsigned long long>(report.offered_again),
      static_cast<unsigned long long>(report.lost_lineages), static_cast<unsigned long long>(report.undecided));
}

auto wrapped_in(std::shared_ptr<const test::Mutation> mutation) {
  return
      [mutation = std::move(mutation)](std::shared_ptr<InstallationStore> store) -> std::shared_ptr<InstallationStore> {
        return std::make_shared<test::Mutant>(std::move(store), mutation);
      };
}

/// How many seeds it took to find the fault; no value where none of them did.
std::optional<std::uint64_t> seeds_until_found(const test::NamedMutation& named) {
  SimulationOptions options;
  options.seeds = 1;
  options.shrinks = false;
  constexpr std::uint64_t most = 10'000;
  for (options.first_seed = 1; options.first_seed <= most; ++options.first_seed) {
    options.wrap = wrapped_in(std::make_shared<const test::Mutation>(named.make()));
    try {
      simulate(in_memory, options);
    } catch (const SimulationFailure& failure) {
      std::printf("simulation: \"%s\" found after %llu seeds, by the judge of %s\n", named.name.c_str(),
                  static_cast<unsigned long long>(options.first_seed), std::string(failure.subject()).c_str());
      return options.first_seed;
    }
  }
  return std::nullopt;
}

void require_found(const std::vector<test::NamedMutation>& mutations) {
  for (const auto& mutation : mutations) {
    INFO(mutation.name);
    CHECK(seeds_until_found(mutation).has_value());
  }
}

}  // namespace

TEST_CASE("nothing is lost, used twice or given to others in worlds where things go wrong") {
  SimulationOptions options;
  options.seeds = 500;
  const auto report = simulate(in_memory, options);
  print("fixed seeds", report);
  CHECK(report.offered_again > 0);
  CHECK(report.lost_lineages > 0);

  options.first_seed = std::random_device()();
  std::printf("simulation: fresh seeds from %llu on\n", static_cast<unsigned long long>(options.first_seed));
  print("fresh seeds", simulate(in_memory, options));
}

TEST_CASE("without faults no refresh token is offered again, and no lineage is lost") {
  SimulationOptions options;
  options.seeds = 300;
  options.faults = SimulationFaults::none();
  const auto report = simulate(in_memory, options);
  CHECK(report.refreshes > 300);
  CHECK(report.offered_again == 0);
  CHECK(report.lost_lineages == 0);
  CHECK(report.deaths + report.stalls + report.store_failures + report.lost_answers == 0);
}

TEST_CASE("the simulation finds faults of writes") { require_found(test::mutations_of_writes()); }
TEST_CASE("the simulation finds faults of deletions") { require_found(test::mutations_of_deletions()); }
TEST_CASE("the simulation finds faults of look-ups and caches") { require_found(test::mutations_of_look_ups()); }
TEST_CASE("the simulation finds faults of turns") { require_found(test::mutations_of_turns()); }

TEST_CASE("a failing seed says what happened in words, in the smallest world, and fails the same way each time") {
  SimulationOptions options;
  options.wrap = wrapped_in(std::make_shared<const test::Mutation>(test::mutations_of_deletions().at(2).make()));
  const auto failure = thrown_by<SimulationFailure>([&] { simulate(in_memory, options); });
  const std::string text = failure.what();
  CHECK(failure.subject() == "one order");
  CHECK_THAT(text, ContainsSubstring("a look-up of "));
  CHECK_THAT(text, ContainsSubstring("seed " + std::to_string(failure.seed()) + ", processes "));
  CHECK_THAT(text, !ContainsSubstring("steps 12\n"));
  CHECK_THAT(text, ContainsSubstring("a person uninstalls the app in T0WORKSPACE"));
  CHECK_THAT(text, ContainsSubstring("Slack brings app_uninstalled of T0WORKSPACE"));
  CHECK_THAT(text, !ContainsSubstring("xoxe"));

  options.first_seed = failure.seed();
  options.seeds = 1;
  CHECK(thrown_by<SimulationFailure>([&] { simulate(in_memory, options); }).what() == text);
}

TEST_CASE("an error that nothing explains is a finding") {
  SimulationOptions options;
  options.faults = SimulationFaults::none();
  const auto mutation = std::make_shared<const test::Mutation>(
      test::Mutation{.find_bot = [](const auto&, const auto&) -> std::optional<slack::oauth::Bot> { throw 5; }});
  options.wrap = [mutation](std::shared_ptr<InstallationStore> store) -> std::shared_ptr<InstallationStore> {
    return std::make_shared<test::Mutant>(std::move(store), mutation);
  };
  CHECK(thrown_by<SimulationFailure>([&] { simulate(in_memory, options); }).subject() == "errors");
}

TEST_CASE("what a simulation cannot do with is named") {
  const auto refused = [](const slack::oauth::testing::SimulatedStorage& storage, SimulationOptions options) {
    return std::string(thrown_by<InvalidArgumentError>([&] { simulate(storage, options); }).subject());
  };
  CHECK(refused(nullptr, {}) == "make_stores");
  CHECK(refused([](std::size_t) { return std::vector<Stores>(); }, {}) == "make_stores");
  CHECK(refused(in_memory, {.processes = 0}) == "processes");
  CHECK(refused(in_memory, {.workspaces = 0}) == "workspaces");
}
