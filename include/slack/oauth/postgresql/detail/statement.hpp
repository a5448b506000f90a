// A statement, its parameters and the rows that it gave. Values are parameters, never part of the SQL.
//
// Needs libpq.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/result.hpp"
#include "slack/oauth/postgresql/detail/wire.hpp"
#include "slack/oauth/sql/connection.hpp"

namespace slack::oauth::inline v0::detail {

/// Models SqlStatement. All rows of a result are here when the first is. One that begins a transaction is sent with the
/// statement after it.
///
/// Threads: one at a time, and none while another uses the same connection.
class PostgreSQLStatement {
 public:
  PostgreSQLStatement(PostgreSQLWire& wire, std::string sql) : wire_(&wire), sql_(std::move(sql)) {}

  void bind(int parameter, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
      throw InvalidArgumentError("a text or an id", "holds U+0000, which PostgreSQL cannot keep");
    }
    at(parameter).assign(text);
  }
  void bind_copy(int parameter, std::string_view text) { bind(parameter, text); }
  void bind(int parameter, std::integral auto value) { bind_number(parameter, static_cast<std::int64_t>(value)); }
  void bind(int parameter, std::floating_point auto value) { bind_number(parameter, static_cast<double>(value)); }
  void bind_null(int parameter) {
    at(parameter);
    is_null_[static_cast<std::size_t>(parameter) - 1] = true;
  }

  /// True where it stands on a row, false where there is none left.
  bool step() {
    if (result_ == nullptr) execute();
    return ++row_ < PQntuples(result_.get());
  }

  [[nodiscard]] PostgreSQLRow row() const { return {result_.get(), row_}; }

  void reset() noexcept {
    result_.reset();
    row_ = -1;
  }

  void run() {
    execute();
    reset();
  }

  /// Throws where the server did not wait for its standby: of one that wrote, and was a transaction of its own.
  void require_safe() const {
    if (wire_->was_warned()) throw wire_->unknown_commit();
  }

  [[nodiscard]] std::int64_t changes() const { return changes_; }

  /// Runs statements of one connection one after another, in one round trip. Each then stands before its first row.
  static void run_together(std::initializer_list<PostgreSQLStatement*> statements) {
    std::vector<PostgreSQLStep> steps;
    steps.reserve(statements.size());
    for (PostgreSQLStatement* const statement : statements) steps.push_back(statement->next_step());
    std::vector<PostgreSQLResult> results = (*statements.begin())->wire_->run_together(steps);
    auto result = results.begin();
    for (PostgreSQLStatement* const statement : statements) statement->take(std::move(*result++));
  }

 private:
  void execute() {
    if (sql_ == PostgreSQLDialect::begin_writing) {
      wire_->begin_with_next(sql_);
    } else {
      take(wire_->run(next_step()));
    }
  }

  [[nodiscard]] PostgreSQLStep next_step() {
    reset();
    for (std::size_t i = 0; i < texts_.size(); ++i) values_[i] = is_null_[i] ? nullptr : texts_[i].c_str();
    return {sql_, values_, &name_};
  }

  void take(PostgreSQLResult result) {
    result_ = std::move(result);
    changes_ = rows_written(result_.get());
    // A server that was told not to wait for its standby says that it has committed, and warns.
    if (sql_ == "commit" && (wire_->was_warned() || std::string_view(PQcmdStatus(result_.get())) != "COMMIT")) {
      throw wire_->unknown_commit();
    }
  }

  std::string& at(int parameter) {
    const auto index = static_cast<std::size_t>(parameter) - 1;
    if (index >= texts_.size()) {
      texts_.resize(index + 1);
      values_.resize(index + 1);
      is_null_.resize(index + 1, true);
    }
    is_null_[index] = false;
    return texts_[index];
  }

  template <class Number>
  void bind_number(int parameter, Number value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    at(parameter).assign(digits.data(), end);
  }

  PostgreSQLWire* wire_;
  std::string sql_;
  const std::string* name_ = nullptr;
  std::vector<std::string> texts_{};
  std::vector<bool> is_null_{};
  std::vector<const char*> values_{};
  PostgreSQLResult result_{};
  int row_ = -1;
  std::int64_t changes_ = 0;
};

static_assert(SqlStatement<PostgreSQLStatement>);

}  // namespace slack::oauth::inline v0::detail
