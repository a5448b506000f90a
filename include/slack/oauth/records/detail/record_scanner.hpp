// Reads a record's text straight into the value, without a tree of JSON in between. It knows the plain shape that this
// library and the Python SDK write; of anything else it says so, and models/json.hpp, which defines what a record
// means, reads that.
//
// Needs nlohmann/json.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// The text of one JSON object, from front to back.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  [[nodiscard]] bool skip(char c) {
    skip_white_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  [[nodiscard]] bool skip_word(std::string_view word) {
    if (rest().substr(0, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  [[nodiscard]] bool at_end() {
    skip_white_space();
    return at_ == end_;
  }

  void skip_white_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  /// A string without escapes: the text itself.
  [[nodiscard]] bool plain_text(std::string_view& text) {
    if (!skip('"')) return false;
    const char* const begin = at_;
    if (!skip_plain() || *at_ != '"') return false;
    text = {begin, static_cast<std::size_t>(at_ - begin)};
    ++at_;
    return true;
  }

  [[nodiscard]] bool text(std::string& text) {
    if (!skip('"')) return false;
    text.clear();
    while (true) {
      const char* const begin = at_;
      if (!skip_plain()) return false;
      text.append(begin, at_);
      if (*at_++ == '"') return true;
      if (at_ == end_) return false;
      const char c = unescaped(*at_++);
      if (c == '\0') return false;
      text += c;
    }
  }

  /// A number, as its text.
  [[nodiscard]] std::string_view number() {
    skip_white_space();
    const char* const begin = at_;
    while (at_ != end_ && ((*at_ >= '0' && *at_ <= '9') || *at_ == '-' || *at_ == '.')) ++at_;
    const std::string_view found(begin, static_cast<std::size_t>(at_ - begin));
    const std::string_view digits = found.substr(found.starts_with('-') ? 1 : 0);
    const bool is_padded = digits.size() > 1 && digits[0] == '0' && digits[1] != '.';
    return is_padded ? std::string_view{} : found;
  }

  /// An object, as its text: from "{" to its "}".
  [[nodiscard]] std::string_view object() {
    skip_white_space();
    const char* const begin = at_;
    std::size_t depth = 0;
    for (; at_ != end_; ++at_) {
      if (*at_ == '{') ++depth;
      if (*at_ == '}' && --depth == 0) {
        ++at_;
        return {begin, static_cast<std::size_t>(at_ - begin)};
      }
      if (depth == 0) return {};
      if (*at_ == '"' && !skip_string()) return {};
    }
    return {};
  }

 private:
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

  // To the quote or backslash that ends a run of plain characters; false where the run is no valid text.
  [[nodiscard]] bool skip_plain() {
    const char* const begin = at_;
    std::uint8_t seen = 0;
    for (; at_ != end_ && *at_ != '"' && *at_ != '\\'; ++at_) {
      if (static_cast<std::uint8_t>(*at_) < 0x20) return false;
      seen |= static_cast<std::uint8_t>(*at_);
    }
    if (at_ == end_) return false;
    return seen < 0x80 || is_valid_utf8({begin, static_cast<std::size_t>(at_ - begin)});
  }

  // From the first quote of a string to its last.
  [[nodiscard]] bool skip_string() {
    for (++at_; at_ != end_ && *at_ != '"'; ++at_) {
      if (*at_ == '\\' && ++at_ == end_) return false;
    }
    return at_ != end_;
  }

  // Zero for the escapes that are left to others.
  [[nodiscard]] static char unescaped(char c) {
    switch (c) {
      case '"':
      case '\\':
      case '/':
        return c;
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      default:
        return '\0';
    }
  }

  const char* at_;
  const char* end_;
};

[[nodiscard]] inline bool scan_value(JsonScanner& scanner, std::string& value) {
  scanner.skip_white_space();
  if (scanner.skip_word("null")) {
    value.clear();
    return true;
  }
  return scanner.text(value);
}

[[nodiscard]] inline bool scan_value(JsonScanner& scanner, std::optional<std::string>& value) {
  scanner.skip_white_space();
  if (scanner.skip_word("null")) {
    value.reset();
    return true;
  }
  return scanner.text(value.emplace());
}

[[nodiscard]] inline bool scan_value(JsonScanner& scanner, std::vector<std::string>& value) {
  value.clear();
  if (!scanner.skip('[')) return false;
  if (scanner.skip(']')) return true;
  do {
    if (!scanner.text(value.emplace_back())) return false;
  } while (scanner.skip(','));
  return scanner.skip(']');
}

[[nodiscard]] inline bool scan_value(JsonScanner& scanner, bool& value) {
  scanner.skip_white_space();
  value = scanner.skip_word("true");
  return value || scanner.skip_word("false");
}

[[nodiscard]] inline bool scan_value(JsonScanner& scanner, Timestamp& value) {
  const auto time = parse_unix_time(scanner.number());
  if (!time || !is_in_calendar(*time)) return false;
  value = *time;
  return true;
}

[[nodiscard]] inline bool scan_value(JsonScanner& scanner, std::optional<std::chrono::sys_seconds>& value) {
  scanner.skip_white_space();
  if (scanner.skip_word("null")) {
    value.reset();
    return true;
  }
  Timestamp time{};
  if (!scan_value(scanner, time)) return false;
  value = std::chrono::floor<std::chrono::seconds>(time);
  return true;
}

/// Scans one record of T, whose fields are those of Base; `scan_own(object text, value)` reads the custom values.
template <HasFields Base, HasFields T>
class RecordScanner {
 public:
  /// False where the text is of another shape; then `value` means nothing.
  template <class ScanOwn>
  [[nodiscard]] static bool scan(std::string_view text, T& value, const ScanOwn& scan_own) {
    JsonScanner scanner(text);
    std::size_t expected = 0;
    if (!scanner.skip('{')) return false;
    do {
      std::string_view name;
      if (!scanner.plain_text(name) || !scanner.skip(':')) return false;
      const std::size_t index = index_of(name, expected);
      if (index == count) return false;
      expected = index + 1;
      if (!scan_field(scanner, value, index, scan_own)) return false;
    } while (scanner.skip(','));
    return scanner.skip('}') && scanner.at_end();
  }

 private:
  static constexpr std::size_t count = std::tuple_size_v<decltype(Base::fields())>;

  static constexpr std::array<std::string_view, count> names = std::apply(
      [](const auto&... field) { return std::array<std::string_view, count>{field.name...}; }, Base::fields());

  // Records are written in the order of the list, so the first guess is nearly always right.
  [[nodiscard]] static std::size_t index_of(std::string_view name, std::size_t expected) {
    if (expected < count && names[expected] == name) return expected;
    for (std::size_t i = 0; i < count; ++i) {
      if (names[i] == name) return i;
    }
    return count;
  }

  template <class ScanOwn>
  [[nodiscard]] static bool scan_field(JsonScanner& scanner, T& value, std::size_t index, const ScanOwn& scan_own) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      bool is_scanned = false;
      static_cast<void>(((I == index && (is_scanned = scan_one<I>(scanner, value, scan_own), true)) || ...));
      return is_scanned;
    }
    (std::make_index_sequence<count>());
  }

  template <std::size_t I, class ScanOwn>
  [[nodiscard]] static bool scan_one(JsonScanner& scanner, T& value, const ScanOwn& scan_own) {
    auto& member = value.*std::get<I>(Base::fields()).member;
    if constexpr (std::same_as<std::remove_cvref_t<decltype(member)>, CustomValues>) {
      return scan_own(scanner.object(), value);
    } else {
      return scan_value(scanner, member);
    }
  }
};

}  // namespace slack::oauth::inline v0::detail
