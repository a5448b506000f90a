// Installations in a PostgreSQL database: saves the answers of Slack that it is given, and prints what is installed. It
// may be run again on the same database.
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <slack/oauth.hpp>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::string_view usage =
    "Usage: postgresql_store [--schema | ANSWER...]\n"
    "\n"
    "Saves each ANSWER (a JSON file: Slack's answer to oauth.v2.access) in the database that DATABASE_URL names, and\n"
    "prints what is installed, with all tokens redacted. Without an ANSWER, shipped samples are taken.\n"
    "--schema prints the SQL that makes the tables instead.\n";

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

std::string database_url() {
  const char* const url = std::getenv("DATABASE_URL");
  if (url == nullptr) throw slack::oauth::InvalidArgumentError("DATABASE_URL", "has to name a database");
  return url;
}

void run(const std::vector<fs::path>& answers) {
  // [open]
  slack::oauth::Stores stores =
      slack::oauth::postgresql_stores({.connection_string = database_url(), .client_id = "111.222"});
  // [open]
  for (const auto& path : answers) stores.installations->save(read_installation(path));

  std::size_t count = 0;
  stores.installations->for_each_installation([&](const slack::oauth::Installation& installation) {
    std::cout << place_of(installation) << ", installed by " << installation.user_id << ": bot token "
              << (installation.bot_token ? slack::oauth::redact(*installation.bot_token) : "none") << ", user token "
              << (installation.user_token ? slack::oauth::redact(*installation.user_token) : "none") << "\n";
    ++count;
  });
  const std::string state = stores.states->issue("acme");
  std::cout << count << " installations are kept, and a state was consumed "
            << (stores.states->consume(state) && !stores.states->consume(state) ? "once" : "wrongly") << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const std::string first = arguments.empty() ? "" : arguments[0];
    if (first == "--help" || first == "-h") {
      std::cout << usage;
    } else if (first == "--schema") {
      // [schema]
      std::cout << slack::oauth::postgresql_schema_sql();
      // [schema]
    } else {
      run(arguments.empty() ? samples() : std::vector<fs::path>(arguments.begin(), arguments.end()));
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "postgresql_store: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
