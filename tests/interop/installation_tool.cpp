// Keeps installations and states in PostgreSQL for a script in another language, in the database that DATABASE_URL
// names:
//
//   installation_tool save                                        each line of its input is an installation as JSON
//   installation_tool find|find_bot <enterprise> <team> [<user>]  prints JSON, null where there is none
//   installation_tool delete|delete_bot <enterprise> <team> [<user>]
//   installation_tool issue                                       prints the state
//   installation_tool consume <state>                             prints its payload, or "absent"
//
// An id that is empty is absent, and without a team it is the organisation that is meant.
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/postgresql.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Arguments = std::vector<std::string>;

std::optional<std::string_view> id(const Arguments& arguments, std::size_t index) {
  if (index >= arguments.size() || arguments[index].empty()) return std::nullopt;
  return arguments[index];
}

template <class T>
void print(const std::optional<T>& found) {
  std::cout << (found ? nlohmann::json(*found) : nlohmann::json()) << '\n';
}

void run(const Arguments& arguments) {
  const char* const url = std::getenv("DATABASE_URL");
  if (url == nullptr) throw std::invalid_argument("DATABASE_URL has to name a database");
  const slack::oauth::Stores stores =
      slack::oauth::postgresql_stores({.connection_string = url, .client_id = "111.222"});
  auto& installations = *stores.installations;

  const std::string& command = arguments.at(0);
  const auto enterprise = id(arguments, 1);
  const auto team = id(arguments, 2);
  const auto user = id(arguments, 3);
  if (command == "save") {
    std::string line;
    while (std::getline(std::cin, line)) {
      installations.save(nlohmann::json::parse(line).get<slack::oauth::Installation>());
    }
  } else if (command == "find") {
    print(installations.find_installation(
        {.enterprise_id = enterprise, .team_id = team, .user_id = user, .is_enterprise_install = !team}));
  } else if (command == "find_bot") {
    print(installations.find_bot({.enterprise_id = enterprise, .team_id = team, .is_enterprise_install = !team}));
  } else if (command == "delete") {
    installations.delete_installation({.enterprise_id = enterprise, .team_id = team, .user_id = user});
  } else if (command == "delete_bot") {
    installations.delete_bot({.enterprise_id = enterprise, .team_id = team});
  } else if (command == "issue") {
    std::cout << stores.states->issue() << '\n';
  } else if (command == "consume") {
    const auto payload = stores.states->consume(arguments.at(1));
    std::cout << (payload ? payload->dump() : "absent") << '\n';
  } else {
    throw std::invalid_argument("there is no command " + command);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(Arguments(argv + 1, argv + argc));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
