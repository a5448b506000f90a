// One connection to a database, as sql/ uses it.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/hosts.hpp"
#include "slack/oauth/postgresql/detail/names.hpp"
#include "slack/oauth/postgresql/detail/notices.hpp"
#include "slack/oauth/postgresql/detail/settings.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/detail/statement.hpp"
#include "slack/oauth/postgresql/detail/wire.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// A write to a workspace. It leaves its number in the workspace's row, beside those of the last 16 writes. So one
/// whose answer was lost can be tried again: it finds its number there, or was not done.
struct PostgreSQLWrite {
  std::int64_t number;       ///< that no other write has
  std::int64_t version = 0;  ///< of the workspace, as a try that may be done has made it, or less; 0 where not known
  std::int64_t seen = 0;     ///< the version that it made of it, or less
  bool may_be_done = false;  ///< by a try whose answer was lost

  /// When such a try was sent with its commit, so that with its answer all that is known of it may be lost.
  std::optional<PostgreSQLClock::time_point> sent_at{};
};

/// Models SqlConnection, and enters workspaces.
///
/// Threads: one at a time. Not to be used on the other side of a fork().
class PostgreSQLConnection {
 public:
  using Dialect = PostgreSQLDialect;
  using Statement = PostgreSQLStatement;

  /// `names` has to outlive it.
  PostgreSQLConnection(const PostgreSQLSettings& settings, const PostgreSQLHosts::Order& order,
                       const PostgreSQLNames& names, PostgreSQLDeadline deadline)
      : names_(names),
        has_notices_(settings.changes.notices),
        wire_(std::make_unique<PostgreSQLWire>(settings, order, deadline)) {}
  PostgreSQLConnection(const PostgreSQLConnection&) = delete;
  PostgreSQLConnection& operator=(const PostgreSQLConnection&) = delete;
  ~PostgreSQLConnection() = default;

  void set_deadline(PostgreSQLDeadline deadline) { wire_->set_deadline(deadline); }
  [[nodiscard]] bool is_usable() const { return wire_->is_usable(); }
  [[nodiscard]] bool is_open() { return wire_->is_open(); }

  [[nodiscard]] PostgreSQLStatement prepare(std::string_view sql) const { return {*wire_, names_.apply(sql)}; }

  void execute(std::string_view sql) const { wire_->execute(names_.apply(sql)); }

  void roll_back() noexcept { wire_->roll_back(); }

  [[nodiscard]] bool has_table(std::string_view name) const {
    PostgreSQLStatement statement = prepare(
        "select 1 from pg_class where oid = pg_catalog.to_regclass($1)::oid and relkind in ('r', 'p', 'v', 'm', 'f')");
    statement.bind(1, names_.place_of(name));
    return statement.step();
  }

  /// That the database keeps any text, and the same one.
  void require_utf8() const {
    const std::string encoding = wire_->parameter("server_encoding");
    if (!encoding.empty() && encoding != "UTF8") {
      throw refusal("the database is in the encoding " + encoding + ", and has to be in UTF8");
    }
  }

  void require_writable() const {
    PostgreSQLStatement statement = prepare("select pg_is_in_recovery()");
    if (statement.step() && statement.row().integer(0) != 0) {
      throw PostgreSQLError(wire_->place(), "25006", true,
                            "the server is a standby, and has yet to be prepared for this version of slack-oauth");
    }
  }

  /// A row cannot be moved away under a transaction.
  void require_in_place() const noexcept {}

  [[nodiscard]] PostgreSQLError refusal(std::string_view problem) const { return {wire_->place(), {}, false, problem}; }

  /// As SqlWriter asks for it, before it writes many workspaces: what triggers there are need not tell of each.
  void enter_bulk() const { execute("select pg_catalog.set_config('slack_oauth.is_bulk', 'on', true)"); }

  /// What enter_workspace() is for from now on.
  void set_write(PostgreSQLWrite& write) { write_ = &write; }

  /// As SqlWriter asks for it: locks the workspace's row, which it makes where there is none, and counts the write.
  [[nodiscard]] bool enter_workspace(std::string_view client_id, const WorkspaceKey& key) {
    if (write_->sent_at) recall_version(client_id, key);
    PostgreSQLStatement& enter = entering(enter_, has_notices_, client_id, key);
    const SqlUse use(enter);
    if (!enter.step()) return false;
    const std::int64_t version = enter.row().integer(0);
    if (write_->may_be_done && version - write_->version > remembered_writes) throw wire_->unknown_write();
    write_->version = write_->seen = version;
    // What had entered before is not done, nor will it be. What was sent with its commit may yet be on its way.
    write_->may_be_done = write_->sent_at.has_value();
    return true;
  }

  /// As SqlWriter asks for it: commits what enter_workspace() began, by `commit()`.
  template <class Commit>
  void leave_workspace(const Commit& commit) {
    const bool might_be_done = std::exchange(write_->may_be_done, true);
    try {
      commit();
    } catch (const PostgreSQLError& error) {
      if (!error.damage().may_have_happened) write_->may_be_done = might_be_done;
      throw;
    }
  }

  /// False where a try may be done, as far as is known.
  [[nodiscard]] bool is_first_try() const { return !write_->may_be_done; }

  /// Enters the workspace, runs a statement and commits, in one round trip. A first try of set_write()'s. The statement
  /// sends the notice, where it writes anything: with told_sql().
  void write_together(std::string_view client_id, const WorkspaceKey& key, PostgreSQLStatement& begin,
                      PostgreSQLStatement& statement, PostgreSQLStatement& commit) {
    PostgreSQLStatement& enter = entering(enter_together_, false, client_id, key);
    const SqlUse use(enter);
    write_->sent_at = PostgreSQLClock::now();
    write_->may_be_done = true;
    PostgreSQLStatement::run_together({&begin, &enter, &statement, &commit});
    write_->version = write_->seen = enter.step() ? enter.row().integer(0) : 0;
  }

  /// Sends the notice of a write, as a value of SQL whose $1 is the client ID and in which `notice` is the workspace's.
  [[nodiscard]] std::string told_sql(const std::string& notice) const {
    return has_notices_ ? "pg_catalog.pg_notify(" + channel_sql(names_, "$1::varchar") + ", " + notice + ")" : "null";
  }

  /// That try was not done, for certain.
  void forget_try() {
    write_->may_be_done = false;
    write_->sent_at.reset();
  }

  /// That a row is the workspace's, of a table whose ids are never null: $1, $2 and $3.
  [[nodiscard]] static std::string of_row_sql() {
    return "client_id::text = $1::text and enterprise_id::text = $2::text and team_id::text = $3::text";
  }

 private:
  static constexpr std::int64_t remembered_writes = 16;

  // A row is locked also where the condition does not hold. https://www.postgresql.org/docs/current/sql-insert.html
  [[nodiscard]] static std::string enter_rows_sql() {
    return "insert into slack_oauth_workspaces as it (client_id, enterprise_id, team_id, notice, version, changed_at, "
           "last_writes) values ($1::varchar, $2::varchar, $3::varchar, " +
           notice_sql("$1::varchar", "$2::varchar", "$3::varchar") +
           ", 1, now(), array[$4::bigint]) on conflict (client_id, enterprise_id, team_id) do update set version = "
           "it.version + 1, changed_at = now(), last_writes = (excluded.last_writes operator(pg_catalog.||) "
           "it.last_writes)[1:16] where not "
           "(it.last_writes operator(pg_catalog.@>) excluded.last_writes) returning version";
  }

  [[nodiscard]] PostgreSQLStatement& entering(std::optional<PostgreSQLStatement>& enter, bool tells,
                                              std::string_view client_id, const WorkspaceKey& key) {
    if (!enter) {
      const std::string rows = enter_rows_sql();
      enter.emplace(prepare(tells ? "with entered as (" + rows + ", notice) select version, " + told_sql("notice") +
                                        " from entered"
                                  : rows));
    }
    enter->bind(1, client_id);
    enter->bind(2, key.enterprise_id);
    enter->bind(3, key.team_id);
    enter->bind(4, write_->number);
    return *enter;
  }

  /// Finds out what the version cannot have been less than when the first try was sent: what that try has made of it,
  /// where its number is there; what it is now, where no write came since; or what is known from before, where few did.
  /// A write is of the moment when its transaction began, which may wait for its turn.
  void recall_version(std::string_view client_id, const WorkspaceKey& key) {
    constexpr std::chrono::milliseconds longest_turn = std::chrono::minutes{1};
    const auto age = std::chrono::ceil<std::chrono::milliseconds>(PostgreSQLClock::now() - *write_->sent_at);
    PostgreSQLStatement recall = prepare(
        "select version, pg_catalog.array_position(last_writes, $4::bigint)::bigint, (changed_at < clock_timestamp() "
        "- " +
        Dialect::interval_of("$5", "millisecond") + ")::int from slack_oauth_workspaces where " + of_row_sql());
    recall.bind(1, client_id);
    recall.bind(2, key.enterprise_id);
    recall.bind(3, key.team_id);
    recall.bind(4, write_->number);
    recall.bind(5, (age + longest_turn).count());
    const std::int64_t version = recall.step() ? recall.row().integer(0) : 0;
    write_->seen = version;
    if (version <= remembered_writes) {
      write_->version = std::max<std::int64_t>(write_->version, 1);
    } else if (recall.row().type(1) != SqlType::null) {
      write_->version = version + 1 - recall.row().integer(1);
    } else if (recall.row().integer(2) != 0) {
      write_->version = version;
    } else if (write_->version == 0 || version - write_->version > remembered_writes) {
      throw wire_->unknown_write();
    }
  }

  const PostgreSQLNames& names_;
  bool has_notices_;
  std::unique_ptr<PostgreSQLWire> wire_;
  PostgreSQLWrite* write_ = nullptr;
  std::optional<PostgreSQLStatement> enter_{};
  std::optional<PostgreSQLStatement> enter_together_{};
};

static_assert(SqlConnection<PostgreSQLConnection>);
static_assert(EntersWorkspaces<PostgreSQLConnection>);

}  // namespace slack::oauth::inline v0::detail
