#if !defined(_WIN32)
#include <unistd.h>
#endif

#include <cstdio>
#include <slack/oauth/logger.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace slack::oauth;

namespace {

using Lines = std::vector<std::pair<LogLevel, std::string>>;

Logger logger_into(Lines& lines, LogLevel level) {
  return {level, [&lines](LogLevel line_level, std::string_view line) { lines.emplace_back(line_level, line); }};
}

void log_at_every_level(const Logger& logger) {
  logger.debug("d");
  logger.info("i");
  logger.warning("w");
  logger.error("e");
}

}  // namespace

TEST_CASE("a logger says nothing by default", "[logger]") {
  const Logger logger;
  CHECK(logger.level() == LogLevel::off);
  CHECK_FALSE(logger.is_enabled(LogLevel::error));
  CHECK_NOTHROW(log_at_every_level(logger));
}

TEST_CASE("a logger without a callable is off, whatever its level", "[logger]") {
  const Logger logger(LogLevel::debug, nullptr);
  CHECK(logger.level() == LogLevel::off);
  CHECK_NOTHROW(log_at_every_level(logger));
}

TEST_CASE("a logger hands on the lines of its level and above, with their level", "[logger]") {
  const Lines all{{LogLevel::debug, "d"}, {LogLevel::info, "i"}, {LogLevel::warning, "w"}, {LogLevel::error, "e"}};
  const auto skipped = GENERATE(0, 1, 2, 3, 4);
  const LogLevel level = std::vector{LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error,
                                     LogLevel::off}[static_cast<std::size_t>(skipped)];
  CAPTURE(to_string(level));

  Lines lines;
  const Logger logger = logger_into(lines, level);
  log_at_every_level(logger);

  CHECK(lines == Lines(all.begin() + skipped, all.end()));
  for (const auto& [line_level, line] : all) CHECK(logger.is_enabled(line_level) == (line_level >= level));
}

TEST_CASE("off is the level of a logger, never of a line", "[logger]") {
  Lines lines;
  const Logger logger = logger_into(lines, LogLevel::debug);
  CHECK_FALSE(logger.is_enabled(LogLevel::off));
  logger.log(LogLevel::off, "o");
  CHECK(lines.empty());
}

TEST_CASE("levels have names", "[logger]") {
  CHECK(to_string(LogLevel::debug) == "debug");
  CHECK(to_string(LogLevel::info) == "info");
  CHECK(to_string(LogLevel::warning) == "warning");
  CHECK(to_string(LogLevel::error) == "error");
  CHECK(to_string(LogLevel::off) == "off");
}

#if !defined(_WIN32)

TEST_CASE("a logger writes to the standard error stream", "[logger]") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const int before = ::dup(2);
  ::dup2(::fileno(file), 2);
  log_at_every_level(stderr_logger());
  std::fflush(stderr);
  ::dup2(before, 2);
  ::close(before);

  std::rewind(file);
  std::string written(64, '\0');
  written.resize(std::fread(written.data(), 1, written.size(), file));
  std::fclose(file);
  CHECK(written == "warning: w\nerror: e\n");
}

#endif
