// What a server or the way to it says, as errors of this library: with the SQLSTATE, host, port and database, and never
// a password or a value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

/// Where a connection leads.
struct PostgreSQLPlace {
  std::string host{};
  std::string port{};
  std::string database{};

  [[nodiscard]] std::string describe() const {
    std::string text;
    if (!host.empty()) text += host + (port.empty() ? "" : ":" + port);
    if (!database.empty()) text += (text.empty() ? "database " : ", database ") + database;
    return text.empty() ? text : " (" + text + ")";
  }
};

/// What a failure left behind.
struct PostgreSQLDamage {
  bool is_connection_lost = false;  ///< it cannot be used any more
  bool is_server_lost = false;      ///< nor can those that are open beside it
  bool may_have_happened = false;   ///< what was asked for: its answer is lost
  bool is_final = false;            ///< doing it again finds out no more
};

class PostgreSQLError final : public StorageError {
 public:
  PostgreSQLError(const PostgreSQLPlace& place, std::string code, bool is_retryable, std::string_view problem,
                  PostgreSQLDamage damage = {})
      : StorageError({.backend = "postgresql", .native_code = std::move(code), .is_retryable = is_retryable},
                     std::string(problem) + place.describe()),
        damage_(damage) {}

  [[nodiscard]] const PostgreSQLDamage& damage() const noexcept { return damage_; }

 private:
  PostgreSQLDamage damage_;
};

/// The code of a call that took longer than it may.
inline constexpr std::string_view postgresql_timeout = "ETIMEDOUT";

// https://www.postgresql.org/docs/current/errcodes-appendix.html

[[nodiscard]] inline bool is_sqlstate_of(std::string_view code, std::string_view error_class) {
  return code.starts_with(error_class);
}

/// Whether the same call may succeed later.
[[nodiscard]] inline bool is_sqlstate_retryable(std::string_view code) {
  for (const std::string_view retryable : {"08", "40", "53", "57"}) {  // connection, rollback, resources, operator
    if (is_sqlstate_of(code, retryable)) return true;
  }
  return code == "25006" || code == "55P03" || code == "58030";  // a standby, a lock, an I/O error
}

/// Whether the server ends, or is none that takes writes: other connections to it are of no use either.
[[nodiscard]] inline bool is_sqlstate_of_lost_server(std::string_view code) {
  return code == "57P01" || code == "57P02" || code == "57P03" || code == "25006" || is_sqlstate_of(code, "08");
}

/// Whether a new connection may go on where this one cannot: its server ends, its prepared statements are gone, it has
/// been unused for too long.
[[nodiscard]] inline bool is_sqlstate_of_lost_connection(std::string_view code) {
  return is_sqlstate_of_lost_server(code) || code == "26000" || code == "42P05" || code == "57P05" || code == "25P03";
}

/// The server's own words, where they hold no value: an input that it refuses may be in them.
[[nodiscard]] inline std::string describe_sqlstate(std::string_view code, std::string_view message) {
  if (code == "22021" || code == "22P05") return "a text cannot be kept in the database's encoding";
  if (code == "22001") return "a text is too long for its column";
  const bool is_sequence_at_its_end = code == "2200H";
  if (is_sqlstate_of(code, "22") && !is_sequence_at_its_end) return "a value is not one that its column takes";
  if (is_sqlstate_of(code, "P0")) return "a function of the database raised an error";
  if (code == "26000" || code == "42P05") {
    return std::string(message) +
           "; behind a pooler that gives each transaction another connection, say so by the "
           "option `pooling`";
  }
  return std::string(message);
}

/// The SQLSTATE in a message of libpq's in its verbose form, "FATAL:  57P03: the database system is starting up";
/// empty where there is none. libpq gives no other way to it while it connects.
[[nodiscard]] inline std::string_view sqlstate_in(std::string_view message) {
  constexpr std::size_t length = 5;
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view code = message.substr(at + 3, length);
    if (code.size() == length && message.substr(at + 3 + length, 2) == ": " &&
        code.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos) {
      return code;
    }
  }
  return {};
}

/// Why one address could not be connected to.
struct PostgreSQLRefusal {
  std::string text{};  ///< it names the address
  std::string code{};  ///< the SQLSTATE; empty where the server, if there was one, gave none

  /// Whether the same may succeed later. What a server's lack of TLS or a certificate is about is for a person.
  [[nodiscard]] bool is_retryable() const {
    if (!code.empty()) return is_sqlstate_retryable(code);
    bool is_quoted = false;
    std::string unquoted;  // names may be any
    for (const char c : text) {
      if (c == '"') is_quoted = !is_quoted;
      if (!is_quoted) unquoted += c;
    }
    for (const std::string_view lasting : {"server does not support", "certificate"}) {
      if (unquoted.find(lasting) != std::string::npos) return false;
    }
    return true;
  }
};

/// Of a message of libpq's in its verbose form, which has a line for each address, with others behind it.
[[nodiscard]] inline std::vector<PostgreSQLRefusal> refusals_in(std::string_view message) {
  std::vector<PostgreSQLRefusal> refusals;
  while (!message.empty()) {
    const std::string_view line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    if (line.empty() || line.front() == '\t' || line.front() == ' ') continue;
    const std::string code(sqlstate_in(line));
    // "LOCATION:  ProcessStartupPacket, postmaster.c:2342"
    const std::string_view name = line.substr(0, line.find(":  "));
    if (code.empty() && name.size() < line.size() && name.find_first_of(" \"") == std::string_view::npos) continue;
    std::string text(line);
    if (!code.empty()) {
      const std::size_t colon = text.find(":  " + code + ": ");
      const std::size_t severity = text.rfind(' ', colon) + 1;  // 0 where the line begins with it
      text.erase(severity, colon + code.size() + 5 - severity);
    }
    refusals.push_back({std::move(text), code});
  }
  return refusals;
}

/// The first line of a message of libpq's.
[[nodiscard]] inline std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

/// The same error, which says more.
[[nodiscard]] inline PostgreSQLError explained(const PostgreSQLError& error, std::string_view more) {
  // Without what StorageError puts around it.
  std::string_view text = error.what();
  const std::string before = std::string(error.backend()) + ": ";
  const std::string behind = " (" + std::string(error.code()) + ")";
  if (text.starts_with(before)) text.remove_prefix(before.size());
  if (text.ends_with(behind)) text.remove_suffix(behind.size());
  return {
      {}, std::string(error.code()), error.is_retryable(), std::string(text).append("; ").append(more), error.damage()};
}

}  // namespace slack::oauth::inline v0::detail
