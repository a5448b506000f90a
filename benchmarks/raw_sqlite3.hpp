// What the SQLite store is compared with: SQLite's own interface, used by hand, with statements that are prepared once,
// on the tables that the Python SDK makes and in the same journal mode.
#pragma once

#include <sqlite3.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/scopes.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {

class RawStatement {
 public:
  RawStatement(sqlite3* database, const std::string& sql) {
    if (sqlite3_prepare_v3(database, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database));
    }
  }
  RawStatement(const RawStatement&) = delete;
  RawStatement& operator=(const RawStatement&) = delete;
  ~RawStatement() { sqlite3_finalize(statement_); }

  void bind(int i, std::string_view text) {
    sqlite3_bind_text(statement_, i, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int i, const std::optional<std::string>& text) {
    if (text) bind(i, std::string_view(*text));
  }
  void bind(int i, std::int64_t value) { sqlite3_bind_int64(statement_, i, value); }

  bool step() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) throw std::runtime_error(sqlite3_errstr(code));
    return code == SQLITE_ROW;
  }
  void reset() { sqlite3_reset(statement_); }
  void run() {
    step();
    reset();
  }

  [[nodiscard]] bool has(int i) const { return sqlite3_column_type(statement_, i) != SQLITE_NULL; }
  [[nodiscard]] std::string_view text(int i) const {
    return {reinterpret_cast<const char*>(sqlite3_column_text(statement_, i)),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, i))};
  }
  [[nodiscard]] std::int64_t integer(int i) const { return sqlite3_column_int64(statement_, i); }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

class RawConnection {
 public:
  explicit RawConnection(const std::string& path) {
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) != SQLITE_OK) throw std::runtime_error("cannot open");
    execute("pragma journal_mode = wal");
    execute("pragma synchronous = full");
  }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { sqlite3_close_v2(database_); }

  [[nodiscard]] sqlite3* get() const { return database_; }
  void execute(const char* sql) const {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database_));
    }
  }

 private:
  sqlite3* database_ = nullptr;
};

/// The place of the next workspace, which is the number of microseconds: see workspaces.hpp.
inline std::size_t next_of(std::string_view installed_at) {
  std::size_t next = 0;
  std::from_chars(installed_at.data() + 20, installed_at.data() + installed_at.size(), next);
  return next;
}

inline std::string installed_at_of(std::size_t next) {
  const std::string digits = std::to_string(next);
  return "1970-01-01 00:00:00." + std::string(6 - digits.size(), '0') + digits;
}

inline void bind_ids(RawStatement& statement, const Ids& ids) {
  statement.bind(1, std::string_view("111.222"));
  statement.bind(2, std::string_view(ids.enterprise_id));
  statement.bind(3, std::string_view(ids.team_id));
}

inline std::optional<std::string> text_of(const RawStatement& row, int i) {
  return row.has(i) ? std::optional<std::string>(row.text(i)) : std::nullopt;
}

inline slack::oauth::Timestamp time_of(const RawStatement& row, int i) {
  return slack::oauth::Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(next_of(row.text(i)))}};
}

/// What each column of a row holds goes into a value's member, as somebody would write it by hand.
class RawBots {
 public:
  explicit RawBots(sqlite3* database)
      : find_bot_(database,
                  "select app_id, enterprise_id, enterprise_name, team_id, team_name, bot_token, bot_id, "
                  "bot_user_id, bot_scopes, bot_refresh_token, bot_token_expires_at, is_enterprise_install, "
                  "installed_at from slack_bots where client_id = ?1 and enterprise_id = ?2 and team_id = ?3 "
                  "order by installed_at desc limit 1") {}

  [[nodiscard]] std::optional<slack::oauth::Bot> find_bot(const Ids& ids) {
    std::optional<slack::oauth::Bot> bot;
    bind_ids(find_bot_, ids);
    if (find_bot_.step()) {
      bot.emplace(slack::oauth::Bot{.installed_at = {}});
      bot->app_id = text_of(find_bot_, 0);
      bot->enterprise_id = text_of(find_bot_, 1);
      bot->enterprise_name = text_of(find_bot_, 2);
      bot->team_id = text_of(find_bot_, 3);
      bot->team_name = text_of(find_bot_, 4);
      bot->bot_token = find_bot_.text(5);
      bot->bot_id = find_bot_.text(6);
      bot->bot_user_id = find_bot_.text(7);
      bot->bot_scopes = slack::oauth::split_scopes(find_bot_.text(8));
      bot->bot_refresh_token = text_of(find_bot_, 9);
      if (find_bot_.has(10)) bot->bot_token_expires_at.emplace(std::chrono::seconds{find_bot_.integer(10)});
      bot->is_enterprise_install = find_bot_.integer(11) != 0;
      bot->installed_at = time_of(find_bot_, 12);
    }
    find_bot_.reset();
    return bot;
  }

  [[nodiscard]] bool has_bot(const Ids& ids) {
    bind_ids(find_bot_, ids);
    const bool found = find_bot_.step();
    find_bot_.reset();
    return found;
  }

 private:
  RawStatement find_bot_;
};

/// The same for installations too, and their writes.
class RawStore {
 public:
  explicit RawStore(const std::string& path) : connection_(path) {}

  static void make_tables(const std::string& path) {
    const RawConnection connection(path);
    connection.execute(
        "create table slack_bots (id integer primary key autoincrement, client_id text not null, app_id text not null, "
        "enterprise_id text not null default '', enterprise_name text, team_id text not null default '', team_name "
        "text, bot_token text not null, bot_id text not null, bot_user_id text not null, bot_scopes text, "
        "bot_refresh_token text, bot_token_expires_at datetime, is_enterprise_install boolean not null default 0, "
        "installed_at datetime not null default current_timestamp);"
        "create table slack_installations (id integer primary key autoincrement, client_id text not null, app_id text "
        "not null, enterprise_id text not null default '', enterprise_name text, enterprise_url text, team_id text not "
        "null default '', team_name text, bot_token text, bot_id text, bot_user_id text, bot_scopes text, "
        "bot_refresh_token text, bot_token_expires_at datetime, user_id text not null, user_token text, user_scopes "
        "text, user_refresh_token text, user_token_expires_at datetime, incoming_webhook_url text, "
        "incoming_webhook_channel text, incoming_webhook_channel_id text, incoming_webhook_configuration_url text, "
        "is_enterprise_install boolean not null default 0, token_type text, installed_at datetime not null default "
        "current_timestamp);"
        "create index slack_bots_idx on slack_bots (client_id, enterprise_id, team_id, installed_at);"
        "create index slack_installations_idx on slack_installations (client_id, enterprise_id, team_id, user_id, "
        "installed_at);"
        "create unique index one_bot on slack_bots (client_id, enterprise_id, team_id);"
        "create unique index one_user on slack_installations (client_id, enterprise_id, team_id, user_id);");
  }

  [[nodiscard]] std::optional<slack::oauth::Bot> find_bot(const Ids& ids) { return bots_.find_bot(ids); }
  [[nodiscard]] bool has_bot(const Ids& ids) { return bots_.has_bot(ids); }

  [[nodiscard]] std::optional<slack::oauth::Installation> find_newest(const Ids& ids) {
    bind_ids(find_newest_, ids);
    return read_installation(find_newest_);
  }

  [[nodiscard]] std::optional<slack::oauth::Installation> find_user(const Ids& ids, std::string_view user_id) {
    bind_ids(find_user_, ids);
    find_user_.bind(4, user_id);
    return read_installation(find_user_);
  }

  void save(const slack::oauth::Installation& value) {
    const std::string scopes = slack::oauth::join_scopes(value.bot_scopes);
    const std::string installed_at = installed_at_of(Workspaces::next(value));
    begin_.run();
    bind_shared(put_bot_, value, scopes, installed_at);
    put_bot_.run();
    bind_shared(put_installation_, value, scopes, installed_at);
    put_installation_.bind(13, std::string_view(value.user_id));
    put_installation_.bind(14, value.token_type);
    put_installation_.run();
    commit_.run();
  }

  void delete_all(const Ids& ids) {
    begin_.run();
    bind_ids(delete_bot_, ids);
    delete_bot_.run();
    bind_ids(delete_installations_, ids);
    delete_installations_.run();
    commit_.run();
  }

  static void bind_shared(RawStatement& statement, const slack::oauth::Installation& value, std::string_view scopes,
                          std::string_view installed_at) {
    statement.bind(1, std::string_view("111.222"));
    statement.bind(2, value.enterprise_id);
    statement.bind(3, value.team_id);
    statement.bind(4, value.app_id);
    statement.bind(5, value.enterprise_name);
    statement.bind(6, value.team_name);
    statement.bind(7, value.bot_token);
    statement.bind(8, value.bot_id);
    statement.bind(9, value.bot_user_id);
    statement.bind(10, scopes);
    statement.bind(11, static_cast<std::int64_t>(value.is_enterprise_install));
    statement.bind(12, installed_at);
  }

 private:
  static std::optional<slack::oauth::Installation> read_installation(RawStatement& row) {
    std::optional<slack::oauth::Installation> found;
    if (row.step()) {
      found.emplace(slack::oauth::Installation{.installed_at = {}});
      found->app_id = text_of(row, 0);
      found->enterprise_id = text_of(row, 1);
      found->enterprise_name = text_of(row, 2);
      found->enterprise_url = text_of(row, 3);
      found->team_id = text_of(row, 4);
      found->team_name = text_of(row, 5);
      found->bot_token = text_of(row, 6);
      found->bot_id = text_of(row, 7);
      found->bot_user_id = text_of(row, 8);
      found->bot_scopes = slack::oauth::split_scopes(row.text(9));
      found->bot_refresh_token = text_of(row, 10);
      if (row.has(11)) found->bot_token_expires_at.emplace(std::chrono::seconds{row.integer(11)});
      found->user_id = row.text(12);
      found->user_token = text_of(row, 13);
      if (row.has(14)) found->user_scopes = slack::oauth::split_scopes(row.text(14));
      found->user_refresh_token = text_of(row, 15);
      if (row.has(16)) found->user_token_expires_at.emplace(std::chrono::seconds{row.integer(16)});
      found->incoming_webhook_url = text_of(row, 17);
      found->incoming_webhook_channel = text_of(row, 18);
      found->incoming_webhook_channel_id = text_of(row, 19);
      found->incoming_webhook_configuration_url = text_of(row, 20);
      found->is_enterprise_install = row.integer(21) != 0;
      found->token_type = text_of(row, 22);
      found->installed_at = time_of(row, 23);
    }
    row.reset();
    return found;
  }

  // A join, since the bot's record is the one in slack_bots whichever user's row is asked for.
  static std::string find_installation_sql(const std::string& of_user) {
    return "select i.app_id, i.enterprise_id, i.enterprise_name, i.enterprise_url, i.team_id, i.team_name, "
           "b.bot_token, "
           "b.bot_id, b.bot_user_id, b.bot_scopes, b.bot_refresh_token, b.bot_token_expires_at, i.user_id, "
           "i.user_token, i.user_scopes, i.user_refresh_token, i.user_token_expires_at, i.incoming_webhook_url, "
           "i.incoming_webhook_channel, i.incoming_webhook_channel_id, i.incoming_webhook_configuration_url, "
           "i.is_enterprise_install, i.token_type, i.installed_at from slack_installations i left join slack_bots b "
           "on b.client_id = ?1 and b.enterprise_id = ?2 and b.team_id = ?3 "
           "where i.client_id = ?1 and i.enterprise_id = ?2 and i.team_id = ?3 " +
           of_user + "order by i.installed_at desc limit 1";
  }

  static std::string put_sql(const std::string& table, const std::string& columns, const std::string& parameters,
                             const std::string& key, const std::string& change) {
    return "insert into " + table +
           " (client_id, enterprise_id, team_id, app_id, enterprise_name, team_name, bot_token, bot_id, bot_user_id, "
           "bot_scopes, is_enterprise_install, installed_at" +
           columns + ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12" + parameters +
           ") on conflict (client_id, enterprise_id, team_id" + key +
           ") do update set app_id = ?4, enterprise_name = ?5, team_name = ?6, bot_token = ?7, bot_id = ?8, "
           "bot_user_id = ?9, bot_scopes = ?10, is_enterprise_install = ?11, installed_at = ?12" +
           change;
  }

  RawConnection connection_;
  RawBots bots_{connection_.get()};
  RawStatement find_newest_{connection_.get(), find_installation_sql("")};
  RawStatement find_user_{connection_.get(), find_installation_sql("and i.user_id = ?4 ")};
  RawStatement begin_{connection_.get(), "begin immediate"};
  RawStatement commit_{connection_.get(), "commit"};
  RawStatement put_bot_{connection_.get(), put_sql("slack_bots", "", "", "", "")};
  RawStatement put_installation_{connection_.get(), put_sql("slack_installations", ", user_id, token_type",
                                                            ", ?13, ?14", ", user_id", ", token_type = ?14")};
  RawStatement delete_bot_{connection_.get(),
                           "delete from slack_bots where client_id = ?1 and enterprise_id = ?2 and team_id = ?3"};
  RawStatement delete_installations_{
      connection_.get(),
      "delete from slack_installations where client_id = ?1 and enterprise_id = ?2 and team_id = ?3"};
};

/// Adds a row to each of the store's own tables for every save, as `historical_data_enabled` does.
class RawHistory {
 public:
  explicit RawHistory(const std::string& path) : connection_(path) {}

  void save(const slack::oauth::Installation& value) {
    const std::string scopes = slack::oauth::join_scopes(value.bot_scopes);
    const std::string installed_at = installed_at_of(Workspaces::next(value));
    begin_.run();
    RawStore::bind_shared(add_bot_, value, scopes, installed_at);
    add_bot_.run();
    RawStore::bind_shared(add_installation_, value, scopes, installed_at);
    add_installation_.bind(13, std::string_view(value.user_id));
    add_installation_.bind(14, value.token_type);
    add_installation_.run();
    commit_.run();
  }

 private:
  static std::string add_sql(const std::string& table, const std::string& columns, const std::string& parameters) {
    return "insert into " + table +
           " (client_id, enterprise_id, team_id, app_id, enterprise_name, team_name, bot_token, bot_id, bot_user_id, "
           "bot_scopes, is_enterprise_install, installed_at" +
           columns + ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12" + parameters + ")";
  }

  RawConnection connection_;
  RawStatement begin_{connection_.get(), "begin immediate"};
  RawStatement commit_{connection_.get(), "commit"};
  RawStatement add_bot_{connection_.get(), add_sql("slack_bots", "", "")};
  RawStatement add_installation_{connection_.get(),
                                 add_sql("slack_installations", ", user_id, token_type, bot_checked", ", ?13, ?14, 1")};
};

}  // namespace slack_oauth_benchmarks
