// An encrypted store over PostgreSQL keeps what it should of the contract, and a dump of the database shows no secret.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <utility>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
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

TEST_CASE("an encrypted store in PostgreSQL replaces tokens as the contract has it", "[postgresql][encrypting]") {
  if (test::postgresql_server() == nullptr) return;
  struct OverPostgreSQL : EncryptingInstallationStore {
    OverPostgreSQL() : OverPostgreSQL(std::make_shared<test::PlacedStore>(), "111.222") {}
    OverPostgreSQL(std::shared_ptr<test::PlacedStore> store, const std::string& client_id)
        : EncryptingInstallationStore(store, test::one_key(),
                                      {.client_id = client_id, .secret_custom_values = {"changed"}}),
          inner(std::move(store)) {}

    std::shared_ptr<test::PlacedStore> inner;
  };
  testing::ContractOptions<OverPostgreSQL> options;
  options.other_client = [](OverPostgreSQL& store) {
    return std::make_shared<OverPostgreSQL>(store.inner->of_client("3.4"), "3.4");
  };
  options.holds_nul = false;
  // SQL is tested elsewhere: here a little of each check is enough.
  options.random_operations = 60;
  options.visited_workspaces = 20;
  options.longest_text = 2'000;
  options.threads = 2;
  options.concurrent_time = std::chrono::milliseconds{50};
  options.least_turns = 5;
  for (const auto& check :
       testing::installation_store_contract([] { return std::make_unique<OverPostgreSQL>(); }, options)) {
    // What depends on how the storage compares and keeps what is sealed; each check has tables of its own, which takes
    // a while. The whole kit runs over SQLite.
    if (!check.name().starts_with("rule 3:") && !check.name().starts_with("rule 13:")) continue;
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

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
