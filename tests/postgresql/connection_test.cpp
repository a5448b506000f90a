// How a store comes to its server: TLS, passwords, what a role may do, and how many connections there are.
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "support/environment_variable.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

Installation installation(const std::string& token) {
  return {.team_id = "T1",
          .bot_token = token,
          .bot_id = "B1",
          .bot_refresh_token = "xoxe-not-a-real-token-1",
          .user_id = "U1",
          .user_token = "xoxp-not-a-real-token-1"};
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), 0600);
}

/// A server that asks for passwords, and has a certificate.
class GuardedServer {
 public:
  GuardedServer() : folder_(server_.folder()), raw_(server_.connection_string()) {
    raw_.execute("create role app login password 'not-a-real-password-1'; create schema app authorization app");
    std::ofstream(folder_ / "data" / "pg_hba.conf") << "local all all trust\n"
                                                       "hostssl all ciphered 127.0.0.1/32 trust\n"
                                                       "host all ciphered 127.0.0.1/32 reject\n"
                                                       "host all app 127.0.0.1/32 scram-sha-256\n"
                                                       "host all all 127.0.0.1/32 trust\n";
    reload();
  }

  /// Keywords that reach it as `app`, but for the password.
  [[nodiscard]] std::string keywords() const {
    return "host=127.0.0.1 dbname=postgres user=app port=" + std::to_string(server_.port());
  }

  /// Returns when new connections have what was changed: they say when the server that started them read its files.
  void reload() {
    const std::string loaded_at = "select pg_conf_load_time()";
    const auto now = [&] { return test::RawDatabase(server_.connection_string()).value(loaded_at); };
    const std::string before = now();
    raw_.execute("select pg_reload_conf()");
    while (now() == before) std::this_thread::sleep_for(1ms);
  }

  /// False where there is no openssl.
  [[nodiscard]] bool use_tls() {
    const std::string in = "cd " + folder_.string() + " && ";
    const std::string key = "-newkey rsa:2048 -nodes -days 2";
    for (const std::string& command : std::vector<std::string>{
             "openssl req -x509 " + key + " -keyout ca.key -out ca.crt -subj '/CN=CA of a test'",
             "openssl req -x509 " + key + " -keyout other.key -out other.crt -subj '/CN=another CA'",
             "openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
             "openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt"}) {
      if (std::system((in + "{ " + command + "; } > tls.log 2>&1").c_str()) != 0) return false;
    }
    ::chmod((folder_ / "server.key").c_str(), 0600);
    if (const ::passwd* const user = test::user_of_server()) {
      for (const std::string name : {"server.key", "server.crt"}) {
        if (::chown((folder_ / name).c_str(), user->pw_uid, user->pw_gid) != 0) return false;
      }
    }
    raw_.execute("create role ciphered login; create schema ciphered authorization ciphered");
    raw_.execute("alter system set ssl_cert_file = '" + (folder_ / "server.crt").string() + "'");
    raw_.execute("alter system set ssl_key_file = '" + (folder_ / "server.key").string() + "'");
    raw_.execute("alter system set ssl = on");
    reload();
    return true;
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const test::RawDatabase& raw() const { return raw_; }
  [[nodiscard]] const test::PostgreSQLServer& server() const { return server_; }

 private:
  test::PostgreSQLServer server_{*test::postgresql_programs()};
  std::filesystem::path folder_;
  test::RawDatabase raw_;
};

GuardedServer& guarded() {
  static GuardedServer server;
  return server;
}

PostgreSQLInstallationStoreOptions options(const std::string& connection_string) {
  return {.connection_string = connection_string, .client_id = "111.222", .timeout = 5s};
}

/// That a store can be opened with these, and used.
void require_works(const PostgreSQLInstallationStoreOptions& given) {
  PostgreSQLInstallationStore store(given);
  store.save(installation("xoxb-not-a-real-token-1"));
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
}

StorageError refusal(const PostgreSQLInstallationStoreOptions& given) {
  return test::thrown_by<StorageError>([&] { PostgreSQLInstallationStore store(given); });
}

std::string backends(const test::RawDatabase& raw) {
  std::string pids;
  for (const auto& row : raw.query("select pid from pg_stat_activity where application_name = 'slack-oauth'")) {
    pids += row.front() + " ";
  }
  return pids;
}

}  // namespace

TEST_CASE("TLS is libpq's: a certificate is checked as the connection string says", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  if (!guarded().use_tls()) {
    WARN("SKIPPED: there is no openssl here");
    return;
  }
  const std::string address = "hostaddr=127.0.0.1 dbname=postgres user=ciphered sslmode=verify-full port=" +
                              std::to_string(guarded().server().port()) + " sslrootcert=" + guarded().folder().string();
  require_works(options(address + "/ca.crt host=localhost"));
  const auto another_ca = refusal(options(address + "/other.crt host=localhost"));
  CHECK_THAT(another_ca.what(), ContainsSubstring("certificate verify failed"));
  const auto another_host = refusal(options(address + "/ca.crt host=elsewhere.test"));
  CHECK_THAT(another_host.what(), ContainsSubstring("does not match host name"));
  const auto plain = refusal(options("host=127.0.0.1 dbname=postgres user=ciphered sslmode=disable port=" +
                                     std::to_string(guarded().server().port())));
  CHECK(plain.code() == "28000");
  CHECK_FALSE(plain.is_retryable());
}

TEST_CASE("a password comes from the string, the callback, a password file or a service file", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const GuardedServer& server = guarded();
  const std::string password = "not-a-real-password-1";
  require_works(options(server.keywords() + " password=" + password));
  auto by_callback = options(server.keywords());
  by_callback.password = [&] { return password; };
  require_works(by_callback);
  {
    const auto file = server.folder() / "pgpass";
    write_file(file, "127.0.0.1:*:postgres:app:" + password + "\n");
    const test::EnvironmentVariable variable("PGPASSFILE", file.string());
    require_works(options(server.keywords()));
  }
  {
    const auto file = server.folder() / "services";
    write_file(file, "[slack]\nhost=127.0.0.1\ndbname=postgres\nuser=app\nport=" +
                         std::to_string(server.server().port()) + "\npassword=" + password + "\n");
    const test::EnvironmentVariable variable("PGSERVICEFILE", file.string());
    require_works(options("service=slack"));
  }
}

TEST_CASE("a password that changes is asked for anew with each connection", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::RawDatabase& raw = guarded().raw();
  std::atomic<int> number{1};
  std::atomic<int> asked{0};
  auto given = options(guarded().keywords());
  given.password = [&] {
    ++asked;
    return "not-a-real-password-" + std::to_string(number.load());
  };
  PostgreSQLInstallationStore store(given);
  store.save(installation("xoxb-not-a-real-token-1"));
  CHECK(asked == 1);
  raw.execute("alter role app password 'not-a-real-password-2'");
  CHECK(store.find_bot({.team_id = "T1"}).has_value());  // who is in stays in
  raw.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
  const auto expired = test::thrown_by<StorageError>([&] { static_cast<void>(store.find_bot({.team_id = "T1"})); });
  CHECK(expired.code() == "28P01");
  CHECK_FALSE(expired.is_retryable());
  number = 2;
  CHECK(store.find_bot({.team_id = "T1"}).has_value());
  raw.execute("alter role app password 'not-a-real-password-1'");
}

TEST_CASE("no error of a connection shows a password", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const std::string port = std::to_string(guarded().server().port());
  const std::string at = "@127.0.0.1:" + port + "/postgres";
  std::vector<std::string> messages;
  const auto note = [&messages](const PostgreSQLInstallationStoreOptions& given) {
    try {
      PostgreSQLInstallationStore store(given);
      FAIL("it was opened");
    } catch (const Error& error) {
      messages.emplace_back(error.what());
    }
  };
  for (const std::string secret :
       {"zqx7-wvk9", "zqx7%20wvk9", "zqx7/wvk9", "7/wvk9", "zqx7@wvk9", "zqx7:wvk9", "zqx7?wvk9", "%zzqx7wvk9"}) {
    note(options("postgresql://app:" + secret + at));
  }
  note(options(guarded().keywords() + " password=zqx7"));
  note(options(guarded().keywords() + " password='zqx7 wvk9' nonsense=1"));
  note(options(guarded().keywords() + " password='zqx7"));
  note(options("postgresql://app:zqx7@127.0.0.1:" + std::to_string(test::free_port()) + "/postgres"));
  note(options("postgresql://app:zqx7@127.0.0.1:" + port + "/postgres?sslmode=nonsense"));
  note(options("postgresql://app:zqx7@127.0.0.1:" + port + "/postgres?passfile=/nowhere"));
  auto by_callback = options(guarded().keywords());
  by_callback.password = [] { return "zqx7"; };
  note(by_callback);
  for (const auto& message : messages) {
    INFO(message);
    CHECK_THAT(message, !ContainsSubstring("zqx7") && !ContainsSubstring("wvk9"));
  }
}

TEST_CASE("what a role may not do is said with its name, and the grants of the docs suffice", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::RawDatabase& raw = guarded().raw();
  raw.execute("create role granted login; create schema shop");
  const PostgreSQLStoresOptions given{
      .connection_string = "postgresql://granted@127.0.0.1:" + std::to_string(guarded().server().port()) + "/postgres",
      .client_id = "111.222",
      .create_tables = false,
      .tables = {.schema = "shop"}};
  {
    const test::RawDatabase owner(guarded().server().connection_string());
    owner.execute(postgresql_schema_sql({.schema = "shop"}));
  }
  const auto is_refused = [&](const std::string& what) {
    const auto error = test::thrown_by<StorageError>([&] {
      const Stores stores = postgresql_stores(given);
      stores.installations->save(installation("xoxb-not-a-real-token-1"));
    });
    CHECK(error.code() == "42501");
    CHECK_FALSE(error.is_retryable());
    CHECK_THAT(error.what(), ContainsSubstring("permission denied") && ContainsSubstring(what));
  };
  is_refused("shop");
  raw.execute("grant usage on schema shop to granted");
  is_refused("slack_oauth_schema");
  raw.execute(
      "set search_path to shop; grant select on slack_oauth_schema to granted;"
      "grant select, insert, update, delete on slack_installations, slack_oauth_states, "
      "slack_oauth_workspaces, slack_oauth_leases to granted;"
      "grant usage on sequence slack_bots_id_seq, slack_installations_id_seq, slack_oauth_states_id_seq to "
      "granted");
  is_refused("slack_bots");
  CHECK(raw.value("select count(*) from shop.slack_installations") == "0");
  raw.execute("grant select, insert, update, delete on slack_bots to granted; reset search_path");
  const Stores stores = postgresql_stores(given);
  InstallationStore& store = *stores.installations;
  store.save(installation("xoxb-not-a-real-token-1"));
  store.save(installation("xoxb-not-a-real-token-2"));
  const RefreshedToken token{.access_token = "xoxb-not-a-real-token-3", .refresh_token = "xoxe-not-a-real-token-2"};
  CHECK(store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-not-a-real-token-1", .token = token}));
  CHECK(store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-3");
  CHECK(store.try_lease({.team_id = "T1"}, 1min) != nullptr);
  CHECK(stores.states->consume(stores.states->issue()).has_value());
  store.delete_all({.team_id = "T1"});
  CHECK_FALSE(store.find_bot({.team_id = "T1"}).has_value());
}

TEST_CASE("a pool has no more connections than its size, however many call", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::RawDatabase& raw = guarded().raw();
  PostgreSQLInstallationStoreOptions given = options(guarded().server().connection_string());
  given.pool.size = 2;
  given.tables.schema = "pooled";
  raw.execute("create schema pooled");
  PostgreSQLInstallationStore store(given);
  std::atomic<bool> is_done{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      while (!is_done) static_cast<void>(store.find_bot({.team_id = "T1"}));
    });
  }
  std::ptrdiff_t most = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string pids = backends(raw);
    most = std::max(most, std::count(pids.begin(), pids.end(), ' '));
    std::this_thread::sleep_for(2ms);
  }
  is_done = true;
  for (auto& caller : callers) caller.join();
  CHECK(most == 2);
}

TEST_CASE("a connection is given up when it was unused for long, or has lived for long", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::RawDatabase& raw = guarded().raw();
  const bool is_idle = GENERATE(true, false);
  CAPTURE(is_idle);
  PostgreSQLInstallationStoreOptions given = options(guarded().server().connection_string());
  given.pool.size = 1;
  (is_idle ? given.pool.idle_timeout : given.pool.lifetime) = 400ms;
  given.tables.schema = is_idle ? "idling" : "living";
  raw.execute("create schema " + given.tables.schema);
  const PostgreSQLInstallationStore store(given);
  const auto look = [&] {
    static_cast<void>(store.find_bot({.team_id = "T1"}));
    return backends(raw);
  };
  const std::string first = look();
  const auto end = std::chrono::steady_clock::now() + 450ms;
  bool was_replaced = false;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(is_idle ? 450ms : 5ms);
    was_replaced = was_replaced || (!is_idle && look() != first);
  }
  CHECK((was_replaced || look() != first));
}

TEST_CASE("what a call that ran out of time left at work on the server ends soon", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const test::RawDatabase& raw = guarded().raw();
  raw.execute("create table locked (id int)");
  const test::RawDatabase blocker(guarded().server().connection_string());
  blocker.execute("begin; lock table locked");
  // So long that it is not what ends it.
  const detail::PostgreSQLSettings settings{.connection_string = guarded().server().connection_string(), .timeout = 1h};
  {
    detail::PostgreSQLWire wire(settings, {}, detail::PostgreSQLClock::now() + 5s);
    wire.set_deadline(detail::PostgreSQLClock::now() + 100ms);
    const auto error = test::thrown_by<StorageError>([&] { wire.execute("select from locked"); });
    CHECK(error.code() == "ETIMEDOUT");
    CHECK(raw.value("select count(*) from pg_locks where relation = 'locked'::regclass and not granted") == "1");
  }
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (raw.value("select count(*) from pg_locks where relation = 'locked'::regclass and not granted") != "0") {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(10ms);
  }
}
