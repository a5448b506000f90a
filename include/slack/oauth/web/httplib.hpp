// Converts requests and answers of cpp-httplib (https://github.com/yhirose/cpp-httplib), for an app that uses it as its
// server.
//
// This header does not include <httplib.h>: the app includes that itself, and may set macros before.
#pragma once

#include <string>

#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// Converts a httplib::Request as its handler gets it. `url` is the target as it came, with the query, still encoded.
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

/// Writes an answer into the httplib::Response of a handler. It sends a header that stands several times several times.
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
