// Apps over sealed tokens, in worlds where things go wrong.
#include <cstddef>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/simulation.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <vector>

#include "catch.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

TEST_CASE("what the simulation asks of a storage holds over sealed tokens, with keys that change", "[encrypting]") {
  testing::SimulationOptions options;
  options.seeds = 25;
  const auto report = testing::simulate(
      [](std::size_t processes) {
        const Stores plain = memory_stores();
        // The processes are in the middle of a deployment: each knows both keys, and seals with one of them.
        std::vector<Stores> stores;
        for (std::size_t i = 0; i < processes; ++i) {
          KeyRing keys = test::one_key("old", '1');
          keys.add("new", test::key_bytes('2'));
          if (i % 2 == 0) keys.set_current("new");
          stores.push_back(encrypted(plain, keys, {.client_id = "111.222", .refuse_plain = true}));
        }
        return stores;
      },
      options);
  CHECK(report.refreshes > 0);
}
