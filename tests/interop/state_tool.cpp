// Issues and consumes states for a script in another language: state_tool issue|consume <store> <where> [<state>].
// Reads and writes one line. What is consumed is said as its payload, and "absent" where there is none.
#include <exception>
#include <iostream>
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/flow/install/signed_state.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::unique_ptr<slack::oauth::OAuthStateStore> open(const std::string& kind, const std::string& where) {
  constexpr std::chrono::seconds expiration{300};
  if (kind == "sqlite3") {
    return std::make_unique<slack::oauth::SQLite3OAuthStateStore>(
        slack::oauth::SQLite3OAuthStateStoreOptions{.database = where, .expiration = expiration});
  }
  if (kind == "file") {
    return std::make_unique<slack::oauth::FileOAuthStateStore>(
        slack::oauth::FileOAuthStateStoreOptions{.base_dir = where, .client_id = "111.222", .expiration = expiration});
  }
  if (kind == "signed") {
    return std::make_unique<slack::oauth::SignedOAuthStateStore>(
        slack::oauth::SignedOAuthStateStoreOptions{.secret = where, .expiration = expiration});
  }
  throw std::invalid_argument("there is no store " + kind);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto store = open(arguments.at(1), arguments.at(2));
    if (arguments.at(0) == "issue") {
      std::cout << (arguments.size() > 3 ? store->issue(nlohmann::json::parse(arguments[3])) : store->issue()) << '\n';
    } else {
      const auto payload = store->consume(arguments.at(3));
      std::cout << (payload ? payload->dump() : "absent") << '\n';
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
