#include <algorithm>
#include <set>
#include <slack/oauth/file.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "file/temp_folder.hpp"

using namespace slack::oauth;
using detail::history_stamp;
using detail::installer_name;
using detail::is_installer_name;
using detail::name_of_id;
using detail::workspace_name;

namespace {

/// Ids that would be paths, patterns or the store's own names, were they not data. All differ.
std::vector<std::string> hostile_ids() {
  std::vector<std::string> ids{
      ".",   "..",  "../..", "/",     "/etc/passwd", "a/b", "a\\b", "none",   "%6Eone",   "latest", "bot-latest",
      "*",   "T*",  "?",     "[a-z]", "%",           "%2F", "%h",   ".lock",  ".journal", ".new",   "installer-latest",
      "-",   "T1-", "'; --", "\"",    "$HOME",       "~",   "\n",   "日本語", " ",        "CON",    "T1.",
      "T1 ", "\x7F"};
  ids.emplace_back(1, '\0');
  ids.emplace_back("T1\0", 3);
  ids.emplace_back(10'000, 'T');
  ids.emplace_back(10'001, 'T');
  ids.emplace_back(std::string(10'000, '/'));
  ids.emplace_back("%h" + detail::Sha256::hex(std::string(10'000, 'T')));
  return ids;
}

Installation installation(const std::string& enterprise_id, const std::string& team_id, const std::string& user_id) {
  return {.enterprise_id = enterprise_id,
          .team_id = team_id,
          .bot_token = "xoxb-not-a-real-token-1",
          .user_id = user_id,
          .installed_at = Timestamp{std::chrono::seconds{1}}};
}

}  // namespace

TEST_CASE("file names: the hash is SHA-256") {
  CHECK(detail::Sha256::hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(detail::Sha256::hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(detail::Sha256::hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(detail::Sha256::hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("file names: plain ids are their own names, as the Python SDK writes them") {
  CHECK(workspace_name({"E1", "T0FURNACE"}) == "E1-T0FURNACE");
  CHECK(workspace_name({"", "T1"}) == "none-T1");
  CHECK(workspace_name({"E1", ""}) == "E1-none");
  CHECK(installer_name("U_1.x") == "installer-U_1.x-latest");
  CHECK(installer_name("") == "installer-none-latest");
}

TEST_CASE("file names: other ids are escaped, so that no two meet") {
  CHECK(name_of_id("none") == "%6Eone");
  CHECK(name_of_id("..") == "%2E.");
  CHECK(name_of_id("a/b%") == "a%2Fb%25");
  std::set<std::string> names;
  for (const auto& id : hostile_ids()) {
    const std::string name = name_of_id(id);
    CAPTURE(id, name);
    CHECK(names.insert(name).second);
    CHECK(name.size() <= detail::longest_name_of_id);
    CHECK(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.%") ==
          std::string::npos);
    CHECK(name != ".");
    CHECK(name != "..");
  }
}

TEST_CASE("file names: times are written as Python writes a float") {
  const auto text = [](std::int64_t microseconds) {
    return detail::seconds_text(Timestamp{std::chrono::microseconds{microseconds}});
  };
  CHECK(text(1'767'225'600'123'456) == "1767225600.123456");
  CHECK(text(1'767'225'600'100'000) == "1767225600.1");
  CHECK(text(1'767'225'600'000'000) == "1767225600.0");
  CHECK(text(0) == "0.0");
  CHECK(text(-1'500'000) == "-1.5");
  CHECK(text(-1) == "-0.000001");
}

TEST_CASE("file names: what a file is shows in its name") {
  CHECK(history_stamp("bot-1767225600.25") == "1767225600.25");
  CHECK(history_stamp("installer-1767225600.25") == "1767225600.25");
  CHECK(history_stamp("installer-U1-1767225600.25") == "1767225600.25");
  CHECK(history_stamp("installer-U1--1.5") == "-1.5");
  CHECK(history_stamp("installer--1.5") == "-1.5");
  for (const char* name : {"bot-latest", "installer-latest", "installer-U1-latest", ".lock", "notes.txt"}) {
    CHECK(history_stamp(name).empty());
  }
  CHECK(is_installer_name("installer-U1-latest"));
  for (const char* name : {"installer-latest", "bot-latest", "installer-U1-1.0", "installer--latest-latest"}) {
    CHECK_FALSE(is_installer_name(name));
  }
}

TEST_CASE("file store: ids are data in every method, and nothing leaves base_dir") {
  const test::TempFolder outside;
  FileInstallationStore store(
      {.base_dir = outside / "base", .client_id = "../1.2", .historical_data_enabled = true, .sync = false});
  const auto ids = hostile_ids();
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

TEST_CASE("file store: an id that JSON cannot hold is refused, and found by nobody") {
  const test::TempFolder folder;
  FileInstallationStore store({.base_dir = folder.path().string(), .client_id = "1.2", .sync = false});
  CHECK_THROWS_AS(store.save(installation("E1", "\xFF", "U1")), InvalidDataError);
  CHECK_FALSE(store.find_bot({.enterprise_id = "E1", .team_id = "\xFF"}));
  store.delete_all({.enterprise_id = "E1", .team_id = "\xFF"});
}
