// The hosts of a connection string. libpq goes from one that refuses to the next by itself, but waits for one that
// is silent: the next try has to begin behind that one.
//
// Needs libpq.
#pragma once

#include <libpq-fe.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any may call any member at any time.
class PostgreSQLHosts {
 public:
  /// As libpq has them, with commas. Empty: what the connection string says.
  struct Order {
    std::string host{};
    std::string hostaddr{};
    std::string port{};
  };

  /// Throws InvalidArgumentError for a connection string that cannot be read.
  explicit PostgreSQLHosts(const std::string& connection_string, const std::string& option_name = "connection_string") {
    char* message = nullptr;
    const std::unique_ptr<::PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(connection_string.c_str(), &message), PQconninfoFree);
    PQfreemem(message);  // it may hold what the string does: a password
    if (options == nullptr) {
      // Without an equals sign it is the name of a database.
      if (connection_string.find_first_of("=/") == std::string::npos) return;
      throw InvalidArgumentError(option_name, "cannot be read: see libpq's documentation for its two forms");
    }
    for (const ::PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
      if (option->val == nullptr) continue;
      const std::string_view keyword = option->keyword;
      if (keyword == "host") hosts_ = split(option->val);
      if (keyword == "hostaddr") addresses_ = split(option->val);
      if (keyword == "port") ports_ = split(option->val);
    }
    require_no_secret(connection_string);
  }

  /// What `make(order, deadline)` makes. Each host gets its share of the time, and one that failed is not the first of
  /// the next try.
  template <class Make>
  auto connect(PostgreSQLDeadline deadline, const Make& make) {
    const std::size_t first = first_;
    const auto now = PostgreSQLClock::now();
    const auto share = (deadline - now) / static_cast<int>(count());
    try {
      return make(beginning_with(first), now + share);
    } catch (...) {
      first_ = (first + 1) % count();
      throw;
    }
  }

 private:
  [[nodiscard]] std::size_t count() const { return std::max({hosts_.size(), addresses_.size(), std::size_t{1}}); }

  /// All of them, that one first.
  [[nodiscard]] Order beginning_with(std::size_t first) const {
    if (count() == 1) return {};
    // One port is that of all hosts.
    return {rotated(hosts_, first), rotated(addresses_, first), ports_.size() > 1 ? rotated(ports_, first) : ""};
  }

  /// Errors name host, port and database. In a URI whose password has an @ or a slash as it is, they are parts of it.
  void require_no_secret(std::string_view connection_string) const {
    const auto any = [](const std::vector<std::string>& texts, auto is_wrong) {
      return std::any_of(texts.begin(), texts.end(), is_wrong);
    };
    if (has_at_in_path(connection_string) ||
        any(hosts_, [](const std::string& host) { return host.find('@') != std::string::npos; }) ||
        any(ports_,
            [](const std::string& port) { return port.find_first_not_of("0123456789") != std::string::npos; })) {
      throw InvalidArgumentError(
          "connection_string",
          "has a port that is no number, or an @ where none can be: in a URI, an @ or a slash in "
          "a user name, a password or a database's name is written %40 or %2F");
    }
  }

  [[nodiscard]] static bool has_at_in_path(std::string_view connection_string) {
    const std::size_t scheme = connection_string.find("://");
    if (!connection_string.starts_with("postgres") || scheme == std::string_view::npos) return false;
    const std::string_view rest = connection_string.substr(scheme + 3);
    const std::string_view address = rest.substr(0, rest.find('?'));
    const std::size_t path = address.find('/');
    return path != std::string_view::npos && address.find('@', path) != std::string_view::npos;
  }

  [[nodiscard]] static std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
      const std::size_t comma = list.find(',');
      parts.emplace_back(list.substr(0, comma));
      if (comma == std::string_view::npos) return parts;
      list.remove_prefix(comma + 1);
    }
  }

  [[nodiscard]] static std::string rotated(const std::vector<std::string>& parts, std::size_t first) {
    std::string list;
    for (std::size_t i = 0; i < parts.size(); ++i) list += (i == 0 ? "" : ",") + parts[(first + i) % parts.size()];
    return list;
  }

  std::vector<std::string> hosts_{};
  std::vector<std::string> addresses_{};
  std::vector<std::string> ports_{};
  std::atomic<std::size_t> first_{0};
};

}  // namespace slack::oauth::inline v0::detail
