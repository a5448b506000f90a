// A cache in front of a SQLite database that another process writes too.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using slack::oauth::Stores;

void run(const std::string& database) {
  // [open]
  const Stores stores =
      slack::oauth::cached(slack::oauth::sqlite3_stores({.database = database, .client_id = "111.222"}));
  // [open]
  stores.installations->save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});

  // As another process has it.
  Stores elsewhere = slack::oauth::sqlite3_stores({.database = database, .client_id = "111.222"});

  // [own]
  const auto cache = std::make_shared<slack::oauth::CachingInstallationStore>(elsewhere.installations);
  elsewhere.installations = cache;  // for all who look up
  // [own]

  // [snapshot]
  // Nothing is copied: all who ask share one record.
  for (int event = 0; event < 1000; ++event) {
    const auto bot = cache->bot_snapshot({.team_id = "T0FURNACE"});
    if (bot == nullptr) throw std::runtime_error("the app is not installed");
  }
  // [snapshot]

  stores.installations->save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-2", .user_id = "U0ADA"});
  const auto bot = cache->bot_snapshot({.team_id = "T0FURNACE"});
  if (bot == nullptr || bot->bot_token != "xoxb-not-a-real-token-2") throw std::runtime_error("the cache is stale");

  // [statistics]
  const slack::oauth::CacheStatistics statistics = cache->statistics();
  std::cout << statistics.hits << " hits, " << statistics.misses << " misses, " << statistics.refills
            << " of them looked up again\n";
  // [statistics]
}

// [options]
Stores cached_for_long(Stores stores) {
  slack::oauth::CacheOptions options;
  options.max_bots = 20'000;                           // workspaces with events in an hour
  options.serve_stale_for = std::chrono::minutes{10};  // while the database cannot be reached
  return slack::oauth::cached(std::move(stores), options);
}
// [options]

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? argv[1] : "cached_store.db");
    static_cast<void>(cached_for_long(slack::oauth::sqlite3_stores({.database = ":memory:", .client_id = "111.222"})));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
