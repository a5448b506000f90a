// One request over one of libcurl's handles, and its answer.
//
// Needs libcurl.
#pragma once

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/curl/error.hpp"
#include "slack/oauth/web/curl/options.hpp"
#include "slack/oauth/web/curl/sigpipe_guard.hpp"
#include "slack/oauth/web/detail/base_url.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::detail {

struct FreeCurlHandle {
  void operator()(::CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<::CURL, FreeCurlHandle>;

/// What could end a header and begin another one. A tab is none of them: RFC 9110 section 5.5
[[nodiscard]] inline bool holds_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

/// libcurl keeps pointers into this while the request is under way, so it stays where it is.
class CurlExchange {
 public:
  CurlExchange(::CURL* handle, const HttpRequest& request, const CurlTransportOptions& options)
      : handle_(handle), request_(request), options_(options) {
    require_sendable(request);
  }
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  ~CurlExchange() { curl_easy_reset(handle_); }  // connections stay

  /// Throws HttpError where no answer came.
  HttpResponse perform() {
    set_connection();
    set_request();
    set_callbacks();
    const ::CURLcode code = perform_without_sigpipe();
    if (thrown_) std::rethrow_exception(thrown_);
    if (code != CURLE_OK) throw curl_error(refused_repeat_ ? CURLE_GOT_NOTHING : shown_code(code), host(), reach());
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    return std::move(response_);
  }

 private:
  struct FreeList {
    void operator()(::curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };

  static void require_sendable(const HttpRequest& request) {
    const bool is_method = !request.method.empty() && std::all_of(request.method.begin(), request.method.end(),
                                                                  [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_method) throw InvalidArgumentError("method", "must be capital letters");
    if (holds_control_character(request.url) || request.url.find_first_of(" \t") != std::string::npos) {
      throw InvalidArgumentError("url", "holds a character that no URL has");
    }
    for (const HttpHeader& header : request.headers) {
      const bool is_name = !header.name.empty() && std::all_of(header.name.begin(), header.name.end(), [](char c) {
        return is_unreserved(c) || std::string_view("!#$%&'*+^`|").find(c) != std::string_view::npos;
      });
      if (!is_name) throw InvalidArgumentError("a header's name", "holds a character that none has");
      if (holds_control_character(header.value)) throw InvalidArgumentError(header.name, "holds a control character");
    }
  }

  template <class Value>
  void set(::CURLoption option, Value value) {
    const ::CURLcode code = curl_easy_setopt(handle_, option, value);
    if (code != CURLE_OK) throw curl_error(code, host(), HttpError::Reach::not_sent);
  }

  static long milliseconds_of(std::chrono::milliseconds time) {
    return static_cast<long>(std::min<std::int64_t>(time.count(), std::numeric_limits<long>::max()));
  }

  void set_connection() {
    // Without it, a time-out would be a signal where libcurl has no resolver of its own.
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(options_.connect_timeout));
    set(CURLOPT_TIMEOUT_MS, milliseconds_of(options_.timeout));
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));  // one request at a time on a connection
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set_proxy();
    forbid_repeating();
  }

  /// What is for this machine does not leave it, whatever the environment says: it need not be encrypted.
  void set_proxy() {
    if (!options_.proxy.empty()) {
      set(CURLOPT_PROXY, options_.proxy.c_str());
    } else if (is_loopback(authority())) {
      set(CURLOPT_NOPROXY, "*");
    }
  }

  /// libcurl sends a request again, silently, where a kept connection turns out to be dropped, though the other side
  /// may have acted on the first: a code or a refresh token would be used twice. What to repeat is the caller's to say.
  void forbid_repeating() {
#if LIBCURL_VERSION_NUM >= 0x075000
    set(CURLOPT_PREREQFUNCTION, &CurlExchange::before_request);
    set(CURLOPT_PREREQDATA, this);
#else
    set(CURLOPT_FRESH_CONNECT, 1L);
    has_begun_ = true;  // it does not say when
#endif
  }

  void set_request() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    if (request_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (request_.method != "GET" || !request_.body.empty()) {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<::curl_off_t>(request_.body.size()));
      set(CURLOPT_POSTFIELDS, request_.body.c_str());
      set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
    for (const HttpHeader& header : request_.headers) {
      append_header(header.name + (header.value.empty() ? ";" : ": " + header.value));
    }
    append_header("Expect:");  // no waiting for "100 Continue"
    set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void append_header(const std::string& line) {
    ::curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw curl_error(CURLE_OUT_OF_MEMORY, host(), HttpError::Reach::not_sent);
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }

  void set_callbacks() {
    set(CURLOPT_HEADERFUNCTION, &CurlExchange::take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &CurlExchange::take_body);
    set(CURLOPT_WRITEDATA, this);
  }

  ::CURLcode perform_without_sigpipe() {
    const SigpipeGuard guard;
    return curl_easy_perform(handle_);
  }

  static int before_request(void* self, char* /*remote_ip*/, char* /*local_ip*/, int /*remote_port*/,
                            int /*local_port*/) noexcept {
    constexpr int go_on = 0;
    constexpr int abort = 1;
    return static_cast<CurlExchange*>(self)->may_begin() ? go_on : abort;
  }

  bool may_begin() noexcept {
    refused_repeat_ = has_begun_ && bytes_sent() > sent_before_;
    has_begun_ = true;
    sent_before_ = bytes_sent();
    return !refused_repeat_;
  }

  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<CurlExchange*>(self)->take(size * count, [&](CurlExchange& exchange) {
      exchange.add_header({data, size * count});
    });
  }

  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<CurlExchange*>(self)->take(
        size * count, [&](CurlExchange& exchange) { exchange.response_.body.append(data, size * count); });
  }

  /// What is returned to libcurl: fewer than it gave ends the request.
  template <class Keep>
  std::size_t take(std::size_t size, const Keep& keep) noexcept {
    try {
      is_too_long_ = size > options_.max_response_bytes - received_;
      if (is_too_long_) return 0;
      received_ += size;
      keep(*this);
      return size;
    } catch (...) {
      thrown_ = std::current_exception();
      return 0;
    }
  }

  void add_header(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // another answer, after an interim one
      response_.headers.clear();
      return;
    }
    const auto [name, value] = split_at(line, ':');
    if (name.size() == line.size()) return;
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = std::min(value.find_first_not_of(blank), value.size());
    const std::size_t end = value.find_last_not_of(blank) + 1;
    response_.headers.push_back({std::string(name), std::string(value.substr(begin, end - std::min(begin, end)))});
  }

  [[nodiscard]] ::CURLcode shown_code(::CURLcode code) const {
    return code == CURLE_WRITE_ERROR && is_too_long_ ? CURLE_FILESIZE_EXCEEDED : code;
  }

  [[nodiscard]] std::string_view host() const {
    const std::string_view found = authority();
    return found.empty() ? "the server" : found;
  }

  /// Empty where the URL has no scheme.
  [[nodiscard]] std::string_view authority() const {
    const std::string_view url = request_.url;
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return {};
    std::string_view authority = url.substr(scheme_end + 3);
    authority = authority.substr(0, std::min(authority.find_first_of("/?#"), authority.size()));
    const std::size_t user_end = authority.rfind('@');
    return user_end == std::string_view::npos ? authority : authority.substr(user_end + 1);
  }

  /// By what libcurl handed to the network: its codes do not say.
  [[nodiscard]] HttpError::Reach reach() const {
    const bool was_sent = refused_repeat_ || bytes_sent() > sent_before_;
    return was_sent && has_begun_ ? HttpError::Reach::maybe_sent : HttpError::Reach::not_sent;
  }

  /// Of requests, one that opens a tunnel through a proxy included.
  [[nodiscard]] long bytes_sent() const noexcept {
    long sent = 0;
    curl_easy_getinfo(handle_, CURLINFO_REQUEST_SIZE, &sent);
    return sent;
  }

  ::CURL* handle_;
  const HttpRequest& request_;
  const CurlTransportOptions& options_;
  std::unique_ptr<::curl_slist, FreeList> headers_;
  HttpResponse response_;
  std::size_t received_ = 0;
  bool is_too_long_ = false;
  bool has_begun_ = false;  // on a connection that is there, after what a proxy wanted
  long sent_before_ = 0;
  bool refused_repeat_ = false;
  std::exception_ptr thrown_;
};

}  // namespace slack::oauth::inline v0::detail
