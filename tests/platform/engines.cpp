#include "platform/engines.hpp"

#include <chrono>
#include <slack/oauth/file.hpp>
#include <slack/oauth/memory.hpp>

#if SLACK_OAUTH_TEST_SQLITE3
#include <slack/oauth/sqlite3.hpp>
#endif

using namespace slack::oauth;

#if defined(_WIN32)
#include <windows.h>
#endif

namespace test {

namespace {

// A reader that opens the bot's file after it was deleted finds a bot without an installation.
constexpr const char* deleted_in_one_step =
    "rule 6: another thread sees delete_all remove the bot and the installations in one step";

#if defined(_WIN32)
/// Wine does; Windows says that there is no such file, or that it is being deleted.
bool opens_deleted_files() {
  const TempFolder folder;
  write_file(folder / "file", "text");
  const std::string path = folder / "file";
  constexpr ::DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const auto open = [&] {
    return ::CreateFileA(path.c_str(), GENERIC_READ, share, nullptr, OPEN_EXISTING, 0, nullptr);
  };
  ::HANDLE const first = open();
  ::DeleteFileA(path.c_str());
  ::HANDLE const second = open();
  const bool is_open = second != INVALID_HANDLE_VALUE;
  if (is_open) ::CloseHandle(second);
  ::CloseHandle(first);
  return is_open;
}
#else
bool opens_deleted_files() { return false; }
#endif

}  // namespace

Engine memory() {
  return {
      .open = [](const TempFolder&, const std::string&) { return std::make_shared<MemoryInstallationStore>(); },
      .open_states =
          [](const TempFolder&, const StateClock& clock) {
            return std::make_shared<MemoryOAuthStateStore>(MemoryOAuthStateStoreOptions{.clock = clock.function()});
          },
      .open_events =
          [](const TempFolder&, const StateClock& clock, const std::string&) {
            return std::make_shared<MemoryEventDeduplicator>(MemoryEventDeduplicatorOptions{.clock = clock.function()});
          },
      .opens_again = false};
}

Engine files(bool keeps_history) {
  return {.open =
              [keeps_history](const TempFolder& folder, const std::string& client_id) {
                return std::make_shared<FileInstallationStore>(
                    FileInstallationStoreOptions{.base_dir = folder / "installations",
                                                 .client_id = client_id,
                                                 .historical_data_enabled = keeps_history,
                                                 .sync = false});
              },
          .open_states =
              [](const TempFolder& folder, const StateClock& clock) {
                return std::make_shared<FileOAuthStateStore>(FileOAuthStateStoreOptions{
                    .base_dir = folder / "states", .client_id = "1.2", .sync = false, .clock = clock.function()});
              },
          .open_events =
              [](const TempFolder& folder, const StateClock& clock, const std::string& client_id) {
                return std::make_shared<FileEventDeduplicator>(
                    FileEventDeduplicatorOptions{.base_dir = folder / "events",
                                                 .client_id = client_id,
                                                 .lock_timeout = std::chrono::seconds{20},
                                                 .clock = clock.function()});
              },
          .known_deviations =
              opens_deleted_files() ? std::vector<std::string>{deleted_in_one_step} : std::vector<std::string>{}};
}

#if SLACK_OAUTH_TEST_SQLITE3
// The disk is not what is tested here, and some of it is on slow ones.
Engine databases() {
  return {.open =
              [](const TempFolder& folder, const std::string& client_id) {
                return std::make_shared<SQLite3InstallationStore>(
                    SQLite3InstallationStoreOptions{.database = folder / "installations.db",
                                                    .client_id = client_id,
                                                    .synchronous = SQLite3Synchronous::off});
              },
          .open_states =
              [](const TempFolder& folder, const StateClock& clock) {
                return std::make_shared<SQLite3OAuthStateStore>(
                    SQLite3OAuthStateStoreOptions{.database = folder / "states.db",
                                                  .synchronous = SQLite3Synchronous::off,
                                                  .busy_timeout = std::chrono::seconds{20},
                                                  .clock = clock.function()});
              },
          .open_events =
              [](const TempFolder& folder, const StateClock& clock, const std::string& client_id) {
                return std::make_shared<SQLite3EventDeduplicator>(
                    SQLite3EventDeduplicatorOptions{.database = folder / "events.db",
                                                    .client_id = client_id,
                                                    .synchronous = SQLite3Synchronous::off,
                                                    .busy_timeout = std::chrono::seconds{20},
                                                    .clock = clock.function()});
              }};
}
#endif

}  // namespace test
