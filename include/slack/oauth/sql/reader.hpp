// The look-ups of one connection. Each is one SELECT, and so sees one snapshot.
//
// Needs nlohmann/json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/sql/columns.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sql/record.hpp"
#include "slack/oauth/workspace_key.hpp"

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

 public:
  static constexpr std::int64_t batch_size = 64;

  SqlReader(const Connection& connection, std::string_view client_id)
      : connection_(connection),
        client_id_(client_id),
        find_bot_(prepare("select " + select_list<BotT>("") + " from slack_bots where " + of_workspace<Dialect>() +
                          and_is_record<Dialect, BotT>() + last_saved())),
        find_user_(prepare(find_installation_sql() + " and " +
                           same_text<Dialect>("row.user_id", Dialect::parameter(user_parameter)) +
                           " order by row.id desc limit 1")),
        find_newest_(prepare(find_newest_sql())) {}
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
    bind_key(find, key);
    if (user_id) find.bind(user_parameter, *user_id);
    std::optional<InstallationT> installation;
    if (find.step()) read_record(find.row(), 0, installation.emplace());
    return installation;
  }

  /// The highest id of T's table: a visit ends there, so that it does not meet what it saves itself.
  template <HasFields T>
  [[nodiscard]] std::int64_t last_id() {
    Statement find = connection_.prepare("select coalesce(max(id), 0) from " + std::string(sql_table<T>));
    return find.step() ? find.row().integer(0) : 0;
  }

  template <HasFields T>
  [[nodiscard]] SqlBatch<T> records_after(std::int64_t id, std::int64_t end) {
    std::optional<Statement>& visit = is_sql_installation<T> ? visit_installations_ : visit_bots_;
    if (!visit) visit.emplace(prepare(visit_sql<T>()));
    const SqlUse use(*visit);
    visit->bind(2, id);
    visit->bind(3, end);
    visit->bind(4, batch_size);
    SqlBatch<T> found{.last_id = id};
    found.records.reserve(static_cast<std::size_t>(batch_size));
    while (visit->step()) {
      read_record(visit->row(), 0, found.records.emplace_back());
      found.last_id = visit->row().integer(select_count<T>);
    }
    found.is_last = found.records.size() < static_cast<std::size_t>(batch_size);
    return found;
  }

 private:
  [[nodiscard]] static std::string last_saved() { return " order by id desc limit 1"; }

  [[nodiscard]] static std::string join_bot(const std::string& of_its_workspace) {
    const std::string last =
        " from slack_bots where " + of_its_workspace + and_is_record<Dialect, BotT>() + last_saved() + ")";
    // What finds its id finds the row.
    if (Dialect::has_lateral_joins) return " left join lateral (select " + bot_columns() + last + " bot on true";
    return " left join slack_bots bot on bot.id = (select id" + last;
  }

  /// Those of an installation's bot that select_list() names.
  [[nodiscard]] static std::string bot_columns() {
    std::string list;
    for_each_field<InstallationT>([&](const auto& field) {
      if (field.is_of_bot) list += sql_name(field.name) + ", ";
    });
    return list + sql_name(exact_scopes_column<Bot>);
  }

  [[nodiscard]] static std::string find_installation_sql() {
    return "select " + select_list<InstallationT>("row.") + " from slack_installations row" +
           join_bot(of_workspace<Dialect>()) + " where " + of_workspace<Dialect>("row.");
  }

  [[nodiscard]] static std::string find_newest_sql() {
    const std::string newest =
        " and " + is_last_saved<InstallationT>() + " order by row.installed_at desc, row.id desc limit 1";
    if (!Dialect::has_lateral_joins) return find_installation_sql() + newest;
    return "select " + select_list<InstallationT>("row.") + " from (select row.* from slack_installations row where " +
           of_workspace<Dialect>("row.") + newest + ") row" + join_bot(of_workspace<Dialect>());
  }

  /// That of T's table `row` is the last one of its owner, as far as `bound` says. Asked for in the order of ids, which
  /// leaves a database no choice of an index.
  template <HasFields T>
  [[nodiscard]] static std::string is_last_saved(const std::string& bound = "") {
    return "row.id = (select later.id from " + std::string(sql_table<T>) + " later where " +
           of_same_owner<T>("later.") + and_is_record<Dialect, T>("later.") + bound +
           " order by later.id desc limit 1)";
  }

  template <HasFields T>
  [[nodiscard]] static std::string of_same_owner(const std::string& table) {
    return same_text<Dialect>(table + "client_id", Dialect::parameter(client_parameter)) + " and " +
           Dialect::same_key(table + "enterprise_id", "row.enterprise_id") + " and " +
           Dialect::same_key(table + "team_id", "row.team_id") +
           (is_sql_installation<T> ? " and " + same_text<Dialect>(table + "user_id", "row.user_id") : "");
  }

  // A visit goes by the rows that were there when it began, each standing for its bot or user, whose latest row is
  // shown: what is saved again meanwhile is visited once, and not missed.
  template <HasFields T>
  [[nodiscard]] static std::string visit_sql() {
    const std::string table(sql_table<T>);
    return "select " + select_list<T>("latest.") + ", row.id from " + table + " row join " + table +
           " latest on latest.id = (select id from " + table + " where " + of_same_owner<T>("") +
           and_is_record<Dialect, T>() + last_saved() + ")" +
           (is_sql_installation<T> ? join_bot(of_same_owner<BotT>("")) : "") + " where " +
           same_text<Dialect>("row.client_id", Dialect::parameter(client_parameter)) + " and row.id > " +
           Dialect::parameter(2) + " and row.id <= " + Dialect::parameter(3) + " and " +
           is_last_saved<T>(" and later.id <= " + Dialect::parameter(3)) + and_is_record<Dialect, T>("row.") +
           " order by row.id limit " + Dialect::parameter(4);
  }

  [[nodiscard]] Statement prepare(const std::string& sql) const {
    Statement statement = connection_.prepare(sql);
    statement.bind(client_parameter, std::string_view(client_id_));
    return statement;
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
