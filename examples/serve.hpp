// Serves with cpp-httplib until the process is told to end.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>

namespace examples {

inline std::atomic<bool> is_stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

extern "C" inline void request_stop(int /*signal*/) { is_stop_requested = true; }

/// Listens, calls `ready` with the port (of 0, the one that was free), and serves until SIGTERM or SIGINT. Requests
/// that have begun are answered before it returns. Throws std::runtime_error where it cannot listen.
inline void serve_until_stopped(httplib::Server& server, const std::string& host, int port,
                                const std::function<void(int)>& ready) {
  using namespace std::chrono_literals;
  server.set_tcp_nodelay(true);  // an answer goes out at once, head and body
  std::signal(SIGTERM, request_stop);
  std::signal(SIGINT, request_stop);
  const int bound = port == 0 ? server.bind_to_any_port(host) : (server.bind_to_port(host, port) ? port : -1);
  if (bound < 0) throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port));
  auto listening = std::async(std::launch::async, [&server] { return server.listen_after_bind(); });
  ready(bound);
  while (listening.wait_for(50ms) != std::future_status::ready) {
    if (is_stop_requested) server.stop();
  }
  if (!listening.get() && !is_stop_requested) throw std::runtime_error("cannot listen on " + host);
}

}  // namespace examples
