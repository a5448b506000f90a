// A database as another program sees it: through SQLite's own interface.
#pragma once

#include <sqlite3.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// A row's values as text; "NULL" where there is none.
using Row = std::vector<std::string>;

class RawDatabase {
 public:
  explicit RawDatabase(const std::string& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) throw std::runtime_error("cannot open " + path);
    sqlite3_busy_timeout(database_, 5000);
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() { sqlite3_close(database_); }

  [[nodiscard]] sqlite3* get() const { return database_; }

  /// Runs one or several statements.
  void execute(const std::string& sql) const {
    char* message = nullptr;
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string problem = message == nullptr ? "" : message;
    sqlite3_free(message);
    throw std::runtime_error(problem + " in: " + sql);
  }

  /// All rows of one statement, with `values` bound to its parameters.
  [[nodiscard]] std::vector<Row> query(const std::string& sql, const std::vector<std::string>& values = {}) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(std::string(sqlite3_errmsg(database_)) + " in: " + sql);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      sqlite3_bind_text(statement, static_cast<int>(i) + 1, values[i].data(), static_cast<int>(values[i].size()),
                        SQLITE_TRANSIENT);
    }
    std::vector<Row> rows;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      Row& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        row.push_back(
            text == nullptr ? "NULL" : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, i))));
      }
    }
    sqlite3_finalize(statement);
    return rows;
  }

  /// The first value of the first row.
  [[nodiscard]] std::string value(const std::string& sql, const std::vector<std::string>& values = {}) const {
    const auto rows = query(sql, values);
    if (rows.empty()) throw std::runtime_error("no row for: " + sql);
    return rows.front().front();
  }

 private:
  sqlite3* database_ = nullptr;
};

inline void execute(const std::string& path, const std::string& sql) { RawDatabase(path).execute(sql); }

}  // namespace test
