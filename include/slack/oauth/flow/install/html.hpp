// Text that is safe to show in HTML.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "slack/oauth/detail/text.hpp"

namespace slack::oauth::inline v0 {

/// Returns `text` for the content of an element, or for an attribute in quotes. What is not UTF-8, or no character that
/// HTML allows, becomes U+FFFD. https://html.spec.whatwg.org/multipage/parsing.html
[[nodiscard]] inline std::string escape_html(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string html;
  html.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = detail::utf8_sequence_length(text);
    const auto lead = static_cast<unsigned char>(text.front());
    const bool is_control = (lead < ' ' && lead != '\n' && lead != '\t') || lead == 0x7F ||
                            (length == 2 && lead == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0);
    if (length == 0 || is_control) {
      html += replacement;
    } else if (lead == '&') {
      html += "&amp;";
    } else if (lead == '<') {
      html += "&lt;";
    } else if (lead == '>') {
      html += "&gt;";
    } else if (lead == '"') {
      html += "&quot;";
    } else if (lead == '\'') {
      html += "&#39;";
    } else {
      html += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return html;
}

}  // namespace slack::oauth::inline v0
