// What an engine has to have so that its tables are written and read by sql/: a connection, its statements and their
// rows, and a dialect that says how its SQL is written where databases differ.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// What a value in a row is, numbered as SQLite does it. A time is what a database has a type for: then its rows have
/// `std::optional<Timestamp> time(int column) const`, absent where it is outside of the years 0000 to 9999.
enum class SqlType { integer = 1, real = 2, text = 3, blob = 4, null = 5, time = 6 };

// clang-format off

/// The row that a statement stands on, valid until the statement is stepped or reset.
template <class Row>
concept SqlRow = requires(const Row& row, int column) {
  { row.type(column) } -> std::same_as<SqlType>;
  { row.text(column) } -> std::same_as<std::string_view>;  // all bytes; of a number, its decimal text
  { row.integer(column) } -> std::same_as<std::int64_t>;
  { row.real(column) } -> std::same_as<double>;
};

/// A prepared statement. Its parameters are numbered from 1; bind() borrows a text until the statement is reset, and
/// what is bound stays bound after that.
template <class Statement>
concept SqlStatement = requires(Statement& statement, int parameter, std::string_view text) {
  statement.bind(parameter, text);
  statement.bind_copy(parameter, text);
  statement.bind(parameter, std::int64_t{});
  statement.bind(parameter, double{});
  statement.bind_null(parameter);
  { statement.step() } -> std::same_as<bool>;               // true where it stands on a row
  { statement.row() } -> SqlRow;
  { statement.changes() } -> std::same_as<std::int64_t>;    // how many rows it wrote when it ran last
  statement.reset();
  statement.run();                                          // to its end
};

/// How the SQL of an engine is written.
template <class Dialect>
concept SqlDialect = requires(int parameter, std::string_view column, Timestamp time) {
  { Dialect::parameter(parameter) } -> std::same_as<std::string>;        // "?1", "$1"
  // That a column which names the workspace holds the value of an expression, of which an absent id is an empty text.
  { Dialect::same_key(column, column) } -> std::same_as<std::string>;
  // A text that is to be compared: of a type whose operators are the database's own, whoever else has made some.
  { Dialect::as_text(column) } -> std::same_as<std::string>;
  { Dialect::stored_key(column) } -> std::same_as<std::string>;          // what such a column gets of it
  { Dialect::key_columns } -> std::convertible_to<std::string_view>;     // of an index that same_key() can use
  { Dialect::index_end } -> std::convertible_to<std::string_view>;       // what an index needs to be in the order of ids
  { Dialect::id_declaration } -> std::convertible_to<std::string_view>;
  { Dialect::key_declaration } -> std::convertible_to<std::string_view>;
  { Dialect::bot_text_declaration } -> std::convertible_to<std::string_view>;  // of what every bot has
  { Dialect::text_type } -> std::convertible_to<std::string_view>;
  { Dialect::integer_type } -> std::convertible_to<std::string_view>;    // of 64 bits
  { Dialect::real_type } -> std::convertible_to<std::string_view>;       // of 64 bits
  { Dialect::time_type } -> std::convertible_to<std::string_view>;
  { Dialect::time_default } -> std::convertible_to<std::string_view>;    // now, or nothing
  { Dialect::boolean_type } -> std::convertible_to<std::string_view>;
  { Dialect::false_value } -> std::convertible_to<std::string_view>;
  { Dialect::are_ends_integers } -> std::convertible_to<bool>;           // `*_expires_at`, in seconds since 1970
  { Dialect::has_lateral_joins } -> std::convertible_to<bool>;           // and is the quicker for them
  // That a row of slack_bots has a bot, as " and …"; nothing where each has.
  { Dialect::and_has_bot(column) } -> std::same_as<std::string>;
  { Dialect::begin_writing } -> std::convertible_to<std::string_view>;   // a transaction
  { Dialect::format_time(time) } -> std::same_as<std::string>;           // of a year from 0000 to 9999
};

template <class Connection>
concept SqlConnection = SqlDialect<typename Connection::Dialect> && SqlStatement<typename Connection::Statement> &&
    requires(const Connection& connection, Connection& writable, std::string_view sql) {
  { connection.prepare(sql) } -> std::same_as<typename Connection::Statement>;
  connection.execute(sql);
  { connection.has_table(sql) } -> std::same_as<bool>;
  connection.require_writable();                                         // throws StorageError
  connection.require_in_place();                                         // throws where a commit would go nowhere
  connection.refusal(sql);                                               // a StorageError that says so
  writable.roll_back();                                                  // where a transaction is open; throws nothing
};

/// For missing_schema().
template <class Connection>
concept SqlCatalog = SqlConnection<Connection> && requires(const Connection& connection, std::string_view name) {
  { connection.has_index(name) } -> std::same_as<bool>;
  connection.column_names(name);                                         // of a table; none where it is absent
};

/// A database that several may write to at once has this too; SQLite has one writer at a time anyway.
template <class Connection>
concept EntersWorkspaces = requires(Connection& connection, std::string_view client_id, const WorkspaceKey& key) {
  { connection.enter_workspace(client_id, key) } -> std::same_as<bool>;  // see SqlWriter
  connection.leave_workspace([] {});                                     // commits what was entered, by calling it
  connection.enter_bulk();                                               // before a write to many workspaces
};

// clang-format on

/// Resets a statement at the end of its use: one that is left standing on a row would hold its snapshot.
template <class Statement>
class SqlUse {
 public:
  explicit SqlUse(Statement& statement) : statement_(statement) {}
  SqlUse(const SqlUse&) = delete;
  SqlUse& operator=(const SqlUse&) = delete;
  ~SqlUse() { statement_.reset(); }

 private:
  Statement& statement_;
};

/// Everything that is written between construction and commit(), or nothing of it.
template <class Connection>
class SqlTransaction {
  using Statement = typename Connection::Statement;

 public:
  SqlTransaction(Connection& connection, Statement& begin, Statement& commit)
      : connection_(connection), commit_(commit) {
    begin.run();
  }
  SqlTransaction(const SqlTransaction&) = delete;
  SqlTransaction& operator=(const SqlTransaction&) = delete;

  /// A commit that failed may have left the transaction open, or ended it.
  ~SqlTransaction() { connection_.roll_back(); }

  void commit() {
    connection_.require_in_place();
    commit_.run();
  }

 private:
  Connection& connection_;
  Statement& commit_;
};

}  // namespace slack::oauth::inline v0::detail
