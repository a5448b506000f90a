// A PgBouncer before the tests' server.
//
//     SLACK_OAUTH_PGBOUNCER=/usr/sbin/pgbouncer   the one to use
#pragma once

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "catch.hpp"
#include "postgresql/server.hpp"

namespace test {

/// Absent where there is none.
inline std::string pgbouncer_program() {
  if (const char* const given = std::getenv("SLACK_OAUTH_PGBOUNCER")) {
    if (!std::filesystem::exists(given)) throw std::runtime_error("SLACK_OAUTH_PGBOUNCER is not there");
    return given;
  }
  for (const std::string path : {"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"}) {
    if (std::filesystem::exists(path)) return path;
  }
  const char* const ci = std::getenv("CI");
  if (ci != nullptr && std::string_view(ci) == "true")
    throw std::runtime_error("there is no PgBouncer here: install it");
  std::cout << "SKIPPED: there is no PgBouncer here; install pgbouncer to run this test\n";
  WARN("SKIPPED: there is no PgBouncer here");
  return {};
}

/// Whether it knows prepared statements where it pools transactions: from version 1.21 on.
inline bool has_prepared_statements(const std::string& program) {
  const std::unique_ptr<std::FILE, decltype(&::pclose)> output(::popen((program + " --version").c_str(), "r"),
                                                               ::pclose);
  int major = 0;
  int minor = 0;
  if (output == nullptr || std::fscanf(output.get(), "PgBouncer %d.%d", &major, &minor) != 2) return false;
  return major > 1 || minor >= 21;
}

class PgBouncer {
 public:
  PgBouncer(const std::string& program, const PostgreSQLServer& server, const std::string& pool_mode,
            const std::string& more_settings = "")
      : folder_(std::filesystem::path(server.folder()) / ("pgbouncer-" + pool_mode + std::to_string(port_))) {
    std::filesystem::create_directory(folder_);
    const std::string settings = (folder_ / "pgbouncer.ini").string();
    std::ofstream(settings) << "[databases]\n* = host=127.0.0.1 port=" << server.port() << " user=postgres\n"
                            << "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " << port_
                            << "\nunix_socket_dir =\nauth_type = any\npool_mode = " << pool_mode
                            << "\nmax_client_conn = 500\ndefault_pool_size = 20\n"
                            << more_settings;
    if (const ::passwd* const user = user_of_server()) {
      if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown failed");
    }
    pid_ = start_program({program, settings}, folder_ / "log");
    const std::string address = connection_string();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (PQping(address.c_str()) != PQPING_OK) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("PgBouncer did not start");
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;
  ~PgBouncer() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] std::string connection_string() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/postgres";
  }

 private:
  int port_ = free_port();
  std::filesystem::path folder_;
  ::pid_t pid_ = 0;
};

}  // namespace test
