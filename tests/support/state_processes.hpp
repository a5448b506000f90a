// Several processes that consume the same states at the same moment.
#pragma once

#if !defined(_WIN32)

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/processes.hpp"

namespace test {

/// That each state is consumed once, with its own payload; every second one has none. `open()` gives a std::unique_ptr
/// to a store on the storage that all of them share.
template <class Open>
void check_states_of_processes(std::size_t states, const Open& open) {
  constexpr std::size_t processes = 4;
  const auto payload_of = [](std::size_t i) { return i % 2 == 0 ? nlohmann::json(i) : nlohmann::json(); };
  std::vector<std::string> issued;
  {
    const auto store = open();
    for (std::size_t i = 0; i < states; ++i) issued.push_back(store->issue(payload_of(i)));
  }
  const auto answers = in_processes(processes, open, [&](const auto& store, std::size_t /*number*/) {
    std::string won;
    for (std::size_t i = 0; i < states; ++i) {
      const auto payload = store->consume(issued[i]);
      if (payload && *payload != payload_of(i)) return std::string("error: the payload of another state");
      won += payload ? '1' : '0';
    }
    return won;
  });
  std::vector<int> wins(states);
  for (const auto& answer : answers) {
    REQUIRE_THAT(answer, !Catch::Matchers::StartsWith("error"));
    REQUIRE(answer.size() == states);
    for (std::size_t i = 0; i < states; ++i) wins[i] += answer[i] == '1' ? 1 : 0;
  }
  CHECK(wins == std::vector<int>(states, 1));
}

}  // namespace test

#endif
