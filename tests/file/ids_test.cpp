// Ids in the names of files and folders.
#include <algorithm>
#include <slack/oauth/file.hpp>
#include <string>

#include "catch.hpp"
#include "records/hostile_ids.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

namespace {

Installation installation(const std::string& enterprise_id, const std::string& team_id, const std::string& user_id) {
  return {.enterprise_id = enterprise_id,
          .team_id = team_id,
          .bot_token = "xoxb-not-a-real-token-1",
          .user_id = user_id,
          .installed_at = Timestamp{std::chrono::seconds{1}}};
}

}  // namespace

TEST_CASE("file store: ids are data in every method, and nothing leaves base_dir") {
  const test::TempFolder outside;
  FileInstallationStore store(
      {.base_dir = outside / "base", .client_id = "../1.2", .historical_data_enabled = true, .sync = false});
  const auto ids = test::hostile_ids();
  for (const auto& id : ids) {
    store.save(installation(id, "T1", id));
    store.save(installation("E1", id, id));
    store.save_bot(installation(id, id, "U1").to_bot().value());
  }
  for (const auto& id : ids) {
    CAPTURE(id);
    REQUIRE(store.find_bot({.enterprise_id = id, .team_id = id}));
    REQUIRE(store.find_installation({.enterprise_id = id, .team_id = "T1", .user_id = id}).value().user_id == id);
    REQUIRE(store.find_installation({.enterprise_id = "E1", .team_id = id}).value().team_id == id);
    REQUIRE_FALSE(store.find_installation({.enterprise_id = "E1", .team_id = id, .user_id = "U0NOBODY"}));
  }
  std::size_t visits = 0;
  store.for_each_installation([&](const Installation& /*each*/) { ++visits; });
  CHECK(visits == 2 * ids.size());
  visits = 0;
  store.for_each_bot([&](const Bot& /*each*/) { ++visits; });
  CHECK(visits == 3 * ids.size());

  for (const auto& path : test::tree(outside.path())) {
    CAPTURE(path);
    CHECK((path == "base" || path == "base/..%2F1.2" || path.starts_with("base/..%2F1.2/")));
    CHECK(std::count(path.begin(), path.end(), '/') <= 3);
  }
  for (const auto& id : ids) {
    store.delete_bot({.enterprise_id = id, .team_id = id});
    store.delete_installation({.enterprise_id = id, .team_id = "T1", .user_id = id});
    store.delete_all({.enterprise_id = "E1", .team_id = id});
    CHECK_FALSE(store.find_installation({.enterprise_id = id, .team_id = "T1"}));
    CHECK(store.find_bot({.enterprise_id = id, .team_id = "T1"}));
  }
}

TEST_CASE("file store: ids that differ in the case of their letters alone are kept apart") {
  const test::TempFolder folder;
  for (const char* client_id : {"A1", "a1"}) {
    FileInstallationStore store({.base_dir = folder.path().string(), .client_id = client_id, .sync = false});
    for (const char* team_id : {"T1", "t1"}) {
      for (const char* user_id : {"U1", "u1"}) store.save(installation("E1", team_id, user_id));
    }
    for (const char* team_id : {"T1", "t1"}) {
      for (const char* user_id : {"U1", "u1"}) {
        CAPTURE(client_id, team_id, user_id);
        CHECK(store.find_installation({.enterprise_id = "E1", .team_id = team_id, .user_id = user_id}).value() ==
              installation("E1", team_id, user_id));
      }
    }
    store.delete_all({.enterprise_id = "E1", .team_id = "t1"});
    CHECK_FALSE(store.find_bot({.enterprise_id = "E1", .team_id = "t1"}));
    CHECK(store.find_bot({.enterprise_id = "E1", .team_id = "T1"}));
  }
}

TEST_CASE("file store: an id that JSON cannot hold is refused, and found by nobody") {
  const test::TempFolder folder;
  FileInstallationStore store({.base_dir = folder.path().string(), .client_id = "1.2", .sync = false});
  CHECK_THROWS_AS(store.save(installation("E1", "\xFF", "U1")), InvalidDataError);
  CHECK_FALSE(store.find_bot({.enterprise_id = "E1", .team_id = "\xFF"}));
  store.delete_all({.enterprise_id = "E1", .team_id = "\xFF"});
}
