// A TCP proxy before a server, which does to connections what networks do: it cuts them, or goes silent.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace test {

/// What is done once, to the first message of a client that holds a text.
enum class Fault {
  none,
  cut_before,  ///< the message does not reach the server
  cut_in,      ///< it reaches the server, and nobody waits for the answer
  cut_after,   ///< the server has answered, and the answer does not reach the client
  silence      ///< nothing goes through any more in this connection, and it stays open
};

class Proxy {
 public:
  explicit Proxy(int server_port) : server_port_(server_port), listener_(listen_somewhere()) {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that has gone is said by send()
    ::sockaddr_in address{};
    ::socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<::sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy() {
    is_done_ = true;
    acceptor_.join();
    for (auto& connection : connections_) connection.join();
    ::close(listener_);
  }

  [[nodiscard]] int port() const { return port_; }

  [[nodiscard]] std::string connection_string() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/postgres?sslmode=disable&gssencmode=disable";
  }

  /// The first message from now on that holds `text` meets this fault; "" is any message.
  void expect(Fault fault, const std::string& text) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    text_ = text;
  }

  /// Cuts all connections that are open.
  void cut_all() { ++cuts_; }

  /// How many faults were met.
  [[nodiscard]] int faults() const { return faults_; }
  /// How many messages clients sent.
  [[nodiscard]] int messages() const { return messages_; }
  /// How many connections were made.
  [[nodiscard]] int connections() const { return count_; }
  /// How often a client spoke after the server had: the round trips.
  [[nodiscard]] int round_trips() const { return round_trips_; }

 private:
  [[nodiscard]] static int listen_somewhere() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<::sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener, 64) != 0) {
      throw std::runtime_error("the proxy cannot listen");
    }
    return listener;
  }

  [[nodiscard]] static bool is_readable(int socket) {
    ::pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 10) > 0;
  }

  void accept_all() {
    while (!is_done_) {
      if (!is_readable(listener_)) continue;
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) continue;
      ++count_;
      connections_.emplace_back([this, client] { serve(client); });
    }
  }

  void serve(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(server_port_));
    if (::connect(server, reinterpret_cast<::sockaddr*>(&address), sizeof(address)) == 0) forward(client, server);
    ::close(server);
    ::close(client);
  }

  void forward(int client, int server) {
    std::array<char, 65536> bytes{};
    bool was_answered = true;
    const int cuts = cuts_;
    while (!is_done_ && cuts_ == cuts) {
      std::array<::pollfd, 2> entries{::pollfd{.fd = client, .events = POLLIN, .revents = 0},
                                      ::pollfd{.fd = server, .events = POLLIN, .revents = 0}};
      if (::poll(entries.data(), entries.size(), 10) <= 0) continue;
      if (entries[0].revents != 0) {
        const ::ssize_t size = ::recv(client, bytes.data(), bytes.size(), 0);
        if (size <= 0) return;
        ++messages_;
        if (std::exchange(was_answered, false)) ++round_trips_;
        const Fault fault = fault_of({bytes.data(), static_cast<std::size_t>(size)});
        if (fault == Fault::cut_before) return;
        if (fault == Fault::silence) {
          while (!is_done_) std::this_thread::sleep_for(std::chrono::milliseconds{10});
          return;
        }
        send_all(server, bytes.data(), static_cast<std::size_t>(size));
        if (fault == Fault::cut_in) return;
        if (fault == Fault::cut_after) {
          while (!is_done_ && !is_readable(server)) continue;
          return;
        }
      }
      if (entries[1].revents != 0) {
        const ::ssize_t size = ::recv(server, bytes.data(), bytes.size(), 0);
        if (size <= 0) return;
        was_answered = true;
        send_all(client, bytes.data(), static_cast<std::size_t>(size));
      }
    }
  }

  static void send_all(int socket, const char* bytes, std::size_t size) {
    while (size > 0) {
      const ::ssize_t sent = ::send(socket, bytes, size, 0);
      if (sent <= 0) return;
      bytes += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }

  [[nodiscard]] Fault fault_of(std::string_view message) {
    const std::lock_guard lock(mutex_);
    if (fault_ == Fault::none || message.find(text_) == std::string_view::npos) return Fault::none;
    ++faults_;
    return std::exchange(fault_, Fault::none);
  }

  int server_port_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> is_done_{false};
  std::atomic<int> faults_{0};
  std::atomic<int> messages_{0};
  std::atomic<int> count_{0};
  std::atomic<int> cuts_{0};
  std::atomic<int> round_trips_{0};
  std::mutex mutex_{};
  Fault fault_ = Fault::none;
  std::string text_{};
  std::vector<std::thread> connections_{};
  std::thread acceptor_{};
};

}  // namespace test
