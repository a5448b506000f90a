#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <slack/oauth/testing/simulation/linearizability.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace {

using slack::oauth::testing::detail::HistoryCall;
using slack::oauth::testing::detail::Linearizability;
using slack::oauth::testing::detail::LinearizabilitySearch;

/// A number that is written and read.
struct Register {
  using State = int;
  struct Operation {
    bool is_write = false;
    int value = 0;  ///< that is written, or was read
  };

  static std::optional<State> apply(const State& state, const Operation& operation) {
    if (operation.is_write) return operation.value;
    return operation.value == state ? std::optional(state) : std::nullopt;
  }
  static std::string text(const State& state) { return std::to_string(state); }
};

using Call = HistoryCall<Register::Operation>;

Call write(std::uint64_t begin, std::uint64_t end, int value) { return {begin, end, {true, value}}; }
Call read(std::uint64_t begin, std::uint64_t end, int value) { return {begin, end, {false, value}}; }

bool can_be(std::vector<Call> calls) {
  const auto result = LinearizabilitySearch<Register>(std::move(calls)).run();
  REQUIRE(result != Linearizability::undecided);
  return result == Linearizability::yes;
}

/// By looking at every order of every choice of the calls that may not have been carried out.
bool can_be_by_brute_force(const std::vector<Call>& calls) {
  std::vector<std::size_t> without_end;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].end == Call::no_end) without_end.push_back(i);
  }
  for (std::size_t choice = 0; choice < (std::size_t{1} << without_end.size()); ++choice) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const auto at = std::find(without_end.begin(), without_end.end(), i);
      const auto bit = static_cast<std::size_t>(at - without_end.begin());
      if (at == without_end.end() || ((choice >> bit) & 1U) != 0) order.push_back(i);
    }
    do {
      std::optional<int> state = 0;
      bool is_in_time = true;
      for (std::size_t k = 0; k < order.size() && state; ++k) {
        for (std::size_t later = k + 1; later < order.size(); ++later) {
          is_in_time = is_in_time && calls[order[later]].end > calls[order[k]].begin;
        }
        state = Register::apply(*state, calls[order[k]].operation);
      }
      if (state && is_in_time) return true;
    } while (std::next_permutation(order.begin(), order.end()));
  }
  return false;
}

}  // namespace

TEST_CASE("calls that follow each other have their own order alone") {
  CHECK(can_be({}));
  CHECK(can_be({write(1, 2, 5), read(3, 4, 5)}));
  CHECK_FALSE(can_be({write(1, 2, 5), read(3, 4, 0)}));
  CHECK_FALSE(can_be({write(1, 2, 5), write(3, 4, 6), read(5, 6, 5)}));
}

TEST_CASE("where there is no order, the call that fits nowhere is known") {
  LinearizabilitySearch<Register> search({write(1, 2, 5), read(3, 4, 5), read(5, 6, 7), write(7, 8, 7)});
  REQUIRE(search.run() == Linearizability::no);
  CHECK(search.misfit().begin == 5);
}

TEST_CASE("calls at the same time have any order, and the same one for all") {
  CHECK(can_be({write(1, 4, 5), read(2, 3, 0)}));
  CHECK(can_be({write(1, 4, 5), read(2, 3, 5)}));
  CHECK(can_be({write(1, 6, 5), read(2, 3, 0), read(4, 5, 5)}));
  CHECK_FALSE(can_be({write(1, 6, 5), read(2, 3, 5), read(4, 5, 0)}));
  CHECK_FALSE(can_be({write(1, 8, 5), write(2, 9, 6), read(3, 4, 5), read(5, 6, 6), read(7, 10, 5)}));
}

TEST_CASE("a call whose outcome is unknown was carried out at any later time, or never, and not twice") {
  CHECK(can_be({write(1, Call::no_end, 5), read(2, 3, 0), read(4, 5, 0)}));
  CHECK(can_be({write(1, Call::no_end, 5), read(2, 3, 0), read(4, 5, 5)}));
  CHECK_FALSE(can_be({write(1, Call::no_end, 5), read(2, 3, 5), read(4, 5, 0)}));
  CHECK_FALSE(can_be({write(1, Call::no_end, 5), read(2, 3, 5), write(4, 5, 6), read(6, 7, 5)}));
  CHECK_FALSE(can_be({read(1, 2, 5), write(3, Call::no_end, 5)}));
}

TEST_CASE("the search finds what looking at every order finds") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&random](std::uint64_t end) { return static_cast<std::uint64_t>(random()) % end; };
  int possible = 0;
  constexpr int histories = 3'000;
  for (int i = 0; i < histories; ++i) {
    std::vector<Call> calls;
    for (std::size_t k = 0; k < 5; ++k) {
      const std::uint64_t begin = 2 * below(8);
      const std::uint64_t end = below(6) == 0 ? Call::no_end : begin + 1 + 2 * below(4);
      const int value = static_cast<int>(below(3));
      calls.push_back(below(2) == 0 ? write(begin, end, value) : read(begin, end, value));
    }
    const bool expected = can_be_by_brute_force(calls);
    possible += expected ? 1 : 0;
    REQUIRE(can_be(calls) == expected);
  }
  CHECK(possible > histories / 10);
  CHECK(possible < histories - histories / 10);
}
