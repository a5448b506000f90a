// Threads that change a workspace in the middle of a refresh, over every engine: never an old token after a newer save,
// never a deleted workspace back, never a newer installation deleted.
#include <cstdint>
#include <iostream>
#include <random>
#include <slack/oauth/memory.hpp>
#include <string>

#include "catch.hpp"
#include "integration/refresh_races.hpp"

using namespace slack::oauth;

namespace {

constexpr int rounds = 1'000;

std::uint64_t new_seed(const std::string& engine) {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "refresh races over " << engine << ": seed " << seed << "\n";
  return seed;
}

}  // namespace

TEST_CASE("nothing that happens in the middle of a refresh is undone by it, in memory", "[integration]") {
  const Stores stores = memory_stores();
  const auto save = [](InstallationStore& store, const Installation& installation) {
    store.save_bot(*installation.to_bot());
  };
  test::run_refresh_races(*stores.installations, "memory", new_seed("memory"), rounds, save);
}
