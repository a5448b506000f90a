#include "slack/oauth/state_store.hpp"

#include <limits>
#include <set>
#include <string>
#include <utility>

#include "catch.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using nlohmann::json;

/// Fits the concept, and is derived from nothing.
struct Duck {
  std::string issue(const json& /*payload*/) { return "state"; }
  std::optional<json> consume(std::string_view /*state*/) { return std::nullopt; }
};

struct WithoutConsume {
  std::string issue(const json& /*payload*/) { return "state"; }
};

struct Silent final : OAuthStateStore {
  std::string issue(const json& /*payload*/) override { return "state"; }
  std::optional<json> consume(std::string_view /*state*/) override { return std::nullopt; }
};

}  // namespace

static_assert(StateStore<OAuthStateStore> && StateStore<Silent> && StateStore<Duck>);
static_assert(!StateStore<WithoutConsume> && !StateStore<int>);

TEST_CASE("a state store says nothing unless it has a logger") {
  CHECK_FALSE(Silent().logger().is_enabled(LogLevel::error));
}

TEST_CASE("a generated state is 40 lower-case hexadecimal digits, and another one each time") {
  std::set<std::string> states;
  for (int i = 0; i < 1000; ++i) {
    const std::string state = generate_state();
    CHECK(state.size() == 40);
    CHECK(state.find_first_not_of("0123456789abcdef") == std::string::npos);
    states.insert(state);
  }
  CHECK(states.size() == 1000);
}

TEST_CASE("a payload is written as JSON text, or refused with the reason and none of its text") {
  CHECK(format_state_payload({{"tenant", "acme"}}) == R"({"tenant":"acme"})");
  CHECK(format_state_payload(nullptr) == "null");
  CHECK(format_state_payload("ab", 4) == R"("ab")");
  json deep = 1;
  for (int i = 0; i < 65; ++i) deep = json::array({std::move(deep)});
  for (const auto& [payload, problem] :
       {std::pair<json, std::string>{"abc", "payload is longer than 4 bytes of JSON text"},
        {"\xFF", "payload is not valid UTF-8"},
        {json::binary({1}), "payload holds what JSON text cannot"},
        {std::numeric_limits<double>::infinity(), "payload holds a number that JSON text cannot"},
        {deep, "payload is nested too deeply"}}) {
    const auto error = test::thrown_by<InvalidArgumentError>(
        [&, &given = payload] { static_cast<void>(format_state_payload(given, 4)); });
    CHECK(error.what() == problem);
  }
}
