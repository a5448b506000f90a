// What the parts of a PostgreSQL store know of its options.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/options.hpp"

namespace slack::oauth::inline v0::detail {

struct PostgreSQLSettings {
  std::string connection_string{};
  std::string replica_connection_string{};  ///< empty: there is none
  PostgreSQLPassword password{};
  PostgreSQLPooling pooling = PostgreSQLPooling::session;
  std::chrono::milliseconds timeout{};
  PostgreSQLPoolOptions pool{};
  PostgreSQLTables tables{};
  bool create_tables = true;
  PostgreSQLChangesOptions changes{};
  Logger logger{};            ///< hears of a server that cannot be reached
  bool only_listens = false;  ///< so that TCP has to find out where nobody is at the other end

  /// Whether changes() has a way to listen.
  [[nodiscard]] bool can_listen() const {
    return changes.notices && (pooling == PostgreSQLPooling::session || !changes.listen_connection_string.empty());
  }
};

/// So that sums of times are times. The server's `statement_timeout` is of 31 bits, which are less than 25 days.
inline constexpr std::chrono::milliseconds longest_postgresql_timeout = std::chrono::hours{24 * 24};
inline constexpr std::chrono::milliseconds longest_postgresql_time = std::chrono::hours{24 * 365};

/// With no time longer than those. Throws InvalidArgumentError, which names the option.
[[nodiscard]] inline PostgreSQLSettings checked(PostgreSQLSettings settings) {
  const auto require_text = [](std::string_view name, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) throw InvalidArgumentError(std::string(name), "holds U+0000");
  };
  const auto require_name = [&](std::string_view name, std::string_view text) {
    constexpr std::size_t longest_name = 55;  // of PostgreSQL's 63 bytes, less the end of an index's name
    require_text(name, text);
    if (text.empty() || text.size() > longest_name || !is_valid_utf8(text)) {
      throw InvalidArgumentError(std::string(name), "must have 1 to 55 bytes of UTF-8");
    }
    // It ends the text of the function that triggers call.
    if (text.find("$slack_oauth$") != std::string_view::npos) {
      throw InvalidArgumentError(std::string(name), "holds $slack_oauth$");
    }
  };
  require_text("connection_string", settings.connection_string);
  require_text("replica_connection_string", settings.replica_connection_string);
  if (settings.timeout.count() <= 0) throw InvalidArgumentError("timeout", "must be positive");
  if (settings.pool.size == 0) throw InvalidArgumentError("pool.size", "must be at least 1");
  if (settings.pool.idle_timeout.count() <= 0) throw InvalidArgumentError("pool.idle_timeout", "must be positive");
  if (settings.pool.lifetime.count() <= 0) throw InvalidArgumentError("pool.lifetime", "must be positive");
  require_text("changes.listen_connection_string", settings.changes.listen_connection_string);
  if (settings.changes.poll_interval.count() <= 0) {
    throw InvalidArgumentError("changes.poll_interval", "must be positive");
  }
  if (settings.changes.longest_write.count() <= 0) {
    throw InvalidArgumentError("changes.longest_write", "must be positive");
  }
  if (!settings.tables.schema.empty()) require_name("tables.schema", settings.tables.schema);
  require_name("tables.bots", settings.tables.bots);
  require_name("tables.installations", settings.tables.installations);
  require_name("tables.states", settings.tables.states);
  const auto bound = [](std::chrono::milliseconds& time, std::chrono::milliseconds longest) {
    time = std::min(time, longest);
  };
  bound(settings.timeout, longest_postgresql_timeout);
  bound(settings.pool.idle_timeout, longest_postgresql_time);
  bound(settings.pool.lifetime, longest_postgresql_time);
  bound(settings.changes.poll_interval, longest_postgresql_time);
  bound(settings.changes.longest_write, longest_postgresql_time);
  return settings;
}

}  // namespace slack::oauth::inline v0::detail
