// Feeds what a store says to spdlog.
#include <spdlog/spdlog.h>

#include <slack/oauth.hpp>
#include <string_view>

namespace {

// [logger]
slack::oauth::Logger spdlog_logger() {
  using slack::oauth::LogLevel;
  return {LogLevel::debug, [](LogLevel level, std::string_view line) {
            const auto as_spdlog = level == LogLevel::debug     ? spdlog::level::debug
                                   : level == LogLevel::info    ? spdlog::level::info
                                   : level == LogLevel::warning ? spdlog::level::warn
                                                                : spdlog::level::err;
            spdlog::log(as_spdlog, "{}", line);
          }};
}
// [logger]

}  // namespace

int main() {
  spdlog::set_level(spdlog::level::debug);
  slack::oauth::MemoryInstallationStore store({.logger = spdlog_logger()});
  store.save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});
}
