// The data keys of a key service, used by several threads at once. What they get wrong shows under a sanitizer.
#include <atomic>
#include <chrono>
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

TEST_CASE("a data key that is refused to one thread is given to another", "[encrypting]") {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> asked{0};
    const auto refuse_first = [&](std::string_view) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      return asked++ == 0 ? std::string() : "not a real key of thirty-two by1";
    };
    detail::ServiceKeys keys({.wrap = refuse_first, .unwrap = refuse_first});
    std::atomic<int> refused{0};
    const auto look_up = [&] {
      if (keys.unwrapped("AAAA") == nullptr) ++refused;
    };
    std::thread first(look_up);
    std::thread second(look_up);
    first.join();
    second.join();
    CHECK(refused <= 1);
    CHECK(keys.unwrapped("AAAA") != nullptr);
  }
}
