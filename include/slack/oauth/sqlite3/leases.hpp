// Leases of workspaces, in a table of the database, so that they hold among all processes that use it.
//
// They have a connection of their own, so that taking one waits for no save of this process, and for no disk.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/leases/detail/lease_holder.hpp"
#include "slack/oauth/leases/detail/lease_table.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/sqlite3/connection.hpp"
#include "slack/oauth/sqlite3/schema.hpp"
#include "slack/oauth/sqlite3/statement.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr SQLite3Component sqlite3_lease_tables{"workspace_lease", 1};

[[nodiscard]] inline std::vector<std::string> missing_lease_schema(const SQLite3Connection& connection) {
  if (read_schema_version(connection, sqlite3_lease_tables) == sqlite3_lease_tables.known_version) return {};
  // `expires_at` is in milliseconds since 1970.
  std::vector<std::string> changes{
      "create table if not exists slack_oauth_leases (client_id text not null, enterprise_id text not null, "
      "team_id text not null, holder text not null, expires_at integer not null, "
      "primary key (client_id, enterprise_id, team_id)) without rowid"};
  for (auto& change : schema_version_changes(sqlite3_lease_tables)) changes.push_back(std::move(change));
  return changes;
}

/// Threads: any thread may call any method at any time.
class SQLite3Leases : public std::enable_shared_from_this<SQLite3Leases> {
 public:
  /// Opens the connection, and makes the table, when the first lease is asked for: many an app never does.
  SQLite3Leases(std::string database, std::string client_id, std::chrono::milliseconds busy_timeout)
      : database_(std::move(database)), client_id_(std::move(client_id)), busy_timeout_(busy_timeout) {}
  SQLite3Leases(const SQLite3Leases&) = delete;
  SQLite3Leases& operator=(const SQLite3Leases&) = delete;

  /// nullptr where another holds it.
  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceKey& key, std::chrono::milliseconds lifetime) {
    auto lease = std::make_unique<Lease>(shared_from_this(), key);
    return lease->take(lifetime) ? std::move(lease) : nullptr;
  }

 private:
  class Lease : public WorkspaceLease {
   public:
    Lease(std::shared_ptr<SQLite3Leases> leases, const WorkspaceKey& key)
        : leases_(std::move(leases)),
          enterprise_id_(key.enterprise_id),
          team_id_(key.team_id),
          holder_(new_lease_holder("sqlite3")) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    ~Lease() override {
      if (!is_taken_) return;
      try {
        leases_->give_back(key(), holder_);
      } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): it ends by itself
      }
    }

    bool take(std::chrono::milliseconds lifetime) {
      is_taken_ = leases_->take(key(), holder_, lifetime);
      return is_taken_;
    }

    [[nodiscard]] bool is_held() const override { return leases_->holder_of(key()) == holder_; }

   private:
    [[nodiscard]] WorkspaceKey key() const { return {enterprise_id_, team_id_}; }

    std::shared_ptr<SQLite3Leases> leases_;
    std::string enterprise_id_;
    std::string team_id_;
    std::string holder_;
    bool is_taken_ = false;
  };

  struct Statements {
    Statements(const SQLite3Connection& connection, const std::string& client_id)
        : find(connection.prepare("select holder from slack_oauth_leases where client_id = ?1 and enterprise_id = ?2 "
                                  "and team_id = ?3 and expires_at > ?5 and expires_at <= ?6")),
          take(connection.prepare(
              "insert into slack_oauth_leases (client_id, enterprise_id, team_id, holder, expires_at) "
              "values (?1, ?2, ?3, ?4, ?7) on conflict (client_id, enterprise_id, team_id) do update "
              "set holder = excluded.holder, expires_at = excluded.expires_at "
              "where expires_at <= ?5 or expires_at > ?6")),
          give_back(connection.prepare("delete from slack_oauth_leases where client_id = ?1 and enterprise_id = ?2 "
                                       "and team_id = ?3 and holder = ?4")) {
      for (SQLite3Statement* statement : {&find, &take, &give_back}) statement->bind(1, std::string_view(client_id));
    }

    SQLite3Statement find;
    SQLite3Statement take;
    SQLite3Statement give_back;
  };

  bool take(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    const std::lock_guard lock(mutex_);
    // Asked first, since a wish to write makes other processes wait, and who waits for a lease asks often.
    if (find_holder(key)) return false;
    SQLite3Statement& statement = open().take;
    const SQLite3Use use(statement);
    bind(statement, key);
    statement.bind(4, holder);
    statement.bind(7, bind_now(statement) + std::min(lifetime, longest_lease).count());
    statement.step();
    return connection_->changes() == 1;
  }

  [[nodiscard]] std::optional<std::string> holder_of(const WorkspaceKey& key) {
    const std::lock_guard lock(mutex_);
    return find_holder(key);
  }

  void give_back(const WorkspaceKey& key, std::string_view holder) {
    const std::lock_guard lock(mutex_);
    SQLite3Statement& statement = open().give_back;
    const SQLite3Use use(statement);
    bind(statement, key);
    statement.bind(4, holder);
    statement.step();
  }

  [[nodiscard]] std::optional<std::string> find_holder(const WorkspaceKey& key) {
    SQLite3Statement& statement = open().find;
    const SQLite3Use use(statement);
    bind(statement, key);
    bind_now(statement);
    if (!statement.step()) return std::nullopt;
    return std::string(statement.row().text(0));
  }

  static void bind(SQLite3Statement& statement, const WorkspaceKey& key) {
    statement.bind(2, key.enterprise_id);
    statement.bind(3, key.team_id);
  }

  // What is to last longer than any lease was written by a clock that was wrong.
  static std::int64_t bind_now(SQLite3Statement& statement) {
    const std::int64_t now = milliseconds_since_epoch();
    statement.bind(5, now);
    statement.bind(6, now + longest_lease.count());
    return now;
  }

  Statements& open() {
    if (!statements_) {
      connection_.emplace(database_, SQLITE_OPEN_READWRITE, busy_timeout_);
      connection_->execute("pragma synchronous = normal");  // a power cut that loses a lease ends its holder too
      connection_->retry_while_busy([this] { complete_schema(*connection_, missing_lease_schema); });
      statements_.emplace(*connection_, client_id_);
    }
    return *statements_;
  }

  std::string database_;
  std::string client_id_;
  std::chrono::milliseconds busy_timeout_;
  std::mutex mutex_;
  std::optional<SQLite3Connection> connection_;
  std::optional<Statements> statements_;
};

}  // namespace slack::oauth::inline v0::detail
