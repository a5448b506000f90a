// Names of tables that cannot work are refused, and all others work.
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

namespace {

/// The option that is refused.
std::string refused(const PostgreSQLTables& tables) {
  const auto error = test::thrown_by<InvalidArgumentError>(
      [&tables] { static_cast<void>(postgresql_stores({.client_id = "111.222", .tables = tables})); });
  return std::string(error.subject());
}

}  // namespace

TEST_CASE("tables and indexes that would have one name are refused", "[postgresql]") {
  CHECK(refused({.bots = "x", .installations = "x"}) == "tables");
  CHECK(refused({.bots = "slack_installations"}) == "tables");
  CHECK(refused({.states = "slack_bots"}) == "tables");
  CHECK(refused({.bots = "slack_oauth_leases"}) == "tables");
  CHECK(refused({.installations = "slack_oauth_workspaces"}) == "tables");
  // Of their indexes: x_oauth_idx, slack_oauth_users_idx, x_pkey.
  CHECK(refused({.bots = "x", .installations = "x_oauth"}) == "tables");
  CHECK(refused({.bots = "slack_oauth_users"}) == "tables");
  CHECK(refused({.bots = "x", .states = "x_pkey"}) == "tables");
  CHECK(refused({.bots = "slack_oauth_others_notice_idx"}) == "tables");
  CHECK(test::thrown_by<InvalidArgumentError>([] {
          static_cast<void>(postgresql_schema_sql({.bots = "x", .installations = "x"}));
        }).subject() == "tables");
  CHECK(refused({.schema = "a $slack_oauth$"}) == "tables.schema");
  CHECK(refused({.bots = "a $slack_oauth$"}) == "tables.bots");
}

TEST_CASE("names that only look alike are taken, a backslash too", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string schema = test::postgresql_server()->new_schema();
  const test::RawDatabase raw(test::postgresql_server()->connection_string());
  raw.execute("alter schema " + schema + " rename to \"" + schema + "\\'\"");
  const auto conforming = GENERATE(as<std::string>{}, "on", "off");
  CAPTURE(conforming);
  const std::string longest(55, 'n');
  for (const PostgreSQLTables& tables :
       {PostgreSQLTables{.schema = schema + "\\'", .triggers = true},
        PostgreSQLTables{.schema = schema + "\\'", .bots = "slack_installations", .installations = "slack_bots"},
        PostgreSQLTables{.schema = schema + "\\'", .bots = "b\\", .installations = longest, .states = "s'\\'"}}) {
    const Stores stores =
        postgresql_stores({.connection_string = test::postgresql_server()->connection_string() +
                                                "?options=-c%20standard_conforming_strings%3D" + conforming,
                           .client_id = "111.222",
                           .tables = tables});
    const auto changes = stores.installations->changes();
    stores.installations->save(test::full_installation());
    CHECK(stores.installations->find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) ==
          test::full_installation());
    CHECK(stores.states->consume(stores.states->issue("acme")) == "acme");
    raw.execute("drop schema \"" + schema + "\\'\" cascade; create schema \"" + schema + "\\'\"");
  }
}
