// A person's browser, as far as an installation needs one: it keeps cookies, and finds where a page leads.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// The cookies of one app. RFC 6265, without the attributes that narrow a cookie.
class CookieJar {
 public:
  void take(const HttpResponse& response) {
    for (const HttpHeader& header : response.headers) {
      if (oauth::detail::equals_ignoring_case(header.name, "Set-Cookie")) keep(header.value);
    }
  }

  /// What a browser sends.
  [[nodiscard]] HttpHeaders headers() const {
    HttpHeaders headers{{"Host", "app.example"}};
    std::string value;
    for (const auto& [name, text] : cookies_) value += (value.empty() ? "" : "; ") + name + "=" + text;
    if (!value.empty()) headers.push_back({"Cookie", value});
    return headers;
  }

  [[nodiscard]] const std::map<std::string, std::string>& cookies() const { return cookies_; }

 private:
  void keep(const std::string& cookie) {
    const auto equals = cookie.find('=');
    if (equals == std::string::npos) return;
    const std::string name = cookie.substr(0, equals);
    if (cookie.find("Max-Age=0") != std::string::npos) {
      cookies_.erase(name);
    } else {
      cookies_[name] = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
    }
  }

  std::map<std::string, std::string> cookies_;
};

class Browser {
 public:
  explicit Browser(AnyHttpTransport app) : app_(std::move(app)) {}

  /// Follows what leads to another query of the same path.
  HttpResponse get(const std::string& url) {
    HttpResponse response = get_once(url);
    for (int hops = 0; hops < max_hops; ++hops) {
      const auto location = find_header(response.headers, "Location");
      if (!location || !location->starts_with('?')) break;
      response = get_once(url.substr(0, url.find('?')) + std::string(*location));
    }
    return response;
  }

 private:
  static constexpr int max_hops = 5;

  HttpResponse get_once(const std::string& url) {
    HttpResponse response = app_.send({.method = "GET", .url = url, .headers = cookies_.headers()});
    cookies_.take(response);
    return response;
  }

  AnyHttpTransport app_;
  CookieJar cookies_;
};

/// Where an answer leads: its Location, or else the first link of its page; empty where it leads nowhere.
[[nodiscard]] inline std::string target_of(const HttpResponse& response) {
  if (const auto location = find_header(response.headers, "Location")) return std::string(*location);
  constexpr std::string_view link = "href=\"";
  const auto start = response.body.find(link);
  if (start == std::string::npos) return {};
  const auto begin = start + link.size();
  std::string target = response.body.substr(begin, response.body.find('"', begin) - begin);
  constexpr std::string_view ampersand = "&amp;";
  for (auto at = target.find(ampersand); at != std::string::npos; at = target.find(ampersand, at + 1)) {
    target.replace(at, ampersand.size(), "&");
  }
  return target;
}

}  // namespace slack::oauth::inline v0::testing::detail
