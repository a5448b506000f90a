// What sends HTTP requests: a small concept, so that you can use any HTTP library, or a test's own function.
// slack/oauth/web/curl.hpp has a transport over libcurl.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// `send` returns the answer, whatever its status, and follows no redirect. It throws HttpError where no answer came.
/// Any thread may call it at any time. It has its own time-outs. Copies share what is expensive.
// clang-format off
template <class Transport>
concept HttpTransport = requires(Transport& transport, const HttpRequest& request) {
  { transport.send(request) } -> std::convertible_to<HttpResponse>;
} && std::copy_constructible<Transport>;  // last: to ask a class that takes an AnyHttpTransport would come back here
// clang-format on

/// Any transport behind one type. The indirection costs nothing beside a request.
class AnyHttpTransport {
 public:
  /// Takes a transport, or a function from request to answer that does the same.
  template <class Transport>
  requires(!std::same_as<std::remove_cvref_t<Transport>, AnyHttpTransport> &&
           (HttpTransport<std::remove_cvref_t<Transport>> ||
            std::is_invocable_r_v<HttpResponse, std::remove_cvref_t<Transport>&, const HttpRequest&>))
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
      AnyHttpTransport(Transport&& transport)
      : send_(sender_of(std::forward<Transport>(transport))) {}

  HttpResponse send(const HttpRequest& request) { return (*send_)(request); }

 private:
  using Sender = std::function<HttpResponse(const HttpRequest&)>;

  template <class Transport>
  static std::shared_ptr<Sender> sender_of(Transport&& transport) {
    using Value = std::remove_cvref_t<Transport>;
    if constexpr (HttpTransport<Value>) {
      return std::make_shared<Sender>([value = Value(std::forward<Transport>(transport))](
                                          const HttpRequest& request) mutable { return value.send(request); });
    } else {
      return std::make_shared<Sender>(std::forward<Transport>(transport));
    }
  }

  std::shared_ptr<Sender> send_;
};

}  // namespace slack::oauth::inline v0
