// A statement that is prepared when it is first needed: most apps need few of those that a store has.
//
// Needs nlohmann/json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/record.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: one at a time, as for its connection.
template <SqlConnection Connection>
class SqlPrepared {
  using Statement = typename Connection::Statement;

 public:
  /// `client_id` has to outlive it.
  SqlPrepared(const Connection& connection, std::string_view client_id, std::string sql)
      : connection_(connection), client_id_(client_id), sql_(std::move(sql)) {}

  [[nodiscard]] Statement& get() {
    if (!statement_) {
      statement_.emplace(connection_.prepare(sql_));
      statement_->bind(client_parameter, client_id_);
    }
    return *statement_;
  }

  /// For this workspace, with what `bind(statement)` adds. Returns how many rows it wrote.
  template <class Bind>
  std::int64_t run(const WorkspaceKey& key, const Bind& bind) {
    Statement& statement = get();
    bind_key(statement, key);
    bind(statement);
    statement.run();
    return statement.changes();
  }
  std::int64_t run(const WorkspaceKey& key) {
    return run(key, [](Statement&) {});
  }

  /// What `read(row)` makes of the first row; a default where there is none.
  template <class Bind, class Read>
  [[nodiscard]] auto read_first(const WorkspaceKey& key, const Bind& bind, const Read& read) {
    Statement& statement = get();
    const SqlUse use(statement);
    bind_key(statement, key);
    bind(statement);
    return statement.step() ? read(statement.row()) : decltype(read(statement.row())){};
  }

 private:
  const Connection& connection_;
  std::string_view client_id_;
  std::string sql_;
  std::optional<Statement> statement_;
};

}  // namespace slack::oauth::inline v0::detail
