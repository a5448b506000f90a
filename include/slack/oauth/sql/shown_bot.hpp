// Which row of slack_installations shows the bot. The bot's record is its row in slack_bots, but the Python SDK's
// find_installation takes the bot's token from the newest row of slack_installations. So that row shows the bot as it
// is now, and no other row of the workspace does: what is stored holds no token but the current one. Rows that history
// was asked to keep are left as they were.
//
// A write knows from one look-up what it has to see to: the row that was the newest before, and whether there are rows
// that Python wrote since (`bot_checked` is null in them, and an index holds only such rows). Only then it looks
// through the workspace's rows.
//
// Needs nlohmann/json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/prepared.hpp"
#include "slack/oauth/sql/record.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// What a workspace's rows are before a user's installation is written.
struct SqlNewestRow {
  std::optional<std::int64_t> id{};  ///< no value where the workspace has no row
  bool is_of_user = false;
  bool is_older = false;  ///< than the installation
  bool is_of_same_time = false;
  bool has_unchecked = false;  ///< whether there are rows that Python wrote

  /// Whether the installation is the newest once it is written behind those of its time.
  [[nodiscard]] bool gives_way() const { return !id || is_older || is_of_same_time; }
};

/// Threads: one at a time, as for its connection. Every member is a part of a transaction that the caller holds.
template <SqlConnection Connection>
class SqlShownBot {
  using Dialect = typename Connection::Dialect;
  using Statement = typename Connection::Statement;

 public:
  SqlShownBot(const Connection& connection, std::string_view client_id, bool keeps_history)
      : keeps_history_(keeps_history),
        look_(connection, client_id, look_sql("")),
        look_for_(connection, client_id, look_for_sql(parameter(user_parameter + 1))),
        show_(connection, client_id, show_sql()),
        hide_(connection, client_id, hide_sql() + where() + " and id = " + parameter(4)),
        hide_all_(connection, client_id, hide_sql() + where() + " and (bot_checked is null or " + shows_any() + ")"),
        keep_superseded_(connection, client_id,
                         "update slack_installations set bot_checked = 1" + where() + " and bot_checked is null and " +
                             is_superseded()),
        hide_all_but_superseded_(
            connection, client_id,
            hide_sql() + where() + " and (bot_checked is null or " + shows_any() + ") and not " + is_superseded()),
        hide_unless_superseded_(connection, client_id,
                                hide_sql() + where() + " and id = " + parameter(4) + " and not " + is_superseded()) {}

  [[nodiscard]] SqlNewestRow look(const WorkspaceKey& key) {
    return look_.read_first(
        key, [](Statement&) {},
        [](const auto& row) { return SqlNewestRow{.id = row.integer(0), .has_unchecked = row.integer(1) != 0}; });
  }

  /// Of a workspace into which an installation of this user and time is to be written.
  [[nodiscard]] SqlNewestRow look_for(const WorkspaceKey& key, std::string_view user_id,
                                      std::string_view installed_at) {
    return look_for_.read_first(
        key,
        [&](Statement& statement) {
          statement.bind(user_parameter, user_id);
          statement.bind(user_parameter + 1, installed_at);
        },
        [](const auto& row) {
          return SqlNewestRow{.id = row.integer(0),
                              .is_of_user = row.integer(2) != 0,
                              .is_older = row.integer(3) > 0,
                              .is_of_same_time = row.integer(3) == 0,
                              .has_unchecked = row.integer(1) != 0};
        });
  }

  /// Sees to it that the newest row shows the bot that is in slack_bots, or none, and the one that was it none.
  /// `is_same` where the one that was it before is it still.
  void show(const WorkspaceKey& key, const SqlNewestRow& before, bool is_same) {
    if (before.has_unchecked) hide_in_all(key);
    const auto newest = is_same ? before.id : look(key).id;
    if (before.id && before.id != newest) run(keeps_history_ ? hide_unless_superseded_ : hide_, key, *before.id);
    if (newest) run(show_, key, *newest);
  }

  /// The workspace has no bot any more: nothing holds its token, history neither.
  void hide(const WorkspaceKey& key) { hide_all_.run(key); }

  /// Looks for the newest row: its id, whether there are rows that Python wrote, 1 where it is the user's, and 1, 0 or
  /// -1 where it is older than `time`, of that time or newer, by the database's own order of times, which is the one
  /// that find_newest goes by.
  [[nodiscard]] static std::string look_for_sql(const std::string& time) {
    return look_sql(", case when " + same_text<Dialect>("user_id", parameter(user_parameter)) +
                    " then 1 else 0 end, case when installed_at < " + time + " then 1 when installed_at = " + time +
                    " then 0 else -1 end");
  }

  /// Clears the bot's columns, in the rows that a condition behind it names.
  [[nodiscard]] static std::string hide_sql() {
    std::string sql = "update slack_installations set bot_checked = 1";
    for_each_shown([&](const std::string& name) { sql += ", " + name + (name == "bot_scopes" ? " = ''" : " = null"); });
    return sql;
  }

 private:
  // A row of Python's may have come before the one that showed the bot, which is not known any more.
  void hide_in_all(const WorkspaceKey& key) {
    if (keeps_history_) {
      keep_superseded_.run(key);
      hide_all_but_superseded_.run(key);
    } else {
      hide_all_.run(key);
    }
  }

  [[nodiscard]] static std::string parameter(int number) { return Dialect::parameter(number); }
  [[nodiscard]] static std::string where() { return " where " + of_workspace<Dialect>(); }
  [[nodiscard]] static std::string is_superseded() {
    return "exists (select 1 from slack_installations later where " + of_workspace<Dialect>("later.") + " and " +
           same_text<Dialect>("later.user_id", "slack_installations.user_id") +
           " and later.id > slack_installations.id)";
  }

  [[nodiscard]] static std::string look_sql(const std::string& more) {
    return "select id, exists (select 1 from slack_installations" + where() + " and bot_checked is null)" + more +
           " from slack_installations" + where() + " order by installed_at desc, id desc limit 1";
  }

  /// Calls `append(name)` for each column of the bot's.
  template <class Append>
  static void for_each_shown(const Append& append) {
    for_each_field<Installation>([&](const auto& field) {
      if (field.is_of_bot) append(std::string(field.name));
    });
  }

  [[nodiscard]] static std::string show_sql() {
    std::string names;
    std::string values;
    for_each_shown([&](const std::string& name) {
      names += (names.empty() ? "" : ", ") + name;
      // A text that a bot lacks is empty in slack_bots, and null here; scopes are the other way round.
      values += values.empty() ? "" : ", ";
      if (name == "bot_scopes") {
        values += "coalesce(bot_scopes, '')";
      } else {
        values += name.ends_with("_expires_at") ? name : "nullif(" + Dialect::as_text(name) + ", '')";
      }
    });
    // A join with nothing, since without a bot there is nothing to be shown.
    return "update slack_installations set (" + names + ") = (select " + values +
           " from (select 1) one left join slack_bots on id = (select id from slack_bots" + where() +
           Dialect::and_has_bot("") + " order by id desc limit 1))" + where() + " and id = " + parameter(4);
  }

  [[nodiscard]] static std::string shows_any() {
    std::string sql;
    for_each_shown([&](const std::string& name) {
      sql += (sql.empty() ? "" : " or ") +
             (name == "bot_scopes" ? Dialect::as_text(name) + " <> ''" : name + " is not null");
    });
    return sql;
  }

  static std::int64_t run(SqlPrepared<Connection>& prepared, const WorkspaceKey& key, std::int64_t id) {
    return prepared.run(key, [id](Statement& statement) { statement.bind(4, id); });
  }

  bool keeps_history_;
  SqlPrepared<Connection> look_;
  SqlPrepared<Connection> look_for_;
  SqlPrepared<Connection> show_;
  SqlPrepared<Connection> hide_;
  SqlPrepared<Connection> hide_all_;
  SqlPrepared<Connection> keep_superseded_;
  SqlPrepared<Connection> hide_all_but_superseded_;
  SqlPrepared<Connection> hide_unless_superseded_;
};

}  // namespace slack::oauth::inline v0::detail
