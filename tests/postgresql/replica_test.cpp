// Look-ups from a read replica: what it may show, and who is not shown it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

/// A standby of the tests' server, whose replay can stand still.
class Standby {
 public:
  Standby() : server_(*test::postgresql_server(), test::free_port()), raw_(connection_string()) {}

  [[nodiscard]] test::PostgreSQLServer& server() { return server_; }
  [[nodiscard]] std::string connection_string() const { return server_.connection_string(); }

  /// From now on it shows what the primary has at this moment.
  void pause() {
    const test::RawDatabase primary(test::postgresql_server()->connection_string());
    const std::string end = primary.value("select pg_current_wal_lsn()");
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (raw_.value("select pg_last_wal_replay_lsn() >= '" + end + "'::pg_lsn") != "t") {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the standby does not follow");
      std::this_thread::sleep_for(10ms);
    }
    raw_.execute("select pg_wal_replay_pause()");
    while (raw_.value("select pg_get_wal_replay_pause_state()") != "paused") std::this_thread::sleep_for(10ms);
  }
  void resume() { raw_.execute("select pg_wal_replay_resume()"); }

 private:
  test::PostgreSQLServer server_;
  test::RawDatabase raw_;
};

/// Null after saying so where no standby can be made.
std::unique_ptr<Standby> standby_or_skip() {
  if (test::postgresql_server() == nullptr) return nullptr;
  const auto programs = test::postgresql_programs();
  if (std::filesystem::exists(*programs / "pg_basebackup")) return std::make_unique<Standby>();
  std::cout << "SKIPPED: there is no pg_basebackup here\n";
  WARN("SKIPPED: there is no pg_basebackup here");
  return nullptr;
}

Installation with_tokens(const std::string& number) {
  auto made = test::full_installation();
  made.bot_token = "xoxe.xoxb-not-a-real-token-" + number;
  made.bot_refresh_token = "xoxe-not-a-real-bot-refresh-token-" + number;
  made.user_token = "xoxe.xoxp-not-a-real-token-" + number;
  made.user_refresh_token = "xoxe-not-a-real-user-refresh-token-" + number;
  return made;
}

const BotQuery the_bot{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
const InstallationQuery the_newest{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
const WorkspaceRef the_workspace{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};

/// Listens, accepts by the system's hand, and never answers.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof(address);
    if (::bind(socket_, reinterpret_cast<::sockaddr*>(&address), size) != 0 || ::listen(socket_, 16) != 0 ||
        ::getsockname(socket_, reinterpret_cast<::sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { ::close(socket_); }

  [[nodiscard]] std::string connection_string() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/postgres";
  }

 private:
  int socket_;
  int port_ = 0;
};

}  // namespace

TEST_CASE("a replica that is behind shows what was, and decides nothing", "[postgresql]") {
  const auto standby = standby_or_skip();
  if (standby == nullptr) return;
  auto options = test::placed(PostgreSQLInstallationStoreOptions{});
  PostgreSQLInstallationStore other(options);
  other.save(with_tokens("1"));
  standby->pause();
  other.save(with_tokens("2"));
  options.replica_connection_string = standby->connection_string();
  PostgreSQLInstallationStore store(options);

  // Look-ups are the replica's.
  const auto shown = [&store] { return store.find_bot(the_bot)->bot_token; };
  CHECK(shown() == with_tokens("1").bot_token);
  CHECK(store.find_installation(the_newest)->user_token == with_tokens("1").user_token);

  SECTION("what it lacks is looked up in the primary") {
    auto later = with_tokens("3");
    later.team_id = "T0LATER";
    other.save(later);
    const auto bot = store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0LATER"});
    REQUIRE(bot.has_value());
    CHECK(bot->bot_token == later.bot_token);
    CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0LATER", .user_id = later.user_id}) ==
          later);
    CHECK_FALSE(store.find_bot({.team_id = "T0NOWHERE"}).has_value());
  }
  SECTION("who has the turn is shown the primary") {
    const auto other_lease = store.try_lease({.team_id = "T0ANOTHER"}, 10s);
    CHECK(shown() == with_tokens("1").bot_token);
    auto lease = store.try_lease(the_workspace, 10s);
    REQUIRE(lease != nullptr);
    CHECK(shown() == with_tokens("2").bot_token);
    CHECK(store.find_installation(the_newest)->user_token == with_tokens("2").user_token);
    lease.reset();
    CHECK(shown() == with_tokens("1").bot_token);
    lease = store.wait_lease(the_workspace, 10s, 1s);
    REQUIRE(lease != nullptr);
    CHECK(shown() == with_tokens("2").bot_token);
  }
  SECTION("the turn that ended, and was not given back, still counts as one") {
    const auto lease = store.try_lease(the_workspace, 1ms);
    REQUIRE(lease != nullptr);
    std::this_thread::sleep_for(20ms);
    CHECK_FALSE(lease->is_held());
    CHECK(shown() == with_tokens("2").bot_token);
  }
  SECTION("replacements compare with the primary") {
    const RefreshedToken token{.access_token = "xoxe.xoxb-not-a-real-token-4",
                               .refresh_token = "xoxe-not-a-real-refresh-token-4"};
    const auto replace_bot = [&](const std::string& used) {
      return store.replace_tokens(
          {.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .used_refresh_token = used, .token = token});
    };
    const auto replace_user = [&](const std::string& used) {
      return store.replace_tokens({.enterprise_id = "E0KILN",
                                   .team_id = "T0FURNACE",
                                   .user_id = with_tokens("1").user_id,
                                   .used_refresh_token = used,
                                   .token = token});
    };
    CHECK_FALSE(replace_bot(*with_tokens("1").bot_refresh_token));
    CHECK_FALSE(replace_user(*with_tokens("1").user_refresh_token));
    CHECK(replace_bot(*with_tokens("2").bot_refresh_token));
    CHECK(replace_user(*with_tokens("2").user_refresh_token));
    CHECK(other.find_bot(the_bot)->bot_token == token.access_token);
    CHECK(other.find_installation(the_newest)->user_token == token.access_token);
    CHECK_FALSE(store.replace_bot(store.find_bot(the_bot), std::nullopt));
  }
  SECTION("visits and deletions are the primary's") {
    std::vector<std::string> visited;
    store.for_each_bot([&visited](const Bot& bot) { visited.push_back(bot.bot_token); });
    CHECK(visited == std::vector<std::string>{*with_tokens("2").bot_token});
    store.delete_all(the_workspace);
    CHECK_FALSE(other.find_bot(the_bot).has_value());
    CHECK(shown() == with_tokens("1").bot_token);
  }
  SECTION("stores of one engine have it too") {
    const auto stores = postgresql_stores({.connection_string = options.connection_string,
                                           .replica_connection_string = options.replica_connection_string,
                                           .client_id = options.client_id,
                                           .tables = options.tables});
    CHECK(stores.installations->find_bot(the_bot)->bot_token == with_tokens("1").bot_token);
    const auto state = stores.states->issue();
    CHECK(stores.states->consume(state));
  }
  SECTION("nobody is told of changes that it may not show yet") {
    CHECK(other.changes() != nullptr);
    CHECK(store.changes() == nullptr);
  }
  SECTION("it follows") {
    standby->resume();
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (shown() != with_tokens("2").bot_token && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(10ms);
    }
    CHECK(shown() == with_tokens("2").bot_token);
  }
}

TEST_CASE("where a replica does not answer, the primary does", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  std::vector<std::string> warnings;
  auto options = test::placed(PostgreSQLInstallationStoreOptions{.timeout = 2s});
  options.logger = Logger(LogLevel::warning,
                          [&warnings](LogLevel /*level*/, std::string_view line) { warnings.emplace_back(line); });
  PostgreSQLInstallationStore(options).save(with_tokens("1"));
  const auto bot = *with_tokens("1").to_bot();

  SECTION("one that refuses") {
    options.replica_connection_string =
        "postgresql://someone:not-a-real-password@127.0.0.1:" + std::to_string(test::free_port()) + "/postgres";
    const PostgreSQLInstallationStore store(options);
    CHECK(store.find_bot(the_bot) == bot);
    CHECK(store.find_bot(the_bot) == bot);
    REQUIRE(warnings.size() == 1);  // it is left alone after that
    CHECK(warnings.front().find("127.0.0.1") != std::string::npos);
    CHECK(warnings.front().find("not-a-real-password") == std::string::npos);
  }
  SECTION("one for which there is no password") {
    // Only connections to the primary, which is asked first, get one.
    bool has_password = true;
    options.password = [&has_password]() -> std::string {
      if (!has_password) throw std::runtime_error("not-a-real-password");
      return {};
    };
    options.replica_connection_string = options.connection_string;
    const PostgreSQLInstallationStore store(options);
    has_password = false;
    CHECK(store.find_bot(the_bot) == bot);
    CHECK(store.find_bot(the_bot) == bot);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().find("not-a-real-password") == std::string::npos);
  }
  SECTION("one that is silent costs a part of the timeout, once") {
    const SilentServer silent;
    options.replica_connection_string = silent.connection_string();
    const PostgreSQLInstallationStore store(options);
    const auto start = std::chrono::steady_clock::now();
    CHECK(store.find_bot(the_bot) == bot);
    CHECK(std::chrono::steady_clock::now() - start < options.timeout);
    for (int i = 0; i < 100; ++i) CHECK(store.find_bot(the_bot) == bot);
    CHECK(warnings.size() == 1);
  }
  SECTION("one without the tables is asked again") {
    test::RawDatabase raw(options.connection_string);
    const std::string database = "empty_" + options.tables.schema;
    raw.execute("create database " + database);
    options.replica_connection_string = options.connection_string;
    options.replica_connection_string.replace(options.connection_string.rfind('/') + 1, std::string::npos, database);
    const PostgreSQLInstallationStore store(options);
    CHECK(store.find_bot(the_bot) == bot);
    CHECK(store.find_bot(the_bot) == bot);
    CHECK(warnings.empty());
  }
}

TEST_CASE("a replica that crashed is asked again after a while", "[postgresql]") {
  const auto standby = standby_or_skip();
  if (standby == nullptr) return;
  auto options = test::placed(PostgreSQLInstallationStoreOptions{});
  options.replica_connection_string = standby->connection_string();
  PostgreSQLInstallationStore store(options);
  store.save(with_tokens("1"));
  standby->pause();
  store.save(with_tokens("2"));
  CHECK(store.find_bot(the_bot)->bot_token == with_tokens("1").bot_token);
  standby->server().stop(SIGKILL);
  CHECK(store.find_bot(the_bot)->bot_token == with_tokens("2").bot_token);
  standby->server().start();
  CHECK(store.find_bot(the_bot)->bot_token == with_tokens("2").bot_token);
  // It replays what it has, so what it shows is no sign of it; that it serves is.
  const test::RawDatabase raw(standby->connection_string());
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  const auto connections = [&raw] {
    return raw.value("select count(*) from pg_stat_activity where application_name = 'slack-oauth'");
  };
  while (connections() == "0" && std::chrono::steady_clock::now() < deadline) {
    CHECK(store.find_bot(the_bot)->bot_token == with_tokens("2").bot_token);
    std::this_thread::sleep_for(100ms);
  }
  CHECK(connections() == "1");
}

TEST_CASE("a connection string of a replica that cannot be read is named", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  auto options = test::placed(PostgreSQLInstallationStoreOptions{});
  options.replica_connection_string = "postgresql://not-a-real-user:not-a-real-password@[";
  CHECK_THROWS_WITH(PostgreSQLInstallationStore(options),
                    Catch::Matchers::ContainsSubstring("replica_connection_string") &&
                        !Catch::Matchers::ContainsSubstring("not-a-real-password"));
}
