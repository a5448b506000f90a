// Ids that look like SQL, patterns, paths or ends of text are data, in every method.
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::Installation;
using slack::oauth::SQLite3InstallationStore;

std::vector<std::string> hostile_ids() {
  return {"'",
          "''",
          "\"",
          "' or '1'='1",
          "x'; drop table slack_bots; --",
          "\"; delete from slack_installations; --",
          "%",
          "_",
          "*",
          "?",
          "?1",
          ":client_id",
          "..",
          "../T1",
          "T1\n--",
          "NULL",
          std::string(1, '\0'),
          std::string("T1\0' or 1=1", 11),
          std::string(10'000, '\''),
          std::string(10'000, 'T')};
}

}  // namespace

TEST_CASE("hostile ids are data in every method", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  const auto open = [&](const std::string& client_id) {
    return SQLite3InstallationStore(
        {.database = path, .client_id = client_id, .synchronous = slack::oauth::SQLite3Synchronous::off});
  };
  auto bystander = test::full_installation();
  bystander.team_id = "T1";
  open("111.222").save(bystander);
  const auto require_bystander = [&] {
    CHECK(open("111.222").find_installation({.enterprise_id = "E0KILN", .team_id = "T1", .user_id = "U0ADA"}) ==
          bystander);
  };

  for (const std::string& id : hostile_ids()) {
    CAPTURE(id.substr(0, 40));
    auto store = open(id);
    auto saved = test::full_installation();
    saved.enterprise_id = saved.team_id = saved.user_id = id;
    store.save(saved);
    store.save_bot(*saved.to_bot());
    CHECK(store.find_bot({.enterprise_id = id, .team_id = id}) == saved.to_bot());
    CHECK(store.find_installation({.enterprise_id = id, .team_id = id}) == saved);
    CHECK(store.find_installation({.enterprise_id = id, .team_id = id, .user_id = id}) == saved);
    CHECK_FALSE(store.find_installation({.enterprise_id = id, .team_id = id, .user_id = "U0ADA"}));
    CHECK_FALSE(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T1"}));
    int visited = 0;
    store.for_each_bot([&](const auto&) { ++visited; });
    store.for_each_installation([&](const auto&) { visited += 10; });
    CHECK(visited == 11);
    require_bystander();

    store.delete_installation({.enterprise_id = id, .team_id = id, .user_id = id});
    CHECK_FALSE(store.find_installation({.enterprise_id = id, .team_id = id}));
    store.save(saved);
    store.delete_bot({.enterprise_id = id, .team_id = id});
    CHECK_FALSE(store.find_bot({.enterprise_id = id, .team_id = id}));
    store.save(saved);
    store.delete_all({.enterprise_id = id, .team_id = id});
    CHECK_FALSE(store.find_installation({.enterprise_id = id, .team_id = id}));
    CHECK(store.purge_history(slack::oauth::now()) == 0);
    require_bystander();
  }
}
