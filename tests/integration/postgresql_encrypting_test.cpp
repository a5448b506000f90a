// A dump of a database in which all was done that writes a secret shows none.
#include <cstdio>
#include <filesystem>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/raw_database.hpp"  // new_schema()
#include "postgresql/server.hpp"
#include "wrappers/encrypting/full_run.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

std::string dump(const std::filesystem::path& program, const std::string& schema) {
  const std::string command =
      program.string() + " --schema=" + schema + " '" + test::postgresql_server()->connection_string() + "'";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  for (int byte = std::fgetc(pipe); byte != EOF; byte = std::fgetc(pipe)) text += static_cast<char>(byte);
  REQUIRE(::pclose(pipe) == 0);
  return text;
}

}  // namespace

TEST_CASE("a dump of the database shows no secret", "[postgresql][encrypting]") {
  auto* const server = test::postgresql_server();
  if (server == nullptr) return;
  const auto program = *test::postgresql_programs() / "pg_dump";
  if (!std::filesystem::exists(program)) {
    WARN("SKIPPED: there is no pg_dump here");
    return;
  }
  for (const bool is_sealed : {true, false}) {
    const std::string schema = server->new_schema();
    Stores stores = postgresql_stores(
        {.connection_string = server->connection_string(), .client_id = "111.222", .tables = {.schema = schema}});
    if (is_sealed) {
      stores = encrypted(stores, test::one_key(), {.client_id = "111.222", .secret_custom_values = {"api_key"}});
    }
    CHECK(test::run_through(stores));
    const std::string text = dump(program, schema);
    CHECK((text.find(test::plain_mark) == std::string::npos) == is_sealed);
    CHECK((text.find("sealed:v1:2026-11::") != std::string::npos) == is_sealed);
  }
}
