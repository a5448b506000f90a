// Workspaces to store and to look up, the same for every store that is compared. Look-ups follow one another: each
// record says (in installed_at) which one comes next, so a processor cannot start the next look-up before the last.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"

namespace slack_oauth_benchmarks {

struct Ids {
  std::string enterprise_id;
  std::string team_id;
};

inline slack::oauth::BotQuery query_of(const Ids& ids) {
  return {.enterprise_id = ids.enterprise_id, .team_id = ids.team_id};
}

/// Without a user the newest.
inline slack::oauth::InstallationQuery query_of_user(const Ids& ids, slack::oauth::OptionalId user_id = std::nullopt) {
  return {.enterprise_id = ids.enterprise_id, .team_id = ids.team_id, .user_id = user_id};
}

inline std::string numbered_id(char prefix, std::size_t number) {
  std::string digits = std::to_string(number * 7919 % 100'000'000);
  return prefix + std::string(8 - digits.size(), '0') + digits;
}

class Workspaces {
 public:
  explicit Workspaces(std::size_t count) : ids_(count), next_(count) {
    for (std::size_t i = 0; i < count; ++i) ids_[i] = {numbered_id('E', i % 1000), numbered_id('T', i)};
    // One cycle through all of them, in random order.
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), std::mt19937_64{20260101});
    for (std::size_t i = 0; i < count; ++i) next_[order[i]] = order[(i + 1) % count];
  }

  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] const Ids& ids(std::size_t i) const { return ids_[i]; }

  /// The one that comes after, as its record says.
  [[nodiscard]] std::size_t after(std::size_t i) const { return next_[i]; }

  template <class Record>
  [[nodiscard]] static std::size_t next(const Record& record) {
    return static_cast<std::size_t>(record.installed_at.time_since_epoch().count());
  }

  [[nodiscard]] slack::oauth::Installation installation(std::size_t i) const {
    const auto& [enterprise_id, team_id] = ids_[i];
    return {.app_id = "A0SMELTER",
            .enterprise_id = enterprise_id,
            .enterprise_name = "Kiln Group",
            .team_id = team_id,
            .team_name = "Furnace Works",
            .bot_token = "xoxb-not-a-real-token-of-a-usual-length-" + team_id,
            .bot_id = "B0SMELTER",
            .bot_user_id = "U0BOTUSER",
            .bot_scopes = {"chat:write", "commands", "app_mentions:read"},
            .user_id = "U0ADA",
            .token_type = "bot",
            .installed_at = slack::oauth::Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(next_[i])}}};
  }

 private:
  std::vector<Ids> ids_;
  std::vector<std::size_t> next_;
};

}  // namespace slack_oauth_benchmarks
