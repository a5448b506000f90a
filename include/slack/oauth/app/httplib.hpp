// Serves an app with cpp-httplib (https://github.com/yhirose/cpp-httplib): answers each request at once, and does the
// app's own work afterwards.
//
//     httplib::Server server;
//     slack::oauth::HttplibApp serving(server, app, [&](const slack::oauth::Received& received) {
//       …                                        // once Slack has its answer
//     });
//     serving.listen("127.0.0.1", 3000);
//
// This header does not include <httplib.h>: the app includes that itself, and may set macros before.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "slack/oauth/app.hpp"
#include "slack/oauth/app/detail/worker_threads.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/httplib.hpp"

namespace slack::oauth::inline v0 {

/// Answers every GET, HEAD and POST of a httplib::Server: with what the app's receive() answers, and otherwise with
/// 200. It then gives what receive() returned to the app's own work, on another thread.
///
/// Threads: the server may call it from any thread, and the work runs on several.
template <class Server, class App>
class HttplibApp {
 public:
  /// What the app does for a payload that receive() leaves to it. Where it returns, an event is marked as done, and
  /// where it throws, given back: Slack has its answer, and sends it again only by chance. The settings' logger gets a
  /// line. That line has the text of this library's errors alone, since another text may hold a secret.
  using Work = std::function<void(const Received&)>;

  /// Borrows the server and the app. The work runs on `threads` threads at most, which are made when there is work.
  HttplibApp(Server& server, App& app, Work work, std::size_t threads = 4)
      : server_(server), app_(app), work_(std::move(work)), threads_(threads) {
    const auto answer = [this](const auto& request, auto& response) { this->serve(request, response); };
    server_.Get(".*", answer);
    server_.Post(".*", answer);
  }

  HttplibApp(const HttplibApp&) = delete;
  HttplibApp& operator=(const HttplibApp&) = delete;
  /// Does the work that is left: Slack has its answer, and does not send the event again. REQUIRES: the server serves
  /// no more.
  ~HttplibApp() { threads_.finish(); }

  /// Serves until another thread calls the server's stop(). Throws Error where it cannot listen on this port. You can
  /// also call the server's own listen().
  void listen(const std::string& host, int port) {
    if (!server_.listen(host, port)) throw Error("cannot listen on " + host + ":" + std::to_string(port));
  }

 private:
  template <class Request, class Response>
  void serve(const Request& request, Response& response) {
    try {
      Received received = app_.receive(from_httplib(request));
      to_httplib(received.response.value_or(HttpResponse{}), response);
      if (received.response) return;
      threads_.run([this, received = std::move(received)] { work(received); });
    } catch (...) {  // no memory or no thread: Slack sends it again
      log("a request was not taken: ");
      to_httplib(HttpResponse{.status = 503}, response);
    }
  }

  void work(const Received& received) const {
    try {
      work_(received);
    } catch (...) {
      return log("the app's work for a payload failed: ");
    }
    try {
      received.claim.mark_done();
    } catch (...) {
      log("an event whose work is done could not be marked: ");
    }
  }

  void log(const std::string& what) const {
    app_.settings().logger.error(what + detail::describe(std::current_exception()));
  }

  Server& server_;
  App& app_;
  Work work_;
  detail::WorkerThreads threads_;
};

}  // namespace slack::oauth::inline v0
