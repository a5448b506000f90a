#include "slack/oauth/memory/state_store.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/logger.hpp"
#include "support/state_clock.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using nlohmann::json;

}  // namespace

TEST_CASE("a state in memory is 160 random bits in lower-case hexadecimal digits") {
  MemoryOAuthStateStore store;
  const std::string state = store.issue();
  CHECK(state.size() == 40);
  CHECK(state.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(store.consume(state) == json());
}

TEST_CASE("the memory store of states keeps at most max_states: the oldest give way") {
  std::vector<std::string> warnings;
  MemoryOAuthStateStore store(
      {.max_states = 3,
       .logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) { warnings.emplace_back(line); })});
  std::vector<std::string> states;
  for (int i = 0; i < 5; ++i) states.push_back(store.issue(i));
  CHECK(store.size() == 3);
  CHECK(warnings.size() == 2);
  CHECK_FALSE(store.consume(states[0]));
  CHECK_FALSE(store.consume(states[1]));
  for (int i = 4; i >= 2; --i) CHECK(store.consume(states[static_cast<std::size_t>(i)]) == i);
  CHECK(store.size() == 0);
}

TEST_CASE("states in memory that have expired do not count, and consuming one of them removes it") {
  const test::StateClock clock;
  MemoryOAuthStateStore store({.expiration = std::chrono::seconds{60}, .max_states = 2, .clock = clock.function()});
  const std::string first = store.issue();
  clock.advance(std::chrono::seconds{30});
  const std::string second = store.issue();
  clock.advance(std::chrono::seconds{30});
  const std::string third = store.issue();
  CHECK(store.consume(second) == json());
  CHECK_FALSE(store.consume(first));
  clock.advance(std::chrono::seconds{60});
  CHECK_FALSE(store.consume(third));
  CHECK(store.size() == 0);
}

TEST_CASE("a clock that goes back makes no state hold for ever") {
  const test::StateClock clock;
  MemoryOAuthStateStore store({.expiration = std::chrono::seconds{60}, .clock = clock.function()});
  const std::string early = store.issue();
  clock.advance(-std::chrono::hours{1});
  const std::string late = store.issue();
  clock.advance(std::chrono::seconds{60});
  CHECK_FALSE(store.consume(late));
  CHECK(store.consume(early) == json());
}

TEST_CASE("a logger that throws loses no state and no payload") {
  MemoryOAuthStateStore store({.logger = Logger(LogLevel::debug, [](LogLevel, std::string_view) {
                                 throw std::runtime_error("the log is full");
                               })});
  CHECK(store.consume(store.issue("acme")) == "acme");
}

TEST_CASE("options of the memory store of states are checked by name") {
  const auto subject = [](MemoryOAuthStateStoreOptions options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { const MemoryOAuthStateStore store(options); }).subject());
  };
  CHECK(subject({.expiration = std::chrono::seconds{0}}) == "expiration");
  CHECK(subject({.expiration = std::chrono::seconds::max()}) == "expiration");
  CHECK(subject({.max_states = 0}) == "max_states");
  CHECK(subject({.clock = nullptr}) == "clock");
}

TEST_CASE("a payload of 4096 bytes is kept, and one byte more is refused by name") {
  MemoryOAuthStateStore store;
  const json longest = std::string(4094, 'x');
  CHECK(store.consume(store.issue(longest)) == longest);
  const auto error =
      test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(store.issue(std::string(4095, 'x'))); });
  CHECK(error.subject() == "payload");
}
