// The SQL of the Python SDK's SQLite3InstallationStore, as it makes, fills and asks a database: what this library
// shares with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sqlite3/raw_database.hpp"

namespace test {

/// The tables as the Python SDK makes them.
inline void make_python_tables(const RawDatabase& database) {
  database.execute(
      "create table slack_installations (id integer primary key autoincrement, client_id text not null, "
      "app_id text not null, enterprise_id text not null default '', enterprise_name text, enterprise_url text, "
      "team_id text not null default '', team_name text, bot_token text, bot_id text, bot_user_id text, "
      "bot_scopes text, bot_refresh_token text, bot_token_expires_at datetime, user_id text not null, "
      "user_token text, user_scopes text, user_refresh_token text, user_token_expires_at datetime, "
      "incoming_webhook_url text, incoming_webhook_channel text, incoming_webhook_channel_id text, "
      "incoming_webhook_configuration_url text, is_enterprise_install boolean not null default 0, token_type text, "
      "installed_at datetime not null default current_timestamp);"
      "create index slack_installations_idx on slack_installations (client_id, enterprise_id, team_id, user_id, "
      "installed_at);"
      "create table slack_bots (id integer primary key autoincrement, client_id text not null, "
      "app_id text not null, enterprise_id text not null default '', enterprise_name text, "
      "team_id text not null default '', team_name text, bot_token text not null, bot_id text not null, "
      "bot_user_id text not null, bot_scopes text, bot_refresh_token text, bot_token_expires_at datetime, "
      "is_enterprise_install boolean not null default 0, installed_at datetime not null default current_timestamp);"
      "create index slack_bots_idx on slack_bots (client_id, enterprise_id, team_id, installed_at);");
}

struct PythonBot {
  std::string token;
  std::string refresh_token = "";
  std::string bot_id = "B0BOT";
  std::string scopes = "chat:write,commands";
  std::int64_t expires_at = 1'767'268'800;
};

/// The Python SDK's save_bot: one row more. Its time is the database's, in whole seconds, unless one is given.
inline void python_save_bot(const RawDatabase& database, const std::string& team_id, const PythonBot& bot,
                            const std::string& installed_at = "") {
  std::vector<std::string> values = {"111.222", "A0SMELTER", "",          team_id,    "Furnace Works",
                                     bot.token, bot.bot_id,  "U0BOTUSER", bot.scopes, bot.refresh_token};
  const std::string given = installed_at.empty() ? "" : ", installed_at";
  if (!installed_at.empty()) values.push_back(installed_at);
  static_cast<void>(database.query(
      "insert into slack_bots (client_id, app_id, enterprise_id, team_id, team_name, bot_token, bot_id, bot_user_id, "
      "bot_scopes, bot_refresh_token, bot_token_expires_at, is_enterprise_install" +
          given + ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, nullif(?10, ''), " + std::to_string(bot.expires_at) +
          ", 0" + (given.empty() ? ")" : ", ?11)"),
      values));
}

/// The Python SDK's save: one row more in each table, in two transactions.
inline void python_save(const RawDatabase& database, const std::string& team_id, const std::string& user_id,
                        const PythonBot& bot, const std::string& installed_at = "") {
  std::vector<std::string> values = {
      "111.222",  "A0SMELTER", "",         team_id,           "Furnace Works", bot.token,
      bot.bot_id, "U0BOTUSER", bot.scopes, bot.refresh_token, user_id,         "xoxp-not-a-real-token-of-" + user_id};
  const std::string given = installed_at.empty() ? "" : ", installed_at";
  if (!installed_at.empty()) values.push_back(installed_at);
  static_cast<void>(database.query(
      "insert into slack_installations (client_id, app_id, enterprise_id, team_id, team_name, bot_token, bot_id, "
      "bot_user_id, bot_scopes, bot_refresh_token, bot_token_expires_at, user_id, user_token, user_scopes, "
      "is_enterprise_install, token_type" +
          given + ") values (?1, ?2, ?3, ?4, ?5, nullif(?6, ''), ?7, ?8, ?9, nullif(?10, ''), " +
          std::to_string(bot.expires_at) + ", ?11, ?12, 'search:read', 0, 'bot'" + (given.empty() ? ")" : ", ?13)"),
      values));
  if (!bot.token.empty()) python_save_bot(database, team_id, bot, installed_at);
}

/// The token that the Python SDK's find_bot finds; "nothing" where it finds no bot.
inline std::string python_bot_token(const RawDatabase& database, const std::string& team_id) {
  const auto rows = database.query(
      "select bot_token from slack_bots where client_id = ?1 and enterprise_id = ?2 and team_id = ?3 "
      "order by installed_at desc limit 1",
      {"111.222", "", team_id});
  return rows.empty() ? "nothing" : rows.front().front();
}

struct PythonInstallation {
  std::string user_id;
  std::string bot_token;
};

/// What the Python SDK's find_installation finds: with a user it takes the bot from the newest row that has one, and
/// finds nothing where none has.
inline std::optional<PythonInstallation> python_installation(const RawDatabase& database, const std::string& team_id,
                                                             const std::string& user_id = "") {
  const std::string of_user = user_id.empty() ? "" : "and user_id = ?4 ";
  std::vector<std::string> key = {"111.222", "", team_id};
  auto user_key = key;
  if (!user_id.empty()) user_key.push_back(user_id);
  const auto rows = database.query(
      "select user_id, bot_token from slack_installations where client_id = ?1 and enterprise_id = ?2 and "
      "team_id = ?3 " +
          of_user + "order by installed_at desc limit 1",
      user_key);
  if (rows.empty()) return std::nullopt;
  PythonInstallation found{rows.front()[0], rows.front()[1]};
  if (user_id.empty()) return found;
  const auto bots = database.query(
      "select bot_token from slack_installations where client_id = ?1 and enterprise_id = ?2 and team_id = ?3 "
      "and bot_token is not null order by installed_at desc limit 1",
      key);
  if (bots.empty()) return std::nullopt;
  found.bot_token = bots.front().front();
  return found;
}

}  // namespace test
