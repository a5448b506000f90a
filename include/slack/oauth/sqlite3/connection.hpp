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
#include <utility>

#include "slack/oauth/sqlite3/error.hpp"
#include "slack/oauth/sqlite3/statement.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: one at a time; SQLite's own mutexes are off. Not to be used on the other side of a fork().
class SQLite3Connection {
  using Clock = std::chrono::steady_clock;

 public:
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

  [[nodiscard]] int changes() const { return sqlite3_changes(database_.get()); }
  [[nodiscard]] std::int64_t last_id() const { return sqlite3_last_insert_rowid(database_.get()); }
  [[nodiscard]] bool is_in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

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
  std::unique_ptr<::sqlite3, Close> database_;
};

/// Everything that is written between construction and commit(), or nothing of it.
class SQLite3Transaction {
 public:
  SQLite3Transaction(SQLite3Connection& connection, SQLite3Statement& begin, SQLite3Statement& commit)
      : connection_(connection), commit_(commit) {
    begin.run();
  }
  SQLite3Transaction(const SQLite3Transaction&) = delete;
  SQLite3Transaction& operator=(const SQLite3Transaction&) = delete;

  ~SQLite3Transaction() {
    // A commit that failed may have left the transaction open, or ended it.
    if (connection_.is_in_transaction()) sqlite3_exec(connection_.get(), "rollback", nullptr, nullptr, nullptr);
  }

  void commit() { commit_.run(); }

 private:
  SQLite3Connection& connection_;
  SQLite3Statement& commit_;
};

}  // namespace slack::oauth::inline v0::detail
