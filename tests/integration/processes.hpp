// Processes of a test, and Slack's stand-in for them: they ask the test's own process, over a socket each.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/web/http.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace test {

namespace so = slack::oauth;

inline void write_all(int fd, const char* bytes, std::size_t size) {
#if defined(MSG_NOSIGNAL)
  constexpr int flags = MSG_NOSIGNAL;
#else
  constexpr int flags = 0;
#endif
  while (size > 0) {
    const ::ssize_t count = ::send(fd, bytes, size, flags);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw std::runtime_error("the other process is gone");
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
}

inline void write_message(int fd, const nlohmann::json& message) {
  const std::string text = message.dump();
  const auto size = static_cast<std::uint32_t>(text.size());
  std::array<char, sizeof size> head{};
  std::memcpy(head.data(), &size, sizeof size);
  write_all(fd, head.data(), head.size());
  write_all(fd, text.data(), text.size());
}

/// Absent at the end.
inline std::optional<nlohmann::json> read_message(int fd) {
  const auto read_all = [fd](char* bytes, std::size_t size) {
    while (size > 0) {
      const ::ssize_t count = ::read(fd, bytes, size);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      bytes += count;
      size -= static_cast<std::size_t>(count);
    }
    return true;
  };
  std::uint32_t size = 0;
  std::array<char, sizeof size> head{};
  if (!read_all(head.data(), head.size())) return std::nullopt;
  std::memcpy(&size, head.data(), sizeof size);
  std::string text(size, '\0');
  if (!read_all(text.data(), text.size())) return std::nullopt;
  return nlohmann::json::parse(text);
}

/// What a process sends its requests with. One thread.
struct SocketTransport {
  int fd = -1;

  so::HttpResponse send(const so::HttpRequest& request) const {
    nlohmann::json headers = nlohmann::json::array();
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    write_message(fd, {{"method", request.method}, {"url", request.url}, {"headers", headers}, {"body", request.body}});
    const auto answer = read_message(fd);
    if (!answer) throw std::runtime_error("the stand-in is gone");
    std::this_thread::sleep_for(std::chrono::milliseconds{answer->at("delay").get<int>()});
    if (const auto lost = answer->find("lost"); lost != answer->end()) {
      throw so::HttpError(
          "no answer", lost->get<std::string>(),
          answer->at("maybe_sent").get<bool>() ? so::HttpError::Reach::maybe_sent : so::HttpError::Reach::not_sent);
    }
    so::HttpResponse response{.status = answer->at("status"), .headers = {}, .body = answer->at("body")};
    for (const auto& header : answer->at("headers")) response.headers.push_back({header.at(0), header.at(1)});
    return response;
  }
};

/// Processes that run at the same time. Each has to end before this does.
class Processes {
 public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes() {
    for (const auto& child : children_) ::close(child.fd);
  }

  /// Runs `work` in a process of its own, which must not be left in any other way.
  void start(const std::function<void(SocketTransport)>& work) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) throw std::runtime_error("no socket");
    const ::pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("no process");
    if (pid == 0) {
      int result = 0;
      try {
        for (const auto& child : children_) ::close(child.fd);
        ::close(ends[0]);
        work({ends[1]});
      } catch (const std::exception& error) {
        const std::string text = std::string(error.what()) + "\n";
        result = ::write(STDERR_FILENO, text.data(), text.size()) < 0 ? 2 : 1;
      }
      ::_exit(result);
    }
    ::close(ends[1]);
    children_.push_back({pid, ends[0]});
  }

  /// Answers requests with `handle(request)` until every process has ended. Returns how each ended, as waitpid() says.
  /// `delay()`, asked after each request, is how long its answer takes to arrive.
  template <class Handle, class Delay>
  std::vector<int> serve(const Handle& handle, const Delay& delay) {
    std::size_t left = children_.size();
    std::vector<::pollfd> sockets;
    for (const auto& child : children_) sockets.push_back({child.fd, POLLIN, 0});
    while (left > 0) {
      if (::poll(sockets.data(), sockets.size(), -1) < 0 && errno != EINTR) throw std::runtime_error("poll");
      for (auto& socket : sockets) {
        if (socket.fd < 0 || socket.revents == 0) continue;
        const auto request = read_message(socket.fd);
        if (request) {
          answer(socket.fd, *request, handle, delay);
        } else {
          socket.fd = -1;
          --left;
        }
      }
    }
    std::vector<int> results;
    for (const auto& child : children_) {
      int status = 0;
      ::waitpid(child.pid, &status, 0);
      results.push_back(status);
    }
    return results;
  }

 private:
  struct Child {
    ::pid_t pid;
    int fd;
  };

  template <class Handle, class Delay>
  static void answer(int fd, const nlohmann::json& message, const Handle& handle, const Delay& delay) {
    so::HttpRequest request{
        .method = message.at("method"), .url = message.at("url"), .headers = {}, .body = message.at("body")};
    for (const auto& header : message.at("headers")) request.headers.push_back({header.at(0), header.at(1)});
    nlohmann::json result;
    try {
      const so::HttpResponse response = handle(request);
      nlohmann::json headers = nlohmann::json::array();
      for (const auto& [name, value] : response.headers) headers.push_back({name, value});
      result = {{"status", response.status}, {"headers", headers}, {"body", response.body}};
    } catch (const so::HttpError& error) {
      result = {{"lost", error.code()}, {"maybe_sent", error.reach() == so::HttpError::Reach::maybe_sent}};
    }
    result["delay"] = delay();
    try {
      write_message(fd, result);
    } catch (const std::runtime_error&) {  // the process was killed; poll() says so
    }
  }

  std::vector<Child> children_;
};

}  // namespace test
