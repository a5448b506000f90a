// One connection to a database.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sqlite3/detail/database_file.hpp"
#include "slack/oauth/sqlite3/detail/dialect.hpp"
#include "slack/oauth/sqlite3/detail/error.hpp"
#include "slack/oauth/sqlite3/detail/statement.hpp"

namespace slack::oauth::inline v0::detail {

/// Where a database is, for more connections to it.
struct SQLite3Place {
  std::string database{};
  std::chrono::milliseconds busy_timeout{};
  DatabaseFileId file_id{};
  std::string file_name{};  ///< empty for ":memory:" and its like: another connection would see another database

  [[nodiscard]] bool is_in_memory() const { return file_name.empty(); }
};

/// Models SqlConnection.
///
/// Threads: one at a time; SQLite's own mutexes are off. Not to be used on the other side of a fork().
class SQLite3Connection {
  using Clock = std::chrono::steady_clock;

 public:
  using Dialect = SQLite3Dialect;
  using Statement = SQLite3Statement;

  /// `flags` are those of sqlite3_open_v2(); SQLITE_OPEN_NOMUTEX and SQLITE_OPEN_URI are added.
  SQLite3Connection(const std::string& database, int flags, std::chrono::milliseconds busy_timeout)
      : busy_timeout_(busy_timeout) {
    if (sqlite3_threadsafe() == 0) throw sqlite3_refusal("this SQLite was built without support for threads");
    ::sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(database.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nullptr);
    database_.reset(opened);
    if (code != SQLITE_OK) {
      throw sqlite3_error(opened, opened == nullptr ? code : sqlite3_extended_errcode(opened), "open the database");
    }
    sqlite3_extended_result_codes(opened, 1);
    sqlite3_busy_handler(opened, &SQLite3Connection::wait_for_others, this);
    if (!is_in_memory()) file_id_ = database_file_id(file_name().data());
  }
  /// To the very file of another connection. Throws StorageError where that was moved, removed or replaced.
  SQLite3Connection(const SQLite3Place& place, int flags)
      : SQLite3Connection(place.database, flags, place.busy_timeout) {
    require_same_file(place.file_id);
  }
  SQLite3Connection(const SQLite3Connection&) = delete;
  SQLite3Connection& operator=(const SQLite3Connection&) = delete;
  ~SQLite3Connection() = default;

  [[nodiscard]] ::sqlite3* get() const { return database_.get(); }

  [[nodiscard]] SQLite3Statement prepare(std::string_view sql) const { return {database_.get(), sql}; }

  void execute(std::string_view sql) const { prepare(sql).run(); }

  /// The first column of the first row, or an empty text.
  [[nodiscard]] std::string read_text(std::string_view sql) const {
    SQLite3Statement statement = prepare(sql);
    return statement.step() ? std::string(statement.row().text(0)) : std::string();
  }

  /// True for ":memory:" and its like: another connection would see another database.
  [[nodiscard]] bool is_in_memory() const { return file_name().empty(); }

  /// Empty where there is no file.
  [[nodiscard]] std::string_view file_name() const {
    const char* const name = sqlite3_db_filename(database_.get(), "main");
    return name == nullptr ? std::string_view{} : name;
  }

  [[nodiscard]] bool is_read_only() const { return sqlite3_db_readonly(database_.get(), "main") == 1; }

  [[nodiscard]] std::int64_t last_id() const { return sqlite3_last_insert_rowid(database_.get()); }

  void roll_back() noexcept {
    if (sqlite3_get_autocommit(database_.get()) != 0) return;
    sqlite3_exec(database_.get(), "rollback", nullptr, nullptr, nullptr);
  }

  [[nodiscard]] bool has_table(std::string_view name) const { return has_object("table", name); }
  [[nodiscard]] bool has_index(std::string_view name) const { return has_object("index", name); }

  [[nodiscard]] std::vector<std::string> column_names(std::string_view table) const {
    SQLite3Statement statement = prepare("select name from pragma_table_info(?1)");
    statement.bind(1, table);
    std::vector<std::string> names;
    while (statement.step()) names.emplace_back(statement.row().text(0));
    return names;
  }

  /// Throws StorageError where the file was moved, removed or replaced after it was opened: what is written then is
  /// lost, and what is read is of no use to others.
  void require_in_place() const {
    if (!is_in_memory()) require_same_file(database_file_id(file_name().data()));
  }

  /// The same where another connection has another file open.
  void require_same_file(const DatabaseFileId& file_id) const {
    if (file_id_ == file_id) return;
    throw sqlite3_error(SQLITE_READONLY_DBMOVED, "its file was moved, removed or replaced since it was opened",
                        "use the database");
  }

  [[nodiscard]] const DatabaseFileId& file_id() const { return file_id_; }

  void require_writable() const {
    if (!is_read_only()) return;
    throw sqlite3_error(SQLITE_READONLY, "it is read-only, and has yet to be prepared for this version of slack-oauth",
                        "use the database");
  }

  [[nodiscard]] static StorageError refusal(std::string_view problem) { return sqlite3_refusal(problem); }

  /// Calls `action` again while it fails for SQLITE_BUSY within the timeout: a few steps, such as switching the journal
  /// mode, fail at once where another process does the same, without asking the busy handler.
  template <class Action>
  auto retry_while_busy(const Action& action) const {
    const auto deadline = Clock::now() + busy_timeout_;
    for (;;) {
      try {
        return action();
      } catch (const StorageError& error) {
        if (!error.code().starts_with("SQLITE_BUSY") || Clock::now() >= deadline) throw;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }

 private:
  struct Close {
    void operator()(::sqlite3* database) const noexcept { sqlite3_close_v2(database); }
  };

  [[nodiscard]] bool has_object(std::string_view type, std::string_view name) const {
    SQLite3Statement statement = prepare("select 1 from sqlite_master where type = ?1 and name = ?2");
    statement.bind(1, type);
    statement.bind(2, name);
    return statement.step();
  }

  // SQLite's own handler soon sleeps for 100 ms at a time. Between processes that write all the time, one could then
  // miss every gap until its timeout; short sleeps find one.
  static int wait_for_others(void* connection, int attempts) {
    auto& self = *static_cast<SQLite3Connection*>(connection);
    const auto now = Clock::now();
    if (attempts == 0) self.waiting_since_ = now;
    if (now - self.waiting_since_ >= self.busy_timeout_) return 0;
    std::this_thread::sleep_for(std::chrono::microseconds{std::min(100 * (attempts + 1), 2000)});
    return 1;
  }

  std::chrono::milliseconds busy_timeout_;
  Clock::time_point waiting_since_{};
  DatabaseFileId file_id_{};
  std::unique_ptr<::sqlite3, Close> database_;
};

static_assert(SqlConnection<SQLite3Connection>);

}  // namespace slack::oauth::inline v0::detail
