// A prepared statement and the row it stands on. Values are bound, never part of the SQL.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sqlite3/detail/error.hpp"

namespace slack::oauth::inline v0::detail {

/// The row that a statement stands on. Valid until the statement is stepped or reset.
class SQLite3Row {
 public:
  explicit SQLite3Row(::sqlite3_stmt* statement) : statement_(statement) {}

  [[nodiscard]] SqlType type(int column) const {
    static_assert(static_cast<int>(SqlType::integer) == SQLITE_INTEGER &&
                  static_cast<int>(SqlType::real) == SQLITE_FLOAT && static_cast<int>(SqlType::text) == SQLITE_TEXT &&
                  static_cast<int>(SqlType::blob) == SQLITE_BLOB && static_cast<int>(SqlType::null) == SQLITE_NULL);
    return static_cast<SqlType>(sqlite3_column_type(statement_, column));
  }

  /// All bytes, also behind a NUL. A number comes as its decimal text.
  [[nodiscard]] std::string_view text(int column) const {
    const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? std::string_view{} : std::string_view(bytes, size);
  }

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }

 private:
  ::sqlite3_stmt* statement_;
};

/// Threads: one at a time, and none while another uses the same connection.
class SQLite3Statement {
 public:
  SQLite3Statement(::sqlite3* database, std::string_view sql) : database_(database) {
    ::sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) throw sqlite3_error(database, code, "prepare a statement");
    statement_.reset(statement);
  }

  /// Borrows `text` until the statement is reset.
  void bind(int parameter, std::string_view text) {
    // A null pointer would bind NULL instead of an empty text.
    const char* const bytes = text.data() == nullptr ? "" : text.data();
    check(sqlite3_bind_text64(statement_.get(), parameter, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind_copy(int parameter, std::string_view text) {
    // NOLINTNEXTLINE: SQLITE_TRANSIENT is a cast of its own
    const auto copied = reinterpret_cast<::sqlite3_destructor_type>(static_cast<std::intptr_t>(-1));
    const char* const bytes = text.data() == nullptr ? "" : text.data();
    check(sqlite3_bind_text64(statement_.get(), parameter, bytes, text.size(), copied, SQLITE_UTF8));
  }
  void bind(int parameter, std::integral auto value) {
    check(sqlite3_bind_int64(statement_.get(), parameter, static_cast<std::int64_t>(value)));
  }
  void bind(int parameter, std::floating_point auto value) {
    check(sqlite3_bind_double(statement_.get(), parameter, static_cast<double>(value)));
  }
  void bind_null(int parameter) { check(sqlite3_bind_null(statement_.get(), parameter)); }

  /// True where it stands on a row, false where there is none left.
  bool step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    throw sqlite3_error(database_, code, is_read_only() ? "read" : "write");
  }

  [[nodiscard]] SQLite3Row row() const { return SQLite3Row(statement_.get()); }

  /// Ends the statement, and with it the snapshot that it reads. What went wrong was said by step().
  void reset() noexcept { sqlite3_reset(statement_.get()); }

  void run() {
    const SqlUse use(*this);
    while (step()) {
    }
  }

  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes(database_); }

  [[nodiscard]] bool is_read_only() const { return sqlite3_stmt_readonly(statement_.get()) != 0; }

 private:
  struct Finalize {
    void operator()(::sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };

  void check(int code) {
    if (code != SQLITE_OK) throw sqlite3_error(database_, code, "bind a value");
  }

  ::sqlite3* database_;
  std::unique_ptr<::sqlite3_stmt, Finalize> statement_;
};

}  // namespace slack::oauth::inline v0::detail
