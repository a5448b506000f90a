// HTTP over libcurl.
//
// Needs libcurl 7.68 or later.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/curl/error.hpp"
#include "slack/oauth/web/curl/exchange.hpp"
#include "slack/oauth/web/curl/options.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// Sends requests over https, and http, and verifies certificates and host names. Follows no redirect, keeps no cookie,
/// and never sends a request twice. Keeps connections for the next request; copies share them. (libcurl before 7.80
/// cannot promise both, so each request there has a connection of its own.)
///
/// Threads: any thread may call it at any time; each request has a connection to itself. Do not use it on the other
/// side of a fork(). With libcurl before 7.84, a program that starts threads has to call curl_global_init() first.
class CurlTransport {
 public:
  /// Throws InvalidArgumentError where an option is out of range, and Error where libcurl cannot start.
  explicit CurlTransport(CurlTransportOptions options = {}) : pool_(std::make_shared<Pool>()) {
    require_positive(options.connect_timeout, "connect_timeout");
    require_positive(options.timeout, "timeout");
    if (detail::holds_control_character(options.user_agent)) {
      throw InvalidArgumentError("user_agent", "holds a control character");
    }
    require_started();
    pool_->idle.reserve(options.idle_connections);
    pool_->options = std::move(options);
  }

  /// Returns the answer, whatever its status. Throws HttpError where none came, and InvalidArgumentError where the
  /// request holds what cannot be sent, such as a header with a line break.
  HttpResponse send(const HttpRequest& request) {
    const Lease lease(*pool_);
    return detail::CurlExchange(lease.get(), request, pool_->options).perform();
  }

 private:
  struct Pool {
    CurlTransportOptions options;
    std::mutex mutex;
    std::vector<detail::CurlHandle> idle;  // the one used last at the back, since its connection is the freshest
  };

  /// A handle for the time of a request.
  class Lease {
   public:
    explicit Lease(Pool& pool) : pool_(pool), handle_(take(pool)) {
      if (handle_ == nullptr) throw Error("libcurl could not make a handle");
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      const std::lock_guard lock(pool_.mutex);
      // The room was reserved, so this does not throw.
      if (pool_.idle.size() < pool_.options.idle_connections) pool_.idle.push_back(std::move(handle_));
    }

    [[nodiscard]] ::CURL* get() const noexcept { return handle_.get(); }

   private:
    static detail::CurlHandle take(Pool& pool) {
      std::unique_lock lock(pool.mutex);
      if (pool.idle.empty()) {
        lock.unlock();
        return detail::CurlHandle(curl_easy_init());
      }
      detail::CurlHandle handle = std::move(pool.idle.back());
      pool.idle.pop_back();
      return handle;
    }

    Pool& pool_;
    detail::CurlHandle handle_;
  };

  static void require_positive(std::chrono::milliseconds time, const char* option) {
    if (time <= std::chrono::milliseconds{0}) throw InvalidArgumentError(option, "must be longer than nothing");
  }

  /// Once in a program, and never undone: other parts of it may use libcurl too.
  static void require_started() {
    static const ::CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw Error("libcurl could not start (" + detail::curl_code_name(started) + ")");
  }

  std::shared_ptr<Pool> pool_;
};

}  // namespace slack::oauth::inline v0
