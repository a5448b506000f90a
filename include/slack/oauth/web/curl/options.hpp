// How libcurl sends requests.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace slack::oauth::inline v0 {

struct CurlTransportOptions {
  /// For the name, the connection and TLS. Raise it behind a slow proxy.
  std::chrono::milliseconds connect_timeout{5000};

  /// For the whole request, the connection included. Slack answers OAuth's methods within a second or two.
  std::chrono::milliseconds timeout{15000};

  /// The longest answer, headers included. For a longer one, send() throws an HttpError.
  std::size_t max_response_bytes = std::size_t{8} << 20U;

  /// How many connections to keep for the next requests: as many as threads that call Slack at the same time.
  std::size_t idle_connections = 8;

  /// A file of certificates in PEM, instead of the system's. Empty uses the system's.
  std::string ca_file{};

  /// "http://proxy.example:3128". Empty uses the environment's https_proxy and http_proxy, which do not count for this
  /// machine's own addresses. The environment's no_proxy counts either way.
  std::string proxy{};

  std::string user_agent = "slack-oauth";
};

}  // namespace slack::oauth::inline v0
