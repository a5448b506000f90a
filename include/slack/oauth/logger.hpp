// What a store writes its log to: a level and a callable. It is silent unless the app sets one.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace slack::oauth::inline v0 {

enum class LogLevel { debug, info, warning, error, off };

[[nodiscard]] constexpr std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      break;
  }
  return "off";
}

/// Passes the lines of a level and above to a callable, such as the app's own logging library.
///
/// Threads: a store calls its logger from every thread that calls the store, so the callable must allow that.
/// Errors: log() drops what the callable throws, since the call that is logged is done.
/// Secrets: no line holds a whole token, secret or webhook URL.
class Logger {
 public:
  using Sink = std::function<void(LogLevel, std::string_view)>;

  /// Makes a silent logger.
  Logger() = default;

  /// Passes on lines of `level` or above.
  Logger(LogLevel level, Sink sink) : level_(sink ? level : LogLevel::off), sink_(std::move(sink)) {}

  [[nodiscard]] LogLevel level() const noexcept { return level_; }

  /// Returns true where a line of `level` goes somewhere: ask before you put an expensive line together.
  [[nodiscard]] bool is_enabled(LogLevel level) const noexcept { return level >= level_ && level != LogLevel::off; }

  void log(LogLevel level, std::string_view line) const noexcept {
    if (!is_enabled(level)) return;
    try {
      sink_(level, line);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }
  void debug(std::string_view line) const noexcept { log(LogLevel::debug, line); }
  void info(std::string_view line) const noexcept { log(LogLevel::info, line); }
  void warning(std::string_view line) const noexcept { log(LogLevel::warning, line); }
  void error(std::string_view line) const noexcept { log(LogLevel::error, line); }

 private:
  LogLevel level_ = LogLevel::off;
  Sink sink_;
};

/// Writes lines of `level` or above to the standard error stream, each after the name of its level.
[[nodiscard]] inline Logger stderr_logger(LogLevel level = LogLevel::warning) {
  return {level, [](LogLevel line_level, std::string_view line) {
            std::string text(to_string(line_level));
            text.append(": ").append(line) += '\n';
            // One call, so that no other thread's line comes between.
            static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
          }};
}

}  // namespace slack::oauth::inline v0
