// The records that the checks save. Each field of a sample carries the sample's version, so that a record which mixes
// two versions shows.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// A workspace or organisation, and the arguments that name it. They borrow its ids.
struct Place {
  std::optional<std::string> enterprise_id{};
  std::optional<std::string> team_id{};
  bool is_enterprise_install = false;

  [[nodiscard]] BotQuery bot() const { return {enterprise_id, team_id, is_enterprise_install}; }
  [[nodiscard]] InstallationQuery newest() const {
    return {enterprise_id, team_id, std::nullopt, is_enterprise_install};
  }
  [[nodiscard]] InstallationQuery user(OptionalId user_id) const {
    return {enterprise_id, team_id, user_id, is_enterprise_install};
  }
  [[nodiscard]] WorkspaceRef ref(std::optional<Timestamp> installed_until = {}) const {
    return {enterprise_id, filed_team_id(), installed_until};
  }
  [[nodiscard]] InstallationRef user_ref(OptionalId user_id, std::optional<Timestamp> installed_until = {}) const {
    return {enterprise_id, filed_team_id(), user_id, installed_until};
  }
  [[nodiscard]] TokenReplacement bot_tokens(std::string_view used, const RefreshedToken& token) const {
    return user_tokens(std::nullopt, used, token);
  }
  [[nodiscard]] TokenReplacement user_tokens(OptionalId user_id, std::string_view used,
                                             const RefreshedToken& token) const {
    return {enterprise_id, team_id, user_id, is_enterprise_install, used, token};
  }
  /// Of a token that was exchanged; without a user, the bot's.
  [[nodiscard]] TokenReplacement exchanged_tokens(OptionalId user_id, std::string_view exchanged,
                                                  const RefreshedToken& token) const {
    return {enterprise_id, team_id, user_id, is_enterprise_install, {}, token, exchanged};
  }

 private:
  // A reference has no is_enterprise_install: it names an organisation by leaving out the team.
  [[nodiscard]] OptionalId filed_team_id() const { return is_enterprise_install ? OptionalId() : OptionalId(team_id); }
};

[[nodiscard]] inline Place workspace(std::string team_id) { return {.team_id = std::move(team_id)}; }
[[nodiscard]] inline Place workspace(std::string enterprise_id, std::string team_id) {
  return {.enterprise_id = std::move(enterprise_id), .team_id = std::move(team_id)};
}
[[nodiscard]] inline Place organisation(std::string enterprise_id) {
  return {.enterprise_id = std::move(enterprise_id), .is_enterprise_install = true};
}

/// Later versions are newer. Every one has a fraction of its own, to the microsecond.
[[nodiscard]] inline Timestamp sample_time(std::int64_t version) {
  constexpr std::chrono::sys_days start{std::chrono::year{2024} / 2 / 29};
  return Timestamp{start} + std::chrono::seconds{version} + std::chrono::microseconds{version % 999'983 + 7};
}

[[nodiscard]] inline std::string sample_text(std::string_view what, std::int64_t version) {
  std::string digits = std::to_string(version);
  digits.insert(0, 6 - std::min<std::size_t>(digits.size(), 6), '0');
  return std::string(what) + "-" + digits;
}

/// The version of the sample that a token is from; absent where it is from none.
[[nodiscard]] inline std::optional<std::int64_t> version_of(std::string_view token) {
  const auto dash = token.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = token.substr(dash + 1);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return version;
}

/// An installation in which all 27 fields say something.
template <class InstallationT>
[[nodiscard]] InstallationT sample_installation(const Place& place, std::string_view user_id, std::int64_t version) {
  const auto text = [version](std::string_view what) { return sample_text(what, version); };
  const auto expiry = std::chrono::floor<std::chrono::seconds>(sample_time(version)) + std::chrono::hours{12};
  InstallationT sample{};
  sample.app_id = text("A");
  sample.enterprise_id = place.enterprise_id;
  sample.enterprise_name = text("enterprise");
  sample.enterprise_url = text("https://enterprise.example/");
  sample.team_id = place.team_id;
  sample.team_name = text("team");
  sample.bot_token = text("xoxb-contract-kit");
  sample.bot_id = text("B");
  sample.bot_user_id = text("UBOT");
  sample.bot_scopes = {"chat:write", text("bot:scope")};
  sample.bot_refresh_token = text("xoxe-1-contract-kit-bot");
  sample.bot_token_expires_at = expiry;
  sample.bot_refresh_token_expires_at = expiry + std::chrono::days{30};
  sample.user_id = user_id;
  sample.user_token = text("xoxp-contract-kit");
  sample.user_scopes = {text("user:scope"), "search:read"};
  sample.user_refresh_token = text("xoxe-1-contract-kit-user");
  sample.user_token_expires_at = expiry + std::chrono::seconds{1};
  sample.user_refresh_token_expires_at = expiry + std::chrono::days{30} + std::chrono::seconds{1};
  sample.incoming_webhook_url = text("https://hooks.slack.example/services/contract-kit");
  sample.incoming_webhook_channel = text("#channel");
  sample.incoming_webhook_channel_id = text("C");
  sample.incoming_webhook_configuration_url = text("https://configuration.example/");
  sample.is_enterprise_install = place.is_enterprise_install;
  sample.token_type = text("bot");
  sample.installed_at = sample_time(version);
  sample.custom_values = CustomValues(nlohmann::json{{"version", version}});
  return sample;
}

/// The bot part of the sample installation of that version.
template <class InstallationT, class BotT>
[[nodiscard]] BotT sample_bot(const Place& place, std::int64_t version) {
  std::optional<BotT> bot = sample_installation<InstallationT>(place, "U", version).to_bot();
  return std::move(bot).value();
}

/// The installation as it is found while `bot` is the workspace's bot record (rule 3).
template <class InstallationT, class BotT>
[[nodiscard]] InstallationT as_found(InstallationT installation, const std::optional<BotT>& bot) {
  installation.bot_token.reset();
  installation.bot_id.reset();
  installation.bot_user_id.reset();
  installation.bot_scopes.clear();
  installation.bot_refresh_token.reset();
  installation.bot_token_expires_at.reset();
  installation.bot_refresh_token_expires_at.reset();
  if (bot) {
    installation.bot_token = bot->bot_token;
    installation.bot_id = bot->bot_id;
    installation.bot_user_id = bot->bot_user_id;
    installation.bot_scopes = bot->bot_scopes;
    installation.bot_refresh_token = bot->bot_refresh_token;
    installation.bot_token_expires_at = bot->bot_token_expires_at;
    installation.bot_refresh_token_expires_at = bot->bot_refresh_token_expires_at;
  }
  return installation;
}

/// A new pair of tokens, of that version, without scopes.
[[nodiscard]] inline RefreshedToken sample_token(std::string_view type, std::int64_t version) {
  const std::string beginning = type == "user" ? "xoxe.xoxp-1-contract-kit" : "xoxe.xoxb-1-contract-kit";
  const auto expiry = std::chrono::floor<std::chrono::seconds>(sample_time(version)) + std::chrono::hours{24};
  return {.token_type = std::string(type),
          .access_token = sample_text(beginning, version),
          .refresh_token = sample_text("xoxe-1-contract-kit-refreshed-" + std::string(type), version),
          .expires_at = expiry,
          .refresh_token_expires_at = expiry + std::chrono::days{30}};
}

/// The bot after its pair of tokens was replaced (rule 13).
template <class BotT>
[[nodiscard]] BotT with_token(BotT bot, const RefreshedToken& token) requires(!requires { bot.user_id; }) {
  bot.bot_token = token.access_token;
  bot.bot_refresh_token = token.refresh_token;
  bot.bot_token_expires_at = token.expires_at;
  bot.bot_refresh_token_expires_at = token.refresh_token_expires_at;
  if (!token.scopes.empty()) bot.bot_scopes = token.scopes;
  return bot;
}

/// The same for a user's.
template <class InstallationT>
[[nodiscard]] InstallationT with_token(InstallationT installation, const RefreshedToken& token) requires requires {
  installation.user_id;
}
{
  installation.user_token = token.access_token;
  installation.user_refresh_token = token.refresh_token;
  installation.user_token_expires_at = token.expires_at;
  installation.user_refresh_token_expires_at = token.refresh_token_expires_at;
  if (!token.scopes.empty()) installation.user_scopes = token.scopes;
  return installation;
}

/// An installation that asked for user scopes only.
template <class InstallationT>
[[nodiscard]] InstallationT sample_without_bot(const Place& place, std::string_view user_id, std::int64_t version) {
  return as_found(sample_installation<InstallationT>(place, user_id, version), std::optional<Bot>());
}

}  // namespace slack::oauth::inline v0::testing::detail
