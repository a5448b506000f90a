// The SQL of the Python SDK's SQLAlchemyInstallationStore, as it makes, fills and asks a database: what this library
// shares with it. Statements go by its source, with its names and types.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "postgresql/raw_database.hpp"

namespace test {

/// The tables as its `create_all` makes them on PostgreSQL.
inline void make_python_tables(const RawDatabase& database) {
  database.execute(
      "create table slack_installations (id serial not null, client_id varchar(32) not null, app_id varchar(32) not "
      "null, enterprise_id varchar(32), enterprise_name varchar(200), enterprise_url varchar(200), team_id "
      "varchar(32), team_name varchar(200), bot_token varchar(200), bot_id varchar(32), bot_user_id varchar(32), "
      "bot_scopes varchar(1000), bot_refresh_token varchar(200), bot_token_expires_at timestamp without time zone, "
      "user_id varchar(32) not null, user_token varchar(200), user_scopes varchar(1000), user_refresh_token "
      "varchar(200), user_token_expires_at timestamp without time zone, incoming_webhook_url varchar(200), "
      "incoming_webhook_channel varchar(200), incoming_webhook_channel_id varchar(200), "
      "incoming_webhook_configuration_url varchar(200), is_enterprise_install boolean not null, token_type "
      "varchar(32), installed_at timestamp without time zone not null, primary key (id));"
      "create index slack_installations_idx on slack_installations (client_id, enterprise_id, team_id, user_id, "
      "installed_at);"
      "create table slack_bots (id serial not null, client_id varchar(32) not null, app_id varchar(32) not null, "
      "enterprise_id varchar(32), enterprise_name varchar(200), team_id varchar(32), team_name varchar(200), bot_token "
      "varchar(200), bot_id varchar(32), bot_user_id varchar(32), bot_scopes varchar(1000), bot_refresh_token "
      "varchar(200), bot_token_expires_at timestamp without time zone, is_enterprise_install boolean not null, "
      "installed_at timestamp without time zone not null, primary key (id));"
      "create index slack_bots_idx on slack_bots (client_id, enterprise_id, team_id, installed_at);");
}

inline void make_python_state_table(const RawDatabase& database) {
  database.execute(
      "create table slack_oauth_states (id serial not null, state varchar(200) not null, expire_at timestamp without "
      "time zone not null, primary key (id))");
}

/// An installation as Python has it. What is "NULL" is absent.
struct PythonInstallation {
  std::string team_id = "T1";
  std::string user_id = "U1";
  std::string bot_token = "xoxb-not-a-real-token-1";
  std::string installed_at = "2026-01-01 00:00:00.25";
  std::string enterprise_id = "NULL";
  std::string refresh_token = "NULL";
  std::string bot_scopes = "chat:write,commands";
  std::string expires_at = "2026-01-01 12:00:00";
};

/// Writes the row: over one of the same workspace and time, as of what Python rotates, and else as one row more.
/// `columns` begins with those of the key, `values` are theirs.
inline void python_write(const RawDatabase& database, const std::string& table, const std::vector<std::string>& columns,
                         const std::vector<std::string>& values) {
  const auto found = database.query("select id from " + table +
                                        " where client_id = $1 and enterprise_id is not distinct from $2::varchar and "
                                        "team_id is not distinct from $3::varchar and installed_at = $4::timestamp "
                                        "limit 1",
                                    {values[0], values[1], values[2], values[3]});
  std::string names;
  std::string parameters;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names += (i == 0 ? "" : ", ") + columns[i];
    parameters += (i == 0 ? "$" : ", $") + std::to_string(i + 1);
  }
  static_cast<void>(database.query(
      found.empty()
          ? "insert into " + table + " (" + names + ") values (" + parameters + ")"
          : "update " + table + " set (" + names + ") = row(" + parameters + ") where id = " + found.front().front(),
      values));
}

/// Its save_bot. Without a bot too, with no token.
inline void python_save_bot(const RawDatabase& database, const PythonInstallation& saved) {
  const bool has_bot = saved.bot_token != "NULL";
  python_write(
      database, "slack_bots",
      {"client_id", "enterprise_id", "team_id", "installed_at", "app_id", "team_name", "bot_token", "bot_id",
       "bot_user_id", "bot_scopes", "bot_refresh_token", "bot_token_expires_at", "is_enterprise_install"},
      {"111.222", saved.enterprise_id, saved.team_id, saved.installed_at, "A0SMELTER", "Furnace Works", saved.bot_token,
       has_bot ? "B0BOT" : "NULL", has_bot ? "U0BOTUSER" : "NULL", has_bot ? saved.bot_scopes : "NULL",
       saved.refresh_token, has_bot ? saved.expires_at : "NULL", "false"});
}

/// Its save: one row in each table, in two transactions.
inline void python_save(const RawDatabase& database, const PythonInstallation& saved) {
  const bool has_bot = saved.bot_token != "NULL";
  python_write(database, "slack_installations",
               {"client_id", "enterprise_id", "team_id", "installed_at", "app_id", "team_name", "bot_token", "bot_id",
                "bot_user_id", "bot_scopes", "bot_refresh_token", "bot_token_expires_at", "user_id", "user_token",
                "user_scopes", "is_enterprise_install", "token_type"},
               {"111.222", saved.enterprise_id, saved.team_id, saved.installed_at, "A0SMELTER", "Furnace Works",
                saved.bot_token, has_bot ? "B0BOT" : "NULL", has_bot ? "U0BOTUSER" : "NULL",
                has_bot ? saved.bot_scopes : "NULL", saved.refresh_token, has_bot ? saved.expires_at : "NULL",
                saved.user_id, "xoxp-not-a-real-token-of-" + saved.user_id, "search:read", "false", "bot"});
  python_save_bot(database, saved);
}

/// The token that its find_bot finds; "nothing" where it finds no row.
inline std::string python_bot_token(const RawDatabase& database, const std::string& team_id) {
  const auto rows = database.query(
      "select bot_token from slack_bots where client_id = $1 and enterprise_id is null and team_id = $2 order by "
      "installed_at desc limit 1",
      {"111.222", team_id});
  return rows.empty() ? "nothing" : rows.front().front();
}

struct PythonFound {
  std::string user_id;
  std::string bot_token;
};

/// What its find_installation finds before 3.26.1: with a user it takes the bot from the newest row that has one. Later
/// versions ask find_bot, for a row that has a token.
inline std::optional<PythonFound> python_installation(const RawDatabase& database, const std::string& team_id,
                                                      const std::string& user_id = "") {
  const std::string of_workspace = "client_id = $1 and enterprise_id is null and team_id = $2 ";
  std::vector<std::string> values = {"111.222", team_id};
  if (!user_id.empty()) values.push_back(user_id);
  const auto rows =
      database.query("select user_id, bot_token from slack_installations where " + of_workspace +
                         (user_id.empty() ? "" : "and user_id = $3 ") + "order by installed_at desc limit 1",
                     values);
  if (rows.empty()) return std::nullopt;
  PythonFound found{rows.front()[0], rows.front()[1]};
  if (user_id.empty()) return found;
  const auto bots = database.query("select bot_token from slack_installations where " + of_workspace +
                                       "and bot_token is not null order by installed_at desc limit 1",
                                   {"111.222", team_id});
  found.bot_token = bots.empty() ? "NULL" : bots.front().front();
  return found;
}

}  // namespace test
