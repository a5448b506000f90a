// The primary dies under writing processes, and its synchronous standby takes over: with the same store objects.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/processes.hpp"
#include "support/sanitizers.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

Installation installation(const std::string& team_id, std::int64_t version) {
  const std::string token = "xoxb-not-a-real-token-" + std::to_string(version);
  return {.team_id = team_id, .bot_token = token, .bot_id = "B1", .user_id = "U1", .user_token = token};
}

/// Saves versions 1, 2, 3, … of a workspace, and uses states, until the file is there. Says the last version, how many
/// states it consumed, and how many it does not know of.
std::string write_until(const std::string& end, const PostgreSQLStoresOptions& options, std::size_t number) {
  const Stores stores = postgresql_stores(options);
  const std::string team_id = "T" + std::to_string(number);
  std::int64_t version = 0;
  int consumed = 0;
  int unknown = 0;
  while (::access(end.c_str(), F_OK) != 0) {
    stores.installations->save(installation(team_id, ++version));
    const auto found = stores.installations->find_installation({.team_id = team_id});
    if (!found || found->user_token != found->bot_token ||
        found->bot_token != installation(team_id, version).bot_token) {
      return "error: what was saved is not there, or torn: version " + std::to_string(version);
    }
    const std::string state = stores.states->issue();
    int times = 0;
    for (int i = 0; i < 2; ++i) {
      try {
        times += stores.states->consume(state) ? 1 : 0;
      } catch (const StorageError&) {
        ++unknown;
      }
    }
    if (times > 1) return "error: a state was consumed twice";
    consumed += times;
  }
  return std::to_string(version) + " " + std::to_string(consumed) + " " + std::to_string(unknown);
}

}  // namespace

TEST_CASE("after a failover every acknowledged save is there, none is torn, and no state is consumed twice",
          "[postgresql]" NOT_SANITIZED) {
  const auto programs = test::postgresql_programs();
  if (test::postgresql_server() == nullptr) return;
  if (!std::filesystem::exists(*programs / "pg_basebackup")) {
    WARN("SKIPPED: there is no pg_basebackup here");
    return;
  }
  constexpr std::size_t writers = 4;
  constexpr int failovers = 2;
  std::vector<std::unique_ptr<test::PostgreSQLServer>> servers;
  servers.push_back(std::make_unique<test::PostgreSQLServer>(*programs));
  // All that will ever serve, since the store's connection string says so.
  std::vector<int> ports{servers.front()->port()};
  for (int i = 0; i < failovers; ++i) ports.push_back(test::free_port());
  std::string hosts;
  std::string list;
  for (const int port : ports) {
    hosts += (hosts.empty() ? "" : ",") + std::string("127.0.0.1");
    list += (list.empty() ? "" : ",") + std::to_string(port);
  }
  const PostgreSQLStoresOptions options{
      .connection_string =
          "host=" + hosts + " port=" + list + " user=postgres dbname=postgres target_session_attrs=read-write",
      .client_id = "111.222",
      .timeout = 60s};
  { const Stores made = postgresql_stores(options); }
  const std::string end = servers.front()->folder() + "/end";

  std::vector<std::string> said;
  std::thread processes([&] {
    said = test::in_processes(
        writers, [] { return 0; }, [&](int, std::size_t number) { return write_until(end, options, number); });
  });
  std::exception_ptr problem;
  try {
    for (int i = 1; i <= failovers; ++i) {
      auto standby = std::make_unique<test::PostgreSQLServer>(*servers.back(), ports[static_cast<std::size_t>(i)]);
      test::PostgreSQLServer& primary = *servers.back();
      const test::RawDatabase raw(primary.connection_string());
      raw.execute("alter system set synchronous_standby_names = '*'");
      raw.execute("select pg_reload_conf()");
      while (raw.value("select count(*) from pg_stat_replication where sync_state = 'sync'") != "1") {
        std::this_thread::sleep_for(10ms);
      }
      std::this_thread::sleep_for(1s);
      primary.stop(SIGKILL);
      std::this_thread::sleep_for(200ms);
      test::RawDatabase(standby->connection_string()).execute("select pg_promote()");
      servers.push_back(std::move(standby));
      std::this_thread::sleep_for(1s);
    }
  } catch (...) {
    problem = std::current_exception();
  }
  std::ofstream(end) << "end";
  processes.join();
  if (problem) std::rethrow_exception(problem);

  const Stores stores = postgresql_stores(options);
  std::int64_t saves = 0;
  int consumed = 0;
  int unknown = 0;
  for (std::size_t number = 0; number < writers; ++number) {
    CAPTURE(said[number]);
    REQUIRE(said[number].find("error") == std::string::npos);
    std::istringstream numbers(said[number]);
    std::int64_t version = 0;
    int of_this = 0;
    int unknown_of_this = 0;
    numbers >> version >> of_this >> unknown_of_this;
    const std::string team_id = "T" + std::to_string(number);
    const auto found = stores.installations->find_installation({.team_id = team_id});
    REQUIRE(found.has_value());
    CHECK(found->bot_token == installation(team_id, version).bot_token);
    CHECK(found->user_token == found->bot_token);
    CHECK(version > 10);
    // As many states were issued as versions saved: each is consumed, or it was said that this is not known. That is
    // so for what was on its way when a primary died, and for nothing else.
    CHECK(of_this + unknown_of_this >= version);
    CHECK(of_this <= version);
    CHECK(unknown_of_this <= 2 * failovers);
    saves += version;
    consumed += of_this;
    unknown += unknown_of_this;
  }
  WARN(failovers << " failovers under " << writers << " processes: " << saves << " saves acknowledged and none lost, "
                 << consumed << " states consumed once, " << unknown << " of which it was said that it is not known");
}
