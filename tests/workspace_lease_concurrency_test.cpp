// The contract kit for leases on stores whose storage has none: the threads that use the one store take turns.
#include <chrono>
#include <memory>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>

#include "catch.hpp"
#include "testing/simple_backend.hpp"

using namespace slack::oauth;

TEST_CASE("a store over a backend without leases leases workspaces among its threads") {
  for (const auto& check :
       testing::workspace_lease_contract([] { return std::make_unique<kit_tests::SimpleStore>(); })) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("stores over backends without leases take no turns with one another") {
  kit_tests::SimpleStore left;
  kit_tests::SimpleStore right;
  CHECK(left.lease_scope() == LeaseScope::threads);
  const auto lease = left.try_lease({.team_id = "T1"}, std::chrono::hours{1});
  REQUIRE(lease != nullptr);
  CHECK(left.try_lease({.team_id = "T1"}, std::chrono::hours{1}) == nullptr);
  CHECK(right.try_lease({.team_id = "T1"}, std::chrono::hours{1}) != nullptr);
}
