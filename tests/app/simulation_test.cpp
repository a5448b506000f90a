#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/state_store.hpp>
#include <slack/oauth/testing/simulation.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/faulty_stores.hpp"
#include "catch.hpp"
#include "support/sanitizers.hpp"
#include "support/thrown.hpp"

namespace {

using Catch::Matchers::ContainsSubstring;
using slack::oauth::Bot;
using slack::oauth::BotQuery;
using slack::oauth::InstallationStore;
using slack::oauth::InvalidArgumentError;
using slack::oauth::memory_stores;
using slack::oauth::Stores;
using slack::oauth::testing::simulate;
using slack::oauth::testing::SimulatedReplica;
using slack::oauth::testing::SimulationFailure;
using slack::oauth::testing::SimulationFaults;
using slack::oauth::testing::SimulationOptions;
using slack::oauth::testing::SimulationReport;
using test::thrown_by;

constexpr std::uint64_t seeds(std::uint64_t plain) { return test::is_sanitized ? plain / 5 : plain; }

std::vector<Stores> in_memory(std::size_t processes) { return std::vector(processes, memory_stores()); }

void print(const char* what, const SimulationReport& report) {
  std::printf(
      "simulation, %s: %llu seeds, %llu points, %llu installations, %llu migrations, %llu events with tokens, %llu "
      "refreshes, %llu deaths, %llu stalls, %llu failures of the storage, %llu lost answers, %llu refresh tokens "
      "offered again, %llu "
      "lineages lost, %llu undecided\n",
      what, static_cast<unsigned long long>(report.seeds), static_cast<unsigned long long>(report.points),
      static_cast<unsigned long long>(report.installations), static_cast<unsigned long long>(report.migrations),
      static_cast<unsigned long long>(report.authorized), static_cast<unsigned long long>(report.refreshes),
      static_cast<unsigned long long>(report.deaths), static_cast<unsigned long long>(report.stalls),
      static_cast<unsigned long long>(report.store_failures), static_cast<unsigned long long>(report.lost_answers),
      static_cast<unsigned long long>(report.offered_again), static_cast<unsigned long long>(report.lost_lineages),
      static_cast<unsigned long long>(report.undecided));
}

/// The judge that finds something; empty where none does.
std::string judge_of(const slack::oauth::testing::SimulatedStorage& storage, SimulationOptions options) {
  options.shrinks = false;
  try {
    simulate(storage, options);
    return "";
  } catch (const SimulationFailure& failure) {
    return std::string(failure.subject());
  }
}

auto wrapped_in(std::shared_ptr<const test::Mutation> mutation) {
  return
      [mutation = std::move(mutation)](std::shared_ptr<InstallationStore> store) -> std::shared_ptr<InstallationStore> {
        return std::make_shared<test::Mutant>(std::move(store), mutation);
      };
}

/// How many seeds it took to find the fault; no value where none of them did.
std::optional<std::uint64_t> seeds_until_found(const test::NamedMutation& named, SimulationOptions options) {
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

void require_found(const std::vector<test::NamedMutation>& mutations, const SimulationOptions& options = {}) {
  for (const auto& mutation : mutations) {
    INFO(mutation.name);
    CHECK(seeds_until_found(mutation, options).has_value());
  }
}

}  // namespace

TEST_CASE("nothing is lost, used twice or given to others in worlds where things go wrong") {
  SimulationOptions options;
  options.seeds = seeds(500);
  const auto report = simulate(in_memory, options);
  print("fixed seeds", report);
  CHECK(report.migrations > 0);
  if (!test::is_sanitized) {  // fewer worlds need not have any
    CHECK(report.offered_again > 0);
    CHECK(report.lost_lineages > 0);
  }

  options.first_seed = std::random_device()();
  std::printf("simulation: fresh seeds from %llu on\n", static_cast<unsigned long long>(options.first_seed));
  print("fresh seeds", simulate(in_memory, options));
}

TEST_CASE("without faults no refresh token is offered again, and no lineage is lost") {
  SimulationOptions options;
  options.seeds = seeds(300);
  options.faults = SimulationFaults::none();
  const auto report = simulate(in_memory, options);
  CHECK(report.refreshes > options.seeds);
  CHECK(report.offered_again == 0);
  CHECK(report.lost_lineages == 0);
  CHECK(report.deaths + report.stalls + report.store_failures + report.lost_answers == 0);
}

TEST_CASE("the simulation finds faults of writes", NOT_SANITIZED) { require_found(test::mutations_of_writes()); }
TEST_CASE("the simulation finds faults of deletions", NOT_SANITIZED) { require_found(test::mutations_of_deletions()); }
TEST_CASE("the simulation finds faults of look-ups and caches", NOT_SANITIZED) {
  require_found(test::mutations_of_look_ups());
}
TEST_CASE("the simulation finds faults of moves to an organisation", NOT_SANITIZED) {
  SimulationOptions options;
  options.workspaces = 1;  // so that more happens in the one that moves
  require_found(test::mutations_of_moves(), options);
}
TEST_CASE("the simulation finds faults of turns", NOT_SANITIZED) { require_found(test::mutations_of_turns()); }

TEST_CASE("the simulation finds a state that may be consumed twice", NOT_SANITIZED) {
  class EndlessStates final : public slack::oauth::OAuthStateStore {
   public:
    std::string issue(const nlohmann::json& payload) override {
      const std::string state = "state-" + std::to_string(payloads_.size());
      payloads_[state] = payload;
      return state;
    }
    std::optional<nlohmann::json> consume(std::string_view state) override { return payloads_.at(std::string(state)); }

   private:
    std::map<std::string, nlohmann::json> payloads_{};
  };
  const auto storage = [](std::size_t processes) {
    Stores stores = memory_stores();
    stores.states = std::make_shared<EndlessStates>();
    return std::vector(processes, stores);
  };
  CHECK(judge_of(storage, {}) == "states");
}

TEST_CASE("each judge alone finds what it is there for", NOT_SANITIZED) {
  const auto judges_but = [](std::string_view judge) {
    std::vector<std::string> others;
    for (const std::string_view one : slack::oauth::testing::simulation_judges) {
      if (one != judge && one != "an end") others.emplace_back(one);
    }
    return others;
  };
  const auto finds = [&](std::string_view judge, const test::Mutation& mutation) {
    SimulationOptions options;
    options.wrap = wrapped_in(std::make_shared<const test::Mutation>(mutation));
    options.known_deviations = judges_but(judge);
    return judge_of(in_memory, options) == judge;
  };
  CHECK(finds("other people's tokens", test::mutations_of_look_ups().at(0).make()));
  CHECK(finds("tokens in use", {.find_bot = [](const InstallationStore& store, const BotQuery& query) {
                auto bot = store.find_bot(query);
                if (bot) bot->bot_token = "xoxb-not-a-real-token-of-nobody";
                return bot;
              }}));
  CHECK(finds("deleted tokens", test::mutations_of_deletions().at(2).make()));
  CHECK(finds("errors", {.find_bot = [](const InstallationStore&, const BotQuery&) -> std::optional<Bot> {
                throw std::logic_error("a fault");
              }}));
  CHECK(finds("an end", {.find_bot = [](const InstallationStore& store, const BotQuery& query) {
                while (true) static_cast<void>(store.find_bot(query));
                return store.find_bot(query);
              }}));
}

TEST_CASE("a wrapper without a fault passes", NOT_SANITIZED) {
  SimulationOptions options;
  options.seeds = 100;
  options.wrap = wrapped_in(std::make_shared<const test::Mutation>());
  CHECK(judge_of(in_memory, options).empty());
}

TEST_CASE("a replica that serves look-ups shows older data, and nothing else goes wrong") {
  SimulationOptions options;
  options.replica = SimulatedReplica{.serves_look_ups = true};
  CHECK(judge_of(in_memory, options) == "one order");

  options.seeds = seeds(200);
  options.known_deviations = {"one order", "deleted tokens"};
  const auto report = simulate(in_memory, options);
  print("over a replica that lags", report);
  CHECK(report.deviations.at("one order") > 0);
}

TEST_CASE("a replica that is hours behind shows what was deleted", NOT_SANITIZED) {
  SimulationOptions options;
  options.seeds = 10'000;
  options.workspaces = 1;
  options.replica = SimulatedReplica{.lag = std::chrono::hours{20}, .serves_look_ups = true};
  options.known_deviations = {"one order"};
  CHECK(judge_of(in_memory, options) == "deleted tokens");

  options.seeds = 200;
  options.known_deviations = {"one order", "deleted tokens"};
  CHECK(judge_of(in_memory, options).empty());
}

TEST_CASE("a failover loses nothing that was acknowledged where writes wait for the replica") {
  SimulationOptions options;
  options.seeds = seeds(200);
  options.replica = SimulatedReplica{.is_waited_for = true, .failover = 0.005};
  const auto report = simulate(in_memory, options);
  CHECK(report.failovers > 0);
  CHECK(report.lost_writes == 0);
}

TEST_CASE("a failover takes writes that have returned, and yet nobody gets anybody else's token") {
  SimulationOptions options;
  options.seeds = seeds(200);
  options.replica = SimulatedReplica{.failover = 0.005};
  CHECK_FALSE(judge_of(in_memory, options).empty());

  options.known_deviations = {"one order", "refresh tokens", "what is found", "what is stored", "deleted tokens"};
  const auto report = simulate(in_memory, options);
  print("with failovers that lose writes", report);
  CHECK(report.lost_writes > 0);
  if (test::is_sanitized) return;
  for (const char* const judge : {"one order", "refresh tokens", "what is found", "what is stored"}) {
    INFO(judge);
    CHECK(report.deviations.contains(judge));
  }
}

TEST_CASE("a program over the Python SDK may install and look up in the same storage, but not refresh tokens") {
  SimulationOptions options;
  options.seeds = seeds(200);
  options.python_processes = 1;
  print("beside a program over the Python SDK", simulate(in_memory, options));
  if (test::is_sanitized) return;

  options.python_rotates = true;
  CHECK(judge_of(in_memory, options) == "refresh tokens");
  options.known_deviations = {"refresh tokens"};
  options.seeds = 1'000;
  CHECK(judge_of(in_memory, options) == "what is stored");
}

TEST_CASE("a failing seed says what happened in words, in the smallest world, and fails the same way each time") {
  SimulationOptions options;
  options.wrap = wrapped_in(std::make_shared<const test::Mutation>(test::mutations_of_deletions().at(2).make()));
  const auto failure = thrown_by<SimulationFailure>([&] { simulate(in_memory, options); });
  const std::string text = failure.what();
  CHECK_THAT(text, ContainsSubstring(std::string(failure.subject()) + ": "));
  CHECK_THAT(text, ContainsSubstring("seed " + std::to_string(failure.seed()) + ", processes "));
  CHECK_THAT(text, ContainsSubstring("a person uninstalls the app in T0WORKSPACE"));
  CHECK_THAT(text, ContainsSubstring("Slack brings app_uninstalled of T0WORKSPACE"));
  CHECK_THAT(text, !ContainsSubstring("xoxe"));

  options.first_seed = failure.seed();
  options.seeds = 1;
  CHECK(thrown_by<SimulationFailure>([&] { simulate(in_memory, options); }).what() == text);

  const auto mutation = std::make_shared<const test::Mutation>(
      test::Mutation{.find_bot = [](const auto&, const auto&) -> std::optional<Bot> { throw std::logic_error("x"); }});
  SimulationOptions anywhere;
  anywhere.wrap = wrapped_in(mutation);
  CHECK_THAT(thrown_by<SimulationFailure>([&] { simulate(in_memory, anywhere); }).what(),
             ContainsSubstring("processes 1, workspaces 1, steps "));
}

TEST_CASE("an error that nothing explains is a finding") {
  SimulationOptions options;
  options.faults = SimulationFaults::none();
  const auto mutation = std::make_shared<const test::Mutation>(
      test::Mutation{.find_bot = [](const auto&, const auto&) -> std::optional<Bot> { throw 5; }});
  options.wrap = [mutation](std::shared_ptr<InstallationStore> store) -> std::shared_ptr<InstallationStore> {
    return std::make_shared<test::Mutant>(std::move(store), mutation);
  };
  CHECK(thrown_by<SimulationFailure>([&] { simulate(in_memory, options); }).subject() == "errors");
}

TEST_CASE("an option of a simulation that cannot work is named") {
  const auto refused = [](const slack::oauth::testing::SimulatedStorage& storage, SimulationOptions options) {
    return std::string(thrown_by<InvalidArgumentError>([&] { simulate(storage, options); }).subject());
  };
  CHECK(refused(nullptr, {}) == "make_stores");
  CHECK(refused([](std::size_t) { return std::vector<Stores>(); }, {}) == "make_stores");
  CHECK(refused(in_memory, {.processes = 0}) == "processes");
  CHECK(refused(in_memory, {.workspaces = 0}) == "workspaces");
  CHECK(refused(in_memory, {.processes = 1, .python_processes = 2}) == "python_processes");
  CHECK(refused(in_memory, {.known_deviations = {"no such judge"}}) == "known_deviations");
  CHECK(refused(in_memory, {.known_deviations = {"an end"}}) == "known_deviations");
}
