// Points in time: when an installation was made, and when its tokens expire.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slack::oauth::inline v0 {

/// A moment in UTC, to the microsecond.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

[[nodiscard]] inline Timestamp now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// Returns when a token expires to which Slack gave `lifetime` ("expires_in") at `from`.
/// https://docs.slack.dev/authentication/using-token-rotation
[[nodiscard]] inline std::chrono::sys_seconds expires_in(std::chrono::seconds lifetime, Timestamp from = now()) {
  return std::chrono::floor<std::chrono::seconds>(from) + lifetime;
}

namespace detail {

// What an ISO 8601 date with a year of four digits can say. Every format that stores a time keeps this range.
inline constexpr std::chrono::sys_days earliest_day{std::chrono::year{0} / 1 / 1};
inline constexpr std::chrono::sys_days latest_day{std::chrono::year{9999} / 12 / 31};
inline constexpr std::int64_t earliest_second = std::chrono::sys_seconds{earliest_day}.time_since_epoch().count();
inline constexpr std::int64_t latest_second =
    std::chrono::sys_seconds{latest_day + std::chrono::days{1}}.time_since_epoch().count() - 1;

class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

  bool skip_any_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  int digit() {
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  /// A number of exactly `count` digits.
  std::optional<int> digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (!at_digit()) return std::nullopt;
      value = value * 10 + digit();
    }
    return value;
  }

  /// What stands behind a decimal point, rounded to microseconds (so it may be a whole second).
  std::optional<std::chrono::microseconds> fraction() {
    if (!at_digit()) return std::nullopt;
    std::int64_t value = 0;
    for (int place = 0; place < 6; ++place) value = value * 10 + (at_digit() ? digit() : 0);
    if (at_digit() && digit() >= 5) ++value;
    while (at_digit()) digit();
    return std::chrono::microseconds{value};
  }

 private:
  std::string_view rest_;
};

/// "+02:00", "-0730", "+02", "Z" or nothing: how far the local time is ahead of UTC.
inline std::optional<std::chrono::minutes> parse_utc_offset(TextCursor& cursor) {
  if (cursor.at_end() || cursor.skip_any_of("Zz")) return std::chrono::minutes{0};
  const bool is_negative = cursor.skip_any_of("-");
  if (!is_negative && !cursor.skip_any_of("+")) return std::nullopt;
  const auto hours = cursor.digits(2);
  if (!hours) return std::nullopt;
  std::optional<int> minutes = 0;
  if (!cursor.at_end()) {
    cursor.skip_any_of(":");
    minutes = cursor.digits(2);
  }
  if (*hours > 23 || !minutes || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return is_negative ? -offset : offset;
}

inline std::optional<Timestamp> parse_iso8601(std::string_view text) {
  TextCursor cursor(text);
  const auto year = cursor.digits(4);
  if (!year || !cursor.skip_any_of("-")) return std::nullopt;
  const auto month = cursor.digits(2);
  if (!month || !cursor.skip_any_of("-")) return std::nullopt;
  const auto day = cursor.digits(2);
  if (!day || !cursor.skip_any_of("Tt ")) return std::nullopt;
  const auto date = std::chrono::year{*year} / *month / *day;
  const auto hour = cursor.digits(2);
  if (!date.ok() || !hour || *hour > 23 || !cursor.skip_any_of(":")) return std::nullopt;
  const auto minute = cursor.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  std::optional<int> second = 0;
  std::optional<std::chrono::microseconds> fraction{0};
  if (cursor.skip_any_of(":")) {
    second = cursor.digits(2);
    if (!second || *second > 60) return std::nullopt;  // 60 is a leap second (RFC 3339)
    if (cursor.skip_any_of(".,")) fraction = cursor.fraction();
  }
  const auto offset = parse_utc_offset(cursor);
  if (!fraction || !offset || !cursor.at_end()) return std::nullopt;
  return Timestamp{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second} + *fraction - *offset;
}

inline std::optional<Timestamp> parse_unix_time(std::string_view text) {
  TextCursor cursor(text);
  const bool is_negative = cursor.skip_any_of("-");
  if (!cursor.at_digit()) return std::nullopt;
  std::int64_t seconds = 0;
  while (cursor.at_digit()) {
    seconds = seconds * 10 + cursor.digit();
    if (seconds > latest_second) return std::nullopt;
  }
  std::optional<std::chrono::microseconds> fraction{0};
  if (cursor.skip_any_of(".")) fraction = cursor.fraction();
  if (!fraction || !cursor.at_end()) return std::nullopt;
  const auto since_epoch = std::chrono::seconds{seconds} + *fraction;
  return Timestamp{is_negative ? -since_epoch : since_epoch};
}

/// Compares in the unit of `time`: seconds reach further than microseconds do.
template <class Duration>
[[nodiscard]] bool is_in_calendar(std::chrono::sys_time<Duration> time) {
  return time >= std::chrono::ceil<Duration>(std::chrono::sys_seconds{earliest_day}) &&
         time < std::chrono::ceil<Duration>(std::chrono::sys_seconds{latest_day + std::chrono::days{1}});
}

/// Returns the moment that many seconds after 1970; std::nullopt where no calendar of four-digit years has it.
[[nodiscard]] inline std::optional<Timestamp> timestamp_from_seconds(double seconds) {
  if (!(seconds >= static_cast<double>(earliest_second) && seconds < static_cast<double>(latest_second) + 1)) {
    return std::nullopt;
  }
  const double whole = std::floor(seconds);  // apart, since a million times the sum may not fit into a double
  const Timestamp time{std::chrono::seconds{static_cast<std::int64_t>(whole)} +
                       std::chrono::microseconds{std::llround((seconds - whole) * 1e6)}};
  return is_in_calendar(time) ? std::optional(time) : std::nullopt;
}

[[nodiscard]] inline std::int64_t milliseconds_since_epoch(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

/// Exact to the microsecond up to 2^33 seconds, in 2242; from there on as exact as a double.
/// REQUIRES: is_in_calendar(time).
[[nodiscard]] inline double seconds_since_epoch(Timestamp time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const double seconds =
      static_cast<double>(whole.time_since_epoch().count()) + static_cast<double>((time - whole).count()) / 1e6;
  // The last microseconds of 9999 must not be rounded into a year that cannot be read back.
  return std::min(seconds, std::nextafter(static_cast<double>(latest_second) + 1, 0.0));
}

}  // namespace detail

/// Reads seconds since 1970 ("1767225600", "1767225600.25") or ISO 8601 ("2026-01-01 00:00:00",
/// "2026-01-01T02:00:00.25+02:00"; no offset means UTC). Rounds digits past the microsecond.
/// Returns std::nullopt where the text is neither, or is outside of the years 0000 to 9999.
[[nodiscard]] inline std::optional<Timestamp> parse_timestamp(std::string_view text) {
  const bool is_date = text.size() > 4 && text[4] == '-';
  const auto time = is_date ? detail::parse_iso8601(text) : detail::parse_unix_time(text);
  return time && detail::is_in_calendar(*time) ? time : std::nullopt;
}

/// Returns "2026-01-01T00:00:00.250000Z". REQUIRES: a year from 0000 to 9999.
[[nodiscard]] inline std::string format_timestamp(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text;
  const auto append = [&text](std::int64_t value, int width, char separator) {
    const std::string digits = std::to_string(value);
    for (auto i = static_cast<int>(digits.size()); i < width; ++i) text += '0';
    text += digits;
    text += separator;
  };
  append(static_cast<int>(date.year()), 4, '-');
  append(static_cast<unsigned>(date.month()), 2, '-');
  append(static_cast<unsigned>(date.day()), 2, 'T');
  append(clock.hours().count(), 2, ':');
  append(clock.minutes().count(), 2, ':');
  append(clock.seconds().count(), 2, '.');
  append(clock.subseconds().count(), 6, 'Z');
  return text;
}

}  // namespace slack::oauth::inline v0
