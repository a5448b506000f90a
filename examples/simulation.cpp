// A cache in front of a store, as one writes it first, in worlds where things go wrong: three processes share a
// storage, and each has a cache of its own.
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/simulation.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using slack::oauth::Bot;
using slack::oauth::BotQuery;
using slack::oauth::InstallationStore;
using slack::oauth::testing::SimulationFailure;
using slack::oauth::testing::SimulationOptions;

// [cache]
class BotCache : public slack::oauth::ForwardingInstallationStore {
  using Base = slack::oauth::ForwardingInstallationStore;

 public:
  using Base::Base;

  std::optional<Bot> find_bot(const BotQuery& query) const override {
    const std::string team_id(query.team_id.value_or(""));
    if (const auto found = bots_.find(team_id); found != bots_.end()) return found->second;
    auto bot = wrapped().find_bot(query);
    if (bot) bots_.emplace(team_id, *bot);
    return bot;
  }

  void save(const slack::oauth::Installation& installation) override {
    wrapped().save(installation);
    bots_.clear();
  }

  bool replace_tokens(const slack::oauth::TokenReplacement& replacement) override {
    bots_.clear();
    return wrapped().replace_tokens(replacement);
  }

  void delete_all(const slack::oauth::WorkspaceRef& ref) override {
    wrapped().delete_all(ref);
    bots_.clear();
  }

 private:
  mutable std::map<std::string, Bot> bots_;  // what other processes write does not come here
};
// [cache]

void run() {
  // [simulate]
  const auto make_stores = [](std::size_t processes) {
    return std::vector(processes, slack::oauth::memory_stores());  // your stores
  };
  SimulationOptions options;
  options.seeds = 100;
  const auto report = slack::oauth::testing::simulate(make_stores, options);
  // [simulate]
  std::cout << "without a cache: " << report.seeds << " worlds, " << report.authorized << " events with tokens, "
            << report.refreshes << " refreshes, " << report.deaths << " deaths; nothing was found\n";

  // [wrap]
  options.wrap = [](std::shared_ptr<InstallationStore> store) -> std::shared_ptr<InstallationStore> {
    return std::make_shared<BotCache>(std::move(store));
  };
  try {
    slack::oauth::testing::simulate(make_stores, options);
  } catch (const SimulationFailure& failure) {
    std::cout << "with one, seed " << failure.seed() << " finds: " << failure.what() << "\n";
    return;
  }
  // [wrap]
  std::cout << "with one, nothing was found\n";
}

}  // namespace

int main() {
  try {
    run();
  } catch (const std::exception& error) {
    std::cerr << "simulation: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
