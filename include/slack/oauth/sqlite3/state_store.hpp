// Keeps OAuth states in a SQLite database, in the table of the Python SDK's SQLite3OAuthStateStore: for an app of
// several processes on one machine, one of which may be in Python. docs/state.md
//
//     slack::oauth::SQLite3OAuthStateStore states({.database = "installations.db"});
//
// Needs SQLite 3 and nlohmann/json.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/schema.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/database_file.hpp"
#include "slack/oauth/sqlite3/detail/opening.hpp"
#include "slack/oauth/sqlite3/detail/statement.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct SQLite3OAuthStateStoreOptions {
  /// The file, made where it is missing; or ":memory:"; or a URI. It may be the installation store's own. Required.
  std::string database{};

  /// How long a state can be consumed: what a person may take to read Slack's page and agree. It goes by the store that
  /// issues it.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// Lower it where installs begin so often that waiting for the disk is too slow, and a state that comes back after a
  /// power cut is acceptable: it may then be consumed again.
  SQLite3Synchronous synchronous = SQLite3Synchronous::full;

  /// How long, in milliseconds, a call waits for another process that writes, before it throws a retryable
  /// StorageError. Raise it where others hold long transactions; 0 does not wait at all.
  std::chrono::milliseconds busy_timeout{5000};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< hears of every state at level debug; silent by default
};

namespace detail {

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

}  // namespace detail

/// What a call has written is on the disk when it returns, unless `options.synchronous` says otherwise. The table has
/// no client ID, as Python's has none: apps that share a database take one another's states for their own.
///
/// Threads: any thread may call any method at any time; they take turns, also with other processes. Not to be used on
/// the other side of a fork(): open one there.
/// Errors: StorageError with SQLite's code, and InvalidDataError for a payload that is no JSON.
class SQLite3OAuthStateStore final : public OAuthStateStore {
 public:
  /// Opens the database, and makes or upgrades its table where that is needed.
  /// Throws InvalidArgumentError, which names the option, StorageError, also for a database of a newer version of this
  /// library, and InvalidDataError where the table of this name is not a Slack SDK's.
  explicit SQLite3OAuthStateStore(SQLite3OAuthStateStoreOptions options)
      : options_(checked(std::move(options))),
        connection_(options_.database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, options_.busy_timeout) {
    detail::prepare_sqlite3_tables(connection_, options_.database, options_.synchronous, detail::sqlite3_state_tables,
                                   detail::missing_state_schema);
    statements_.emplace(connection_);
  }

  [[nodiscard]] const Logger& logger() const override { return options_.logger; }

  [[nodiscard]] std::string issue(const nlohmann::json& payload = {}) override {
    const auto text = detail::encode_state_payload(payload);
    std::string state = generate_state();
    const Timestamp time = options_.clock();
    {
      const std::lock_guard lock(mutex_);
      detail::SqlTransaction transaction(connection_, statements_->begin, statements_->commit);
      purge(time);
      insert(state, time + options_.expiration, text);
      transaction.commit();
    }
    logger().debug("issued a state");
    return state;
  }

  [[nodiscard]] std::optional<nlohmann::json> consume(std::string_view state) override {
    if (state.empty() || state.size() > longest_state) return std::nullopt;
    const double time = detail::seconds_since_epoch(options_.clock());
    std::optional<std::optional<std::string>> consumed;
    {
      const std::lock_guard lock(mutex_);
      consumed = erase(state, time);
    }
    if (!consumed) return std::nullopt;
    logger().debug("consumed a state");
    return *consumed ? parse_json(**consumed, "oauth_states.payload") : nlohmann::json();
  }

 private:
  // A state of the Python SDK has 36 bytes, ours 40.
  static constexpr std::size_t longest_state = 255;
  // Bounds the work of one call, and is more than one call adds.
  static constexpr std::int64_t most_purged = 100;

  struct Statements {
    explicit Statements(const detail::SQLite3Connection& connection)
        : begin(connection.prepare("begin immediate")),
          commit(connection.prepare("commit")),
          purge(connection.prepare("delete from oauth_states where id in (select id from oauth_states "
                                   "where expire_at <= ?1 limit ?2)")),
          insert(connection.prepare("insert into oauth_states (state, expire_at, payload) values (?1, ?2, ?3)")),
          erase(connection.prepare("delete from oauth_states where state = ?1 and expire_at > ?2 "
                                   "and typeof(expire_at) in ('integer', 'real') returning payload")) {}

    detail::SQLite3Statement begin;
    detail::SQLite3Statement commit;
    detail::SQLite3Statement purge;
    detail::SQLite3Statement insert;
    detail::SQLite3Statement erase;  // one statement, so that of two at the same moment one finds the row
  };

  [[nodiscard]] static SQLite3OAuthStateStoreOptions checked(SQLite3OAuthStateStoreOptions options) {
    detail::require_sqlite3_options(options.database, options.busy_timeout);
    detail::require_state_rules(options.expiration, options.clock);
    detail::prepare_database_file(options.database);
    return options;
  }

  void purge(Timestamp time) {
    const detail::SqlUse use(statements_->purge);
    statements_->purge.bind(1, detail::seconds_since_epoch(time));
    statements_->purge.bind(2, most_purged);
    statements_->purge.step();
  }

  void insert(std::string_view state, Timestamp expire_at, const std::optional<std::string>& payload) {
    detail::SQLite3Statement& statement = statements_->insert;
    const detail::SqlUse use(statement);
    statement.bind(1, state);
    statement.bind(2, detail::seconds_since_epoch(expire_at));
    if (payload) {
      statement.bind(3, std::string_view(*payload));
    } else {
      statement.bind_null(3);
    }
    statement.step();
  }

  /// The payload of the row that was there.
  [[nodiscard]] std::optional<std::optional<std::string>> erase(std::string_view state, double time) {
    detail::SQLite3Statement& statement = statements_->erase;
    const detail::SqlUse use(statement);
    statement.bind(1, state);
    statement.bind(2, time);
    std::optional<std::optional<std::string>> erased;
    while (statement.step()) {  // to its end, where it is committed
      if (erased) continue;
      const auto row = statement.row();
      erased.emplace();
      if (row.type(0) != detail::SqlType::null) erased->emplace(row.text(0));
    }
    return erased;
  }

  SQLite3OAuthStateStoreOptions options_;
  std::mutex mutex_;
  detail::SQLite3Connection connection_;
  std::optional<Statements> statements_;
};

}  // namespace slack::oauth::inline v0
