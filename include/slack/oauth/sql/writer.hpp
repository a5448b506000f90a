// What one connection writes. Every member is a part of a transaction that the caller holds.
//
// The Python SDK's find_installation takes the bot's token from the newest row of slack_installations, not from
// slack_bots, where this library keeps it. So each write leaves the bot's fields in that row too.
//
// Needs nlohmann/json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/sql/codec.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/record.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// The statements that put a record into one of the two tables. `owner` is the SQL condition that finds its rows.
template <SqlConnection Connection, HasFields T>
class SqlTableWriter {
  using Dialect = typename Connection::Dialect;
  using Statement = typename Connection::Statement;

 public:
  SqlTableWriter(const Connection& connection, std::string_view client_id, const std::string& owner,
                 const std::string& unless_tied)
      : connection_(connection),
        find_(prepare(connection, client_id,
                      "select id from " + table() + " where " + owner + " order by id desc limit 2")),
        insert_(prepare(connection, client_id, insert_sql())),
        update_(prepare(connection, client_id, update_sql(unless_tied))),
        erase_before_(prepare(connection, client_id, "delete from " + table() + " where " + owner + " and id < ?5")),
        step_back_(prepare(connection, client_id,
                           "update " + table() +
                               " set given_installed_at = coalesce(given_installed_at, installed_at), "
                               "installed_at = '0000-01-01 00:00:00.000000' where " +
                               owner + " and installed_at > ?6 and id < ?5")) {}

  /// In place of the last saved row of its owner, and of those before it.
  void replace(const WorkspaceKey& key, std::string_view user_id, const T& record) {
    std::optional<std::int64_t> last;
    bool has_more = false;
    {
      const SqlUse use(find_);
      bind_owner(find_, key, user_id);
      if (find_.step()) last = find_.row().integer(0);
      has_more = last && find_.step();
    }
    if (last && update(key, record, *last)) {
      if (has_more) erase_before(key, user_id, *last);
      return;
    }
    const std::int64_t inserted = insert(key, record);
    if (last) erase_before(key, user_id, inserted);
  }

  /// Behind the rows of its owner that are there.
  void append(const WorkspaceKey& key, std::string_view user_id, const T& record) {
    const std::int64_t inserted = insert(key, record);
    // Python takes the row with the newest time for the last saved one, and so does find_newest_ below. Where time went
    // back, the superseded rows have to give way: to the end, so that each does it once.
    const SqlUse use(step_back_);
    bind_owner(step_back_, key, user_id);
    step_back_.bind(5, inserted);
    const std::string time = format_sql_time<Dialect>(record.installed_at, "installed_at");
    step_back_.bind(6, std::string_view(time));
    step_back_.step();
  }

 private:
  [[nodiscard]] static std::string table() { return std::string(sql_table<T>); }

  [[nodiscard]] static Statement prepare(const Connection& connection, std::string_view client_id,
                                         const std::string& sql) {
    Statement statement = connection.prepare(sql);
    statement.bind_copy(client_parameter, client_id);
    return statement;
  }

  [[nodiscard]] static std::string insert_sql() {
    std::string names = "client_id, enterprise_id, team_id";
    std::string parameters = "?1, ?2, ?3";
    int parameter = record_parameter;
    for (const auto& name : written_columns<T>()) {
      names += ", " + name;
      parameters += ", ?" + std::to_string(parameter++);
    }
    return "insert into " + table() + " (" + names + ") values (" + parameters + ")";
  }

  [[nodiscard]] static int id_parameter() { return record_parameter + static_cast<int>(written_columns<T>().size()); }

  [[nodiscard]] static std::string update_sql(const std::string& unless_tied) {
    const std::string id = "?" + std::to_string(id_parameter());
    std::string assignments;
    std::string time;
    int parameter = record_parameter;
    for (const auto& name : written_columns<T>()) {
      const std::string value = "?" + std::to_string(parameter++);
      assignments += (assignments.empty() ? "" : ", ") + name + " = " + value;
      if (name == sql_name("installed_at")) time = value;
    }
    std::string sql = "update " + table() + " set " + assignments + " where id = " + id;
    if (!unless_tied.empty())
      sql += " and not exists (" + unless_tied + " and installed_at = " + time + " and id > " + id + ")";
    return sql;
  }

  static void bind_owner(Statement& statement, const WorkspaceKey& key, std::string_view user_id) {
    bind_key(statement, key);
    if constexpr (is_sql_installation<T>) statement.bind(user_parameter, user_id);
  }

  [[nodiscard]] std::int64_t insert(const WorkspaceKey& key, const T& record) {
    const SqlUse use(insert_);
    bind_record<Dialect>(insert_, key, record);
    insert_.step();
    return connection_.last_id();
  }

  [[nodiscard]] bool update(const WorkspaceKey& key, const T& record, std::int64_t id) {
    const SqlUse use(update_);
    bind_record<Dialect>(update_, key, record);
    update_.bind(id_parameter_, id);
    update_.step();
    return update_.changes() > 0;
  }

  void erase_before(const WorkspaceKey& key, std::string_view user_id, std::int64_t id) {
    const SqlUse use(erase_before_);
    bind_owner(erase_before_, key, user_id);
    erase_before_.bind(5, id);
    erase_before_.step();
  }

  const Connection& connection_;
  int id_parameter_ = id_parameter();
  Statement find_;
  Statement insert_;
  Statement update_;
  Statement erase_before_;
  Statement step_back_;
};

/// Threads: one at a time, as for its connection.
template <SqlConnection Connection, class InstallationT, class BotT>
class SqlWriter {
  using Dialect = typename Connection::Dialect;
  using Statement = typename Connection::Statement;

 public:
  SqlWriter(Connection& connection, std::string_view client_id, bool keeps_history)
      : connection_(connection),
        client_id_(client_id),
        keeps_history_(keeps_history),
        begin_(connection.prepare("begin immediate")),
        commit_(connection.prepare("commit")),
        bots_(connection, client_id, of_workspace<Dialect>(), ""),
        // An update leaves the id as it is, which decides between installations of the same time: then it has to be a
        // new row.
        installations_(connection, client_id, of_workspace<Dialect>() + " and user_id = ?4",
                       "select 1 from slack_installations where " + of_workspace<Dialect>()),
        find_newest_(prepare("select user_id, id from slack_installations where " + of_workspace<Dialect>() +
                             " order by installed_at desc, id desc limit 1")),
        show_bot_(prepare(
            "update slack_installations set (bot_token, bot_id, bot_user_id, bot_scopes, bot_refresh_token, "
            "bot_token_expires_at) = (select nullif(bot_token, ''), nullif(bot_id, ''), nullif(bot_user_id, ''), "
            "bot_scopes, bot_refresh_token, bot_token_expires_at from slack_bots where " +
            of_workspace<Dialect>() +
            " order by id desc limit 1) where id = (select id from slack_installations where " +
            of_workspace<Dialect>() +
            " order by installed_at desc, id desc limit 1) and exists (select 1 from slack_bots where " +
            of_workspace<Dialect>() + ")")),
        erase_bot_(prepare("delete from slack_bots where " + of_workspace<Dialect>())),
        hide_bot_(prepare("update slack_installations set bot_token = null, bot_id = null, bot_user_id = null, "
                          "bot_scopes = '', bot_refresh_token = null, bot_token_expires_at = null where " +
                          of_workspace<Dialect>())),
        erase_user_(prepare("delete from slack_installations where " + of_workspace<Dialect>() + " and user_id = ?4")),
        erase_installations_(prepare("delete from slack_installations where " + of_workspace<Dialect>())) {}
  SqlWriter(const SqlWriter&) = delete;
  SqlWriter& operator=(const SqlWriter&) = delete;

  void write(const WorkspaceKey& key, const std::optional<InstallationT>& installation,
             const std::optional<BotT>& bot) {
    SqlTransaction transaction(connection_, begin_, commit_);
    if (bot) put(bots_, key, {}, *bot);
    if (installation) put(installations_, key, installation->user_id, *installation);
    if (!installation || !bot || !is_newest(key, installation->user_id)) run(show_bot_, key);
    transaction.commit();
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    SqlTransaction transaction(connection_, begin_, commit_);
    if (what.bot) run(erase_bot_, key);
    if (what.installations && !what.user_ids.empty()) {
      run(erase_user_, key, what.user_ids.front());
      if (!what.bot) run(show_bot_, key);  // another row may be the newest now
    } else if (what.installations) {
      run(erase_installations_, key);
    }
    if (what.bot && (!what.installations || !what.user_ids.empty())) run(hide_bot_, key);
    transaction.commit();
  }

  /// Erases superseded rows of before that time. Returns how many.
  [[nodiscard]] std::int64_t purge_some(Timestamp before, std::int64_t limit) {
    SqlTransaction transaction(connection_, begin_, commit_);
    const std::string time = format_sql_time<Dialect>(before, "before");
    std::int64_t purged = 0;
    for (const bool is_of_users : {true, false}) {
      const std::string table = is_of_users ? "slack_installations" : "slack_bots";
      Statement purge = prepare(
          "delete from " + table + " where id in (select id from " + table +
          " old where client_id = ?1 and coalesce(given_installed_at, installed_at) < ?2 and exists (select 1 from " +
          table +
          " later where later.client_id = ?1 and later.enterprise_id = old.enterprise_id "
          "and later.team_id = old.team_id " +
          (is_of_users ? "and later.user_id = old.user_id " : "") + "and later.id > old.id) limit ?3)");
      purge.bind(2, std::string_view(time));
      purge.bind(3, limit);
      purge.run();
      purged += purge.changes();
    }
    transaction.commit();
    return purged;
  }

 private:
  [[nodiscard]] Statement prepare(const std::string& sql) const {
    Statement statement = connection_.prepare(sql);
    statement.bind(client_parameter, std::string_view(client_id_));
    return statement;
  }

  template <class T>
  void put(SqlTableWriter<Connection, T>& table, const WorkspaceKey& key, std::string_view user_id, const T& record) {
    if (keeps_history_) {
      table.append(key, user_id, record);
    } else {
      table.replace(key, user_id, record);
    }
  }

  /// Whether the newest row of the workspace is this user's.
  [[nodiscard]] bool is_newest(const WorkspaceKey& key, std::string_view user_id) {
    const SqlUse use(find_newest_);
    bind_key(find_newest_, key);
    return find_newest_.step() && find_newest_.row().text(0) == user_id;
  }

  static void run(Statement& statement, const WorkspaceKey& key, OptionalId user_id = std::nullopt) {
    const SqlUse use(statement);
    bind_key(statement, key);
    if (user_id) statement.bind(user_parameter, *user_id);
    statement.step();
  }

  Connection& connection_;
  std::string client_id_;
  bool keeps_history_;
  Statement begin_;
  Statement commit_;
  SqlTableWriter<Connection, BotT> bots_;
  SqlTableWriter<Connection, InstallationT> installations_;
  Statement find_newest_;
  Statement show_bot_;
  Statement erase_bot_;
  Statement hide_bot_;
  Statement erase_user_;
  Statement erase_installations_;
};

}  // namespace slack::oauth::inline v0::detail
