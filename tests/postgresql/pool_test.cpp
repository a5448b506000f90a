// The connections of a pool: which are kept, for how long, and at what cost.
#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "support/allocations.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

Installation installation(const std::string& token) {
  return {.team_id = "T1", .bot_token = token, .bot_id = "B1", .user_id = "U1"};
}

}  // namespace

TEST_CASE("a save whose statements warn keeps its connection, and is one round trip", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore store({.connection_string = proxy.connection_string()});
  const auto raw = store.raw();
  raw.execute(
      "create function audit() returns trigger language plpgsql as $$ begin raise warning 'audit'; return null; end "
      "$$; "
      "create trigger audit after insert or update on slack_bots for each row execute function audit()");
  store.save(installation("xoxb-not-a-real-token-0"));
  const int connections = proxy.connections();
  for (int i = 1; i <= 5; ++i) {
    const int before = proxy.round_trips();
    store.save(installation("xoxb-not-a-real-token-" + std::to_string(i)));
    CHECK(proxy.round_trips() - before == 1);
  }
  CHECK(proxy.connections() == connections);
  CHECK(raw.value("select version from slack_oauth_workspaces") == "6");
}
