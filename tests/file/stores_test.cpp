#include "slack/oauth/file/stores.hpp"

#include <chrono>
#include <filesystem>
#include <slack/oauth/file.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

TEST_CASE("file stores: installations and states are given out together, and meet nowhere") {
  // A client_id that is named like the folder of states is the one that could meet it.
  const std::string client_id = GENERATE("1.2", "states");
  const test::TempFolder folder;
  const Stores stores = file_stores({.base_dir = folder / "base", .client_id = client_id, .sync = false});
  const std::string state = stores.states->issue("acme");
  stores.installations->save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
  CHECK(std::filesystem::exists(folder.path() / "base/states" / detail::name_of_id(client_id) / state));
  int visits = 0;
  stores.installations->for_each_bot([&](const Bot& /*each*/) { ++visits; });
  stores.installations->for_each_installation([&](const Installation& /*each*/) { ++visits; });
  CHECK(visits == 2);
  CHECK(stores.states->consume(state) == nlohmann::json("acme"));
  CHECK(stores.installations->find_bot({.team_id = "T1"}));
}

TEST_CASE("file stores: the states' folder and their time are the app's to choose") {
  const test::TempFolder folder;
  const Stores stores = file_stores({.base_dir = folder / "base",
                                     .client_id = "1.2",
                                     .state_expiration = std::chrono::seconds{1},
                                     .states_dir = folder / "elsewhere"});
  const std::string state = stores.states->issue();
  CHECK(std::filesystem::exists(folder.path() / "elsewhere/1.2" / state));
  test::write_file(folder.path() / "elsewhere/1.2" / state, "1.0");  // long ago
  CHECK_FALSE(stores.states->consume(state));
}

TEST_CASE("file stores: options are checked by name") {
  const auto subject = [](const FileStoresOptions& options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(file_stores(options)); }).subject());
  };
  CHECK(subject({.client_id = "1.2"}) == "base_dir");
  CHECK(subject({.base_dir = "x"}) == "client_id");
  CHECK(subject({.base_dir = "x", .client_id = "1.2", .max_file_bytes = 0}) == "max_file_bytes");
  CHECK(subject({.base_dir = "x", .client_id = "1.2", .state_expiration = std::chrono::seconds{0}}) == "expiration");
}

TEST_CASE("file stores: events are there where that is asked for, and meet nothing else") {
  const std::string client_id = GENERATE("1.2", "events", "states");
  const test::TempFolder folder;
  FileStoresOptions options{.base_dir = folder / "base", .client_id = client_id, .sync = false};
  CHECK(file_stores(options).events == nullptr);
  options.deduplicate_events = true;
  const Stores stores = file_stores(options);
  CHECK(stores.events->claim("Ev01", "ada") == EventState::claimed);
  stores.events->mark_done("Ev01");
  stores.installations->save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
  const std::string state = stores.states->issue("acme");
  int visits = 0;
  stores.installations->for_each_bot([&](const Bot& /*each*/) { ++visits; });
  stores.installations->for_each_installation([&](const Installation& /*each*/) { ++visits; });
  CHECK(visits == 2);
  CHECK(stores.states->consume(state) == nlohmann::json("acme"));
  CHECK(file_stores(options).events->claim("Ev01", "bob") == EventState::done);
}
