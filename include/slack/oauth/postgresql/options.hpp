// How PostgreSQL stores reach their server.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace slack::oauth::inline v0 {

/// What stands between the app and the server.
enum class PostgreSQLPooling {
  /// Nothing, or a pooler that keeps one server connection for a client as long as that stays: PgBouncer with
  /// `pool_mode = session`.
  session,
  /// A pooler that gives each transaction another server connection, and knows prepared statements: PgBouncer 1.21 or
  /// later with `max_prepared_statements`.
  transaction,
  /// The same without prepared statements: an older PgBouncer. Every call is parsed and planned anew.
  transaction_unnamed,
};

/// What the tables are called, each name as it is, without quotes. What the library adds is in the same schema.
struct PostgreSQLTables {
  std::string schema{};  ///< has to exist. By default, the first of the connection's `search_path`
  std::string bots = "slack_bots";
  std::string installations = "slack_installations";
  std::string states = "slack_oauth_states";
};

/// The connections that a store keeps.
struct PostgreSQLPoolOptions {
  /// How many there are at most, each made when it is first needed: how many calls can be at work at the same time,
  /// while others wait. The server takes a few MB for each; see its `max_connections`.
  std::size_t size = 8;

  /// How long an unused one is kept. Lower it where a firewall forgets quiet connections sooner.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes{5};

  /// How long one is used at most, less up to a tenth by chance, so that they are not made anew all at once. Lower it
  /// where a load balancer shall move connections to new servers sooner.
  std::chrono::milliseconds lifetime = std::chrono::minutes{30};
};

/// Gives the password for a new connection; empty: what libpq finds by itself. For one that expires, as of a cloud's
/// IAM. Any thread may call it, several at once.
using PostgreSQLPassword = std::function<std::string()>;

}  // namespace slack::oauth::inline v0
