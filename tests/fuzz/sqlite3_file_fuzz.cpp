// A database file with damage in it is read as it was, or as something else, or is an error; nothing worse. The input
// is the damage: three bytes each, of which two say where, and one what.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <system_error>

#include "check.hpp"

using namespace slack::oauth;

namespace {

const std::string& database() {
  static const std::string path =
      (std::filesystem::temp_directory_path() / ("slack-oauth-fuzz-" + std::to_string(std::random_device{}())))
          .string();
  return path;
}

void remove_database() {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(database() + suffix, ignored);
}

SQLite3InstallationStoreOptions options() {
  return {.database = database(),
          .client_id = "111.222",
          .historical_data_enabled = true,
          .synchronous = SQLite3Synchronous::off,
          .busy_timeout = std::chrono::milliseconds{0}};
}

/// Pages of 512 bytes, so that two bytes reach all of them.
std::string sound_database() {
  remove_database();
  {
    const slack::oauth::detail::SQLite3Connection small(database(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                                        std::chrono::milliseconds{0});
    small.execute("pragma page_size = 512");
    small.execute("create table pages (size integer)");
  }
  {
    SQLite3InstallationStore store(options());
    for (int i = 0; i < 20; ++i) {
      Installation installation{.team_id = "T" + std::to_string(i % 5),
                                .bot_token = "xoxb-not-a-real-token-1",
                                .bot_scopes = {"a,b", "c"},
                                .user_id = "U" + std::to_string(i % 3),
                                .user_scopes = {"identity.basic"},
                                .user_token_expires_at = std::chrono::sys_seconds{std::chrono::seconds{i}}};
      installation.set_custom_value("plan", "gold");
      store.save(installation);
    }
  }
  std::ifstream file(database(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class Action>
void attempt(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    fuzz::check(std::string(error.what()).find("not-a-real") == std::string::npos);
  }
}

void use_store() {
  SQLite3InstallationStore store(options());
  for (const char* team_id : {"T0", "T4"}) {
    attempt([&] { static_cast<void>(store.find_bot({.team_id = team_id})); });
    attempt([&] { static_cast<void>(store.find_installation({.team_id = team_id})); });
    attempt([&] { static_cast<void>(store.find_installation({.team_id = team_id, .user_id = "U1"})); });
  }
  attempt([&] { store.for_each_bot([](const Bot& bot) { fuzz::check(!to_string(bot).empty()); }); });
  attempt(
      [&] { store.for_each_installation([](const Installation& found) { fuzz::check(!to_string(found).empty()); }); });
  attempt([&] { store.save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-2", .user_id = "U1"}); });
  attempt([&] { store.purge_history(now()); });
  attempt([&] { store.delete_all({.team_id = "T2"}); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string sound = sound_database();
  std::string damaged = sound;
  for (std::size_t i = 0; i + 2 < size; i += 3) {
    const std::size_t at = static_cast<std::size_t>(data[i]) << 8U | data[i + 1];
    damaged[at % damaged.size()] = static_cast<char>(data[i + 2]);
  }
  remove_database();
  std::ofstream(database(), std::ios::binary) << damaged;
  attempt(use_store);
  remove_database();
  return 0;
}
