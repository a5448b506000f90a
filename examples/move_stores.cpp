// Moves an app from a SQLite file to a PostgreSQL database: once while the app runs, and once more while it stands
// still.
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <slack/oauth.hpp>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::InstallationStore;

constexpr std::string_view usage =
    "Usage: move_stores CLIENT_ID FILE\n"
    "\n"
    "Makes the PostgreSQL database that DATABASE_URL names what the SQLite FILE is, for the app of that client ID. It\n"
    "may be run again, and then writes what has changed. Without arguments it shows that with a file of its own.\n";

// [move]
auto find_same(const InstallationStore& store, const Bot& bot) {
  return store.find_bot({bot.enterprise_id, bot.team_id, bot.is_enterprise_install});
}

/// As it is without the bot, which has a record of its own.
auto find_same(const InstallationStore& store, const Installation& user) {
  auto found = store.find_installation({user.enterprise_id, user.team_id, user.user_id, user.is_enterprise_install});
  if (found) found = slack::oauth::without_bot(*found);
  return found;
}

/// None where the record is an organisation's.
template <class Record>
slack::oauth::OptionalId team_of(const Record& record) {
  if (record.is_enterprise_install) return std::nullopt;
  return record.team_id;
}

/// Makes `to` what `from` is. Returns how many records it wrote or deleted.
std::size_t move(const InstallationStore& from, InstallationStore& to) {
  std::size_t changes = 0;
  from.for_each_installation([&](const Installation& installation) {
    const Installation user = slack::oauth::without_bot(installation);
    if (find_same(to, user) == user) return;
    to.save(user);
    ++changes;
  });
  from.for_each_bot([&](const Bot& bot) {
    if (find_same(to, bot) == bot) return;
    to.save_bot(bot);
    ++changes;
  });
  // What was uninstalled since the last time.
  to.for_each_installation([&](const Installation& user) {
    if (find_same(from, user)) return;
    to.delete_installation({user.enterprise_id, team_of(user), user.user_id});
    ++changes;
  });
  to.for_each_bot([&](const Bot& bot) {
    if (find_same(from, bot)) return;
    to.delete_bot({bot.enterprise_id, team_of(bot)});
    ++changes;
  });
  return changes;
}
// [move]

slack::oauth::Stores open_sqlite3(const std::string& file, const std::string& client_id) {
  return slack::oauth::sqlite3_stores({.database = file, .client_id = client_id});
}

slack::oauth::Stores open_postgresql(const std::string& client_id) {
  const char* const url = std::getenv("DATABASE_URL");
  if (url == nullptr) throw slack::oauth::InvalidArgumentError("DATABASE_URL", "has to name a database");
  return slack::oauth::postgresql_stores({.connection_string = url, .client_id = client_id});
}

/// An app that goes on between the two times.
void show() {
  const auto from = open_sqlite3("moved.db", "111.222");
  const auto to = open_postgresql("111.222");
  for (const std::string number : {"1", "2", "3"}) {
    from.installations->save({.team_id = "T" + number,
                              .bot_token = "xoxb-not-a-real-token-" + number,
                              .bot_id = "B" + number,
                              .user_id = "U0ADA"});
  }
  std::cout << "while the app runs: " << move(*from.installations, *to.installations) << " changes\n";
  auto refreshed = from.installations->find_bot({.team_id = "T1"}).value();
  refreshed.bot_token = "xoxb-not-a-real-token-4";
  from.installations->save_bot(refreshed);
  from.installations->delete_all({.team_id = "T2"});
  std::cout << "while it stands still: " << move(*from.installations, *to.installations) << " changes, and then "
            << move(*from.installations, *to.installations) << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) {
      show();
    } else if (arguments.size() == 2) {
      const auto from = open_sqlite3(arguments[1], arguments[0]);
      const auto to = open_postgresql(arguments[0]);
      std::cout << move(*from.installations, *to.installations) << " changes\n";
    } else {
      std::cout << usage;
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "move_stores: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
