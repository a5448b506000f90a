// Leases of workspaces, in a table of the database, so that they hold among all processes that use it.
//
// They have a connection of their own, so that taking one waits for no save of this process, and for no disk.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/leases/in_process.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/schema.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/statement.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr SqlComponent sqlite3_lease_tables{"workspace_lease", 2};

/// A lease ends by itself, so the table of an older version is made anew.
[[nodiscard]] inline std::vector<std::string> missing_lease_schema(const SQLite3Connection& connection) {
  if (read_schema_version(connection, sqlite3_lease_tables) == sqlite3_lease_tables.known_version) return {};
  // `expires_at` is in milliseconds since 1970, and `lifetime` in milliseconds.
  std::vector<std::string> changes{
      "drop table if exists slack_oauth_leases",
      "create table slack_oauth_leases (client_id text not null, enterprise_id text not null, "
      "team_id text not null, holder text not null, expires_at integer not null, lifetime integer not null, "
      "primary key (client_id, enterprise_id, team_id)) without rowid"};
  for (auto& change : schema_version_changes(sqlite3_lease_tables)) changes.push_back(std::move(change));
  return changes;
}

/// Models LeaseBackend, by the system's clock. A lease whose rest is longer than what it was taken for was written by a
/// clock that was ahead, and has ended. Those of a database in memory are in memory too.
///
/// Threads: any thread may call any method at any time.
class SQLite3Leases {
 public:
  /// Opens the connection, and makes the table, when the first lease is asked for: many an app never does.
  SQLite3Leases(SQLite3Place place, std::string client_id)
      : place_(std::move(place)), client_id_(std::move(client_id)) {}
  SQLite3Leases(const SQLite3Leases&) = delete;
  SQLite3Leases& operator=(const SQLite3Leases&) = delete;

  bool take(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    if (place_.is_in_memory()) return in_process_.take(key, holder, lifetime);
    const std::lock_guard lock(mutex_);
    // Asked first, since a wish to write makes other processes wait, and who waits for a lease asks often.
    if (find_holder(key)) return false;
    return put(&Statements::take, key, holder, lifetime);
  }

  [[nodiscard]] bool is_held(const WorkspaceKey& key, std::string_view holder) {
    if (place_.is_in_memory()) return in_process_.is_held(key, holder);
    const std::lock_guard lock(mutex_);
    return find_holder(key) == holder;
  }

  bool renew(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    if (place_.is_in_memory()) return in_process_.renew(key, holder, lifetime);
    const std::lock_guard lock(mutex_);
    return put(&Statements::renew, key, holder, lifetime);
  }

  void give_back(const WorkspaceKey& key, std::string_view holder) {
    if (place_.is_in_memory()) return in_process_.give_back(key, holder);
    const std::lock_guard lock(mutex_);
    SQLite3Statement& statement = open().give_back;
    bind(statement, key);
    statement.bind(4, holder);
    statement.run();
  }

  [[nodiscard]] LeaseScope scope() const {
    return place_.is_in_memory() ? InProcessLeases::scope() : LeaseScope::processes;
  }

 private:
  struct Statements {
    Statements(const SQLite3Connection& connection, const std::string& client_id)
        : begin(connection.prepare("begin immediate")),
          commit(connection.prepare("commit")),
          find(connection.prepare("select holder from slack_oauth_leases where " + of_workspace() + " and " + holds())),
          take(connection.prepare("insert into slack_oauth_leases (client_id, enterprise_id, team_id, holder, "
                                  "expires_at, lifetime) values (?1, ?2, ?3, ?4, ?5 + ?6, ?6) on conflict (client_id, "
                                  "enterprise_id, team_id) do update set holder = excluded.holder, expires_at = "
                                  "excluded.expires_at, lifetime = excluded.lifetime where not (" +
                                  holds() + ")")),
          renew(connection.prepare("update slack_oauth_leases set expires_at = ?5 + ?6, lifetime = ?6 where " +
                                   of_workspace() + " and holder = ?4 and " + holds())),
          give_back(connection.prepare("delete from slack_oauth_leases where " + of_workspace() + " and holder = ?4")) {
      for (SQLite3Statement* statement : {&find, &take, &renew, &give_back}) {
        statement->bind(1, std::string_view(client_id));
      }
    }

    static std::string of_workspace() { return "client_id = ?1 and enterprise_id = ?2 and team_id = ?3"; }
    static std::string holds() {
      const std::string end = "slack_oauth_leases.expires_at";
      return end + " > ?5 and " + end + " <= ?5 + slack_oauth_leases.lifetime";
    }

    SQLite3Statement begin;
    SQLite3Statement commit;
    SQLite3Statement find;
    SQLite3Statement take;
    SQLite3Statement renew;
    SQLite3Statement give_back;
  };

  /// The time is that of the moment when nobody else writes: one of before would take a lease that was taken meanwhile
  /// for one from the future.
  bool put(SQLite3Statement Statements::*which, const WorkspaceKey& key, std::string_view holder,
           std::chrono::milliseconds lifetime) {
    Statements& statements = open();
    SqlTransaction transaction(*connection_, statements.begin, statements.commit);
    SQLite3Statement& statement = statements.*which;
    bind(statement, key);
    statement.bind(4, holder);
    bind_now(statement);
    statement.bind(6, lifetime.count());
    statement.run();
    const bool is_put = statement.changes() == 1;
    transaction.commit();
    return is_put;
  }

  [[nodiscard]] std::optional<std::string> find_holder(const WorkspaceKey& key) {
    SQLite3Statement& statement = open().find;
    const SqlUse use(statement);
    bind(statement, key);
    bind_now(statement);
    if (!statement.step()) return std::nullopt;
    return std::string(statement.row().text(0));
  }

  static void bind(SQLite3Statement& statement, const WorkspaceKey& key) {
    statement.bind(2, key.enterprise_id);
    statement.bind(3, key.team_id);
  }

  static void bind_now(SQLite3Statement& statement) { statement.bind(5, milliseconds_since_epoch(now())); }

  Statements& open() {
    if (!statements_) {
      connection_.emplace(place_, SQLITE_OPEN_READWRITE);
      connection_->execute("pragma synchronous = normal");  // a power cut that loses a lease ends its holder too
      connection_->retry_while_busy([this] { complete_schema(*connection_, missing_lease_schema); });
      statements_.emplace(*connection_, client_id_);
    }
    connection_->require_in_place();
    return *statements_;
  }

  SQLite3Place place_;
  std::string client_id_;
  std::mutex mutex_;
  std::optional<SQLite3Connection> connection_;
  std::optional<Statements> statements_;
  InProcessLeases in_process_;
};

}  // namespace slack::oauth::inline v0::detail
