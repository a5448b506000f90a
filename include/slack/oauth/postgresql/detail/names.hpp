// The names of tables and indexes as a store's options have them, in SQL that was written with their default names.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/postgresql/options.hpp"
#include "slack/oauth/sql/columns.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any number may read.
class PostgreSQLNames {
 public:
  /// Throws InvalidArgumentError where two tables or indexes would have one name.
  explicit PostgreSQLNames(const PostgreSQLTables& tables) : schema_(tables.schema) {
    const PostgreSQLTables given{};
    is_default_ = schema_.empty() && tables.bots == given.bots && tables.installations == given.installations &&
                  tables.states == given.states;
    add_table(given.bots, tables.bots, {{"slack_bots_idx", "_idx"}, {"slack_oauth_bots_idx", "_oauth_idx"}});
    add_table(given.installations, tables.installations,
              {{"slack_installations_idx", "_idx"},
               {"slack_oauth_users_idx", "_users_idx"},
               {"slack_oauth_newest_idx", "_newest_idx"},
               {"slack_oauth_unchecked_idx", "_news_idx"}});
    add_table(given.states, tables.states,
              {{"slack_oauth_states_state_idx", "_by_idx"}, {"slack_oauth_states_expire_at_idx", "_ends_idx"}});
    const std::string tell(tell_function);
    names_.emplace_back(tell, in_schema(tables.bots == given.bots ? tell : tables.bots + "_tell"));
    for (const std::string_view ours : own_tables) names_.emplace_back(ours, in_schema(ours));
    if (!is_default_) require_different({tables.bots, tables.installations, tables.states});
  }

  /// Whether tables are found in one schema, whatever the session's search path is.
  [[nodiscard]] bool has_schema() const { return !schema_.empty(); }

  /// The SQL with this store's names: each is a word of its own, outside of quotes.
  [[nodiscard]] std::string apply(std::string_view sql) const {
    if (is_default_) return std::string(sql);
    std::string out;
    while (!sql.empty()) {
      const std::size_t size = piece_size(sql);
      const std::string_view piece = sql.substr(0, size);
      out += is_word(piece.front()) ? name_of(piece) : piece;
      sql.remove_prefix(size);
    }
    return out;
  }

  /// A table or an index by its default name, in quotes and in its schema: where it is looked for.
  [[nodiscard]] std::string place_of(std::string_view name) const {
    for (const auto& [known, index] : indexes_) {
      if (known == name) return in_schema(index);
    }
    const std::string_view known = name_of(name);
    return known == name ? in_schema(name) : std::string(known);
  }

  /// The same as a text in SQL: `'"schema"."table"'`. A backslash is itself whatever `standard_conforming_strings` is.
  [[nodiscard]] std::string quoted_place_of(std::string_view name) const {
    const std::string place = place_of(name);
    std::string quoted = place.find('\\') == std::string::npos ? "'" : "E'";
    for (const char c : place) {
      if (c == '\'' || c == '\\') quoted += c;
      quoted += c;
    }
    return quoted + "'";
  }

  /// What the triggers of a store's tables call, by its default name.
  static constexpr std::string_view tell_function = "slack_oauth_tell";

 private:
  struct IndexName {
    std::string_view known;
    std::string_view end;
  };

  static constexpr std::array<std::string_view, 5> own_tables{
      "slack_oauth_workspaces", "slack_oauth_others", "slack_oauth_events", "slack_oauth_leases", "slack_oauth_schema"};

  /// Tables, indexes and sequences of a schema share their names. PostgreSQL takes what has one for what is to be made.
  void require_different(std::vector<std::string> names) const {
    for (const auto& ours : own_tables) names.emplace_back(ours);
    const std::size_t tables = names.size();
    for (std::size_t i = 0; i < tables; ++i) {
      for (const std::string_view end : {"_pkey", "_id_seq", "_notice_idx", "_changed_idx", "_expires_at_idx"}) {
        names.push_back(names[i] + std::string(end));
      }
    }
    for (const auto& [known, own] : indexes_) names.push_back(own);
    constexpr std::size_t longest = 63;  // what follows the server leaves out
    for (auto& name : names) name.resize(std::min(name.size(), longest));
    std::sort(names.begin(), names.end());
    const auto same = std::adjacent_find(names.begin(), names.end());
    if (same != names.end()) {
      throw InvalidArgumentError("tables", "two tables or indexes would have the name " + *same);
    }
  }

  void add_table(const std::string& known, const std::string& name, const std::vector<IndexName>& indexes) {
    names_.emplace_back(known, in_schema(name));
    for (const auto& index : indexes) {
      // An index is in the schema of its table, and is made without naming one.
      const std::string own = name == known ? std::string(index.known) : name + std::string(index.end);
      names_.emplace_back(index.known, sql_name(own));
      indexes_.emplace_back(index.known, own);
    }
  }

  [[nodiscard]] std::string in_schema(std::string_view name) const {
    return (schema_.empty() ? "" : sql_name(schema_) + ".") + sql_name(name);
  }

  [[nodiscard]] std::string_view name_of(std::string_view word) const {
    for (const auto& [known, name] : names_) {
      if (known == word) return name;
    }
    return word;
  }

  [[nodiscard]] static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  }

  /// A word, a quoted text or name, or one character.
  [[nodiscard]] static std::size_t piece_size(std::string_view sql) {
    std::size_t size = 1;
    if (is_word(sql.front())) {
      while (size < sql.size() && is_word(sql[size])) ++size;
    } else if (sql.front() == '\'' || sql.front() == '"') {
      size = sql.find(sql.front(), 1);
      size = size == std::string_view::npos ? sql.size() : size + 1;
    }
    return size;
  }

  std::string schema_;
  bool is_default_ = false;
  std::vector<std::pair<std::string, std::string>> names_{};
  std::vector<std::pair<std::string, std::string>> indexes_{};
};

}  // namespace slack::oauth::inline v0::detail
