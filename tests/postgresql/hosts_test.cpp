// To which hosts a store connects, in which order, with whose password, and what it says where none will have it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "support/environment_variable.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Accepts on another address of this machine, by the system's hand, and never answers.
class SilentAddress {
 public:
  explicit SilentAddress(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    is_there_ =
        ::bind(socket_, reinterpret_cast<::sockaddr*>(&address), sizeof(address)) == 0 && ::listen(socket_, 16) == 0;
  }
  SilentAddress(const SilentAddress&) = delete;
  SilentAddress& operator=(const SilentAddress&) = delete;
  ~SilentAddress() { ::close(socket_); }

  [[nodiscard]] bool is_there() const { return is_there_; }

 private:
  int socket_;
  bool is_there_ = false;
};

std::string server_port() { return std::to_string(test::postgresql_server()->port()); }

InvalidArgumentError invalid(const PostgreSQLInstallationStoreOptions& given) {
  return test::thrown_by<InvalidArgumentError>([&] { PostgreSQLInstallationStore store(given); });
}

Installation installation() {
  return {.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .bot_id = "B1", .user_id = "U1"};
}

}  // namespace

TEST_CASE("a URI without its scheme is refused, and what may be its password is not shown", "[postgresql]") {
  for (const std::string text : {"app:zqx7@db.example", "app:zqx7", "app@zqx7"}) {
    const auto error = invalid({.connection_string = text, .client_id = "1"});
    CHECK_THAT(error.what(), ContainsSubstring("connection_string") && ContainsSubstring("scheme"));
    CHECK_THAT(error.what(), !ContainsSubstring("zqx7"));
  }
  CHECK_NOTHROW(detail::PostgreSQLHosts("a_database"));
  CHECK_NOTHROW(detail::PostgreSQLHosts(""));
}

TEST_CASE("an error about a connection string names its option", "[postgresql]") {
  const auto unknown = invalid({.connection_string = "host=127.0.0.1 nonsense=1", .client_id = "1"});
  CHECK_THAT(unknown.what(), ContainsSubstring("option that libpq does not know"));
  if (test::postgresql_server() == nullptr) return;
  const std::string wrong = "postgresql://app@127.0.0.1:nonsense/postgres";
  auto given = test::placed(PostgreSQLInstallationStoreOptions{});
  given.changes.listen_connection_string = wrong;
  CHECK_THAT(invalid(given).what(), ContainsSubstring("changes.listen_connection_string"));
  given.changes.listen_connection_string.clear();
  given.replica_connection_string = wrong;
  CHECK_THAT(invalid(given).what(), ContainsSubstring("replica_connection_string"));
}

TEST_CASE("a silent host is passed by, wherever the list of hosts stands", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy silent(test::postgresql_server()->port());
  silent.expect(test::Fault::silence, "");
  const std::string ports = std::to_string(silent.port()) + "," + server_port();
  PostgreSQLInstallationStoreOptions given{
      .client_id = "111.222", .timeout = 4s, .tables = {.schema = test::postgresql_server()->new_schema()}};
  SECTION("in a service file") {
    const std::string file = test::postgresql_server()->folder() + "/services";
    std::ofstream(file) << "[slack]\nhost=127.0.0.1,127.0.0.1\nport=" << ports << "\nuser=postgres\ndbname=postgres\n";
    const test::EnvironmentVariable variable("PGSERVICEFILE", file);
    given.connection_string = "service=slack";
    PostgreSQLInstallationStore store(given);
    store.save(installation());
    CHECK(store.find_bot({.team_id = "T1"}).has_value());
  }
  SECTION("in the environment") {
    const test::EnvironmentVariable hosts("PGHOST", "127.0.0.1,127.0.0.1");
    const test::EnvironmentVariable of_them("PGPORT", ports);
    given.connection_string = "user=postgres dbname=postgres";
    PostgreSQLInstallationStore store(given);
    store.save(installation());
    CHECK(store.find_bot({.team_id = "T1"}).has_value());
  }
  CHECK(silent.faults() == 1);
}

TEST_CASE("of several addresses of one name, one that is silent is passed by", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  CHECK(detail::addresses_of("127.0.0.1") == std::vector<std::string>{"127.0.0.1"});
  const SilentAddress silent(test::postgresql_server()->port());
  if (!silent.is_there()) {
    WARN("SKIPPED: this machine has no address 127.0.0.2");
    return;
  }
  const std::string text = "host=db.test user=postgres dbname=postgres port=" + server_port();
  detail::PostgreSQLHosts hosts(text, "connection_string", {.resolve = [](const std::string& /*host*/) {
                                  return std::vector<std::string>{"127.0.0.2", "127.0.0.1"};
                                }});
  const detail::PostgreSQLSettings settings{.connection_string = text, .timeout = 5s};
  const auto connect = [&] {
    return hosts.connect(detail::PostgreSQLClock::now() + 2s,
                         [&](const detail::PostgreSQLHosts::Order& order, detail::PostgreSQLDeadline end) {
                           return std::make_unique<detail::PostgreSQLWire>(settings, order, end);
                         });
  };
  CHECK(test::thrown_by<StorageError>([&] { static_cast<void>(connect()); }).code() == "ETIMEDOUT");
  const auto wire = connect();
  CHECK(wire->is_usable());
  CHECK(wire->place().host == "db.test");
}

TEST_CASE("the callback for a password is told for which host, one host a try", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  std::vector<PostgreSQLAddress> asked;
  auto given = test::placed(PostgreSQLInstallationStoreOptions{.timeout = 10s});
  const std::string closed = std::to_string(test::free_port());
  given.connection_string =
      "host=127.0.0.1,localhost user=postgres dbname=postgres port=" + closed + "," + server_port();
  given.password = [&asked](const PostgreSQLAddress& address) {
    asked.push_back(address);
    return std::string("not-a-real-password");
  };
  PostgreSQLInstallationStore store(given);
  CHECK(store.find_bot({.team_id = "T1"}) == std::nullopt);
  REQUIRE(asked.size() >= 2);
  CHECK(asked.front().host == "127.0.0.1");
  CHECK(asked.front().port == closed);
  CHECK(asked.front().user == "postgres");
  CHECK(asked.back().host == "localhost");
  CHECK(asked.back().port == server_port());
}

TEST_CASE("a callback for a password may take nothing, and may be none", "[postgresql]") {
  const std::function<std::string()> old = [] { return std::string("not-a-real-password"); };
  PostgreSQLPassword password = old;
  CHECK(password({.host = "db.test"}) == "not-a-real-password");
  CHECK_FALSE(PostgreSQLPassword(std::function<std::string()>{}));
  CHECK_FALSE(PostgreSQLPassword(nullptr));
  password = [] { return "also-not-real"; };
  CHECK(password() == "also-not-real");
}

TEST_CASE("where the callback throws for a replica, the primary is asked", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::Proxy replica(test::postgresql_server()->port());
  std::vector<std::string> warnings;
  auto given = test::placed(PostgreSQLInstallationStoreOptions{});
  given.replica_connection_string = replica.connection_string();
  given.logger =
      Logger(LogLevel::warning, [&](LogLevel /*level*/, std::string_view line) { warnings.emplace_back(line); });
  given.password = [port = std::to_string(replica.port())](const PostgreSQLAddress& address) -> std::string {
    if (address.port == port) throw std::runtime_error("zqx7");
    return "not-a-real-password";
  };
  PostgreSQLInstallationStore store(given);
  store.save(installation());
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings.front(), ContainsSubstring("replica") && !ContainsSubstring("zqx7"));
}

TEST_CASE("what each address said is told, and whether a retry may help at any", "[postgresql]") {
  const std::string a = "connection to server at \"a.test\" (192.0.2.1), port 5432 failed: ";
  const std::string b = "connection to server at \"b.test\" (192.0.2.2), port 5432 failed: ";
  const auto refusals = detail::refusals_in(a + "FATAL:  28P01: password authentication failed for user \"app\"\n" +
                                            "LOCATION:  auth_failed, auth.c:326\n" + b +
                                            "FATAL:  57P03: the database system is starting up\n" + b +
                                            "Connection refused\n\tIs the server running on that host?\n");
  REQUIRE(refusals.size() == 3);
  CHECK(refusals[0].text == a + "password authentication failed for user \"app\"");
  CHECK(refusals[0].code == "28P01");
  CHECK_FALSE(refusals[0].is_retryable());
  CHECK(refusals[1].text == b + "the database system is starting up");
  CHECK(refusals[1].code == "57P03");
  CHECK(refusals[1].is_retryable());
  CHECK(refusals[2].text == b + "Connection refused");
  CHECK(refusals[2].is_retryable());
  const auto says = [](const std::string& text) { return detail::PostgreSQLRefusal{.text = text}; };
  CHECK_FALSE(says(a + "SSL error: certificate verify failed").is_retryable());
  CHECK(says("connection to server at \"certificate.test\", port 5432 failed: Connection refused").is_retryable());
}

TEST_CASE("a store that cannot connect warns once that it tries again, and names each address once", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  std::vector<std::string> warnings;
  const std::string one = std::to_string(test::free_port());
  const std::string other = std::to_string(test::free_port());
  const auto error = test::thrown_by<StorageError>([&] {
    PostgreSQLInstallationStore store(
        {.connection_string = "host=127.0.0.1,127.0.0.1 dbname=postgres user=postgres port=" + one + "," + other,
         .client_id = "1",
         .timeout = 300ms,
         .logger = Logger(LogLevel::warning,
                          [&](LogLevel /*level*/, std::string_view line) { warnings.emplace_back(line); })});
  });
  CHECK(error.is_retryable());
  const std::string said = error.what();
  for (const auto& port : {one, other}) {
    const std::size_t at = said.find(port);
    REQUIRE(at != std::string::npos);
    CHECK(said.find(port, at + 1) == std::string::npos);
  }
  CHECK_THAT(said, ContainsSubstring("(database postgres)"));
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings.front(), ContainsSubstring("trying again") && ContainsSubstring(one));
}

TEST_CASE("what no retry mends is not tried again", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto plain = test::thrown_by<StorageError>([] {
    PostgreSQLInstallationStore store(
        {.connection_string = test::postgresql_server()->connection_string() + "?sslmode=require",
         .client_id = "1",
         .timeout = 1min});
  });
  CHECK_FALSE(plain.is_retryable());
  CHECK_THAT(plain.what(), ContainsSubstring("SSL"));

  detail::PostgreSQLPool pool({.connection_string = test::postgresql_server()->connection_string(), .timeout = 1min});
  int tries = 0;
  const auto twice = test::thrown_by<StorageError>([&] {
    pool.run(detail::PostgreSQLRepeat::always, [&](detail::PostgreSQLSession& session) {
      ++tries;
      session.connection().execute("prepare slack_oauth_1 as select 1");
      session.connection().prepare("select 2").run();
    });
  });
  CHECK(tries == 1);
  CHECK(twice.code() == "42P05");
  CHECK_FALSE(twice.is_retryable());
  CHECK_THAT(twice.what(), ContainsSubstring("pooling"));
}
