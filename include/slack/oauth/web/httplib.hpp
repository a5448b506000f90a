// Requests and answers of cpp-httplib (https://github.com/yhirose/cpp-httplib), for an app whose server it is.
//
// It includes no <httplib.h>: the app configures that header by macros before it includes it, where it chooses.
#pragma once

#include <string>

#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// A httplib::Request as its handler gets it. `url` is the target as it came, with the query, still encoded.
template <class Request>
requires requires(const Request& request) {
  request.method;
  request.target;
  request.headers.begin()->first;
  request.body;
}
[[nodiscard]] HttpRequest from_httplib(const Request& request) {
  HttpRequest result{.method = request.method, .url = request.target, .body = request.body};
  result.headers.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers) result.headers.push_back({name, value});
  return result;
}

/// Puts an answer into the httplib::Response of a handler. A header that stands several times is sent several times.
template <class Response>
requires requires(Response& response, const std::string& text) {
  response.status = 0;
  response.body = text;
  response.set_header(text, text);
}
void to_httplib(const HttpResponse& answer, Response& response) {
  response.status = answer.status;
  response.body = answer.body;
  for (const HttpHeader& header : answer.headers) response.set_header(header.name, header.value);
}

}  // namespace slack::oauth::inline v0
