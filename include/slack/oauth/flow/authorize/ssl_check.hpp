// Slack asks from time to time whether the address of a slash command has a certificate that it trusts.
// https://docs.slack.dev/interactivity/implementing-slash-commands
#pragma once

#include <cstddef>

#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0 {

/// Returns whether a request is such a question: a form with `ssl_check=1`, which need not be signed. Answer it with
/// status 200 and no body before you check the signature. Believe nothing else that it says: anybody can send one.
///
///     if (is_ssl_check(request)) return {.status = 200};
///     if (!verifier.is_valid_request(request)) return {.status = 401};
[[nodiscard]] inline bool is_ssl_check(const HttpRequest& request) {
  constexpr std::size_t most_bytes = 16384;  // it has some hundred, and nobody has signed it yet
  if (request.method != "POST" || request.body.size() > most_bytes) return false;
  if (!detail::equals_ignoring_case(detail::media_type_of(request.headers), "application/x-www-form-urlencoded")) {
    return false;
  }
  const auto parameters = parse_parameters(request.body);
  return parameters && find_parameter(*parameters, "ssl_check") == "1";
}

}  // namespace slack::oauth::inline v0
