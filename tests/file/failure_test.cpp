// What is wrong with a file or a folder is said, never taken for "not installed", and never followed or made worse.
#if !defined(_WIN32)
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGXFSZ is POSIX, not C++
#include <sys/resource.h>
#include <sys/stat.h>
#endif

#include <array>
#include <filesystem>
#include <slack/oauth/file.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Workspace {
  Workspace() {
    store.save({.enterprise_id = "E1",
                .team_id = "T1",
                .bot_token = "xoxb-not-a-real-token-1",
                .user_id = "U1",
                .installed_at = Timestamp{std::chrono::seconds{1}}});
  }
  [[nodiscard]] fs::path file(const std::string& name) const { return folder.path() / "base/1.2/E1-T1" / name; }
  [[nodiscard]] auto bot() const { return store.find_bot({.enterprise_id = "E1", .team_id = "T1"}); }
  [[nodiscard]] auto user() const {
    return store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"});
  }
  [[nodiscard]] auto newest() const { return store.find_installation({.enterprise_id = "E1", .team_id = "T1"}); }
  void save(int number) { save_user("U1", number); }
  void save_user(const std::string& user_id, int number) {
    store.save({.enterprise_id = "E1",
                .team_id = "T1",
                .bot_token = "xoxb-not-a-real-token-" + std::to_string(number),
                .user_id = user_id,
                .installed_at = Timestamp{std::chrono::seconds{number}}});
  }

  test::TempFolder folder;
  std::string warnings{};
  FileInstallationStore store{FileInstallationStoreOptions{
      .base_dir = folder / "base",
      .client_id = "1.2",
      .max_file_bytes = 4000,
      .sync = false,
      .logger = Logger(LogLevel::warning, [this](LogLevel, std::string_view line) { (warnings += line) += '\n'; })}};
};

template <class ErrorT, class Action>
ErrorT thrown_by(const Action& action) {
  try {
    static_cast<void>(action());
  } catch (const ErrorT& error) {
    return error;
  }
  throw std::logic_error("expected an error, and none was thrown");
}

#if !defined(_WIN32)
/// No file may grow beyond that, as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(::rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const ::rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  ::rlimit before_{};
};
#endif

}  // namespace

TEST_CASE("file store: an empty base_dir or client_id is refused by name") {
  CHECK(thrown_by<InvalidArgumentError>([] {
          FileInstallationStore({.client_id = "1.2"});
          return 0;
        }).subject() == "base_dir");
  CHECK(thrown_by<InvalidArgumentError>([] {
          FileInstallationStore({.base_dir = "x"});
          return 0;
        }).subject() == "client_id");
}

#if !defined(_WIN32)
TEST_CASE("file store: files are 0600 and folders 0700, whatever the umask") {
  const ::mode_t before = ::umask(0);
  const Workspace workspace;
  ::umask(before);
  for (const auto& path : test::tree(workspace.folder.path())) {
    struct ::stat status {};
    REQUIRE(::lstat((workspace.folder.path() / path).c_str(), &status) == 0);
    CAPTURE(path);
    CHECK((status.st_mode & 0777U) == (S_ISDIR(status.st_mode) ? 0700U : 0600U));
  }
}
#endif

TEST_CASE("file store: a truncated, foreign or overlong file is InvalidDataError that names the file") {
  const Workspace workspace;
  const std::string sound = test::read_file(workspace.file("bot-latest"));
  const std::vector<std::string> broken{"",
                                        "{",
                                        "null",
                                        "[]",
                                        "{}",
                                        sound.substr(0, sound.size() / 2),
                                        "\xFF\xFE",
                                        "hello",
                                        sound + "x",
                                        std::string(5000, ' ') + sound,
                                        std::string(20'000, '['),
                                        R"({"bot_token": 5})"};
  for (const auto& text : broken) {
    CAPTURE(text);
    test::write_file(workspace.file("bot-latest"), text);
    const auto error = thrown_by<InvalidDataError>([&] { return workspace.bot(); });
    CHECK(error.subject() == "1.2/E1-T1/bot-latest");
    CHECK_THAT(error.what(), !ContainsSubstring("xoxb-"));
    CHECK_THROWS_AS(workspace.user(), InvalidDataError);
    CHECK_THROWS_AS(workspace.store.for_each_bot([](const Bot&) {}), InvalidDataError);
  }
  test::write_file(workspace.file("bot-latest"), sound);
  CHECK(workspace.user());
  for (const auto& text : broken) {
    CAPTURE(text);
    test::write_file(workspace.file("installer-U1-latest"), text);
    CHECK(thrown_by<InvalidDataError>([&] { return workspace.user(); }).subject() == "1.2/E1-T1/installer-U1-latest");
    CHECK(workspace.bot());
  }
}

TEST_CASE("file store: a damaged file is said until the next save or deletion, which heals it with a warning") {
  Workspace workspace;
  workspace.save_user("U2", 2);
  const std::string damage = GENERATE(std::string(), std::string("half"), std::string(5000, '{'));
  const std::string name = GENERATE("bot-latest", "installer-latest", "installer-U1-latest");
  const auto path = workspace.file(name);
  const std::string sound = test::read_file(path);
  test::write_file(path, damage == "half" ? sound.substr(0, sound.size() / 2) : damage);
  CAPTURE(name, damage.size());
  CHECK_THROWS_AS(workspace.newest(), InvalidDataError);

  SECTION("by a save") {
    workspace.save(3);
    CHECK(workspace.bot().value().bot_token == "xoxb-not-a-real-token-3");
    CHECK(workspace.user().value().user_id == "U1");
    CHECK(workspace.newest().value().user_id == "U1");
  }
  SECTION("by the save of an older installation") {
    workspace.save(1);
    CHECK(workspace.newest().value().user_id == "U2");
  }
  SECTION("by the save of a user without a bot") {
    if (name == "bot-latest") {
      workspace.store.save({.enterprise_id = "E1", .team_id = "T1", .user_id = "U3"});  // leaves the bot alone
      CHECK_THROWS_AS(workspace.bot(), InvalidDataError);
      workspace.save(3);
    } else {
      workspace.store.save({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"});
    }
    CHECK(workspace.newest().value().bot_token);
  }
  SECTION("by a deletion of the user") {
    workspace.store.delete_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"});
    CHECK_FALSE(fs::exists(workspace.file("installer-U1-latest")));
    if (name != "bot-latest") CHECK(workspace.newest().value().user_id == "U2");
  }
  SECTION("by a deletion of the bot") {
    workspace.store.delete_bot({.enterprise_id = "E1", .team_id = "T1"});
    CHECK_FALSE(workspace.bot());
  }
  SECTION("by a deletion of everything") {
    workspace.store.delete_all({.enterprise_id = "E1", .team_id = "T1"});
    CHECK_FALSE(workspace.bot());
    CHECK_FALSE(workspace.newest());
    CHECK(test::tree(workspace.file("")) == std::vector<std::string>{".lock"});
  }
}

TEST_CASE("file store: the save that heals a damaged file says so") {
  Workspace workspace;
  for (const char* name : {"bot-latest", "installer-latest"}) {
    test::write_file(workspace.file(name), "");
    workspace.warnings.clear();
    workspace.save(2);
    CHECK_THAT(workspace.warnings, ContainsSubstring(name));
    CHECK(workspace.newest());
  }
}

TEST_CASE("file store: another user's damaged file stands in nobody's way, and stays") {
  Workspace workspace;
  workspace.save_user("U2", 2);
  test::write_file(workspace.file("installer-U2-latest"), R"({"bot_token": "xoxb-not-a-real-to)");
  test::write_file(workspace.file("installer-latest"), "");
  workspace.save(1);  // has to look for the newest
  workspace.save(3);  // has to look for tokens
  workspace.store.delete_bot({.enterprise_id = "E1", .team_id = "T1"});
  CHECK(workspace.user());
  CHECK(test::read_file(workspace.file("installer-U2-latest")).size() == 33);
}

TEST_CASE("file store: what cannot be read stays where only older records are to be deleted") {
  Workspace workspace;
  const auto until = Timestamp{std::chrono::seconds{9}};
  for (const char* name : {"bot-latest", "installer-U1-latest"}) test::write_file(workspace.file(name), "");
  workspace.store.delete_all({.enterprise_id = "E1", .team_id = "T1", .installed_until = until});
  for (const char* name : {"bot-latest", "installer-U1-latest"}) CHECK(fs::exists(workspace.file(name)));
  CHECK_THAT(workspace.warnings, ContainsSubstring("bot-latest"));
}

TEST_CASE("file store: a damaged record is no record that replace_bot or replace_installation could know") {
  Workspace workspace;
  const auto bot = workspace.bot();
  const auto user = workspace.user();
  for (const char* name : {"bot-latest", "installer-U1-latest"}) test::write_file(workspace.file(name), "{");
  CHECK_THROWS_AS(workspace.store.replace_bot(bot, std::nullopt), InvalidDataError);
  CHECK_THROWS_AS(workspace.store.replace_bot(std::nullopt, bot), InvalidDataError);
  CHECK_THROWS_AS(workspace.store.replace_installation(user, std::nullopt), InvalidDataError);
}

TEST_CASE("file store: a logger that throws fails no write") {
  const test::TempFolder folder;
  FileInstallationStore store(
      {.base_dir = folder / "base",
       .client_id = "1.2",
       .sync = false,
       .logger = Logger(LogLevel::debug, [](LogLevel, std::string_view) { throw std::runtime_error("no room"); })});
  store.save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
  const auto bot = store.find_bot({.team_id = "T1"});
  REQUIRE(bot);
  test::write_file(folder.path() / "base/1.2/none-T1/bot-latest", "");  // warned of
  store.save_bot(*bot);
  CHECK(store.find_bot({.team_id = "T1"}) == bot);
  store.delete_all({.team_id = "T1"});
  CHECK_FALSE(store.find_bot({.team_id = "T1"}));
}

TEST_CASE("file store: a record of another workspace or user answers for nobody else") {
  const Workspace workspace;
  fs::copy(workspace.file("installer-U1-latest"), workspace.file("installer-U2-latest"));
  CHECK_THROWS_AS(workspace.store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U2"}),
                  InvalidDataError);
  fs::copy(workspace.file("").parent_path(), workspace.folder.path() / "base/1.2/E1-T2");
  CHECK_THROWS_AS(workspace.store.find_bot({.enterprise_id = "E1", .team_id = "T2"}), InvalidDataError);
  CHECK_THROWS_AS(workspace.store.for_each_installation([](const Installation&) {}), InvalidDataError);
}

TEST_CASE("file store: a damaged journal is InvalidDataError until the next write removes it") {
  Workspace workspace;
  for (const char* text : {"", "{}", "[]", R"({"version": "2", "files": {}})", R"({"version": 2})",
                           R"({"version":2,"files":{"../bot-x":"y"}})", R"({"version":2,"files":{"notes":"y"}})"}) {
    CAPTURE(text);
    test::write_file(workspace.file(".journal"), text);
    CHECK(thrown_by<InvalidDataError>([&] { return workspace.user(); }).subject() == "1.2/E1-T1/.journal");
    CHECK_THROWS_AS(workspace.newest(), InvalidDataError);
    CHECK(workspace.bot());
    workspace.warnings.clear();
    workspace.save(2);
    CHECK_THAT(workspace.warnings, ContainsSubstring("1.2/E1-T1/.journal"));
    CHECK_FALSE(fs::exists(workspace.file(".journal")));
    CHECK(workspace.user().value().bot_token == "xoxb-not-a-real-token-2");
  }
}

TEST_CASE("file store: the journal of a later version is nobody's to remove") {
  Workspace workspace;
  const std::string text = R"({"version": 3, "what": "is new"})";
  test::write_file(workspace.file(".journal"), text);
  CHECK_THROWS_AS(workspace.user(), InvalidDataError);
  CHECK_THROWS_AS(workspace.save(2), InvalidDataError);
  CHECK(test::read_file(workspace.file(".journal")) == text);
  CHECK(workspace.bot().value().bot_token == "xoxb-not-a-real-token-1");
}

#if !defined(_WIN32)
TEST_CASE("file store: no symbolic link is followed") {
  Workspace workspace;
  const auto replace_by_link = [](const fs::path& path, const fs::path& target) {
    fs::rename(path, target);
    fs::create_symlink(target, path);
  };
  SECTION("of a record") {
    replace_by_link(workspace.file("bot-latest"), workspace.folder / "elsewhere");
    CHECK(thrown_by<StorageError>([&] { return workspace.bot(); }).code() == "ELOOP");
    CHECK_THROWS_AS(workspace.user(), StorageError);
    CHECK_THROWS_AS(workspace.save(2), StorageError);
    CHECK_THAT(test::read_file(workspace.folder / "elsewhere"), ContainsSubstring("token-1"));
  }
  SECTION("of a workspace") {
    replace_by_link(workspace.file("").parent_path(), workspace.folder / "elsewhere");
    CHECK_THROWS_AS(workspace.bot(), StorageError);
    CHECK_THROWS_AS(workspace.user(), StorageError);
    CHECK_THROWS_AS(workspace.save(2), StorageError);
    CHECK_THROWS_AS(workspace.store.delete_all({.enterprise_id = "E1", .team_id = "T1"}), StorageError);
    CHECK_THAT(test::read_file(fs::path(workspace.folder / "elsewhere") / "bot-latest"), ContainsSubstring("token-1"));
  }
  SECTION("of the client") {
    replace_by_link(workspace.folder / "base/1.2", workspace.folder / "elsewhere");
    const FileInstallationStore store({.base_dir = workspace.folder / "base", .client_id = "1.2"});
    CHECK_THROWS_AS(store.find_bot({.enterprise_id = "E1", .team_id = "T1"}), StorageError);
  }
  SECTION("of the lock") {
    fs::remove(workspace.file(".lock"));
    fs::create_symlink(workspace.folder / "elsewhere", workspace.file(".lock"));
    CHECK_THROWS_AS(workspace.save(2), StorageError);
    CHECK_FALSE(fs::exists(workspace.folder / "elsewhere"));
    CHECK(workspace.bot());
  }
  SECTION("of the file that is written aside") {
    test::write_file(workspace.folder / "elsewhere", "precious");
    fs::create_symlink(workspace.folder / "elsewhere", workspace.file(".new"));
    CHECK_THROWS_AS(workspace.save(2), StorageError);
    CHECK(test::read_file(workspace.folder / "elsewhere") == "precious");
    CHECK(workspace.user().value().bot_token == "xoxb-not-a-real-token-1");
  }
}

TEST_CASE("file store: a pipe in the place of a file does not block") {
  const Workspace workspace;
  fs::remove(workspace.file("bot-latest"));
  REQUIRE(::mkfifo(workspace.file("bot-latest").c_str(), 0600) == 0);
  CHECK_THROWS_AS(workspace.bot(), InvalidDataError);
}

TEST_CASE("file store: a full disk is StorageError, and leaves the data as it was") {
  Workspace workspace;
  const auto before = workspace.user();
  // At each of these another of the files that a save writes is the first that does not fit.
  for (const ::rlim_t bytes : std::array<::rlim_t, 7>{0, 1, 100, 400, 700, 1000, 1500}) {
    CAPTURE(bytes);
    const FileSizeLimit limit(bytes);
    const auto error = thrown_by<StorageError>([&] {
      workspace.save(2);
      return 0;
    });
    CHECK(error.backend() == "file");
    CHECK((error.code() == "EFBIG" || error.code() == "ENOSPC"));
    CHECK(workspace.user() == before);
    CHECK(workspace.bot().value().bot_token == "xoxb-not-a-real-token-1");
  }
  workspace.save(2);
  CHECK(workspace.user().value().bot_token == "xoxb-not-a-real-token-2");
}
#endif

TEST_CASE("file store: a record that could not be read again is not written") {
  Workspace workspace;
  Installation large = workspace.user().value();
  large.team_name = std::string(5000, 'x');
  CHECK(thrown_by<InvalidArgumentError>([&] {
          workspace.store.save(large);
          return 0;
        }).subject() == "max_file_bytes");
  CHECK(workspace.user().value().team_name == std::nullopt);
}

TEST_CASE("file store: a file where a folder should be is StorageError") {
  const test::TempFolder folder;
  test::write_file(folder / "base", "a file");
  FileInstallationStore store({.base_dir = folder / "base", .client_id = "1.2"});
  CHECK(thrown_by<StorageError>([&] {
          store.save_bot({.team_id = "T1"});
          return 0;
        }).code() == "ENOTDIR");
  CHECK(thrown_by<StorageError>([&] { return store.find_bot({.team_id = "T1"}); }).code() == "ENOTDIR");
  CHECK_THROWS_AS(store.for_each_bot([](const Bot&) {}), StorageError);
}

TEST_CASE("file store: what else lies in the folder is left alone") {
  const Workspace workspace;
  test::write_file(workspace.folder.path() / "base/1.2/notes-of-somebody.txt", "notes");
  test::write_file(workspace.folder.path() / "base/1.2/README", "notes");
  test::write_file(workspace.file("notes-latest"), "notes");
  int visits = 0;
  workspace.store.for_each_bot([&](const Bot&) { ++visits; });
  workspace.store.for_each_installation([&](const Installation&) { ++visits; });
  CHECK(visits == 2);
}

TEST_CASE("file store: a folder that is put in the place of another is found") {
  Workspace workspace;
  const std::string base = workspace.folder / "base";
  fs::rename(base, base + ".old");
  fs::copy(base + ".old", base, fs::copy_options::recursive);
  workspace.save(2);
  CHECK(workspace.bot().value().bot_token == "xoxb-not-a-real-token-2");
  fs::remove_all(base);
  CHECK_FALSE(workspace.bot());
}

#if !defined(_WIN32)
TEST_CASE("file store: a lock that is not free in time is a StorageError that may pass") {
  Workspace workspace;
  FileInstallationStore store(
      {.base_dir = workspace.folder / "base", .client_id = "1.2", .lock_timeout = std::chrono::milliseconds{20}});
  const detail::Descriptor folder(::open(workspace.file("").c_str(), O_RDONLY | O_DIRECTORY));
  const detail::WorkspaceLock lock(folder.get(), std::chrono::milliseconds{0}, "lock");
  const auto error = thrown_by<StorageError>([&] {
    store.save_bot(workspace.bot().value());
    return 0;
  });
  CHECK(error.code() == "ETIMEDOUT");
  CHECK(error.is_retryable());
  CHECK(workspace.bot());
}
#endif
