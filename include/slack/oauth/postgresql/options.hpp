// How PostgreSQL stores reach their server.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

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

/// The tables: what they are called, each name as it is, without quotes. What the library adds is in the same schema.
struct PostgreSQLTables {
  std::string schema{};  ///< has to exist. By default, the first of the connection's `search_path`
  std::string bots = "slack_bots";
  std::string installations = "slack_installations";
  std::string states = "slack_oauth_states";

  /// Whether triggers see to it that changes() hears what others than this library write to the tables of bots and
  /// installations, as the Python SDK does. Who makes them has to own those tables. Every write here then costs more.
  bool triggers = false;
};

/// The connections that a store keeps.
struct PostgreSQLPoolOptions {
  /// How many there are at most, each made when it is first needed: how many calls can be at work at the same time,
  /// while others wait. The server takes a few MB for each; see its `max_connections`.
  std::size_t size = 8;

  /// How long an unused one is kept. The next call after that closes it; no thread does before. Lower it where a
  /// firewall forgets quiet connections sooner.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes{5};

  /// How long one is used at most, less up to a tenth by chance, so that they are not made anew all at once. Lower it
  /// where a load balancer shall move connections to new servers sooner.
  std::chrono::milliseconds lifetime = std::chrono::minutes{30};
};

/// How changes() hears of writes.
struct PostgreSQLChangesOptions {
  /// Whether every write sends a notice with its commit (NOTIFY), and changes() listens to them, over a connection of
  /// its own. Where one store listens, all that write to its tables have to send. Off, changes() polls. Switch it off
  /// for a server without LISTEN, and where hundreds of writes a second matter more than hearing of them at once: the
  /// server lets only one transaction with a notice commit at a time.
  bool notices = true;

  /// Where to listen, as in `connection_string`, which it is by default. Give it behind a pooler that pools
  /// transactions, past that pooler: it passes no notices on, so without this changes() polls there.
  std::string listen_connection_string{};

  /// Where changes() polls, how often it asks the server at most, and so how late it hears.
  std::chrono::milliseconds poll_interval{1000};

  /// Where changes() polls, how long the transaction of a write may take at most, that of any program. Those that began
  /// before others may commit after them, so every poll looks back that far.
  std::chrono::milliseconds longest_write = std::chrono::seconds{30};
};

/// Where a connection is to lead.
struct PostgreSQLAddress {
  std::string host{};  ///< as the connection string has it, or a service file or the environment
  std::string port{};
  std::string user{};
};

/// Gives the password for a new connection; empty: what libpq finds by itself. For one that expires, as of a cloud's
/// IAM, which signs it for a host. Any thread may call it, several at once. What it throws, the call that needs a
/// connection throws, but for one to a replica.
class PostgreSQLPassword {
 public:
  PostgreSQLPassword() = default;
  PostgreSQLPassword(std::nullptr_t /*none*/) {}  // NOLINT(google-explicit-constructor): as std::function has it

  /// `make(address)`, or `make()` where all hosts take the same.
  template <class Make>
  requires(!std::same_as<std::remove_cvref_t<Make>, PostgreSQLPassword> &&
           (std::is_invocable_r_v<std::string, Make&, const PostgreSQLAddress&> ||
            std::is_invocable_r_v<std::string, Make&>))
      PostgreSQLPassword(Make make) {  // NOLINT(google-explicit-constructor): as std::function has it
    if constexpr (requires { make == nullptr; }) {
      if (make == nullptr) return;
    }
    if constexpr (std::is_invocable_r_v<std::string, Make&, const PostgreSQLAddress&>) {
      make_ = std::move(make);
    } else {
      make_ = [make = std::move(make)](const PostgreSQLAddress& /*any*/) mutable -> std::string { return make(); };
    }
  }

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(make_); }
  [[nodiscard]] std::string operator()(const PostgreSQLAddress& address = {}) const { return make_(address); }

 private:
  std::function<std::string(const PostgreSQLAddress&)> make_{};
};

}  // namespace slack::oauth::inline v0
