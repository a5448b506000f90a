// Saves an installation with its bot in one round trip, where the workspace is in one of the states that nearly all are
// in. The server finds out which, in the statement that writes; in any other state it writes nothing and says so, and
// SqlWriter follows.
//
// Needs libpq and nlohmann/json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/statement.hpp"
#include "slack/oauth/sql/codec.hpp"
#include "slack/oauth/sql/record.hpp"
#include "slack/oauth/sql/shown_bot.hpp"
#include "slack/oauth/sql/table_writer.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// Of a store that keeps no history.
///
/// Threads: one at a time, as for its connection.
template <class InstallationT, class BotT>
class PostgreSQLQuickSave {
  using Connection = PostgreSQLConnection;
  using Dialect = PostgreSQLDialect;

 public:
  PostgreSQLQuickSave(Connection& connection, std::string_view client_id)
      : connection_(connection),
        client_id_(client_id),
        begin_(connection.prepare(Dialect::begin_writing)),
        save_(connection.prepare(sql(connection))),
        commit_(connection.prepare("commit")) {
    save_.bind(client_parameter, client_id_);
  }

  /// False where nothing is written. Only a first try is one: SqlWriter finds out whether one was done whose answer was
  /// lost.
  [[nodiscard]] bool save(const WorkspaceKey& key, const InstallationT& installation, const BotT& bot,
                          std::int64_t number) {
    if (!is_understood_ || !connection_.is_first_try()) return false;
    const std::string time = format_sql_time<Dialect>(installation.installed_at, "installed_at");
    const std::string bot_time = format_sql_time<Dialect>(bot.installed_at, "installed_at");
    bind_owner<InstallationT>(save_, key, installation.user_id);
    bind_record<Dialect>(save_, key, SqlRecord<InstallationT>{installation, time});
    bind_record<Dialect>(save_, key, SqlRecord<BotT>{bot, bot_time}, bot_begin_);
    save_.bind(number_parameter_, number);
    try {
      const SqlUse use(save_);
      connection_.write_together(client_id_, key, begin_, save_, commit_);
      if (save_.step() && save_.row().integer(0) != 0) return true;
      connection_.forget_try();
      return false;
    } catch (const PostgreSQLError& error) {
      connection_.roll_back();
      if (error.damage().may_have_happened || error.damage().is_connection_lost) throw;
      connection_.forget_try();
      if (error.is_retryable()) throw;
      // Whatever it is, SqlWriter meets it too, unless it is about this statement, or what others speak instead of SQL.
      is_understood_ = !is_sqlstate_of(error.code(), "0A") && !is_sqlstate_of(error.code(), "42");
      return false;
    }
  }

 private:
  // The parameters: the owner's and the installation's as everywhere, the bot's behind them, the write's number.
  [[nodiscard]] static int bot_begin() {
    return next_parameter<InstallationT> + static_cast<int>(written_columns<InstallationT>().size());
  }
  [[nodiscard]] static int number_parameter() { return bot_begin() + static_cast<int>(written_columns<BotT>().size()); }
  [[nodiscard]] static std::string time_parameter() {
    int parameter = next_parameter<InstallationT>;
    for (const auto& name : written_columns<InstallationT>()) {
      if (name == sql_name("installed_at")) break;
      ++parameter;
    }
    return Dialect::parameter(parameter);
  }

  /// That a row of slack_oauth_workspaces is this one's, and was written by this very transaction: by the statement
  /// before this one, which counts the write. It writes nothing where the write was done before: this is a first try
  /// that was on its way for so long that its client has tried again.
  [[nodiscard]] static std::string is_entered() {
    return Connection::of_row_sql() + " and xmin = pg_current_xact_id()::xid";
  }

  /// How many rows there are, of which two are as many as any more.
  [[nodiscard]] static std::string count_of(std::string_view table, const std::string& condition) {
    return "(select count(*) from (select from " + std::string(table) + " where " + condition + " limit 2) counted)";
  }

  /// Where no row was updated. Others may have deleted the one that there was, while the update waited for it.
  [[nodiscard]] static std::string unless_in(const std::string& updated) {
    return " from decided where is_simple and not exists (select from " + updated + ")";
  }

  /// What is written is all of it of one moment, behind the statement that lets no other writer in. It is what
  /// SqlWriter writes in a workspace without rows that Python wrote since and without superseded ones, where the
  /// installation is the newest. In any other state, and where it had to wait for its turn for so long that its client
  /// may have given it up, it takes the number of the write back and sends no notice, since the write is yet to be
  /// done.
  [[nodiscard]] static std::string sql(const Connection& connection) {
    const std::string is_simple = "(select is_simple from decided)";
    return "with decided as (select id, is_of_user, is_in_time and bots < 2 and users < 2 and "
           "(id is null or (not has_unchecked and age + is_of_user > 0)) as is_simple from (select " +
           count_of("slack_bots", of_workspace<Dialect>()) + " as bots, " +
           count_of("slack_installations", of_owner<Dialect, InstallationT>()) +
           " as users, exists (select from slack_oauth_workspaces where " + is_entered() +
           ") and statement_timestamp() - now() < interval '1 second' as is_in_time, newest.* from (select) one left "
           "join (" +
           SqlShownBot<Connection>::look_for_sql(time_parameter()) +
           ") newest (id, has_unchecked, is_of_user, age) on true) seen), updated_bot as (" +
           update_sql<Dialect, BotT>(bot_begin()) + " and " + is_simple + " returning id), inserted_bot as (" +
           insert_sql<Dialect, BotT>(bot_begin(), unless_in("updated_bot")) + "), updated as (" +
           update_sql<Dialect, InstallationT>() + " and " + is_simple + " returning id), inserted as (" +
           insert_sql<Dialect, InstallationT>(next_parameter<InstallationT>, unless_in("updated")) + "), hidden as (" +
           SqlShownBot<Connection>::hide_sql() + " where " + of_workspace<Dialect>() +
           " and id = (select id from decided where is_simple and is_of_user = 0)), taken_back as (update "
           "slack_oauth_workspaces set last_writes = pg_catalog.array_remove(last_writes, " +
           Dialect::parameter(number_parameter()) + "::bigint) where " + is_entered() + " and not " + is_simple +
           ") select is_simple, case when is_simple then " +
           connection.told_sql("(select notice from slack_oauth_workspaces where " + is_entered() + ")") +
           " end from decided";
  }

  Connection& connection_;
  std::string client_id_;
  int bot_begin_ = bot_begin();
  int number_parameter_ = number_parameter();
  PostgreSQLStatement begin_;
  PostgreSQLStatement save_;
  PostgreSQLStatement commit_;
  bool is_understood_ = true;
};

}  // namespace slack::oauth::inline v0::detail
