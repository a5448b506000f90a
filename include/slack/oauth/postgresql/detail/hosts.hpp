// The hosts of a connection string, and the addresses of their names. libpq goes from one that refuses to the next by
// itself, but waits for one that is silent: the next try has to begin behind that one.
//
// Needs libpq.
#pragma once

#include <libpq-fe.h>

#if defined(_WIN32)
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netdb.h>
#include <sys/socket.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/options.hpp"

namespace slack::oauth::inline v0::detail {

/// The addresses of a host's name, in the system's order; none where it knows none now.
[[nodiscard]] inline std::vector<std::string> addresses_of(const std::string& host) {
  ::addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ::addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const ::addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    std::array<char, 128> text{};
    if (::getnameinfo(entry->ai_addr, static_cast<::socklen_t>(entry->ai_addrlen), text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text.data());
    }
  }
  return addresses;
}

/// Threads: any may call any member at any time.
class PostgreSQLHosts {
 public:
  /// As libpq has them, with commas. Empty: what the connection string says.
  struct Order {
    std::string host{};
    std::string hostaddr{};
    std::string port{};
    PostgreSQLAddress address{};  ///< of the first
  };

  using Resolve = std::vector<std::string> (*)(const std::string& host);

  /// Where each host has a password of its own, it is tried by itself.
  struct Ways {
    bool is_one_by_one = false;
    Resolve resolve = addresses_of;
  };

  /// Throws InvalidArgumentError, which names the option, for a connection string that cannot be read.
  explicit PostgreSQLHosts(std::string connection_string, const std::string& option_name = "connection_string")
      : PostgreSQLHosts(std::move(connection_string), option_name, Ways{}) {}
  PostgreSQLHosts(std::string connection_string, const std::string& option_name, const Ways& ways)
      : connection_string_(std::move(connection_string)), ways_(ways) {
    require_readable(option_name);
  }

  /// What `make(order, deadline)` makes. Each address gets its share of the time, and one that failed is not the first
  /// of the next try.
  template <class Make>
  auto connect(PostgreSQLDeadline deadline, const Make& make) {
    const std::vector<Place> places = this->places();
    const std::size_t first = first_ % places.size();
    if (ways_.is_one_by_one) return connect_one_by_one(places, first, deadline, make);
    const auto now = PostgreSQLClock::now();
    const auto share = (deadline - now) / static_cast<int>(places.size());
    try {
      return make(order_of(places, first, places.size()), now + share);
    } catch (...) {
      first_ = first + 1;
      throw;
    }
  }

 private:
  struct Place {
    std::string host{};
    std::string hostaddr{};
    std::string port{};
    std::string user{};
    bool is_as_given = false;
  };

  struct Found {
    std::string host{};
    std::string hostaddr{};
    std::string port{};
    std::string user{};
  };

  using Options = std::unique_ptr<::PQconninfoOption, decltype(&PQconninfoFree)>;

  [[nodiscard]] static Found values_of(const Options& options) {
    Found found;
    for (const ::PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
      if (option->val == nullptr) continue;
      const std::string_view keyword = option->keyword;
      if (keyword == "host") found.host = option->val;
      if (keyword == "hostaddr") found.hostaddr = option->val;
      if (keyword == "port") found.port = option->val;
      if (keyword == "user") found.user = option->val;
    }
    return found;
  }

  /// What libpq goes by, also by a service file and the environment. It connects to nobody here, since it takes no such
  /// value of an option, and knows all others by then.
  [[nodiscard]] Found effective() const {
    const std::array<const char*, 3> names{"dbname", "target_session_attrs", nullptr};
    const std::array<const char*, 3> values{connection_string_.c_str(), "nobody", nullptr};
    const std::unique_ptr<::PGconn, decltype(&PQfinish)> nobody(PQconnectStartParams(names.data(), values.data(), 1),
                                                                PQfinish);
    if (nobody == nullptr) return {};
    return values_of(Options(PQconninfo(nobody.get()), PQconninfoFree));
  }

  /// One at least. A name stands there with each of its addresses.
  [[nodiscard]] std::vector<Place> places() const {
    const Found found = effective();
    const auto hosts = split(found.host);
    const auto addresses = split(found.hostaddr);
    const auto ports = split(found.port);
    const std::size_t count = std::max(hosts.size(), addresses.size());
    const auto fits = [count](const std::vector<std::string>& list) { return list.empty() || list.size() == count; };
    const auto at = [](const std::vector<std::string>& list, std::size_t i) {
      return i < list.size() ? list[i] : std::string();
    };
    if (count == 0 || !fits(hosts) || !fits(addresses) || (ports.size() > 1 && !fits(ports))) {
      return {{.host = at(hosts, 0), .port = at(ports, 0), .user = found.user, .is_as_given = true}};
    }
    std::vector<Place> places;
    for (std::size_t i = 0; i < count; ++i) {
      const Place place{.host = at(hosts, i),
                        .hostaddr = at(addresses, i),
                        .port = at(ports, ports.size() > 1 ? i : 0),
                        .user = found.user};
      const bool is_name = place.hostaddr.empty() && !place.host.empty() && place.host.front() != '/' &&
                           place.host.front() != '@';  // a folder of sockets, or an abstract one
      const auto known = is_name ? ways_.resolve(place.host) : std::vector<std::string>{};
      if (known.empty()) places.push_back(place);
      for (const auto& address : known) {
        places.push_back(place);
        places.back().hostaddr = address;
      }
    }
    return places;
  }

  /// So many of them, that one first.
  [[nodiscard]] static Order order_of(const std::vector<Place>& places, std::size_t first, std::size_t count) {
    const Place& begin = places[first];
    Order order{.address = {begin.host.empty() ? begin.hostaddr : begin.host, begin.port, begin.user}};
    if (begin.is_as_given) return order;
    for (std::size_t i = 0; i < count; ++i) {
      const Place& place = places[(first + i) % places.size()];
      const std::string comma = i == 0 ? "" : ",";
      order.host += comma + place.host;
      order.hostaddr += comma + place.hostaddr;
      order.port += comma + place.port;
    }
    return order;
  }

  template <class Make>
  auto connect_one_by_one(const std::vector<Place>& places, std::size_t first, PostgreSQLDeadline deadline,
                          const Make& make) {
    std::optional<PostgreSQLError> retryable;
    for (std::size_t tried = 0;; ++tried) {
      const std::size_t at = (first + tried) % places.size();
      const auto now = PostgreSQLClock::now();
      const auto share = (deadline - now) / static_cast<int>(places.size() - tried);
      try {
        return make(order_of(places, at, 1), now + share);
      } catch (const PostgreSQLError& error) {
        first_ = at + 1;
        if (error.is_retryable()) retryable.emplace(error);
        if (tried + 1 < places.size()) continue;
        if (retryable) throw PostgreSQLError(*retryable);
        throw;
      }
    }
  }

  void require_readable(const std::string& option_name) const {
    char* message = nullptr;
    const Options options(PQconninfoParse(connection_string_.c_str(), &message), PQconninfoFree);
    PQfreemem(message);  // it may hold what the string does: a password
    if (options != nullptr) return require_no_secret(values_of(options), option_name);
    if (connection_string_.find_first_of("=/") != std::string::npos) {
      throw InvalidArgumentError(option_name,
                                 "cannot be read, or has an option that libpq does not know: see libpq's documentation "
                                 "for its two forms");
    }
    // Without an equals sign it is the name of a database, which errors show.
    if (connection_string_.find_first_of("@:") != std::string::npos) {
      throw InvalidArgumentError(option_name, "is a URI without its scheme: it begins with postgresql://");
    }
  }

  /// Errors name host, port and database. In a URI whose password has an @ or a slash as it is, they are parts of it.
  void require_no_secret(const Found& found, const std::string& option_name) const {
    if (has_at_in_path(connection_string_) || found.host.find('@') != std::string::npos ||
        found.port.find_first_not_of("0123456789,") != std::string::npos) {
      throw InvalidArgumentError(
          option_name,
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

  /// None of an empty text.
  [[nodiscard]] static std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (!list.empty() || !parts.empty()) {
      const std::size_t comma = list.find(',');
      parts.emplace_back(list.substr(0, comma));
      if (comma == std::string_view::npos) return parts;
      list.remove_prefix(comma + 1);
    }
    return parts;
  }

  std::string connection_string_;
  Ways ways_;
  std::atomic<std::size_t> first_{0};
};

}  // namespace slack::oauth::inline v0::detail
