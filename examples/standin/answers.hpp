// HTTP answers, and what stands in a request.
#pragma once

#include <nlohmann/json.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace standin {

using slack::oauth::HttpParameters;
using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;

inline HttpResponse json_answer(const nlohmann::json& answer) {
  return {.status = 200, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = answer.dump()};
}

inline HttpResponse refusal(std::string_view code) { return json_answer({{"ok", false}, {"error", code}}); }

inline HttpResponse html_answer(int status, std::string page) {
  return {.status = status, .headers = {{"Content-Type", "text/html; charset=utf-8"}}, .body = std::move(page)};
}

inline HttpResponse redirect(const std::string& to, const HttpParameters& parameters) {
  const char* separator = to.find('?') == std::string::npos ? "?" : "&";
  return {.status = 302, .headers = {{"Location", to + separator + slack::oauth::format_parameters(parameters)}}};
}

/// Empty where it is missing.
inline std::string value_of(const HttpParameters& parameters, std::string_view name) {
  return std::string(slack::oauth::find_parameter(parameters, name).value_or(""));
}

inline std::string token_of(const HttpRequest& request, const HttpParameters& given) {
  constexpr std::string_view bearer = "Bearer ";
  const auto header = find_header(request.headers, "Authorization");
  if (header && header->starts_with(bearer)) return std::string(header->substr(bearer.size()));
  return value_of(given, "token");
}

}  // namespace standin
