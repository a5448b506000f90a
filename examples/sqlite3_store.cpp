// Installations in a SQLite database: saves the answers of Slack that it is given, and prints what is installed. It may
// be run again on the same file.
#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <slack/oauth.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::string_view usage =
    "Usage: sqlite3_store [DATABASE [ANSWER...]]\n"
    "\n"
    "Saves each ANSWER (a JSON file: Slack's answer to oauth.v2.access) in DATABASE (by default installations.db) and\n"
    "prints what is installed, with all tokens redacted. Without an ANSWER, shipped samples are taken.\n";

slack::oauth::Installation read_installation(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw slack::oauth::InvalidArgumentError(path.string(), "cannot be read");
  return slack::oauth::installation_from_oauth_response(slack::oauth::parse_json(text, path.filename().string()));
}

std::string place_of(const slack::oauth::Installation& installation) {
  std::string organisation = "organisation " + installation.enterprise_id.value_or("");
  if (installation.is_enterprise_install) return organisation;
  const std::string workspace = "workspace " + installation.team_id.value_or("");
  return installation.enterprise_id ? workspace + " of " + organisation : workspace;
}

std::vector<fs::path> samples() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(SLACK_OAUTH_EXAMPLE_DATA)) {
    if (entry.path().filename().string().starts_with("oauth.v2.access.")) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// [statistics]
/// Before SQLite's first use in the process. Its memory statistics take a lock that all threads share, and that costs
/// an app with many threads half of its look-ups.
void switch_statistics_off() { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
// [statistics]

void run(const std::string& database, const std::vector<fs::path>& answers) {
  // [open]
  slack::oauth::SQLite3InstallationStore store({.database = database, .client_id = "111.222"});
  // [open]
  for (const auto& path : answers) store.save(read_installation(path));

  std::size_t count = 0;
  store.for_each_installation([&](const slack::oauth::Installation& installation) {
    const auto bot = store.find_bot({.enterprise_id = installation.enterprise_id,
                                     .team_id = installation.team_id,
                                     .is_enterprise_install = installation.is_enterprise_install});
    std::cout << place_of(installation) << ", installed by " << installation.user_id << ": bot token "
              << (bot ? slack::oauth::redact(bot->bot_token) : "none") << ", user token "
              << (installation.user_token ? slack::oauth::redact(*installation.user_token) : "none") << "\n";
    ++count;
  });
  std::cout << count << " installations are kept in " << database << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
      std::cout << usage;
      return EXIT_SUCCESS;
    }
    switch_statistics_off();
    std::vector<fs::path> answers(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    if (answers.empty()) answers = samples();
    run(arguments.empty() ? "installations.db" : arguments[0], answers);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "sqlite3_store: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
