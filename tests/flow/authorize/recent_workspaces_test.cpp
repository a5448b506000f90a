#include <chrono>
#include <cstddef>
#include <slack/oauth/flow/authorize/detail/recent_workspaces.hpp>
#include <string>

#include "catch.hpp"

namespace {

using slack::oauth::Timestamp;
using slack::oauth::detail::RecentWorkspaces;

constexpr Timestamp noon{std::chrono::hours{12} + std::chrono::seconds{1'767'225'600}};

}  // namespace

TEST_CASE("a workspace is recent for an hour", "[authorizer]") {
  RecentWorkspaces recent;
  CHECK_FALSE(recent.contains("E1", "T1", noon));
  recent.add("E1", "T1", noon);
  CHECK(recent.contains("E1", "T1", noon));
  CHECK(recent.contains("E1", "T1", noon + std::chrono::minutes{59}));
  CHECK_FALSE(recent.contains("E1", "T1", noon + std::chrono::hours{1}));

  CHECK_FALSE(recent.contains("E1", "T2", noon));
  CHECK_FALSE(recent.contains("E2", "T1", noon));
  CHECK_FALSE(recent.contains("T1", "E1", noon));

  recent.add("E1", "T1", noon + std::chrono::hours{1});
  CHECK(recent.contains("E1", "T1", noon + std::chrono::minutes{119}));
}

TEST_CASE("a workspace that was seen later than it is now is not recent", "[authorizer]") {
  RecentWorkspaces recent;
  recent.add("E1", "T1", noon);
  CHECK_FALSE(recent.contains("E1", "T1", noon - std::chrono::seconds{1}));
  recent.add("E1", "T1", noon - std::chrono::seconds{1});
  CHECK(recent.contains("E1", "T1", noon));
}

TEST_CASE("of very many workspaces the oldest make room, and none is taken for another", "[authorizer]") {
  constexpr std::size_t count = 300'000;  // some twice as many as there are places
  RecentWorkspaces recent;
  const auto id = [](std::size_t i) { return "T" + std::to_string(i); };
  const auto recent_from = [&](std::size_t first, std::size_t last, const std::string& enterprise_id) {
    std::size_t found = 0;
    for (std::size_t i = first; i < last; ++i) found += recent.contains(enterprise_id, id(i), noon) ? 1 : 0;
    return found;
  };
  for (std::size_t i = 0; i < count; ++i) {
    recent.add("E1", id(i), noon - std::chrono::seconds{(count - i) * 3000 / count});
  }
  CHECK(recent_from(count - 50'000, count, "E1") > 49'000);
  CHECK(recent_from(0, 50'000, "E1") < 5'000);
  CHECK(recent_from(0, 50'000, "E2") == 0);
}
