// What one connection writes, each in one transaction.
//
// Needs nlohmann/json.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/sql/codec.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/prepared.hpp"
#include "slack/oauth/sql/reader.hpp"
#include "slack/oauth/sql/record.hpp"
#include "slack/oauth/sql/shown_bot.hpp"
#include "slack/oauth/sql/table_writer.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// How far a purge has come, which goes through the rows by their ids: first those of users, then those of bots.
struct SqlPurge {
  bool is_of_users = true;
  std::int64_t last_id = 0;  ///< of the rows that it has looked at
  std::int64_t purged = 0;
  bool is_done = false;
};

/// Threads: one at a time, as for its connection.
template <SqlConnection Connection, class InstallationT, class BotT>
class SqlWriter {
  using Dialect = typename Connection::Dialect;
  using Statement = typename Connection::Statement;
  using Reader = SqlReader<Connection, InstallationT, BotT>;

 public:
  SqlWriter(Connection& connection, std::string_view client_id, bool keeps_history)
      : connection_(connection),
        client_id_(client_id),
        keeps_history_(keeps_history),
        begin_(connection.prepare(Dialect::begin_writing)),
        commit_(connection.prepare("commit")),
        bots_(connection, client_id_),
        installations_(connection, client_id_),
        shown_bot_(connection, client_id_, keeps_history),
        has_newer_bot_(prepare("select 1 from slack_bots" + where() + " and installed_at > " +
                               Dialect::parameter(next_parameter<BotT>) + " limit 1")),
        is_tied_(prepare("select 1 from slack_installations" + where() + " and " + Dialect::as_text("user_id") +
                         " <> " + Dialect::as_text(Dialect::parameter(user_parameter)) +
                         " and installed_at = " + Dialect::parameter(next_parameter<InstallationT>) + " limit 1")),
        find_bot_time_(prepare("select installed_at from slack_bots" + where() + and_is_record<Dialect, BotT>() +
                               " order by id desc limit 1")),
        find_user_times_(prepare(
            "select row.user_id, row.installed_at from slack_installations row where " + of_workspace<Dialect>("row.") +
            " and row.id = (select later.id from slack_installations later where " + of_workspace<Dialect>("later.") +
            " and " + same_text<Dialect>("later.user_id", "row.user_id") + " order by later.id desc limit 1)")),
        erase_users_(prepare("delete from slack_installations" + where())) {}
  SqlWriter(const SqlWriter&) = delete;
  SqlWriter& operator=(const SqlWriter&) = delete;

  /// Look-ups over the connection that writes.
  [[nodiscard]] Reader& reader() {
    if (!reader_) reader_.emplace(connection_, client_id_);
    return *reader_;
  }

  void write(const WorkspaceKey& key, const InstallationT* installation, const BotT* bot) {
    SqlTransaction transaction(connection_, begin_, commit_);
    if (!enter(key)) return leave(transaction);
    put(key, installation, bot);
    leave(transaction);
  }

  bool replace_bot(const WorkspaceKey& key, const BotT* stored, const BotT* bot) {
    SqlTransaction transaction(connection_, begin_, commit_);
    if (!enter(key)) {
      leave(transaction);
      return true;
    }
    if (!is_still(stored, pointer_to(reader().find_bot(key)))) return false;
    if (bot != nullptr) {
      put(key, nullptr, bot);
    } else {
      take(key, {.bot = true});
    }
    leave(transaction);
    return true;
  }

  bool replace_installation(const WorkspaceKey& key, const InstallationT* stored, const InstallationT* installation) {
    const std::string_view user_id = (stored != nullptr ? stored : installation)->user_id;
    SqlTransaction transaction(connection_, begin_, commit_);
    if (!enter(key)) {
      leave(transaction);
      return true;
    }
    if (!is_still(stored, pointer_to(reader().find_installation(key, user_id)))) return false;
    if (installation != nullptr) {
      put(key, installation, nullptr);
    } else {
      take(key, {.installations = true, .user_ids = std::span(&user_id, 1)});
    }
    leave(transaction);
    return true;
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    SqlTransaction transaction(connection_, begin_, commit_);
    if (!enter(key)) return leave(transaction);
    take(key, what);
    leave(transaction);
  }

  /// Looks at the next rows, `limit` of them at most, and erases those that are superseded and of before that time.
  void purge_some(Timestamp before, std::int64_t limit, SqlPurge& purge) {
    SqlTransaction transaction(connection_, begin_, commit_);
    if constexpr (EntersWorkspaces<Connection>) connection_.enter_bulk();
    const std::string time = format_sql_time<Dialect>(before, "before");
    SqlPurge next = purge;
    const std::string table(purge.is_of_users ? sql_table<InstallationT> : sql_table<BotT>);
    const std::int64_t end = end_of_rows(table, purge.last_id, limit);
    if (end == 0) {
      next.is_done = !purge.is_of_users;
      next.is_of_users = false;
      next.last_id = 0;
    } else {
      next.last_id = end;
      next.purged += purge_rows(table, purge, end, time);
    }
    transaction.commit();
    purge = next;
  }

 private:
  /// The id of the last of the next rows, whosesoever they are; 0 where there is none.
  [[nodiscard]] std::int64_t end_of_rows(const std::string& table, std::int64_t last_id, std::int64_t limit) {
    Statement find =
        connection_.prepare("select coalesce(max(id), 0) from (select id from " + table + " where id > " +
                            Dialect::parameter(1) + " order by id limit " + Dialect::parameter(2) + ") behind");
    find.bind(1, last_id);
    find.bind(2, limit);
    const SqlUse use(find);
    return find.step() ? find.row().integer(0) : 0;
  }

  [[nodiscard]] std::int64_t purge_rows(const std::string& table, const SqlPurge& purge, std::int64_t end,
                                        std::string_view time) {
    // Asked for each row by itself, which leaves a database no choice but the index.
    Statement erase = connection_.prepare(
        "delete from " + table + " as old where " + same_text<Dialect>("client_id", Dialect::parameter(1)) +
        " and coalesce(given_installed_at, installed_at) < " + Dialect::parameter(2) + " and id > " +
        Dialect::parameter(3) + " and id <= " + Dialect::parameter(4) + " and id < (select later.id from " + table +
        " later where " + same_text<Dialect>("later.client_id", "old.client_id") + " and " +
        Dialect::same_key("later.enterprise_id", "old.enterprise_id") + " and " +
        Dialect::same_key("later.team_id", "old.team_id") +
        (purge.is_of_users ? " and " + same_text<Dialect>("later.user_id", "old.user_id")
                           : Dialect::and_has_bot("later.")) +
        " order by later.id desc limit 1)");
    erase.bind(1, std::string_view(client_id_));
    erase.bind(2, time);
    erase.bind(3, purge.last_id);
    erase.bind(4, end);
    erase.run();
    return erase.changes();
  }

  [[nodiscard]] static std::string where() { return " where " + of_workspace<Dialect>(); }

  [[nodiscard]] SqlPrepared<Connection> prepare(std::string sql) const {
    return SqlPrepared<Connection>(connection_, client_id_, std::move(sql));
  }

  /// Lets no other writer into the workspace until the transaction ends. False where this very write is done already:
  /// its answer was lost, and it is tried again. Even then the transaction is to be committed, since only that waits
  /// until what it saw is as safe as a write has to be: on a standby, where there is one.
  [[nodiscard]] bool enter(const WorkspaceKey& key) {
    if constexpr (EntersWorkspaces<Connection>) {
      return connection_.enter_workspace(client_id_, key);
    } else {
      return true;
    }
  }

  /// Commits what began with enter().
  void leave(SqlTransaction<Connection>& transaction) {
    if constexpr (EntersWorkspaces<Connection>) {
      connection_.leave_workspace([&transaction] { transaction.commit(); });
    } else {
      transaction.commit();
    }
  }

  void put(const WorkspaceKey& key, const InstallationT* installation, const BotT* bot) {
    const Timestamp time = installation != nullptr ? installation->installed_at : bot->installed_at;
    const std::string text = format_sql_time<Dialect>(time, "installed_at");
    const SqlNewestRow before =
        installation != nullptr ? shown_bot_.look_for(key, installation->user_id, text) : shown_bot_.look(key);
    if (bot != nullptr) {
      std::string other_text;
      if (bot->installed_at != time) other_text = format_sql_time<Dialect>(bot->installed_at, "installed_at");
      put_bot(key, *bot, other_text.empty() ? text : other_text);
    } else {
      drop_superseded_bots(key);
    }
    bool is_shown = false;
    if (installation != nullptr) {
      const bool shows_bot = bot != nullptr && before.gives_way();
      put_installation(key, {*installation, text, shows_bot}, before);
      is_shown = shows_bot && (before.is_of_user || !before.id);
    }
    if (is_shown && !before.has_unchecked) return;
    const bool is_same = installation == nullptr || !(before.gives_way() || before.is_of_user);
    shown_bot_.show(key, before, is_same);
  }

  void put_bot(const WorkspaceKey& key, const BotT& bot, std::string_view time) {
    const SqlRecord<BotT> record{bot, time};
    if (!keeps_history_) return bots_.replace(key, {}, record);
    const bool has_newer = has_newer_bot_.read_first(
        key, [time](Statement& statement) { statement.bind(next_parameter<BotT>, time); },
        [](const auto&) { return true; });
    bots_.append(key, {}, record, has_newer);
  }

  void put_installation(const WorkspaceKey& key, const SqlRecord<InstallationT>& record, const SqlNewestRow& before) {
    const std::string_view user_id = record.record.user_id;
    // No row has a newer time, and none of another user has this one.
    const bool is_newest = !before.id || before.is_older || (before.is_of_same_time && before.is_of_user);
    if (keeps_history_) return installations_.append(key, user_id, record, !before.gives_way());
    // An update leaves the id as it is, which decides between installations of one time: then it has to be a new row.
    installations_.replace(key, user_id, record, !is_newest && is_tied(key, user_id, record.installed_at));
  }

  [[nodiscard]] bool is_tied(const WorkspaceKey& key, std::string_view user_id, std::string_view time) {
    return is_tied_.read_first(
        key,
        [&](Statement& statement) {
          statement.bind(user_parameter, user_id);
          statement.bind(next_parameter<InstallationT>, time);
        },
        [](const auto&) { return true; });
  }

  void take(const WorkspaceKey& key, const Erasure& what) {
    const bool erases_all_users = what.installations && what.user_ids.empty() && !what.installed_until;
    const bool erases_bot = what.bot && is_bot_in_time(key, what);
    const bool shows_bot = !erases_bot && !erases_all_users;
    const SqlNewestRow before = shows_bot ? shown_bot_.look(key) : SqlNewestRow{};
    if (erases_bot) {
      bots_.erase(key);
    } else {
      drop_superseded_bots(key);
    }
    if (erases_all_users) {
      erase_users_.run(key);
    } else if (what.installations) {
      erase_users(key, what);
    }
    if (erases_bot && !erases_all_users) shown_bot_.hide(key);
    if (shows_bot) shown_bot_.show(key, before, !what.installations);
  }

  /// Rows that Python added when it saved a bot.
  void drop_superseded_bots(const WorkspaceKey& key) {
    if (!keeps_history_) bots_.erase_superseded(key);
  }

  // A time is compared as a time, since Python's rows and people's have other forms than ours.

  [[nodiscard]] bool is_bot_in_time(const WorkspaceKey& key, const Erasure& what) {
    if (!what.installed_until) return true;
    return find_bot_time_.read_first(
        key, [](Statement&) {},
        [&what](const auto& row) {
          return what.is_in_time(read_installed_at(row, 0, {sql_bots, "installed_at"}));
        });
  }

  /// All of them, or those that are named, as far as they are in time.
  void erase_users(const WorkspaceKey& key, const Erasure& what) {
    if (!what.installed_until) {
      for (const std::string_view user_id : what.user_ids) installations_.erase(key, user_id);
      return;
    }
    std::vector<std::string> in_time;
    Statement& find = find_user_times_.get();
    {
      const SqlUse use(find);
      bind_key(find, key);
      while (find.step()) {
        const auto row = find.row();
        const std::string_view user_id = row.text(0);
        if (!what.is_of_user(user_id)) continue;
        if (what.is_in_time(read_installed_at(row, 1, {sql_table<InstallationT>, "installed_at"}))) {
          in_time.emplace_back(user_id);
        }
      }
    }
    for (const auto& user_id : in_time) installations_.erase(key, user_id);
  }

  Connection& connection_;
  std::string client_id_;
  bool keeps_history_;
  Statement begin_;
  Statement commit_;
  SqlTableWriter<Connection, BotT> bots_;
  SqlTableWriter<Connection, InstallationT> installations_;
  SqlShownBot<Connection> shown_bot_;
  SqlPrepared<Connection> has_newer_bot_;
  SqlPrepared<Connection> is_tied_;
  SqlPrepared<Connection> find_bot_time_;
  SqlPrepared<Connection> find_user_times_;
  SqlPrepared<Connection> erase_users_;
  std::optional<Reader> reader_;
};

}  // namespace slack::oauth::inline v0::detail
