// A writer that stops at any moment: the next reader finds all of a write or nothing of it, and all that was
// acknowledged. Once after each single step of a write, and a hundred times by SIGKILL.
#if !defined(_WIN32)
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX, not C++
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <slack/oauth/file.hpp>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/sanitizers.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

namespace {

struct StopAfterSteps {
  static inline int steps_left = -1;

  static void before(std::string_view /*step*/) {
    if (steps_left >= 0 && steps_left-- == 0) ::_exit(3);
  }
};

struct CountSteps {
  static inline int count = 0;

  static void before(std::string_view /*step*/) { ++count; }
};

using StoppingStore =
    BackendInstallationStore<detail::FileBackend<Installation, Bot, StopAfterSteps>, Installation, Bot>;

FileInstallationStoreOptions options_in(const test::TempFolder& folder, bool keeps_history = false) {
  return {.base_dir = folder.path().string(), .client_id = "1.2", .historical_data_enabled = keeps_history};
}

Installation version(int number, const std::string& user_id = "U1") {
  const std::string digits = std::to_string(number);
  return {.team_id = "T1",
          .team_name = digits,
          .bot_token = "xoxb-not-a-real-token-" + digits,
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-" + digits,
          .installed_at = Timestamp{std::chrono::seconds{number}}};
}

/// All that can be found in the workspace, in one text.
std::string found_in(const InstallationStore& store) {
  std::string text;
  const auto add = [&text](const auto& record) {
    text += record ? nlohmann::json(*record).dump() + "\n" : "nothing\n";
  };
  add(store.find_bot({.team_id = "T1"}));
  add(store.find_installation({.team_id = "T1"}));
  for (const char* user : {"U1", "U2"}) add(store.find_installation({.team_id = "T1", .user_id = user}));
  std::map<std::string, std::string> visited;
  store.for_each_installation([&](const Installation& each) { visited[each.user_id] = nlohmann::json(each).dump(); });
  for (const auto& [user, record] : visited) text += record + "\n";
  store.for_each_bot([&](const Bot& each) { text += nlohmann::json(each).dump() + "\n"; });
  return text;
}

using Write = std::function<void(InstallationStore&)>;

/// Runs a write in a child that stops before its step of that number. False where it has no so many steps.
bool is_stopped(const FileInstallationStoreOptions& options, const Write& write, int step) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    StoppingStore store(options);
    StopAfterSteps::steps_left = step;
    write(store);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status) == 3;
}

void check_each_step(const Write& before, const Write& write, bool keeps_history, int least_steps) {
  std::string old_state;
  std::string new_state;
  {
    const test::TempFolder folder;
    FileInstallationStore store(options_in(folder, keeps_history));
    before(store);
    old_state = found_in(store);
    write(store);
    new_state = found_in(store);
  }
  bool is_new = false;
  int step = 0;
  for (bool is_running = true; is_running; ++step) {
    const test::TempFolder folder;
    const auto options = options_in(folder, keeps_history);
    {
      FileInstallationStore store(options);
      before(store);
    }
    is_running = is_stopped(options, write, step);
    FileInstallationStore store(options);
    const std::string state = found_in(store);
    CAPTURE(step);
    REQUIRE((state == old_state || state == new_state));
    // A step later there is never less.
    if (is_new) REQUIRE(state == new_state);
    is_new = state == new_state;
    // A look-up repaired nothing. The next write does, and leaves nothing of its own behind.
    store.save_bot({.team_id = "T2", .bot_token = "xoxb-not-a-real-token-9"});
    REQUIRE(found_in(store).find(state.substr(0, state.size() / 2)) == 0);
    store.delete_installation({.team_id = "T1", .user_id = "U0NOBODY"});
    for (const auto& name : test::tree(folder.path() / "1.2/none-T1")) REQUIRE(name != ".journal");
    store.delete_all({.team_id = "T2"});
    REQUIRE(found_in(store) == state);
  }
  CHECK(is_new);
  CHECK(step > least_steps);
}

}  // namespace

TEST_CASE("file store: a write that stops after any step is seen whole or not at all") {
  const bool keeps_history = GENERATE(false, true);
  const Write nothing = [](InstallationStore& /*store*/) {};
  const Write first = [](InstallationStore& store) { store.save(version(1)); };
  const Write two_users = [](InstallationStore& store) {
    store.save(version(1));
    store.save(version(2, "U2"));
  };
  const auto check = [&](const Write& before, const Write& write, int least_steps = 2) {
    check_each_step(before, write, keeps_history, least_steps);
  };

  SECTION("the first save") { check(nothing, first); }
  SECTION("a save of the same user") {
    check(first, [](InstallationStore& store) { store.save(version(2)); });
  }
  SECTION("a save of an older installation") {
    check(two_users, [](InstallationStore& store) { store.save(version(0, "U2")); });
  }
  SECTION("a save of another user") {
    check(first, [](InstallationStore& store) { store.save(version(2, "U2")); });
  }
  SECTION("a save without a bot") {
    check(first, [](InstallationStore& store) {
      auto saved = version(2, "U2");
      saved.bot_token.reset();
      store.save(saved);
    });
  }
  SECTION("a save that changes nothing of the bot") {
    check(first, [](InstallationStore& store) {
      auto saved = version(1);
      saved.user_token = "xoxp-not-a-real-token-7";
      store.save(saved);
    });
  }
  SECTION("save_bot") {
    check(two_users, [](InstallationStore& store) { store.save_bot(version(3).to_bot().value()); });
  }
  SECTION("delete_bot") {
    check(two_users, [](InstallationStore& store) { store.delete_bot({.team_id = "T1"}); });
  }
  SECTION("delete_installation of the newest") {
    check(two_users, [](InstallationStore& store) { store.delete_installation({.team_id = "T1", .user_id = "U2"}); });
  }
  SECTION("delete_installation of all") {
    check(two_users, [](InstallationStore& store) { store.delete_installation({.team_id = "T1"}); });
  }
  SECTION("delete_all") {
    check(two_users, [](InstallationStore& store) { store.delete_all({.team_id = "T1"}); });
  }
  SECTION("delete_all of what is older") {
    const auto until = Timestamp{std::chrono::seconds{1}};
    check(
        two_users, [until](InstallationStore& store) { store.delete_all({.team_id = "T1", .installed_until = until}); },
        keeps_history ? 3 : 1);
  }
  SECTION("delete_all of all that is older") {
    const auto until = Timestamp{std::chrono::seconds{2}};
    check(two_users,
          [until](InstallationStore& store) { store.delete_all({.team_id = "T1", .installed_until = until}); });
  }
  SECTION("delete_installations") {
    check(two_users, [](InstallationStore& store) {
      const std::array<std::string_view, 3> users{"U2", "U0NOBODY", "U1"};
      store.delete_installations({.team_id = "T1"}, users);
    });
  }
  SECTION("replace_bot") {
    check(
        two_users, [](InstallationStore& store) { store.replace_bot(version(2).to_bot(), version(3).to_bot()); },
        keeps_history ? 3 : 1);
  }
  SECTION("replace_bot, by none") {
    check(
        two_users, [](InstallationStore& store) { store.replace_bot(version(2).to_bot(), std::nullopt); },
        keeps_history ? 3 : 1);
  }
  SECTION("replace_installation of the newest") {
    check(two_users, [](InstallationStore& store) { store.replace_installation(version(2, "U2"), version(3, "U2")); });
  }
  SECTION("replace_installation, by none") {
    check(two_users, [](InstallationStore& store) { store.replace_installation(version(2, "U2"), std::nullopt); });
  }
  SECTION("replace_installation, of none") {
    check(first, [](InstallationStore& store) { store.replace_installation(std::nullopt, version(3, "U2")); });
  }
}

TEST_CASE("file store: a token that others left in a file goes in the step that replaces it") {
  int step = 0;
  for (bool is_running = true; is_running; ++step) {
    const test::TempFolder folder;
    const auto options = options_in(folder);
    FileInstallationStore store(options);
    store.save(version(1));
    for (const char* name : {"installer-U1-latest", "installer-latest"}) {
      const auto path = folder.path() / "1.2/none-T1" / name;
      auto json = nlohmann::json::parse(test::read_file(path));
      json["bot_token"] = "xoxb-not-a-real-token-1";
      test::write_file(path, json.dump());
    }
    const auto replace = [](InstallationStore& each) { each.replace_bot(version(1).to_bot(), version(2).to_bot()); };
    is_running = is_stopped(options, replace, step);
    const bool is_replaced = store.find_bot({.team_id = "T1"}) == version(2).to_bot();
    store.delete_installation({.team_id = "T1", .user_id = "U0NOBODY"});  // finishes it
    const auto text = test::read_file(folder.path() / "1.2/none-T1/installer-U1-latest");
    CAPTURE(step);
    CHECK((text.find("xoxb-") == std::string::npos) == is_replaced);
    CHECK(store.find_installation({.team_id = "T1"}).value().bot_token ==
          store.find_bot({.team_id = "T1"}).value().bot_token);
  }
  CHECK(step > 5);
}

TEST_CASE("file store: the users of one event are deleted in one pass, whatever their number") {
  constexpr int users = 2'000;
  const test::TempFolder folder;
  auto options = options_in(folder);
  options.sync = false;
  BackendInstallationStore<detail::FileBackend<Installation, Bot, CountSteps>, Installation, Bot> store(options);
  store.save(version(1));
  const auto workspace = folder.path() / "1.2/none-T1";
  std::vector<std::string> ids;
  for (int i = 0; i < users; ++i) {
    ids.push_back("U" + std::to_string(10'000 + i));
    test::write_file(workspace / ("installer-" + ids.back() + "-latest"),
                     detail::encode_record(version(0, ids.back())));
  }
  const std::vector<std::string_view> named(ids.begin(), ids.end());
  const auto steps_of = [&](std::span<const std::string_view> some, std::optional<Timestamp> until) {
    CountSteps::count = 0;
    store.delete_installations({.team_id = "T1", .installed_until = until}, some);
    return CountSteps::count;
  };
  const auto half = std::span(named).first(users / 2);
  CHECK(steps_of(half, version(0).installed_at - std::chrono::seconds{1}) == 0);
  // One for each file that goes, and a few for the journal.
  CHECK(steps_of(half, version(0).installed_at) <= users / 2 + 10);
  CHECK(steps_of(named, std::nullopt) <= users + 10);
  CHECK(test::tree(workspace) ==
        std::vector<std::string>{".lock", "bot-latest", "installer-U1-latest", "installer-latest"});
}

TEST_CASE("file store: a writer that is killed a hundred times loses nothing that it acknowledged", NOT_SANITIZED) {
  const test::TempFolder folder;
  std::mt19937 random(20260101);
  int last_acknowledged = 0;
  for (int kill = 0; kill < 100; ++kill) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      FileInstallationStore store(options_in(folder, kill % 2 == 0));
      for (int i = last_acknowledged + 1;; ++i) {
        store.save(version(i));
        if (::write(ends[1], &i, sizeof i) != sizeof i) ::_exit(1);
      }
    }
    ::close(ends[1]);
    // However slow the machine is, each life acknowledges something.
    REQUIRE(::read(ends[0], &last_acknowledged, sizeof last_acknowledged) == sizeof last_acknowledged);
    std::this_thread::sleep_for(std::chrono::microseconds{random() % 10'000});
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    for (int i = 0; ::read(ends[0], &i, sizeof i) == sizeof i;) last_acknowledged = i;
    ::close(ends[0]);

    const FileInstallationStore store(options_in(folder));
    const auto bot = store.find_bot({.team_id = "T1"});
    const auto of_user = store.find_installation({.team_id = "T1", .user_id = "U1"});
    const auto newest = store.find_installation({.team_id = "T1"});
    REQUIRE(bot);
    REQUIRE(newest == of_user);
    const int found = std::stoi(bot->team_name.value());
    // One more than was acknowledged may be there: the one that was on its way.
    REQUIRE(found >= last_acknowledged);
    REQUIRE(found <= last_acknowledged + 1);
    REQUIRE(*bot == version(found).to_bot());
    REQUIRE(*of_user == version(found));
    last_acknowledged = found;
  }
  CHECK(last_acknowledged >= 100);
}
#endif
