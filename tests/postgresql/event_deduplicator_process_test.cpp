// Several processes that get the same events.
#include <chrono>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/server.hpp"
#include "support/event_processes.hpp"

using namespace slack::oauth;

namespace {

auto opener(std::chrono::seconds claim_lifetime) {
  return [options = test::placed(PostgreSQLEventDeduplicatorOptions{.timeout = std::chrono::milliseconds{60'000},
                                                                    .claim_lifetime = claim_lifetime})] {
    return std::make_shared<PostgreSQLEventDeduplicator>(options);
  };
}

}  // namespace

TEST_CASE("each event that several processes get is handled once, by way of PostgreSQL", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::check_events_of_processes(200, opener(std::chrono::hours{1}));  // the table is made by all at once
}

TEST_CASE("the event of a process that died is handled by another, by way of PostgreSQL", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::check_event_of_dead_process(opener(std::chrono::seconds{1}));
}
