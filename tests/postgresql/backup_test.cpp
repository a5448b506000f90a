// What a person finds in the tables with the programs of a PostgreSQL server.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <slack/oauth/postgresql.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
namespace fs = std::filesystem;

namespace {

/// psql and pg_dump come with a client, which not every package of a server has. Empty where they are not there.
fs::path client_programs_or_skip() {
  if (const auto programs = test::postgresql_programs(); fs::exists(*programs / "pg_dump")) return *programs;
  WARN("SKIPPED: there is no pg_dump here");
  return {};
}

/// What a program writes.
std::string said(const fs::path& program, const std::string& arguments) {
  const fs::path file = fs::path(test::postgresql_server()->folder()) / "said";
  const std::string command = program.string() + " --dbname=" + test::postgresql_server()->connection_string() + " " +
                              arguments + " > " + file.string();
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("psql shows the rows that a person expects", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const fs::path programs = client_programs_or_skip();
  if (programs.empty()) return;
  test::PlacedStore store;
  store.save({.team_id = "T0FURNACE",
              .team_name = "Furnace \"Works\", Köln",
              .bot_token = "xoxb-not-a-real-token-1",
              .bot_id = "B1",
              .bot_scopes = {"chat:write", "commands"},
              .user_id = "U0ADA",
              .installed_at = test::at(1767312000, 250'000)});
  const auto table = [&](const std::string& name) { return store.opened_with().tables.schema + "." + name; };
  const std::string columns = "client_id, enterprise_id, team_id, team_name, bot_token, bot_scopes, installed_at";
  const std::string values =
      "111.222,,T0FURNACE,\"Furnace \"\"Works\"\", Köln\",xoxb-not-a-real-token-1,\"chat:write,commands\","
      "2026-01-02 00:00:00.25";
  const auto rows = [&](const std::string& sql) {
    return said(programs / "psql", "--no-psqlrc --csv --tuples-only --command='" + sql + "'");
  };
  CHECK(rows("select " + columns + " from " + table("slack_bots")) == values + "\n");
  CHECK(rows("select user_id, " + columns + " from " + table("slack_installations")) == "U0ADA," + values + "\n");
}

TEST_CASE("a dump of pg_dump brings back what was installed", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const fs::path programs = client_programs_or_skip();
  if (programs.empty()) return;
  test::PlacedStore store;
  const Installation installation = test::full_installation();
  store.save(installation);
  const std::string schema = store.opened_with().tables.schema;
  const std::string file = test::postgresql_server()->folder() + "/dump.sql";
  std::ofstream(file) << said(programs / "pg_dump", "--schema=" + schema);
  const test::RawDatabase raw = store.raw();
  raw.execute("drop schema " + schema + " cascade");
  said(programs / "psql", "--no-psqlrc --quiet --set=ON_ERROR_STOP=1 --file=" + file);

  const auto again = store.again();
  const auto found = again->find_installation({.enterprise_id = installation.enterprise_id,
                                               .team_id = installation.team_id,
                                               .user_id = installation.user_id,
                                               .is_enterprise_install = installation.is_enterprise_install});
  CHECK(found == installation);
  again->save(installation);
  CHECK(raw.value("select count(*) from " + schema + ".slack_installations") == "1");
  const auto of_store_from_before = store.find_bot({.enterprise_id = installation.enterprise_id,
                                                    .team_id = installation.team_id,
                                                    .is_enterprise_install = installation.is_enterprise_install});
  CHECK(of_store_from_before == installation.to_bot());
}
