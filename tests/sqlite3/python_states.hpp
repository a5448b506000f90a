// The SQL of the Python SDK's SQLite3OAuthStateStore, as it makes, fills and asks a database: what this library shares
// with it. https://github.com/slackapi/python-slack-sdk, slack_sdk/oauth/state_store/sqlite3
#pragma once

#include <sqlite3.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "sqlite3/raw_database.hpp"

namespace test {

inline void make_python_state_table(const RawDatabase& database) {
  database.execute(
      "create table oauth_states (id integer primary key autoincrement, state text not null, "
      "expire_at datetime not null);");
}

/// Python binds its time as a float.
class PythonStatement {
 public:
  PythonStatement(const RawDatabase& database, std::string_view sql, std::string_view state, double time) {
    sqlite3_prepare_v2(database.get(), sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
    sqlite3_bind_text(statement_, 1, state.data(), static_cast<int>(state.size()), SQLITE_TRANSIENT);
    sqlite3_bind_double(statement_, 2, time);
    code_ = sqlite3_step(statement_);
    if (code_ != SQLITE_ROW && code_ != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database.get()));
  }
  PythonStatement(const PythonStatement&) = delete;
  PythonStatement& operator=(const PythonStatement&) = delete;
  ~PythonStatement() { sqlite3_finalize(statement_); }

  [[nodiscard]] bool has_row() const { return code_ == SQLITE_ROW; }
  [[nodiscard]] std::string id() const { return std::to_string(sqlite3_column_int64(statement_, 0)); }

 private:
  sqlite3_stmt* statement_ = nullptr;
  int code_ = 0;
};

inline void python_issue(const RawDatabase& database, std::string_view state, double expire_at) {
  const PythonStatement inserted(database, "insert into oauth_states (state, expire_at) values (?, ?);", state,
                                 expire_at);
}

inline bool python_consume(const RawDatabase& database, std::string_view state, double time) {
  std::string id;
  {
    const PythonStatement found(database, "select id, state from oauth_states where state = ? and expire_at > ?;",
                                state, time);
    if (!found.has_row()) return false;
    id = found.id();
  }
  static_cast<void>(database.query("delete from oauth_states where id = ?;", {id}));
  return true;
}

}  // namespace test
