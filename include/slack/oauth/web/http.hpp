// HTTP messages as plain values, so that the library depends on no web framework and no HTTP library. RFC 9110
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0 {

struct HttpHeader {
  std::string name{};
  std::string value{};

  friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

/// In the order of the message; a name may stand more than once.
using HttpHeaders = std::vector<HttpHeader>;

struct HttpRequest {
  std::string method = "GET";
  std::string url{};  ///< absolute in a request to be sent; as received, the target: "/slack/install?tenant=1"
  HttpHeaders headers{};
  std::string body{};
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers{};
  std::string body{};
};

namespace detail {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

}  // namespace detail

/// Returns the value of the first header of that name, in any case; std::nullopt where it finds none. Borrowed from
/// `headers`.
[[nodiscard]] inline std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name) {
  for (const HttpHeader& header : headers) {
    if (detail::equals_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

namespace detail {

/// Returns the Content-Type without its parameters; empty where it finds none. Borrowed from `headers`.
[[nodiscard]] inline std::string_view media_type_of(const HttpHeaders& headers) {
  const std::string_view type = find_header(headers, "Content-Type").value_or("");
  return type.substr(0, type.find_first_of("; \t"));
}

}  // namespace detail

/// No HTTP answer came: no connection, none in time, or it was dropped. code() returns the HTTP library's own code.
class HttpError : public Error {
 public:
  /// Whether the other side may have acted on the request.
  enum class Reach {
    not_sent,   ///< nothing was sent: repeating it does no harm
    maybe_sent  ///< it was sent in part or whole, and the answer was lost
  };

  HttpError(std::string_view problem, std::string code, Reach reach)
      : Error(std::string(problem) + (code.empty() ? "" : " (" + code + ")")), code_(std::move(code)), reach_(reach) {}

  [[nodiscard]] std::string_view code() const noexcept override { return code_; }
  [[nodiscard]] bool is_retryable() const noexcept override { return true; }
  [[nodiscard]] Reach reach() const noexcept { return reach_; }

 private:
  std::string code_;
  Reach reach_;
};

}  // namespace slack::oauth::inline v0
