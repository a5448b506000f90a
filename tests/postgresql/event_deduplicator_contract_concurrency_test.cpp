// The whole contract kit on PostgreSQLEventDeduplicator.
#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/event_deduplicator_contract.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;

TEST_CASE("the events in PostgreSQL keep the contract", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::size_t connections = GENERATE(as<std::size_t>{}, 1, 8);
  CAPTURE(connections);
  PostgreSQLEventDeduplicatorOptions opened;
  std::unique_ptr<test::RawDatabase> raw;
  testing::EventContractOptions options;
  // The server's clock is everybody's, so what it says of the events is moved instead.
  options.advance_clock = [&](EventDeduplicator&, std::chrono::seconds time) {
    raw->execute("update slack_oauth_events set expires_at = expires_at - interval '" + std::to_string(time.count()) +
                 " seconds'");
  };
  options.count_events = [&](EventDeduplicator&) {
    return std::stoul(raw->value("select count(*) from slack_oauth_events"));
  };
  options.reopen = [&](EventDeduplicator&) { return std::make_shared<PostgreSQLEventDeduplicator>(opened); };
  options.open_for_another_app = [&](EventDeduplicator&) {
    auto other = opened;
    other.client_id = "111.2222";
    return std::make_shared<PostgreSQLEventDeduplicator>(other);
  };
  options.break_storage = [&](EventDeduplicator&) {
    raw->execute("alter table slack_oauth_events rename to away");
    return [&] { raw->execute("alter table away rename to slack_oauth_events"); };
  };
  options.races = 20;
  const auto checks = testing::event_deduplicator_contract(
      [&] {
        opened = test::placed(PostgreSQLEventDeduplicatorOptions{.pool = {.size = connections},
                                                                 .timeout = std::chrono::milliseconds{20'000}});
        raw = std::make_unique<test::RawDatabase>(opened.connection_string, opened.tables.schema);
        return std::make_shared<PostgreSQLEventDeduplicator>(opened);
      },
      options);
  CHECK(checks.size() == 23);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}
