// What is written to files is heard by others.
#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <slack/oauth/file.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Heard {
  explicit Heard(bool maps_changes = false) : maps(maps_changes) {}

  bool maps;
  test::TempFolder folder{};
  FileInstallationStore store{options()};
  std::unique_ptr<StoreChanges> changes = store.changes();

  [[nodiscard]] FileInstallationStoreOptions options() const {
    return {.base_dir = folder / "base",
            .client_id = "1.2",
            .historical_data_enabled = true,
            .sync = false,
            .map_changes = maps};
  }
  [[nodiscard]] bool hears() const { return changes->may_have_changed() && changes->take().anything; }
  /// That the folder is another one, which memory does not show.
  [[nodiscard]] bool hears_soon() const {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    bool has_heard = hears();
    while (maps && !has_heard && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
      has_heard = hears();
    }
    return has_heard;
  }
  [[nodiscard]] bool is_quiet() const { return !changes->may_have_changed() && !changes->take().anything; }
};

Installation installation(int number) {
  return {.team_id = "T1",
          .bot_token = "xoxb-not-a-real-token-" + std::to_string(number),
          .user_id = "U1",
          .installed_at = Timestamp{std::chrono::seconds{number}}};
}

}  // namespace

TEST_CASE("file store: every kind of write is heard once, and nothing else is") {
  Heard heard(GENERATE(false, true));
  FileInstallationStore other(heard.options());
  CHECK(heard.is_quiet());
  other.save(installation(1));
  CHECK(heard.hears());
  CHECK(heard.is_quiet());
  const auto bot = installation(2).to_bot();
  other.save_bot(*bot);
  CHECK(heard.hears());
  CHECK(other.replace_bot(bot, installation(3).to_bot()));
  CHECK(heard.hears());
  CHECK(other.replace_installation(installation(1), std::nullopt));
  CHECK(heard.hears());
  heard.store.delete_bot({.team_id = "T1"});  // its own too
  CHECK(heard.hears());

  CHECK_FALSE(other.replace_bot(bot, std::nullopt));
  other.delete_all({.team_id = "T1"});  // nothing was there
  CHECK(other.try_lease({.team_id = "T1"}, 1min) != nullptr);
  other.save(installation(4));
  CHECK(heard.hears());
  CHECK(other.purge_history(now() + 1h) > 0);
  CHECK(heard.is_quiet());
}

#if !defined(_WIN32)
TEST_CASE("file store: a write of another process is heard once it has returned") {
  Heard heard(GENERATE(false, true));
  for (int i = 1; i <= 20; ++i) {
    const ::pid_t child = ::fork();
    if (child == 0) {
      int result = 1;
      try {
        FileInstallationStore(heard.options()).save(installation(i));
        result = 0;
      } catch (const std::exception&) {
      }
      ::_exit(result);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(status == 0);
    CHECK(heard.hears());
    heard.store.save(installation(1000 + i));
    CHECK(heard.hears());
  }
}
#endif

TEST_CASE("file store: changes are heard where the folder is made later, removed or replaced, and after the store") {
  Heard heard(GENERATE(false, true));
  const fs::path base = heard.folder / "base";
  heard.store.save(installation(1));
  CHECK(heard.hears());
  fs::rename(base, base.string() + ".aside");
  CHECK(heard.hears_soon());
  FileInstallationStore(heard.options()).save(installation(2));
  CHECK(heard.hears());
  fs::remove_all(base);
  fs::rename(base.string() + ".aside", base);
  CHECK(heard.hears_soon());
  fs::remove(base / "1.2/.changed");
  CHECK(heard.hears_soon());
  {
    FileInstallationStore short_lived(heard.options());
    heard.changes = short_lived.changes();
    short_lived.save(installation(3));
  }
  CHECK(heard.hears());
}

TEST_CASE("file store: a write that is finished by the next one is heard") {
  Heard heard(GENERATE(false, true));
  heard.store.save(installation(1));
  CHECK(heard.hears());
  const fs::path workspace = heard.folder.path() / "base/1.2/none-T1";
  detail::FolderChange change;
  change.files["installer-U1-latest"] = detail::encode_record(installation(2));
  test::write_file(workspace / ".journal", detail::encode_journal(change));
  heard.store.delete_installation({.team_id = "T1", .user_id = "U0NOBODY"});
  CHECK(heard.hears());
}

#if !defined(_WIN32)
TEST_CASE("file store: the stamp of changes is its owner's, and no link") {
  Heard heard(GENERATE(false, true));
  heard.store.save(installation(1));
  const fs::path path = heard.folder.path() / "base/1.2/.changed";
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  fs::rename(path, heard.folder / "elsewhere");
  fs::create_symlink(heard.folder / "elsewhere", path);
  const std::string before = test::read_file(heard.folder / "elsewhere");
  CHECK_THROWS_AS(heard.store.save(installation(2)), StorageError);
  CHECK_THROWS_AS(heard.hears_soon(), StorageError);
  CHECK(test::read_file(heard.folder / "elsewhere") == before);
  CHECK(heard.store.find_bot({.team_id = "T1"}) == installation(1).to_bot());
}

namespace {

struct Stamps {
  test::TempFolder folder{};
  fs::path path = folder.path() / detail::stamp_file;
  detail::StampReader reader{path.string(), "stamp", true};

  void put() const { make()->put(); }
  [[nodiscard]] std::unique_ptr<const detail::ChangeStamp> make() const {
    const detail::Descriptor root(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
    return std::make_unique<const detail::ChangeStamp>(root.get(), "stamp");
  }

  /// Whether what is put is seen in memory. Not each time, since a thread may be kept from looking for 10 ms.
  [[nodiscard]] bool shows_puts() {
    constexpr int tries = 100;
    int seen = 0;
    for (int i = 0; i < tries; ++i) {
      const std::uint64_t before = reader.read();
      put();
      const auto after = reader.glance();
      if (after) CHECK(*after != before);
      if (after) ++seen;
    }
    return seen > 0;
  }
};

}  // namespace

TEST_CASE("file store: a stamp that was read is seen in memory from then on, also when it changes") {
  Stamps stamps;
  CHECK(stamps.reader.read() == 0);
  CHECK_FALSE(stamps.reader.glance());  // somebody may make the file
  test::write_file(stamps.path, "");    // as by a process that dies before there is room
  CHECK(stamps.reader.read() == 0);
  CHECK_FALSE(stamps.reader.glance());
  stamps.put();
  CHECK(stamps.shows_puts());

  std::this_thread::sleep_for(100ms);
  CHECK_FALSE(stamps.reader.glance());  // the path may lead elsewhere by now
  for (int replaced = 0; replaced < 5; ++replaced) {
    fs::rename(stamps.path, stamps.path.string() + ".aside");
    CHECK(stamps.shows_puts());
  }
  fs::remove(stamps.path);
  CHECK(stamps.reader.read() == 0);
  CHECK_FALSE(stamps.reader.glance());
}

TEST_CASE("file store: a file of stamps that is replaced again and again is read instead, for ever") {
  Stamps stamps;
  for (int replaced = 0; replaced < 30; ++replaced) {
    stamps.put();
    const std::uint64_t before = stamps.reader.read();
    fs::rename(stamps.path, stamps.path.string() + ".aside");
    stamps.put();
    CHECK(stamps.reader.read() != before);
  }
  CHECK_FALSE(stamps.shows_puts());
}

TEST_CASE("file store: whoever makes room for a stamp leaves alone what another one writes meanwhile") {
  const Stamps stamps;
  test::write_file(stamps.path, "half");
  const auto made = stamps.make();
  CHECK(test::read_file(stamps.path).substr(0, 4) == "half");
  made->put();
  CHECK(test::read_file(stamps.path).substr(0, 4) != "half");
}
#endif
