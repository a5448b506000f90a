// The data keys of a key service, used by several threads at once. What they get wrong shows under a sanitizer.
#include <atomic>
#include <slack/oauth/wrappers/encrypting/detail/service_keys.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "catch.hpp"

using namespace slack::oauth;

TEST_CASE("a data key is made while others push it out of the cache", "[encrypting]") {
  const auto same = [](std::string_view text) { return std::string(text); };
  detail::ServiceKeys keys({.wrap = same, .unwrap = same, .values_per_data_key = 1, .max_unwrapped = 2});
  std::atomic<bool> is_done{false};
  const auto push_out = [&](unsigned seed) {
    // One of three bytes is no data key.
    while (!is_done) static_cast<void>(keys.unwrapped("AAAA" + std::to_string(seed++)));
  };
  std::thread first(push_out, 1'000'000U);
  std::thread second(push_out, 2'000'000U);
  for (int i = 0; i < 5'000; ++i) static_cast<void>(keys.for_sealing());
  is_done = true;
  first.join();
  second.join();
}
