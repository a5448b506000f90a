// OAuth states in a SQLite database, in the table of the Python SDK's SQLite3OAuthStateStore.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/schema.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/opening.hpp"
#include "slack/oauth/sqlite3/detail/statement.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr SqlComponent sqlite3_state_tables{"state_store", 1};

/// The table as the Python SDK makes it, with a payload: what the database lacks of it.
[[nodiscard]] inline std::vector<std::string> missing_state_schema(const SQLite3Connection& connection) {
  std::vector<std::string> changes;
  const auto present = connection.column_names("oauth_states");
  const auto is_present = [&present](std::string_view name) {
    return std::find(present.begin(), present.end(), name) != present.end();
  };
  if (present.empty()) {
    changes.emplace_back(
        "create table oauth_states (id integer primary key autoincrement, state text not null, "
        "expire_at datetime not null, payload text)");
  } else if (!is_present("id") || !is_present("state") || !is_present("expire_at")) {
    throw InvalidDataError("oauth_states", "has no id, state or expire_at: this table is not one of a Slack SDK");
  } else if (!is_present("payload")) {
    changes.emplace_back("alter table oauth_states add column payload text");
  }
  for (const std::string column : {"state", "expire_at"}) {
    const std::string index = "slack_oauth_states_" + column + "_idx";
    if (connection.has_index(index)) continue;
    changes.push_back("create index " + index + " on oauth_states (" + column + ")");
  }
  if (read_schema_version(connection, sqlite3_state_tables) < sqlite3_state_tables.known_version) {
    for (auto& change : schema_version_changes(sqlite3_state_tables)) changes.push_back(std::move(change));
  }
  return changes;
}

/// Models StateBackend.
///
/// Threads: any thread may call any method at any time; they take turns.
class SQLite3StateBackend {
 public:
  SQLite3StateBackend(const std::string& database, SQLite3Synchronous synchronous,
                      std::chrono::milliseconds busy_timeout)
      : connection_(checked_sqlite3_database(database, busy_timeout), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                    busy_timeout) {
    prepare_sqlite3_tables(connection_, database, synchronous, sqlite3_state_tables, missing_state_schema);
    statements_.emplace(connection_);
  }

  void put(const NewState& fresh) {
    const std::lock_guard lock(mutex_);
    SQLite3Statement& statement = statements_->put;
    statement.bind(1, fresh.state);
    statement.bind(2, seconds_since_epoch(fresh.expires_at));
    if (fresh.payload) {
      statement.bind(3, *fresh.payload);
    } else {
      statement.bind_null(3);
    }
    SqlTransaction transaction(connection_, statements_->begin, statements_->commit);
    statement.run();
    transaction.commit();
  }

  [[nodiscard]] std::optional<TakenState> take(std::string_view state, Timestamp now) {
    const std::lock_guard lock(mutex_);
    connection_.require_in_place();
    SQLite3Statement& statement = statements_->take;
    const SqlUse use(statement);
    statement.bind(1, state);
    statement.bind(2, seconds_since_epoch(now));
    std::optional<TakenState> taken;
    while (statement.step()) {  // to its end, where it is committed
      if (taken) continue;
      taken.emplace();
      const auto row = statement.row();
      if (row.type(0) != SqlType::null) taken->payload.emplace(row.text(0));
    }
    return taken;
  }

  void purge(Timestamp now) {
    const std::lock_guard lock(mutex_);
    SQLite3Statement& statement = statements_->purge;
    statement.bind(1, seconds_since_epoch(now));
    statement.bind(2, most_purged);
    statement.run();
  }

 private:
  // Bounds the work of one call, and is more than one call adds.
  static constexpr std::int64_t most_purged = 100;

  struct Statements {
    explicit Statements(const SQLite3Connection& connection)
        : begin(connection.prepare("begin immediate")),
          commit(connection.prepare("commit")),
          put(connection.prepare("insert into oauth_states (state, expire_at, payload) values (?1, ?2, ?3)")),
          take(connection.prepare("delete from oauth_states where state = ?1 and expire_at > ?2 "
                                  "and typeof(expire_at) in ('integer', 'real') returning payload")),
          purge(connection.prepare("delete from oauth_states where id in (select id from oauth_states "
                                   "where expire_at <= ?1 limit ?2)")) {}

    SQLite3Statement begin;
    SQLite3Statement commit;
    SQLite3Statement put;
    SQLite3Statement take;  // one statement, so that of two at the same moment one finds the row
    SQLite3Statement purge;
  };

  std::mutex mutex_;
  SQLite3Connection connection_;
  std::optional<Statements> statements_;
};

}  // namespace slack::oauth::inline v0::detail
