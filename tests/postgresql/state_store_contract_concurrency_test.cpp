// The whole contract kit on PostgreSQLOAuthStateStore.
#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;

TEST_CASE("the PostgreSQL store of states keeps the contract", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::size_t connections = GENERATE(as<std::size_t>{}, 1, 8);
  CAPTURE(connections);
  PostgreSQLOAuthStateStoreOptions store_options;
  std::unique_ptr<test::RawDatabase> raw;
  testing::StateContractOptions<OAuthStateStore> options;
  // The server's clock is everybody's, so what it says of the states is moved instead.
  options.advance_clock = [&](OAuthStateStore&, std::chrono::seconds time) {
    raw->execute("update slack_oauth_states set expire_at = expire_at - interval '" + std::to_string(time.count()) +
                 " seconds'");
  };
  options.count_states = [&](OAuthStateStore&) {
    return std::stoul(raw->value("select count(*) from slack_oauth_states"));
  };
  options.reopen = [&](OAuthStateStore&) { return std::make_shared<PostgreSQLOAuthStateStore>(store_options); };
  options.break_storage = [&](OAuthStateStore&) {
    raw->execute("alter table slack_oauth_states rename to away");
    return [&] { raw->execute("alter table away rename to slack_oauth_states"); };
  };
  options.states = 300;
  options.races = 20;
  const auto make_store = [&] {
    store_options = test::placed(PostgreSQLOAuthStateStoreOptions{.pool = {.size = connections}});
    raw = std::make_unique<test::RawDatabase>(store_options.connection_string, store_options.tables.schema);
    return std::make_shared<PostgreSQLOAuthStateStore>(store_options);
  };
  for (const auto& check :
       testing::state_store_contract([&]() -> std::shared_ptr<OAuthStateStore> { return make_store(); }, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}
