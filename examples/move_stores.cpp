// Moves an app from a SQLite file to a PostgreSQL database: once while the app runs, and once more while it stands
// still.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <slack/oauth.hpp>
#include <slack/oauth/postgresql.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <vector>

namespace {

using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::InstallationStore;
using slack::oauth::InvalidArgumentError;

constexpr std::string_view usage =
    "Usage: move_stores [--delete] [--overwrite] CLIENT_ID FILE\n"
    "\n"
    "Saves what the SQLite FILE has of the app of that client ID in the PostgreSQL database that DATABASE_URL names. "
    "Run\n"
    "it while the app runs over FILE, and again, with --delete, when the app stands still: it then writes what has\n"
    "changed. Never run it after an app has run over PostgreSQL. It would bring back tokens that are used up. Where "
    "it\n"
    "finds that PostgreSQL has newer records than FILE, it writes nothing.\n"
    "  --delete       delete from PostgreSQL what FILE does not have: what was uninstalled since the last time\n"
    "  --overwrite    write although PostgreSQL has newer records; with --delete, those that FILE lacks are deleted\n"
    "Without arguments it shows all that with a file of its own.\n";

/// Says from time to time how far it is.
class Progress {
 public:
  void count() {
    if (++count_ % 1000 == 0) std::cout << count_ << " records were looked at\n" << std::flush;
  }

 private:
  std::size_t count_ = 0;
};

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

/// Whether it was installed or refreshed after the other one.
bool is_newer(const Bot& one, const Bot& other) {
  return std::tie(one.installed_at, one.bot_token_expires_at) >
         std::tie(other.installed_at, other.bot_token_expires_at);
}

bool is_newer(const Installation& one, const Installation& other) {
  return std::tie(one.installed_at, one.user_token_expires_at) >
         std::tie(other.installed_at, other.user_token_expires_at);
}

/// None where the record is an organisation's.
template <class Record>
slack::oauth::OptionalId team_of(const Record& record) {
  if (record.is_enterprise_install) return std::nullopt;
  return record.team_id;
}

template <class Visitor>
void for_each_record(const InstallationStore& store, const Visitor& visit) {
  store.for_each_installation([&](const Installation& user) { visit(slack::oauth::without_bot(user)); });
  store.for_each_bot(visit);
}

/// How many records of `to` are newer than what `from` has: an app has run over it. Throws where `from` has nothing.
std::size_t count_newer(const InstallationStore& from, const InstallationStore& to) {
  std::optional<slack::oauth::Timestamp> newest;
  for_each_record(
      from, [&](const auto& record) { newest = std::max(newest.value_or(record.installed_at), record.installed_at); });
  if (!newest) throw std::runtime_error("the store to move from has nothing of that client ID");
  std::size_t count = 0;
  Progress progress;
  for_each_record(to, [&](const auto& record) {
    progress.count();
    const auto same = find_same(from, record);
    if (same ? is_newer(record, *same) : record.installed_at > *newest) ++count;
  });
  return count;
}

struct Moved {
  std::size_t saved = 0;
  std::size_t deleted = 0;
  std::size_t alone = 0;  // what only `to` has, where that is not deleted
};

/// Makes `to` what `from` is, but for what only `to` has, unless `deletes`.
Moved move(const InstallationStore& from, InstallationStore& to, bool deletes) {
  Moved moved;
  Progress progress;
  from.for_each_installation([&](const Installation& installation) {
    progress.count();
    const Installation user = slack::oauth::without_bot(installation);
    if (find_same(to, user) == user) return;
    to.save(user);
    ++moved.saved;
  });
  from.for_each_bot([&](const Bot& bot) {
    progress.count();
    if (find_same(to, bot) == bot) return;
    to.save_bot(bot);
    ++moved.saved;
  });
  // What was uninstalled since the last time.
  to.for_each_installation([&](const Installation& user) {
    if (find_same(from, user)) return;
    ++(deletes ? moved.deleted : moved.alone);
    if (deletes) to.delete_installation({user.enterprise_id, team_of(user), user.user_id});
  });
  to.for_each_bot([&](const Bot& bot) {
    if (find_same(from, bot)) return;
    ++(deletes ? moved.deleted : moved.alone);
    if (deletes) to.delete_bot({bot.enterprise_id, team_of(bot)});
  });
  return moved;
}
// [move]

slack::oauth::Stores open_sqlite3(const std::string& file, const std::string& client_id) {
  return slack::oauth::sqlite3_stores({.database = file, .client_id = client_id});
}

slack::oauth::Stores open_postgresql(const std::string& client_id) {
  const char* const url = std::getenv("DATABASE_URL");
  if (url == nullptr) throw InvalidArgumentError("DATABASE_URL", "has to name a database");
  return slack::oauth::postgresql_stores({.connection_string = url, .client_id = client_id});
}

struct Arguments {
  std::vector<std::string> names;
  bool deletes = false;
  bool overwrites = false;
};

Arguments parse_arguments(const std::vector<std::string>& given) {
  Arguments arguments;
  for (const auto& argument : given) {
    if (argument == "--delete") {
      arguments.deletes = true;
    } else if (argument == "--overwrite") {
      arguments.overwrites = true;
    } else if (argument.starts_with("-")) {
      throw InvalidArgumentError(argument, "is not an option; see --help");
    } else {
      arguments.names.push_back(argument);
    }
  }
  if (arguments.names.size() != 2) throw InvalidArgumentError("CLIENT_ID and FILE", "are required; see --help");
  return arguments;
}

void run(const Arguments& arguments) {
  const std::string& client_id = arguments.names[0];
  const std::string& file = arguments.names[1];
  // SQLite would make one that holds nothing.
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) throw InvalidArgumentError(file, "is not a file");
  const auto from = open_sqlite3(file, client_id);
  const auto to = open_postgresql(client_id);
  std::cout << "comparing both, before anything is written\n" << std::flush;
  const std::size_t newer = count_newer(*from.installations, *to.installations);
  if (newer > 0 && !arguments.overwrites) {
    throw std::runtime_error("records that are newer in PostgreSQL: " + std::to_string(newer) +
                             ", so nothing was written; see --overwrite");
  }
  std::cout << "moving " << file << "\n" << std::flush;
  const Moved moved = move(*from.installations, *to.installations, arguments.deletes);
  std::cout << "saved: " << moved.saved << ", deleted: " << moved.deleted << "\n";
  if (moved.alone > 0) std::cout << "in PostgreSQL alone: " << moved.alone << "; see --delete\n";
}

/// An app that goes on between the two times, and after them over PostgreSQL.
void show() {
  const auto from = open_sqlite3("moved.db", "111.222");
  const auto to = open_postgresql("111.222");
  const auto move_once = [&](std::string_view when) {
    const Moved moved = move(*from.installations, *to.installations, true);
    std::cout << when << ": " << moved.saved << " saved, " << moved.deleted << " deleted\n";
  };
  for (const std::string number : {"1", "2", "3"}) {
    from.installations->save({.team_id = "T" + number,
                              .bot_token = "xoxb-not-a-real-token-" + number,
                              .bot_id = "B" + number,
                              .user_id = "U0ADA"});
  }
  move_once("while the app runs");
  auto refreshed = from.installations->find_bot({.team_id = "T1"}).value();
  refreshed.bot_token = "xoxb-not-a-real-token-4";
  refreshed.bot_token_expires_at = slack::oauth::expires_in(std::chrono::hours(12));
  from.installations->save_bot(refreshed);
  from.installations->delete_all({.team_id = "T2"});
  move_once("while it stands still");
  move_once("and then");
  refreshed.bot_token = "xoxb-not-a-real-token-5";
  refreshed.bot_token_expires_at = slack::oauth::expires_in(std::chrono::hours(24));
  to.installations->save_bot(refreshed);
  std::cout << "after the app has run over PostgreSQL: " << count_newer(*from.installations, *to.installations)
            << " newer\n";
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) {
      show();
    } else if (arguments[0] == "--help" || arguments[0] == "-h") {
      std::cout << usage;
    } else {
      run(parse_arguments(arguments));
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "move_stores: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
