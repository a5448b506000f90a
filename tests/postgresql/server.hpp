// A PostgreSQL server of the tests' own, on loopback: it is started when a program first asks for it, and ends with it.
//
//     SLACK_OAUTH_POSTGRESQL_BIN=/usr/lib/postgresql/15/bin   the folder of the server to use
//     SLACK_OAUTH_POSTGRESQL_DATA=<folder>                    where the data of a new server is kept, to be copied
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace test {

/// Where the server's programs are; absent where there are none.
inline std::optional<std::filesystem::path> postgresql_programs() {
  const auto has_server = [](const std::filesystem::path& folder) {
    return std::filesystem::exists(folder / "postgres") && std::filesystem::exists(folder / "initdb");
  };
  if (const char* const given = std::getenv("SLACK_OAUTH_POSTGRESQL_BIN")) {
    if (!has_server(given)) throw std::runtime_error("SLACK_OAUTH_POSTGRESQL_BIN has no postgres and initdb");
    return given;
  }
  std::optional<std::filesystem::path> newest;
  for (int version = 14; version < 30; ++version) {
    for (const std::string folder : {"/usr/lib/postgresql/", "/opt/homebrew/opt/postgresql@", "/usr/pgsql-"}) {
      const std::filesystem::path bin = folder + std::to_string(version) + "/bin";
      if (has_server(bin)) newest = bin;
    }
  }
  return newest;
}

/// A port that nobody listens on. It is none of those that systems give to whoever asks for any, since it is some time
/// before the server listens there.
inline int free_port() {
  std::random_device random;
  std::uniform_int_distribution<int> ports(10'000, 32'000);
  for (int tries = 0; tries < 100; ++tries) {
    const int port = ports(random);
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const bool is_bound = ::bind(listener, reinterpret_cast<::sockaddr*>(&address), sizeof(address)) == 0;
    ::close(listener);
    if (is_bound) return port;
  }
  throw std::runtime_error("no port is free");
}

/// The user that a server runs as: this one, or where this is root, which no server accepts, `postgres` or `nobody`.
inline const ::passwd* user_of_server() {
  if (::geteuid() != 0) return nullptr;
  const ::passwd* user = ::getpwnam("postgres");
  if (user == nullptr) user = ::getpwnam("nobody");
  if (user == nullptr) throw std::runtime_error("there is no user `postgres` to run a server as");
  return user;
}

/// Starts a program as the server's user, with its output in a file.
inline ::pid_t start_program(const std::vector<std::string>& command, const std::filesystem::path& log) {
  const ::passwd* const user = user_of_server();
  const ::pid_t parent = ::getpid();
  const ::pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::setsid();
  if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) ::_exit(127);
#if defined(__linux__)
  // A test that crashes takes it along.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) ::_exit(127);
#endif
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments.front(), arguments.data());
  ::_exit(127);
}

class PostgreSQLServer {
 public:
  explicit PostgreSQLServer(std::filesystem::path programs, const std::vector<std::string>& settings = {})
      : programs_(std::move(programs)), settings_(settings) {
    make_folder();
    make_data();
    start();
  }
  /// A standby of that server, as it is now.
  PostgreSQLServer(const PostgreSQLServer& primary, int port) : programs_(primary.programs_), port_(port) {
    make_folder();
    run_program({(programs_ / "pg_basebackup").string(), "--pgdata=" + data(), "--write-recovery-conf",
                 "--checkpoint=fast", "--no-sync", "--dbname=" + primary.connection_string()});
    start();
  }
  PostgreSQLServer(const PostgreSQLServer&) = delete;
  PostgreSQLServer& operator=(const PostgreSQLServer&) = delete;
  ~PostgreSQLServer() {
    stop(SIGQUIT);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// Nothing is written through to the disk: that is not what is tested.
  void start() {
    std::vector<std::string> command{(programs_ / "postgres").string(),
                                     "-D",
                                     data(),
                                     "-p",
                                     std::to_string(port_),
                                     "-c",
                                     "listen_addresses=127.0.0.1",
                                     "-c",
                                     "unix_socket_directories=" + folder_.string(),
                                     "-c",
                                     "fsync=off",
                                     "-c",
                                     "max_connections=120"};
    for (const auto& setting : settings_) {
      command.emplace_back("-c");
      command.push_back(setting);
    }
    pid_ = start_program(command, log());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    const std::string address = connection_string();
    while (PQping(address.c_str()) != PQPING_OK) {
      if (std::chrono::steady_clock::now() > deadline || ::waitpid(pid_, nullptr, WNOHANG) != 0) {
        throw std::runtime_error("the server did not start: " + said());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }

  /// By SIGINT it ends soon, by SIGQUIT at once, and by SIGKILL as in a crash.
  void stop(int signal) {
    if (pid_ == 0) return;
    // A crash leaves none of its processes.
    ::kill(signal == SIGKILL ? -pid_ : pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string folder() const { return folder_.string(); }

  [[nodiscard]] std::string connection_string() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/postgres";
  }

  /// A schema that no other test has.
  [[nodiscard]] std::string new_schema();

 private:
  void make_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "slack-oauth-postgresql-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder could be made");
    folder_ = pattern;
    give_to_server(folder_);
  }

  /// To copy new data takes a tenth of what it takes to make them.
  void make_data() {
    const char* const folder = std::getenv("SLACK_OAUTH_POSTGRESQL_DATA");
    const auto program = programs_ / "postgres";
    const std::filesystem::path kept =
        folder == nullptr ? ""
                          : std::filesystem::path(folder) /
                                (std::to_string(std::filesystem::file_size(program)) + "-" +
                                 std::to_string(std::filesystem::last_write_time(program).time_since_epoch().count()));
    if (!kept.empty() && std::filesystem::exists(kept)) {
      std::filesystem::copy(kept, data(), std::filesystem::copy_options::recursive);
      give_to_server(data());
      for (const auto& entry : std::filesystem::recursive_directory_iterator(data())) give_to_server(entry.path());
      return;
    }
    run_program({(programs_ / "initdb").string(), "--pgdata=" + data(), "--username=postgres", "--auth=trust",
                 "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"});
    if (!kept.empty()) keep_data(kept);
  }

  /// Others see all of them or none; of several programs that do so at once, the first wins.
  void keep_data(const std::filesystem::path& kept) {
    const std::filesystem::path copy = kept.string() + "." + std::to_string(::getpid());
    std::filesystem::create_directories(kept.parent_path());
    std::filesystem::copy(data(), copy, std::filesystem::copy_options::recursive);
    std::error_code is_there;
    std::filesystem::rename(copy, kept, is_there);
    if (is_there) std::filesystem::remove_all(copy);
  }

  static void give_to_server(const std::filesystem::path& path) {
    const ::passwd* const user = user_of_server();
    if (user != nullptr && ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("chown failed");
    }
  }

  void run_program(const std::vector<std::string>& command) {
    int status = 0;
    ::waitpid(start_program(command, log()), &status, 0);
    if (status != 0) throw std::runtime_error(command.front() + " failed: " + said());
  }

  [[nodiscard]] std::string data() const { return (folder_ / "data").string(); }
  [[nodiscard]] std::filesystem::path log() const { return folder_ / "log"; }
  [[nodiscard]] std::string said() const {
    std::ifstream file(log());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path programs_;
  std::vector<std::string> settings_{};
  std::filesystem::path folder_{};
  int port_ = free_port();
  ::pid_t pid_ = 0;
};

/// The server of this program. Without one, null after saying so; where CI is set, an error.
inline PostgreSQLServer* postgresql_server() {
  static const std::unique_ptr<PostgreSQLServer> server = []() -> std::unique_ptr<PostgreSQLServer> {
    const auto programs = postgresql_programs();
    if (programs) return std::make_unique<PostgreSQLServer>(*programs);
    const char* const ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") {
      throw std::runtime_error("there is no PostgreSQL server here, and CI needs one: install postgresql");
    }
    return nullptr;
  }();
  if (server == nullptr) {
    std::cout << "SKIPPED: there is no PostgreSQL server here; install postgresql to run this test\n";
  }
  return server.get();
}

}  // namespace test
