// Two servers, of which one takes over.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"

namespace test {

/// A primary and its synchronous standby.
struct PostgreSQLPair {
  explicit PostgreSQLPair(const std::filesystem::path& programs) : primary(programs), standby(primary, free_port()) {
    const RawDatabase raw(primary.connection_string());
    raw.execute("alter system set synchronous_standby_names = '*'");
    raw.execute("select pg_reload_conf()");
    while (raw.value("select count(*) from pg_stat_replication where sync_state = 'sync'") != "1") {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }

  /// Both, of which the one that may be written is taken.
  [[nodiscard]] std::string connection_string() const {
    return "host=127.0.0.1,127.0.0.1 port=" + std::to_string(primary.port()) + "," + std::to_string(standby.port()) +
           " user=postgres dbname=postgres target_session_attrs=read-write";
  }

  void fail_over() {
    primary.stop(SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    RawDatabase(standby.connection_string()).execute("select pg_promote()");
  }

  PostgreSQLServer primary;
  PostgreSQLServer standby;
};

}  // namespace test
