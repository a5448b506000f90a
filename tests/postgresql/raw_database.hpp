// A database as another program sees it: through libpq.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "postgresql/server.hpp"

namespace test {

/// A row's values as text; "NULL" where there is none.
using Row = std::vector<std::string>;

class RawDatabase {
 public:
  explicit RawDatabase(const std::string& connection_string, const std::string& schema = "")
      : connection_(PQconnectdb(connection_string.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    PQsetNoticeReceiver(
        connection_.get(), [](void*, const ::PGresult*) {}, nullptr);
    if (!schema.empty()) execute("set search_path to " + schema);
  }

  [[nodiscard]] ::PGconn* get() const { return connection_.get(); }

  /// Runs one or several statements.
  void execute(const std::string& sql) const { take(PQexec(connection_.get(), sql.c_str()), sql); }

  /// All rows of one statement, with `values` as its parameters.
  [[nodiscard]] std::vector<Row> query(const std::string& sql, const std::vector<std::string>& values = {}) const {
    std::vector<const char*> texts;
    for (const auto& value : values) texts.push_back(value == "NULL" ? nullptr : value.c_str());
    return take(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, texts.data(),
                             nullptr, nullptr, 0),
                sql);
  }

  /// The first value of the first row.
  [[nodiscard]] std::string value(const std::string& sql, const std::vector<std::string>& values = {}) const {
    const auto rows = query(sql, values);
    if (rows.empty()) throw std::runtime_error("no row for: " + sql);
    return rows.front().front();
  }

 private:
  struct Finish {
    void operator()(::PGconn* connection) const noexcept { PQfinish(connection); }
  };

  static std::vector<Row> take(::PGresult* given, const std::string& sql) {
    const std::unique_ptr<::PGresult, decltype(&PQclear)> result(given, PQclear);
    const auto status = PQresultStatus(given);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      throw std::runtime_error(std::string(PQresultErrorMessage(given)) + " in: " + sql);
    }
    std::vector<Row> rows;
    for (int row = 0; row < PQntuples(given); ++row) {
      Row& values = rows.emplace_back();
      for (int column = 0; column < PQnfields(given); ++column) {
        values.emplace_back(PQgetisnull(given, row, column) != 0 ? "NULL" : PQgetvalue(given, row, column));
      }
    }
    return rows;
  }

  std::unique_ptr<::PGconn, Finish> connection_;
};

inline std::string PostgreSQLServer::new_schema() {
  static std::atomic<int> number{0};
  const std::string name = "slack_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
  RawDatabase(connection_string()).execute("create schema " + name);
  return name;
}

}  // namespace test
