// Events in a SQLite database.
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

#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/schema.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/opening.hpp"
#include "slack/oauth/sqlite3/detail/statement.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr SqlComponent sqlite3_event_tables{"event_deduplicator", 1};

[[nodiscard]] inline std::vector<std::string> missing_event_schema(const SQLite3Connection& connection) {
  std::vector<std::string> changes;
  if (!connection.has_table("slack_oauth_events")) {
    // `holder` is null where the event was handled. `expires_at` is in milliseconds since 1970, `lifetime` in
    // milliseconds.
    changes.emplace_back(
        "create table slack_oauth_events (client_id text not null, event_id text not null, holder text, "
        "expires_at integer not null, lifetime integer not null, primary key (client_id, event_id)) without rowid");
  }
  if (!connection.has_index("slack_oauth_events_expires_at_idx")) {
    changes.emplace_back("create index slack_oauth_events_expires_at_idx on slack_oauth_events (expires_at)");
  }
  if (read_schema_version(connection, sqlite3_event_tables) < sqlite3_event_tables.known_version) {
    for (auto& change : schema_version_changes(sqlite3_event_tables)) changes.push_back(std::move(change));
  }
  return changes;
}

/// Models EventBackend. A claim whose rest is longer than two lifetimes was written by a clock that was ahead, and has
/// ended; twice, since the time of a call is that of before it waited for its turn.
///
/// Threads: any thread may call any method at any time; they take turns.
class SQLite3EventBackend {
 public:
  SQLite3EventBackend(const std::string& database, const std::string& client_id, SQLite3Synchronous synchronous,
                      std::chrono::milliseconds busy_timeout)
      : connection_(checked(database, client_id, busy_timeout), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                    busy_timeout) {
    prepare_sqlite3_tables(connection_, database, synchronous, sqlite3_event_tables, missing_event_schema);
    statements_.emplace(connection_, client_id);
  }

  [[nodiscard]] EventState claim(const NewEventClaim& claim) {
    const std::lock_guard lock(mutex_);
    connection_.require_in_place();
    // Asked first: what is sent again needs no turn to write.
    const EventState found = find(claim);
    if (found != EventState::claimed) return found;
    SqlTransaction transaction(connection_, statements_->begin, statements_->commit);
    const EventState state = find(claim);
    if (state == EventState::claimed) {
      SQLite3Statement& put = statements_->put;
      put.bind(2, claim.event_id);
      put.bind(3, claim.holder);
      bind_times(put, claim.claimed_at, claim.expires_at);
      put.run();
    }
    transaction.commit();
    return state;
  }

  void mark_done(const HandledEvent& event) {
    const std::lock_guard lock(mutex_);
    connection_.require_in_place();
    SqlTransaction transaction(connection_, statements_->begin, statements_->commit);
    SQLite3Statement& put = statements_->put;
    put.bind(2, event.event_id);
    put.bind_null(3);
    bind_times(put, event.handled_at, event.expires_at);
    put.run();
    transaction.commit();
  }

  void release(std::string_view event_id, std::string_view holder) {
    const std::lock_guard lock(mutex_);
    connection_.require_in_place();
    SQLite3Statement& statement = statements_->release;
    statement.bind(2, event_id);
    statement.bind(3, holder);
    statement.run();
  }

  void purge(Timestamp now) {
    const std::lock_guard lock(mutex_);
    SQLite3Statement& statement = statements_->purge;
    statement.bind(1, milliseconds_since_epoch(now));
    statement.bind(2, most_purged);
    statement.run();
  }

 private:
  // Bounds the work of one call, and is more than the claims between two of them add.
  static constexpr std::int64_t most_purged = 100;

  struct Statements {
    Statements(const SQLite3Connection& connection, const std::string& client_id)
        : begin(connection.prepare("begin immediate")),
          commit(connection.prepare("commit")),
          find(connection.prepare("select holder from slack_oauth_events where client_id = ?1 and event_id = ?2 and "
                                  "expires_at > ?3 and (holder is null or expires_at <= ?3 + 2 * lifetime)")),
          put(connection.prepare("insert or replace into slack_oauth_events (client_id, event_id, holder, expires_at, "
                                 "lifetime) values (?1, ?2, ?3, ?4, ?5)")),
          release(connection.prepare("delete from slack_oauth_events where client_id = ?1 and event_id = ?2 and "
                                     "holder = ?3")),
          purge(connection.prepare("delete from slack_oauth_events where (client_id, event_id) in (select client_id, "
                                   "event_id from slack_oauth_events where expires_at <= ?1 limit ?2)")) {
      for (SQLite3Statement* statement : {&find, &put, &release}) {
        statement->bind_copy(1, std::string_view(client_id));
      }
    }

    SQLite3Statement begin;
    SQLite3Statement commit;
    SQLite3Statement find;
    SQLite3Statement put;
    SQLite3Statement release;
    SQLite3Statement purge;
  };

  static void bind_times(SQLite3Statement& put, Timestamp from, Timestamp until) {
    put.bind(4, milliseconds_since_epoch(until));
    put.bind(5, milliseconds_since_epoch(until) - milliseconds_since_epoch(from));
  }

  /// What the event is to that claim's holder.
  [[nodiscard]] EventState find(const NewEventClaim& claim) {
    SQLite3Statement& statement = statements_->find;
    const SqlUse use(statement);
    statement.bind(2, claim.event_id);
    statement.bind(3, milliseconds_since_epoch(claim.claimed_at));
    if (!statement.step()) return EventState::claimed;
    const auto row = statement.row();
    if (row.type(0) == SqlType::null) return EventState::done;
    return row.text(0) == claim.holder ? EventState::claimed : EventState::in_progress;
  }

  [[nodiscard]] static const std::string& checked(const std::string& database, const std::string& client_id,
                                                  std::chrono::milliseconds busy_timeout) {
    if (client_id.empty()) throw InvalidArgumentError("client_id", "is empty; it is the app's own id");
    return checked_sqlite3_database(database, busy_timeout);
  }

  std::mutex mutex_;
  SQLite3Connection connection_;
  std::optional<Statements> statements_;
};

}  // namespace slack::oauth::inline v0::detail
