// The values that a backend and the store over it exchange about records.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// An installation and the bot record of its workspace, both as of the same moment. The bot fields of `installation`
/// need not mean anything: the store fills them from `bot`.
template <class InstallationT, class BotT>
struct StoredInstallation {
  InstallationT installation{};
  std::optional<BotT> bot{};
};

/// Which records of a workspace to erase.
struct Erasure {
  bool bot = false;
  bool installations = false;                    ///< every user's, or only those of `user_ids`
  std::span<const std::string_view> user_ids{};  ///< in order; none: every user's. No id in it is empty
  std::optional<Timestamp> installed_until{};    ///< where given, what was installed later stays

  template <class BotT>
  [[nodiscard]] bool is_of(const BotT& record) const requires(!requires { record.user_id; }) {
    return bot && is_in_time(record.installed_at);
  }

  /// Of an installation.
  template <class InstallationT>
  [[nodiscard]] bool is_of(const InstallationT& record) const requires requires {
    record.user_id;
  }
  { return installations && is_of_user(record.user_id) && is_in_time(record.installed_at); }

  [[nodiscard]] bool is_of_user(std::string_view user_id) const {
    return user_ids.empty() || std::binary_search(user_ids.begin(), user_ids.end(), user_id);
  }
  [[nodiscard]] bool is_in_time(Timestamp installed_at) const {
    return !installed_until || installed_at <= *installed_until;
  }
};

}  // namespace slack::oauth::inline v0
