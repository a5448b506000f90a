// The look-ups of one connection. Each is one SELECT, and so sees one snapshot.
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
#include "slack/oauth/queries.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/record.hpp"

namespace slack::oauth::inline v0::detail {

/// A part of a visit, and where the next one begins.
template <class Record>
struct SqlBatch {
  std::vector<Record> records{};
  std::int64_t last_id = 0;
  bool is_last = false;
};

/// Threads: one at a time, as for its connection.
template <SqlConnection Connection, class InstallationT, class BotT>
class SqlReader {
  using Dialect = typename Connection::Dialect;
  using Statement = typename Connection::Statement;
  using Stored = StoredInstallation<InstallationT, BotT>;

 public:
  static constexpr std::int64_t batch_size = 64;

  SqlReader(const Connection& connection, std::string_view client_id)
      : connection_(connection),
        client_id_(client_id),
        find_bot_(prepare(find_bot_sql())),
        find_user_(prepare(find_user_sql(columns()))),
        find_newest_(prepare(find_newest_sql(columns()))) {}
  SqlReader(const SqlReader&) = delete;
  SqlReader& operator=(const SqlReader&) = delete;

  [[nodiscard]] std::optional<BotT> find_bot(const WorkspaceKey& key) {
    const SqlUse use(find_bot_);
    bind_key(find_bot_, key);
    std::optional<BotT> bot;
    if (find_bot_.step()) read_record(find_bot_.row(), 0, bot.emplace());
    return bot;
  }

  /// With the bot's fields.
  [[nodiscard]] std::optional<InstallationT> find_installation(const WorkspaceKey& key, OptionalId user_id) {
    Statement& find = user_id ? find_user_ : find_newest_;
    const SqlUse use(find);
    std::optional<InstallationT> installation;
    if (step_to(find, key, user_id)) read_record(find.row(), 0, installation.emplace());
    return installation;
  }

  [[nodiscard]] std::optional<Stored> find_stored(const WorkspaceKey& key, OptionalId user_id) {
    Statement find = prepare(user_id ? find_user_sql(columns_with_bot()) : find_newest_sql(columns_with_bot()));
    if (!step_to(find, key, user_id)) return std::nullopt;
    return read_stored(find.row());
  }

  /// The highest id of a table: a visit ends there, so that it does not meet what it saves itself.
  [[nodiscard]] std::int64_t last_id(std::string_view table) {
    Statement find = connection_.prepare("select coalesce(max(id), 0) from " + std::string(table));
    return find.step() ? find.row().integer(0) : 0;
  }

  [[nodiscard]] SqlBatch<BotT> bots_after(std::int64_t id, std::int64_t end) {
    if (!visit_bots_) visit_bots_.emplace(prepare(visit_bots_sql()));
    return batch<BotT>(*visit_bots_, id, end, select_count<BotT>, [](const auto& row) {
      BotT bot{};
      read_record(row, 0, bot);
      return bot;
    });
  }

  [[nodiscard]] SqlBatch<Stored> installations_after(std::int64_t id, std::int64_t end) {
    if (!visit_installations_) visit_installations_.emplace(prepare(visit_installations_sql()));
    return batch<Stored>(*visit_installations_, id, end, bot_id_column + 1 + select_count<BotT>,
                         [](const auto& row) { return read_stored(row); });
  }

 private:
  // Behind the columns of an installation: its bot's id, then the columns of the bot.
  static constexpr int bot_id_column = select_count<InstallationT>;

  [[nodiscard]] static std::string columns() { return select_list<InstallationT>("row."); }
  [[nodiscard]] static std::string columns_with_bot() { return columns() + ", bot.id, " + select_list<BotT>("bot."); }

  [[nodiscard]] static std::string find_bot_sql() {
    return "select " + select_list<BotT>("") + " from slack_bots where " + of_workspace<Dialect>() +
           " order by id desc limit 1";
  }

  [[nodiscard]] static std::string join_bot(const std::string& key) {
    return " left join slack_bots bot on bot.id = (select id from slack_bots where " + key +
           " order by id desc limit 1) ";
  }

  [[nodiscard]] static std::string find_user_sql(const std::string& columns) {
    return "select " + columns + " from slack_installations row" + join_bot(of_workspace<Dialect>()) +
           "where row.client_id = ?1 and row.enterprise_id = ?2 and row.team_id = ?3 and row.user_id = ?4 "
           "order by row.id desc limit 1";
  }

  [[nodiscard]] static std::string find_newest_sql(const std::string& columns) {
    return "select " + columns + " from slack_installations row" + join_bot(of_workspace<Dialect>()) +
           "where row.client_id = ?1 and row.enterprise_id = ?2 and row.team_id = ?3 and not exists ("
           "select 1 from slack_installations later where later.client_id = ?1 and later.enterprise_id = ?2 "
           "and later.team_id = ?3 and later.user_id = row.user_id and later.id > row.id) "
           "order by row.installed_at desc, row.id desc limit 1";
  }

  // A visit goes by the rows that were there when it began, each standing for its bot or user, whose latest row is
  // shown: what is saved again meanwhile is visited once, and not missed.
  [[nodiscard]] static std::string visit_bots_sql() {
    return "select " + select_list<BotT>("latest.") +
           ", row.id from slack_bots row join slack_bots latest on latest.id = ("
           "select id from slack_bots where client_id = ?1 and enterprise_id = row.enterprise_id "
           "and team_id = row.team_id order by id desc limit 1) "
           "where row.client_id = ?1 and row.id > ?2 and row.id <= ?3 and not exists ("
           "select 1 from slack_bots later where later.client_id = ?1 and later.enterprise_id = row.enterprise_id "
           "and later.team_id = row.team_id and later.id > row.id and later.id <= ?3) order by row.id limit ?4";
  }

  [[nodiscard]] static std::string visit_installations_sql() {
    return "select " + select_list<InstallationT>("latest.") + ", bot.id, " + select_list<BotT>("bot.") +
           ", row.id from slack_installations row join slack_installations latest on latest.id = ("
           "select id from slack_installations where client_id = ?1 and enterprise_id = row.enterprise_id "
           "and team_id = row.team_id and user_id = row.user_id order by id desc limit 1)" +
           join_bot("client_id = ?1 and enterprise_id = row.enterprise_id and team_id = row.team_id") +
           "where row.client_id = ?1 and row.id > ?2 and row.id <= ?3 and not exists ("
           "select 1 from slack_installations later where later.client_id = ?1 "
           "and later.enterprise_id = row.enterprise_id and later.team_id = row.team_id "
           "and later.user_id = row.user_id and later.id > row.id and later.id <= ?3) order by row.id limit ?4";
  }

  [[nodiscard]] Statement prepare(const std::string& sql) const {
    Statement statement = connection_.prepare(sql);
    statement.bind(client_parameter, std::string_view(client_id_));
    return statement;
  }

  [[nodiscard]] static bool step_to(Statement& find, const WorkspaceKey& key, OptionalId user_id) {
    bind_key(find, key);
    if (user_id) find.bind(user_parameter, *user_id);
    return find.step();
  }

  [[nodiscard]] static Stored read_stored(const auto& row) {
    Stored stored;
    read_record(row, 0, stored.installation);
    if (row.type(bot_id_column) != SqlType::null) read_record(row, bot_id_column + 1, stored.bot.emplace());
    return stored;
  }

  template <class Record, class Read>
  [[nodiscard]] static SqlBatch<Record> batch(Statement& visit, std::int64_t id, std::int64_t end, int id_column,
                                              const Read& read) {
    const SqlUse use(visit);
    visit.bind(2, id);
    visit.bind(3, end);
    visit.bind(4, batch_size);
    SqlBatch<Record> found{.last_id = id};
    found.records.reserve(static_cast<std::size_t>(batch_size));
    while (visit.step()) {
      found.records.push_back(read(visit.row()));
      found.last_id = visit.row().integer(id_column);
    }
    found.is_last = found.records.size() < static_cast<std::size_t>(batch_size);
    return found;
  }

  const Connection& connection_;
  std::string client_id_;
  Statement find_bot_;
  Statement find_user_;
  Statement find_newest_;
  std::optional<Statement> visit_bots_;
  std::optional<Statement> visit_installations_;
};

}  // namespace slack::oauth::inline v0::detail
