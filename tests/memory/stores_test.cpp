#include "slack/oauth/memory/stores.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/errors.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;

}  // namespace

TEST_CASE("the memory engine gives its stores together, and copies share them") {
  std::vector<std::string> lines;
  const Stores stores = memory_stores(
      {.logger = Logger(LogLevel::debug, [&](LogLevel, std::string_view line) { lines.emplace_back(line); })});
  const Stores copy = stores;
  stores.installations->save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});
  CHECK(copy.installations->find_bot({.team_id = "T0FURNACE"})->bot_token == "xoxb-not-a-real-token-1");
  CHECK(copy.states->consume(stores.states->issue("acme")) == "acme");
  CHECK(lines.size() == 3);
  CHECK(memory_stores().installations->find_bot({.team_id = "T0FURNACE"}) == std::nullopt);
}

TEST_CASE("options of the memory engine's stores reach the store of states") {
  const auto subject_of = [](const MemoryStoresOptions& options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(memory_stores(options)); }).subject());
  };
  CHECK(subject_of({.state_expiration = std::chrono::seconds{0}}) == "expiration");
  CHECK(subject_of({.max_states = 0}) == "max_states");
}

TEST_CASE("the memory engine's stores have events where that is asked for") {
  CHECK(memory_stores().events == nullptr);
  const auto events = memory_stores({.deduplicate_events = true, .max_events = 1}).events;
  CHECK(events->claim("Ev01", "ada") == EventState::claimed);
  CHECK(events->claim("Ev02", "ada") == EventState::claimed);  // in the place of the other
  CHECK(events->claim("Ev01", "bob") == EventState::claimed);
  CHECK(test::thrown_by<InvalidArgumentError>([] {
          static_cast<void>(memory_stores({.deduplicate_events = true, .event_expiration = std::chrono::seconds{1}}));
        }).subject() == "expiration");
}
