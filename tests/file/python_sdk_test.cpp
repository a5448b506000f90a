// The Python SDK's files are read here, and ours are what it can read: https://github.com/slackapi/python-slack-sdk,
// slack_sdk/oauth/installation_store/file.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <slack/oauth/file.hpp>
#include <string>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

namespace {

const std::set<std::string> installation_names{"app_id",
                                               "enterprise_id",
                                               "enterprise_name",
                                               "enterprise_url",
                                               "team_id",
                                               "team_name",
                                               "bot_token",
                                               "bot_id",
                                               "bot_user_id",
                                               "bot_scopes",
                                               "user_id",
                                               "user_token",
                                               "bot_refresh_token",
                                               "bot_token_expires_at",
                                               "user_scopes",
                                               "token_type",
                                               "installed_at",
                                               "user_refresh_token",
                                               "user_token_expires_at",
                                               "incoming_webhook_url",
                                               "custom_values",
                                               "is_enterprise_install",
                                               "incoming_webhook_channel",
                                               "incoming_webhook_channel_id",
                                               "incoming_webhook_configuration_url"};
const std::set<std::string> bot_names{"app_id",
                                      "enterprise_id",
                                      "enterprise_name",
                                      "team_id",
                                      "team_name",
                                      "bot_token",
                                      "bot_id",
                                      "bot_user_id",
                                      "bot_refresh_token",
                                      "bot_token_expires_at",
                                      "is_enterprise_install",
                                      "installed_at",
                                      "custom_values",
                                      "bot_scopes"};

/// A copy of tests/data/python_sdk_files/<layout>, and a store on it.
struct PythonFolder {
  explicit PythonFolder(const std::string& layout) {
    std::filesystem::copy(std::string(SLACK_OAUTH_TEST_DATA) + "/python_sdk_files/" + layout + "/111.222",
                          folder / "111.222", std::filesystem::copy_options::recursive);
  }
  [[nodiscard]] std::filesystem::path file(const std::string& path) const { return folder.path() / "111.222" / path; }

  test::TempFolder folder;
  FileInstallationStore store{
      FileInstallationStoreOptions{.base_dir = folder.path().string(), .client_id = "111.222", .sync = false}};
};

// What `Installation(**data)` and `Bot(**data)` of the Python SDK demand of a file.
void require_shape(const std::filesystem::path& path, const std::set<std::string>& names) {
  const std::string text = test::read_file(path);
  const auto json = nlohmann::json::parse(text);
  std::set<std::string> found;
  for (const auto& [name, value] : json.items()) found.insert(name);
  CHECK(found == names);
  CHECK(json.at("installed_at").is_number_float());
  for (const char* name : {"bot_token_expires_at", "user_token_expires_at"}) {
    if (json.contains(name)) CHECK((json.at(name).is_null() || json.at(name).is_number_integer()));
  }
  CHECK(json.at("bot_scopes").is_array());
  CHECK(json.at("custom_values").is_object());
}

std::string token_in(const std::filesystem::path& path) {
  const auto token = nlohmann::json::parse(test::read_file(path)).at("bot_token");
  return token.is_null() ? "none" : token.get<std::string>();
}

/// What the Python SDK's FileInstallationStore finds in a workspace's folder: the bot comes from "bot-latest" for every
/// query with a user, and for one without where "installer-latest" has no token.
struct PythonReader {
  std::filesystem::path folder;

  [[nodiscard]] std::optional<nlohmann::json> find_bot() const { return file("bot-latest"); }

  [[nodiscard]] std::optional<nlohmann::json> find_installation(const std::string& user_id = {}) const {
    auto found = file(user_id.empty() ? "installer-latest" : "installer-" + user_id + "-latest");
    if (!found || (user_id.empty() && !found->at("bot_token").is_null())) return found;
    if (const auto bot = find_bot(); bot && bot->at("bot_token") != found->at("bot_token")) {
      for (const char* name :
           {"bot_id", "bot_user_id", "bot_token", "bot_scopes", "bot_refresh_token", "bot_token_expires_at"}) {
        (*found)[name] = bot->at(name);
      }
    }
    return found;
  }

 private:
  [[nodiscard]] std::optional<nlohmann::json> file(const std::string& name) const {
    if (!std::filesystem::exists(folder / name)) return std::nullopt;
    return nlohmann::json::parse(test::read_file(folder / name));
  }
};

/// What the Python SDK's FileInstallationStore writes for save().
struct PythonWriter {
  std::filesystem::path folder;
  bool keeps_history = false;

  void save(const Installation& installation) const {
    const std::string stamp = detail::seconds_text(installation.installed_at);
    if (const auto bot = installation.to_bot()) {
      if (keeps_history) put("bot-" + stamp, *bot);
      put("bot-latest", *bot);
    }
    if (keeps_history) {
      put("installer-latest", installation);
      put("installer-" + stamp, installation);
      put("installer-" + installation.user_id + "-" + stamp, installation);
    }
    put("installer-" + installation.user_id + "-latest", installation);
  }

 private:
  template <class Record>
  void put(const std::string& name, const Record& record) const {
    test::write_file(folder / name, nlohmann::json(record).dump());
  }
};

/// A store of ours and the Python SDK's, on one workspace.
struct Shared {
  explicit Shared(bool python_keeps_history = false) : writes{reads.folder, python_keeps_history} {}

  [[nodiscard]] auto newest() const { return store.find_installation({.enterprise_id = "E1", .team_id = "T1"}); }

  test::TempFolder base{};
  PythonReader reads{base.path() / "1.2/E1-T1"};
  PythonWriter writes;
  FileInstallationStore store{
      FileInstallationStoreOptions{.base_dir = base.path().string(), .client_id = "1.2", .sync = false}};
};

Installation installation(const std::string& user_id, const std::string& token, int seconds) {
  return {.enterprise_id = "E1",
          .team_id = "T1",
          .bot_token = token,
          .bot_token_expires_at = std::chrono::sys_seconds{std::chrono::seconds{1767268800}},
          .user_id = user_id,
          .user_token_expires_at = std::chrono::sys_seconds{std::chrono::seconds{1767268800}},
          .installed_at = Timestamp{std::chrono::seconds{seconds}}};
}

struct TenantInstallation : Installation {
  std::string tenant_id{};
  std::optional<std::string> tenant_key{};

  static constexpr auto fields() {
    return append_fields(Installation::fields(), field("tenant_id", &TenantInstallation::tenant_id),
                         secret_field("tenant_key", &TenantInstallation::tenant_key));
  }
};

}  // namespace

TEST_CASE("file store: folders of the Python SDK are read, with history and without") {
  const PythonFolder python(GENERATE("with_history", "without_history"));
  const FileInstallationStore& store = python.store;

  const auto bot = store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(bot);
  CHECK(bot->bot_token == "xoxb-not-a-real-token-2");
  CHECK(bot->bot_scopes == std::vector<std::string>{"chat:write", "commands"});
  CHECK(bot->enterprise_name == "Kiln Group \xF0\x9F\x94\xA5");
  CHECK(bot->installed_at == Timestamp{std::chrono::milliseconds{1767225700500}});

  const auto newest = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(newest);
  CHECK(newest->user_id == "U0BEN");

  const auto ada = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0ADA"});
  REQUIRE(ada);
  CHECK(ada->bot_token == "xoxb-not-a-real-token-2");  // the bot's, though this user's file has the one before
  CHECK(ada->user_token == "xoxp-not-a-real-token-1");
  CHECK(ada->installed_at == Timestamp{std::chrono::microseconds{1767225600123456}});
  CHECK(ada->get_custom_value("plan") == nlohmann::json("gold"));

  const auto org = store.find_installation({.enterprise_id = "E0KILN", .is_enterprise_install = true});
  REQUIRE(org);
  CHECK(org->bot_token == "xoxb-not-a-real-token-3");
  const auto solo = store.find_installation({.team_id = "T0SOLO"});
  REQUIRE(solo);
  CHECK(solo->user_id.empty());
  CHECK_FALSE(store.find_installation({.team_id = "T0SOLO", .user_id = "none"}));

  std::multiset<std::string> bots;
  store.for_each_bot([&](const Bot& each) { bots.insert(each.bot_token); });
  CHECK(bots ==
        std::multiset<std::string>{"xoxb-not-a-real-token-2", "xoxb-not-a-real-token-3", "xoxb-not-a-real-token-4"});
  std::multiset<std::string> users;
  store.for_each_installation([&](const Installation& each) { users.insert(each.user_id); });
  CHECK(users == std::multiset<std::string>{"", "U0ADA", "U0ADA", "U0BEN"});
}

TEST_CASE("file store: folders of the Python SDK are written on, with history and without") {
  PythonFolder python(GENERATE("with_history", "without_history"));
  FileInstallationStore& store = python.store;

  store.delete_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0BEN"});
  const auto next = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(next);
  CHECK(next->user_id == "U0ADA");
  CHECK(next->bot_token == "xoxb-not-a-real-token-2");

  auto rotated = store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}).value();
  rotated.bot_token = "xoxb-not-a-real-token-9";
  store.save_bot(rotated);
  const PythonReader reader{python.file("E0KILN-T0FURNACE")};
  CHECK(reader.find_installation("U0ADA").value().at("bot_token") == "xoxb-not-a-real-token-9");
  CHECK(token_in(python.file("E0KILN-T0FURNACE/installer-U0ADA-latest")) == "none");

  store.delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  CHECK(test::tree(python.file("E0KILN-T0FURNACE")) == std::vector<std::string>{".lock"});
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .is_enterprise_install = true}));
}

TEST_CASE("file store: what the Python SDK without history saves later is the newest") {
  PythonFolder python("without_history");
  python.store.save({.enterprise_id = "E0KILN",
                     .team_id = "T0FURNACE",
                     .bot_token = "xoxb-not-a-real-token-5",
                     .user_id = "U0CLEO",
                     .installed_at = Timestamp{std::chrono::seconds{1767225750}}});
  const auto newest = [&] {
    return python.store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}).value().user_id;
  };
  CHECK(newest() == "U0CLEO");
  for (const char* name : {"bot-latest", "installer-U0BEN-latest"}) {
    const auto path = python.file(std::string("E0KILN-T0FURNACE/") + name);
    auto json = nlohmann::json::parse(test::read_file(path));
    json["installed_at"] = 1767225790.5;
    test::write_file(path, json.dump());
  }
  CHECK(newest() == "U0BEN");
}

TEST_CASE("file store: every file has the names and the shape that the Python SDK takes") {
  const test::TempFolder folder;
  FileInstallationStore store(
      {.base_dir = folder.path().string(), .client_id = "1.2", .historical_data_enabled = true});
  store.save(installation("U1", "xoxb-not-a-real-token-1", 1767225600));
  const auto workspace = folder.path() / "1.2" / "E1-T1";
  CHECK(test::tree(workspace) == std::vector<std::string>{".lock", "bot-1767225600.0", "bot-latest",
                                                          "installer-1767225600.0", "installer-U1-1767225600.0",
                                                          "installer-U1-latest", "installer-latest"});
  for (const auto& name : test::tree(workspace)) {
    if (name == ".lock") continue;
    require_shape(workspace / name, name.starts_with("bot-") ? bot_names : installation_names);
  }
  CHECK(test::read_file(workspace / "bot-latest").find("\"installed_at\": 1767225600.0,") != std::string::npos);
}

TEST_CASE("file store: order among equals does not change what the Python SDK reads") {
  const test::TempFolder folder;
  FileInstallationStore store({.base_dir = folder.path().string(), .client_id = "1.2", .sync = false});
  for (const char* user : {"U3", "U1", "U2"}) store.save(installation(user, "xoxb-not-a-real-token-1", 1767225600));
  for (const char* name : {"installer-U3-latest", "installer-U1-latest", "installer-U2-latest", "installer-latest"}) {
    const auto path = folder.path() / "1.2/E1-T1" / name;
    require_shape(path, installation_names);
    CHECK(nlohmann::json::parse(test::read_file(path)).at("installed_at") == 1767225600.0);
  }
  store.delete_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U2"});
  CHECK(store.find_installation({.enterprise_id = "E1", .team_id = "T1"}).value().user_id == "U1");
  store.delete_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"});
  CHECK(store.find_installation({.enterprise_id = "E1", .team_id = "T1"}).value().user_id == "U3");
}

TEST_CASE("file store: no file but bot-latest holds a bot's token, and Python finds the one of now") {
  Shared both;
  auto& store = both.store;
  store.save(installation("U1", "xoxb-not-a-real-token-1", 1));
  store.save(installation("U2", "xoxb-not-a-real-token-2", 2));
  const auto check = [&](const nlohmann::json& token) {
    for (const char* name : {"installer-U1-latest", "installer-U2-latest", "installer-latest"}) {
      CHECK(test::read_file(both.reads.folder / name).find("xoxb-") == std::string::npos);
    }
    for (const char* user : {"U1", "U2", ""})
      CHECK(both.reads.find_installation(user).value().at("bot_token") == token);
  };
  check("xoxb-not-a-real-token-2");
  auto bot = store.find_bot({.enterprise_id = "E1", .team_id = "T1"}).value();
  bot.bot_token = "xoxb-not-a-real-token-3";
  store.save_bot(bot);
  check("xoxb-not-a-real-token-3");
  auto rotated = bot;
  rotated.bot_token = "xoxb-not-a-real-token-4";
  REQUIRE(store.replace_bot(bot, rotated));
  check("xoxb-not-a-real-token-4");
  store.delete_bot({.enterprise_id = "E1", .team_id = "T1"});
  check(nullptr);
  CHECK_FALSE(both.reads.find_bot());
}

TEST_CASE("file store: Python finds no old token after a write of ours to what it wrote") {
  const bool keeps_history = GENERATE(true, false);
  Shared both(keeps_history);
  both.writes.save(installation("U1", "xoxb-not-a-real-token-1", 1));
  both.writes.save(installation("U2", "xoxb-not-a-real-token-2", 2));
  nlohmann::json token = "xoxb-not-a-real-token-2";
  bool is_bot_touched = true;
  const WorkspaceRef workspace{.enterprise_id = "E1", .team_id = "T1"};

  SECTION("the newest is deleted") {
    both.store.delete_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U2"});
    CHECK_FALSE(both.reads.find_installation("U2"));
    is_bot_touched = false;
  }
  SECTION("an older record is saved last") {
    auto older = installation("U3", "xoxb-not-a-real-token-3", 0);
    both.store.save(older);
    token = "xoxb-not-a-real-token-3";
  }
  SECTION("the bot is deleted") {
    both.store.delete_bot(workspace);
    token = nullptr;
  }
  SECTION("the bot is deleted, then the newest") {
    both.store.delete_bot(workspace);
    both.store.delete_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U2"});
    token = nullptr;
  }
  SECTION("the bot is replaced") {
    auto bot = both.store.find_bot({.enterprise_id = "E1", .team_id = "T1"}).value();
    auto rotated = bot;
    rotated.bot_token = token = "xoxb-not-a-real-token-4";
    REQUIRE(both.store.replace_bot(bot, rotated));
  }
  SECTION("a user's record is saved without a bot") {
    auto saved = installation("U2", "", 2);
    saved.bot_token.reset();
    both.store.save(saved);
    CHECK(token_in(both.reads.folder / "installer-U2-latest") == "none");
    is_bot_touched = false;
  }
  SECTION("the same bot is saved again") { both.store.save(installation("U3", "xoxb-not-a-real-token-2", 3)); }
  for (const char* user : {"U1", "U2", "U3", ""}) {
    const auto found = both.reads.find_installation(user);
    CAPTURE(user);
    if (found) CHECK(found->at("bot_token") == token);
  }
  for (const auto& name : test::tree(both.reads.folder)) {
    if (!name.starts_with("installer-") || !name.ends_with("-latest") || !is_bot_touched) continue;
    CAPTURE(name);
    CHECK(token_in(both.reads.folder / name) == "none");
  }
}

TEST_CASE("file store: a deleted bot's token is in no superseded record either") {
  Shared both(true);
  both.writes.save(installation("U1", "xoxb-not-a-real-token-1", 1));
  both.writes.save(installation("U1", "xoxb-not-a-real-token-2", 2));
  auto bot = both.store.find_bot({.enterprise_id = "E1", .team_id = "T1"}).value();
  bot.bot_token = "xoxb-not-a-real-token-3";
  both.store.save_bot(bot);
  CHECK(token_in(both.reads.folder / "installer-1.0") == "xoxb-not-a-real-token-1");  // history was asked for
  both.store.delete_bot({.enterprise_id = "E1", .team_id = "T1"});
  for (const auto& name : test::tree(both.reads.folder)) {
    CAPTURE(name);
    CHECK(test::read_file(both.reads.folder / name).find("xoxb-") == std::string::npos);
  }
  CHECK(std::filesystem::exists(both.reads.folder / "installer-U1-1.0"));
}

TEST_CASE("file store: the newest installation is that of the records, whatever the Python SDK without history saves") {
  Shared both;
  both.store.save(installation("U1", "xoxb-not-a-real-token-1", 10));
  if (GENERATE(false, true)) both.store.save(installation("U2", "xoxb-not-a-real-token-1", 5));
  const auto of_user = [](int seconds) {
    auto saved = installation("U2", "", seconds);
    saved.bot_token.reset();
    saved.user_token = "xoxp-not-a-real-token-" + std::to_string(seconds);
    return saved;
  };
  both.writes.save(of_user(20));
  const auto check = [&](const std::string& user_id, const std::optional<std::string>& user_token) {
    const auto newest = both.newest();
    REQUIRE(newest);
    CHECK(newest->user_id == user_id);
    CHECK(newest->user_token == user_token);
  };
  check("U2", "xoxp-not-a-real-token-20");
  auto bot = both.store.find_bot({.enterprise_id = "E1", .team_id = "T1"}).value();
  bot.installed_at = Timestamp{std::chrono::seconds{100}};
  both.store.save_bot(bot);
  check("U2", "xoxp-not-a-real-token-20");
  both.writes.save(of_user(8));
  check("U1", std::nullopt);

  auto again = both.store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"}).value();
  again.user_token = "xoxp-not-a-real-token-30";
  both.writes.save(again);
  check("U1", "xoxp-not-a-real-token-30");
  std::filesystem::remove(both.reads.folder / "installer-U1-latest");  // delete_installation() of the Python SDK
  check("U2", "xoxp-not-a-real-token-8");
  both.store.save(installation("U3", "xoxb-not-a-real-token-1", 7));
  CHECK(both.reads.find_installation().value().at("user_id") == "U2");
}

TEST_CASE("file store: an app's own fields stand in custom_values, and come back") {
  const test::TempFolder folder;
  BasicFileInstallationStore<TenantInstallation, Bot> store(
      {.base_dir = folder.path().string(), .client_id = "1.2", .sync = false});
  TenantInstallation saved;
  saved.team_id = "T1";
  saved.user_id = "U1";
  saved.bot_token = "xoxb-not-a-real-token-1";
  saved.tenant_id = "tenant-7";
  saved.custom_values.set("plan", "gold");
  store.save(saved);
  const auto path = folder.path() / "1.2/none-T1/installer-U1-latest";
  require_shape(path, installation_names);
  const auto custom = nlohmann::json::parse(test::read_file(path)).at("custom_values");
  CHECK(custom == nlohmann::json{{"plan", "gold"}, {"tenant_id", "tenant-7"}, {"tenant_key", nullptr}});
  CHECK(store.find_installation({.team_id = "T1"}) == saved);

  saved.custom_values.set("tenant_id", "another");
  CHECK_THROWS_AS(store.save(saved), InvalidArgumentError);
}

TEST_CASE("file store: superseded records are kept and purged where history is on") {
  const test::TempFolder folder;
  FileInstallationStore store(
      {.base_dir = folder.path().string(), .client_id = "1.2", .historical_data_enabled = true, .sync = false});
  for (int i = 1; i <= 3; ++i) store.save(installation("U1", "xoxb-not-a-real-token-" + std::to_string(i), i));
  const auto workspace = folder.path() / "1.2/E1-T1";
  CHECK(token_in(workspace / "bot-1.0") == "xoxb-not-a-real-token-1");
  CHECK(token_in(workspace / "bot-2.0") == "xoxb-not-a-real-token-2");
  CHECK(token_in(workspace / "installer-U1-2.0") == "none");
  CHECK(store.purge_history(Timestamp{std::chrono::seconds{3}}) == 6);
  CHECK(test::tree(workspace) == std::vector<std::string>{".lock", "bot-3.0", "bot-latest", "installer-3.0",
                                                          "installer-U1-3.0", "installer-U1-latest",
                                                          "installer-latest"});
  store.delete_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"});
  CHECK(test::tree(workspace) == std::vector<std::string>{".lock", "bot-3.0", "bot-latest"});
}
