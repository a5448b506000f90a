// Query strings and form bodies: name=value pairs, percent-encoded. RFC 3986 and
// https://url.spec.whatwg.org/#application/x-www-form-urlencoded
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/hex.hpp"

namespace slack::oauth::inline v0 {

struct HttpParameter {
  std::string name{};
  std::string value{};

  friend bool operator==(const HttpParameter&, const HttpParameter&) = default;
};

/// In the order of the text; a name may stand more than once.
using HttpParameters = std::vector<HttpParameter>;

namespace detail {

[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

inline void append_percent_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      append_hex(out, c, upper_hex);
    }
  }
}

[[nodiscard]] inline std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

/// `text` up to the first `end`, and what comes after it.
[[nodiscard]] inline std::pair<std::string_view, std::string_view> split_at(std::string_view text, char end) noexcept {
  const std::size_t at = std::min(text.find(end), text.size());
  return {text.substr(0, at), text.substr(std::min(at + 1, text.size()))};
}

/// Returns the part from the path on: without "https://host:port", where `url` has it.
[[nodiscard]] inline std::string_view target_of(std::string_view url) noexcept {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos || url.find_first_of("/?#") < scheme_end) return url;
  url.remove_prefix(scheme_end + 3);
  return url.substr(std::min(url.find_first_of("/?#"), url.size()));
}

}  // namespace detail

/// Writes every byte but letters, digits and -._~ as %XX. RFC 3986 section 2
[[nodiscard]] inline std::string percent_encode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  detail::append_percent_encoded(encoded, text);
  return encoded;
}

/// Returns std::nullopt where a % is not followed by two hexadecimal digits. A + is a +. The bytes may be any, NUL
/// included.
[[nodiscard]] inline std::optional<std::string> percent_decode(std::string_view text) {
  return detail::percent_decode(text, false);
}

/// Returns "a=b&c=d" with every name and value percent-encoded, a space too.
[[nodiscard]] inline std::string format_parameters(const HttpParameters& parameters) {
  std::string text;
  for (const HttpParameter& parameter : parameters) {
    if (!text.empty()) text += '&';
    detail::append_percent_encoded(text, parameter.name);
    text += '=';
    detail::append_percent_encoded(text, parameter.value);
  }
  return text;
}

/// Returns the pairs of a query or an application/x-www-form-urlencoded body, where + is a space. A name without = has
/// an empty value. Returns std::nullopt where a percent-encoding is malformed.
[[nodiscard]] inline std::optional<HttpParameters> parse_parameters(std::string_view text) {
  HttpParameters parameters;
  while (!text.empty()) {
    const auto [pair, rest] = detail::split_at(text, '&');
    text = rest;
    if (pair.empty()) continue;
    const auto [name, value] = detail::split_at(pair, '=');
    auto decoded_name = detail::percent_decode(name, true);
    auto decoded_value = detail::percent_decode(value, true);
    if (!decoded_name || !decoded_value) return std::nullopt;
    parameters.push_back({std::move(*decoded_name), std::move(*decoded_value)});
  }
  return parameters;
}

/// Returns std::nullopt unless the name stands exactly once. OAuth allows no repeated parameter: nobody could know
/// which of two counts. RFC 6749 section 3.1. Borrowed from `parameters`.
[[nodiscard]] inline std::optional<std::string_view> find_parameter(const HttpParameters& parameters,
                                                                    std::string_view name) {
  std::optional<std::string_view> found;
  for (const HttpParameter& parameter : parameters) {
    if (parameter.name != name) continue;
    if (found) return std::nullopt;
    found = parameter.value;
  }
  return found;
}

/// Returns the path of a URL or of a request's target, still encoded: "/slack/install". Borrowed from `url`.
[[nodiscard]] inline std::string_view path_of(std::string_view url) {
  const std::string_view target = detail::target_of(url);
  return target.substr(0, std::min(target.find_first_of("?#"), target.size()));
}

/// Returns what stands between ? and #, still encoded; empty where it finds none. Borrowed from `url`.
[[nodiscard]] inline std::string_view query_of(std::string_view url) {
  return detail::split_at(detail::split_at(detail::target_of(url), '#').first, '?').second;
}

}  // namespace slack::oauth::inline v0
