// Waits for a socket until a deadline.
#pragma once

#if defined(_WIN32)
#include <winsock2.h>
#else
#include <poll.h>

#include <cerrno>
#endif

#include <algorithm>
#include <chrono>

namespace slack::oauth::inline v0::detail {

using PostgreSQLClock = std::chrono::steady_clock;
using PostgreSQLDeadline = PostgreSQLClock::time_point;

[[nodiscard]] inline std::chrono::milliseconds time_left(PostgreSQLDeadline deadline) {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - PostgreSQLClock::now()),
                  std::chrono::milliseconds{0});
}

enum class SocketEvent { read, write, read_or_write };

/// What it is ready for, or what is wrong with it, is found out by using it. False where nothing happened in time.
template <class Socket>
[[nodiscard]] bool wait_for_socket(Socket socket, SocketEvent event, PostgreSQLDeadline deadline) {
#if defined(_WIN32)
  ::WSAPOLLFD entry{};
  entry.fd = static_cast<SOCKET>(socket);
  const auto poll_once = [&entry](int timeout) { return ::WSAPoll(&entry, 1, timeout); };
  const auto was_interrupted = [] { return false; };
#else
  ::pollfd entry{};
  entry.fd = socket;
  const auto poll_once = [&entry](int timeout) { return ::poll(&entry, 1, timeout); };
  const auto was_interrupted = [] { return errno == EINTR; };
#endif
  if (event != SocketEvent::write) entry.events |= POLLIN;
  if (event != SocketEvent::read) entry.events |= POLLOUT;
  constexpr std::chrono::milliseconds longest = std::chrono::minutes{1};
  while (true) {
    const auto left = time_left(deadline);
    const int ready = poll_once(static_cast<int>(std::min(left, longest).count()));
    if (ready > 0) return true;
    if (ready < 0 && !was_interrupted()) return true;
    if (ready == 0 && left <= longest) return false;
  }
}

}  // namespace slack::oauth::inline v0::detail
