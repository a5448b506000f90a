// What the PostgreSQL store is compared with: libpq, used by hand, with statements that are prepared once and values in
// binary form, on the tables that the Python SDK makes, with the unique keys that somebody would add who has no history
// and no null ids.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/timestamp.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {

class RawPostgreSQL {
  struct Clear {
    void operator()(::PGresult* result) const noexcept { PQclear(result); }
  };
  struct Finish {
    void operator()(::PGconn* connection) const noexcept { PQfinish(connection); }
  };
  using Result = std::unique_ptr<::PGresult, Clear>;
  using Text = std::optional<std::string>;

 public:
  /// `schema` has the tables, as make_tables() makes them.
  RawPostgreSQL(const std::string& connection_string, const std::string& schema)
      : connection_(PQconnectdb(connection_string.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    PQsetNoticeReceiver(
        connection_.get(), [](void*, const ::PGresult*) {}, nullptr);
    execute("set search_path to " + schema);
    execute("set plan_cache_mode to force_generic_plan");
  }

  void make_tables() {
    execute(
        "create table slack_bots (id serial primary key, client_id varchar not null, app_id varchar not null, "
        "enterprise_id varchar not null, enterprise_name varchar, team_id varchar not null, team_name varchar, "
        "bot_token varchar, bot_id varchar, bot_user_id varchar, bot_scopes varchar, bot_refresh_token varchar, "
        "bot_token_expires_at timestamp, is_enterprise_install boolean not null default false, installed_at timestamp "
        "not null);"
        "create table slack_installations (id serial primary key, client_id varchar not null, app_id varchar not null, "
        "enterprise_id varchar not null, enterprise_name varchar, enterprise_url varchar, team_id varchar not null, "
        "team_name varchar, bot_token varchar, bot_id varchar, bot_user_id varchar, bot_scopes varchar, "
        "bot_refresh_token varchar, bot_token_expires_at timestamp, user_id varchar not null, user_token varchar, "
        "user_scopes varchar, user_refresh_token varchar, user_token_expires_at timestamp, incoming_webhook_url "
        "varchar, incoming_webhook_channel varchar, incoming_webhook_channel_id varchar, "
        "incoming_webhook_configuration_url varchar, is_enterprise_install boolean not null default false, token_type "
        "varchar, installed_at timestamp not null);"
        "create table workspaces (client_id varchar, enterprise_id varchar, team_id varchar, version bigint not null, "
        "changed_at timestamptz not null, primary key (client_id, enterprise_id, team_id));"
        "create unique index one_bot on slack_bots (client_id, enterprise_id, team_id);"
        "create unique index one_user on slack_installations (client_id, enterprise_id, team_id, user_id)");
  }

  /// REQUIRES: the tables, for what follows.
  void prepare_statements() {
    prepare("find_bot",
            "select app_id, enterprise_id, enterprise_name, team_id, team_name, bot_token, bot_id, bot_user_id, "
            "bot_scopes, bot_refresh_token, bot_token_expires_at, is_enterprise_install, installed_at from slack_bots "
            "where client_id = $1 and enterprise_id = $2 and team_id = $3");
    prepare("find_user", find_installation_sql(" and i.user_id = $4"));
    prepare("find_newest", find_installation_sql(" order by i.installed_at desc limit 1"));
    prepare("begin", "begin");
    prepare("commit", "commit");
    prepare("enter",
            "insert into workspaces as it values ($1, $2, $3, 1, now()) on conflict (client_id, enterprise_id, "
            "team_id) do update set version = it.version + 1, changed_at = now()");
    const std::string changes =
        "app_id = $4, enterprise_name = $5, team_name = $6, bot_token = $7, bot_id = $8, bot_user_id = $9, bot_scopes "
        "= $10, is_enterprise_install = $11, installed_at = $12";
    const std::string of_workspace = " where client_id = $1 and enterprise_id = $2 and team_id = $3";
    prepare("update_bot", "update slack_bots set " + changes + of_workspace);
    prepare("update_user",
            "update slack_installations set " + changes + ", token_type = $14" + of_workspace + " and user_id = $13");
    const std::string columns =
        "client_id, enterprise_id, team_id, app_id, enterprise_name, team_name, bot_token, bot_id, bot_user_id, "
        "bot_scopes, is_enterprise_install, installed_at";
    const std::string values = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12";
    prepare("insert_bot", "insert into slack_bots (" + columns + ") values (" + values + ")");
    prepare("insert_user",
            "insert into slack_installations (" + columns + ", user_id, token_type) values (" + values + ", $13, $14)");
    prepare("delete_bot", "delete from slack_bots" + of_workspace);
    prepare("delete_users", "delete from slack_installations" + of_workspace);
  }

  void execute(const std::string& sql) { require(Result(PQexec(connection_.get(), sql.c_str()))); }

  /// Rows as `next()` gives them, each a line of text with tabs between the values, until one is empty.
  template <class Next>
  void copy(const std::string& sql, const Next& next) {
    require(Result(PQexec(connection_.get(), sql.c_str())), PGRES_COPY_IN);
    for (std::string line = next(); !line.empty(); line = next()) {
      line += '\n';
      if (PQputCopyData(connection_.get(), line.data(), static_cast<int>(line.size())) != 1) fail();
    }
    if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail();
    while (Result result{PQgetResult(connection_.get())}) require(result);
  }

  [[nodiscard]] std::optional<slack::oauth::Bot> find_bot(const Ids& ids) {
    const Result row = look_up("find_bot", std::array{"111.222", ids.enterprise_id.c_str(), ids.team_id.c_str()});
    if (PQntuples(row.get()) == 0) return std::nullopt;
    std::optional<slack::oauth::Bot> bot(slack::oauth::Bot{.installed_at = {}});
    bot->app_id = text(row, 0);
    bot->enterprise_id = text(row, 1);
    bot->enterprise_name = text(row, 2);
    bot->team_id = text(row, 3);
    bot->team_name = text(row, 4);
    bot->bot_token = bytes(row, 5);
    bot->bot_id = bytes(row, 6);
    bot->bot_user_id = bytes(row, 7);
    bot->bot_scopes = slack::oauth::split_scopes(bytes(row, 8));
    bot->bot_refresh_token = text(row, 9);
    bot->bot_token_expires_at = end(row, 10);
    bot->is_enterprise_install = bytes(row, 11).front() != 0;
    bot->installed_at = time(row, 12);
    return bot;
  }

  [[nodiscard]] bool has_bot(const Ids& ids) {
    const Result row = look_up("find_bot", std::array{"111.222", ids.enterprise_id.c_str(), ids.team_id.c_str()});
    return PQntuples(row.get()) != 0;
  }

  [[nodiscard]] std::optional<slack::oauth::Installation> find_user(const Ids& ids, const char* user_id) {
    return read_installation(
        look_up("find_user", std::array{"111.222", ids.enterprise_id.c_str(), ids.team_id.c_str(), user_id}));
  }

  [[nodiscard]] std::optional<slack::oauth::Installation> find_newest(const Ids& ids) {
    return read_installation(
        look_up("find_newest", std::array{"111.222", ids.enterprise_id.c_str(), ids.team_id.c_str()}));
  }

  /// A reinstallation, in one round trip.
  void save(const slack::oauth::Installation& value) { write(value, "update_bot", "update_user"); }

  /// What delete_all() erased.
  void put_back(const slack::oauth::Installation& value) { write(value, "insert_bot", "insert_user"); }

  void delete_all(const Ids& ids) {
    const std::array key{"111.222", ids.enterprise_id.c_str(), ids.team_id.c_str()};
    start_pipeline();
    send("begin", std::array<const char*, 0>{});
    send("enter", key);
    send("delete_bot", key);
    send("delete_users", key);
    send("commit", std::array<const char*, 0>{});
    finish_pipeline(5);
  }

 private:
  void write(const slack::oauth::Installation& value, const char* bot_statement, const char* user_statement) {
    const auto or_null = [](const Text& given) { return given ? given->c_str() : nullptr; };
    const std::string scopes = slack::oauth::join_scopes(value.bot_scopes);
    const std::string installed_at = slack::oauth::format_timestamp(value.installed_at);
    const std::array key{"111.222", or_null(value.enterprise_id), or_null(value.team_id)};
    const std::array user{key[0],
                          key[1],
                          key[2],
                          or_null(value.app_id),
                          or_null(value.enterprise_name),
                          or_null(value.team_name),
                          or_null(value.bot_token),
                          or_null(value.bot_id),
                          or_null(value.bot_user_id),
                          scopes.c_str(),
                          value.is_enterprise_install ? "t" : "f",
                          installed_at.c_str(),
                          value.user_id.c_str(),
                          or_null(value.token_type)};
    std::array<const char*, 12> bot{};
    std::copy_n(user.begin(), bot.size(), bot.begin());
    start_pipeline();
    send("begin", std::array<const char*, 0>{});
    send("enter", key);
    send(bot_statement, bot);
    send(user_statement, user);
    send("commit", std::array<const char*, 0>{});
    finish_pipeline(5);
  }

  [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

  void require(const Result& result, ::ExecStatusType wanted = PGRES_COMMAND_OK) const {
    const auto status = PQresultStatus(result.get());
    if (status != wanted && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail();
  }

  void prepare(const char* name, const std::string& sql) {
    require(Result(PQprepare(connection_.get(), name, sql.c_str(), 0, nullptr)));
  }

  template <std::size_t Count>
  [[nodiscard]] Result look_up(const char* name, const std::array<const char*, Count>& values) {
    Result result(PQexecPrepared(connection_.get(), name, static_cast<int>(Count), values.data(), nullptr, nullptr, 1));
    require(result);
    return result;
  }

  void start_pipeline() {
    if (PQenterPipelineMode(connection_.get()) != 1) fail();
  }
  template <std::size_t Count>
  void send(const char* name, const std::array<const char*, Count>& values) {
    if (PQsendQueryPrepared(connection_.get(), name, static_cast<int>(Count), values.data(), nullptr, nullptr, 1) !=
        1) {
      fail();
    }
  }
  void finish_pipeline(int statements) {
    if (PQpipelineSync(connection_.get()) != 1) fail();
    for (int i = 0; i < statements; ++i) {
      require(Result(PQgetResult(connection_.get())));
      if (PQgetResult(connection_.get()) != nullptr) fail();
    }
    require(Result(PQgetResult(connection_.get())), PGRES_PIPELINE_SYNC);
    if (PQexitPipelineMode(connection_.get()) != 1) fail();
  }

  [[nodiscard]] static std::string_view bytes(const Result& row, int i) {
    return {PQgetvalue(row.get(), 0, i), static_cast<std::size_t>(PQgetlength(row.get(), 0, i))};
  }
  [[nodiscard]] static bool has(const Result& row, int i) { return PQgetisnull(row.get(), 0, i) == 0; }
  [[nodiscard]] static Text text(const Result& row, int i) { return has(row, i) ? Text(bytes(row, i)) : std::nullopt; }

  /// Microseconds since the year 2000, in the order of the network.
  [[nodiscard]] static slack::oauth::Timestamp time(const Result& row, int i) {
    std::uint64_t number = 0;
    for (const char byte : bytes(row, i)) number = (number << 8U) | static_cast<unsigned char>(byte);
    return slack::oauth::Timestamp{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}} +
           std::chrono::microseconds{static_cast<std::int64_t>(number)};
  }
  [[nodiscard]] static std::optional<std::chrono::sys_seconds> end(const Result& row, int i) {
    if (!has(row, i)) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(time(row, i));
  }

  [[nodiscard]] static std::optional<slack::oauth::Installation> read_installation(const Result& row) {
    if (PQntuples(row.get()) == 0) return std::nullopt;
    std::optional<slack::oauth::Installation> found(slack::oauth::Installation{.installed_at = {}});
    found->app_id = text(row, 0);
    found->enterprise_id = text(row, 1);
    found->enterprise_name = text(row, 2);
    found->enterprise_url = text(row, 3);
    found->team_id = text(row, 4);
    found->team_name = text(row, 5);
    found->bot_token = text(row, 6);
    found->bot_id = text(row, 7);
    found->bot_user_id = text(row, 8);
    if (has(row, 9)) found->bot_scopes = slack::oauth::split_scopes(bytes(row, 9));
    found->bot_refresh_token = text(row, 10);
    found->bot_token_expires_at = end(row, 11);
    found->user_id = bytes(row, 12);
    found->user_token = text(row, 13);
    if (has(row, 14)) found->user_scopes = slack::oauth::split_scopes(bytes(row, 14));
    found->user_refresh_token = text(row, 15);
    found->user_token_expires_at = end(row, 16);
    found->incoming_webhook_url = text(row, 17);
    found->incoming_webhook_channel = text(row, 18);
    found->incoming_webhook_channel_id = text(row, 19);
    found->incoming_webhook_configuration_url = text(row, 20);
    found->is_enterprise_install = bytes(row, 21).front() != 0;
    found->token_type = text(row, 22);
    found->installed_at = time(row, 23);
    return found;
  }

  // A join, since the bot's record is the one in slack_bots whichever user's row is asked for.
  [[nodiscard]] static std::string find_installation_sql(const std::string& end) {
    return "select i.app_id, i.enterprise_id, i.enterprise_name, i.enterprise_url, i.team_id, i.team_name, "
           "b.bot_token, b.bot_id, b.bot_user_id, b.bot_scopes, b.bot_refresh_token, b.bot_token_expires_at, "
           "i.user_id, i.user_token, i.user_scopes, i.user_refresh_token, i.user_token_expires_at, "
           "i.incoming_webhook_url, i.incoming_webhook_channel, i.incoming_webhook_channel_id, "
           "i.incoming_webhook_configuration_url, i.is_enterprise_install, i.token_type, i.installed_at from "
           "slack_installations i left join slack_bots b on b.client_id = $1 and b.enterprise_id = $2 and b.team_id = "
           "$3 where i.client_id = $1 and i.enterprise_id = $2 and i.team_id = $3" +
           end;
  }

  std::unique_ptr<::PGconn, Finish> connection_;
};

}  // namespace slack_oauth_benchmarks
