#include <cstdint>
#include <slack/oauth/wrappers/caching/counters.hpp>
#include <thread>
#include <vector>

#include "catch.hpp"

TEST_CASE("more threads than a counter has places lose no count, and threads that end leave theirs", "[caching]") {
  constexpr std::uint64_t count = 20'000;
  constexpr std::uint64_t threads = 48;
  slack::oauth::detail::SpreadCounter counter;
  slack::oauth::detail::SpreadCounter other;
  std::vector<std::thread> all;
  for (std::uint64_t thread = 0; thread < threads; ++thread) {
    all.emplace_back([&] {
      for (std::uint64_t i = 0; i < count; ++i) counter.add_one();
      other.add_one();
    });
    if (thread % 12 == 11) {
      for (auto& each : all) each.join();
      all.clear();
    }
  }
  CHECK(counter.sum() == threads * count);
  CHECK(other.sum() == threads);
}
