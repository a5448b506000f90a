// The rules once more, written as plainly as they read: what the randomised check compares a store with. It shares no
// code with the stores.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/installation_store/samples.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Has the methods of a store. For one thread.
template <class InstallationT, class BotT>
class Model {
 public:
  void save(const InstallationT& installation) {
    const Owner owner = owner_of_record(installation);
    put(owner, installation, ++last_);
    if (installation.bot_token && !installation.bot_token->empty()) put_bot(owner, installation.to_bot().value());
  }

  void save_bot(const BotT& bot) { put_bot(owner_of_record(bot), bot); }

  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const { return bot_of(owner_of(query)); }

  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const {
    const auto found = find_installations(query);
    return found.empty() ? std::nullopt : std::optional(found.front());
  }

  /// The installations that find_installation() may give. Between equal times it is the one saved last; whether a
  /// replacement counts as a save is left open.
  [[nodiscard]] std::vector<InstallationT> find_installations(const InstallationQuery& query) const {
    std::vector<InstallationT> found;
    const Owner owner = owner_of(query);
    for (const Entry& entry : installations_) {
      const bool is_meant = query.user_id ? *query.user_id == entry.installation.user_id && !query.user_id->empty()
                                          : may_be_newest(entry);
      if (entry.owner == owner && is_meant) found.push_back(as_found(entry.installation, bot_of(owner)));
    }
    return found;
  }

  void delete_bot(const WorkspaceRef& ref) {
    std::erase_if(bots_, [&](const auto& entry) {
      return entry.first == owner_of(ref) && is_in_time(entry.second, ref.installed_until);
    });
  }

  void delete_installation(const InstallationRef& ref) {
    if (ref.user_id && ref.user_id->empty()) return;
    std::erase_if(installations_, [&](const Entry& entry) {
      return entry.owner == owner_of(ref) && (!ref.user_id || *ref.user_id == entry.installation.user_id) &&
             is_in_time(entry.installation, ref.installed_until);
    });
  }

  void delete_installations(const WorkspaceRef& ref, const std::vector<std::string_view>& user_ids) {
    for (const auto user_id : user_ids) {
      delete_installation({ref.enterprise_id, ref.team_id, user_id, ref.installed_until});
    }
  }

  void delete_all(const WorkspaceRef& ref) {
    delete_bot(ref);
    delete_installation({ref.enterprise_id, ref.team_id, std::nullopt, ref.installed_until});
  }

  bool replace_tokens(const TokenReplacement& replacement) {
    const Owner owner = owner_of(replacement);
    if (!replacement.user_id) {
      for (auto& [other, bot] : bots_) {
        if (other != owner || !replacement.replaces(std::optional(bot.bot_token), bot.bot_refresh_token)) continue;
        bot = with_token(bot, replacement.token);
        return true;
      }
      return false;
    }
    if (replacement.user_id->empty()) return false;
    for (Entry& entry : installations_) {
      InstallationT& installation = entry.installation;
      if (entry.owner != owner || installation.user_id != *replacement.user_id ||
          !replacement.replaces(installation.user_token, installation.user_refresh_token)) {
        continue;
      }
      installation = with_token(installation, replacement.token);
      entry.written = ++last_;
      return true;
    }
    return false;
  }

  bool replace_bot(const std::optional<BotT>& stored, const std::optional<BotT>& bot) {
    const Owner owner = common_owner(stored, bot);
    if (bot_of(owner) != stored) return false;
    std::erase_if(bots_, [&](const auto& entry) { return entry.first == owner; });
    if (bot) put_bot(owner, *bot);
    return true;
  }

  bool replace_installation(const std::optional<InstallationT>& stored,
                            const std::optional<InstallationT>& installation) {
    const Owner owner = common_owner(stored, installation);
    if (stored && installation && stored->user_id != installation->user_id) {
      throw InvalidArgumentError("user_id", "is another one");
    }
    const auto& user_id = (stored ? stored : installation)->user_id;
    const auto entry = std::ranges::find_if(
        installations_, [&](const Entry& one) { return one.owner == owner && one.installation.user_id == user_id; });
    const auto without_bot = [](const InstallationT& one) { return as_found(one, std::optional<BotT>()); };
    const bool is_there = entry != installations_.end();
    if (is_there != stored.has_value()) return false;
    if (is_there && without_bot(entry->installation) != without_bot(*stored)) return false;
    const std::uint64_t saved = is_there ? entry->saved : last_ + 1;
    if (is_there) installations_.erase(entry);
    if (installation) put(owner, *installation, saved);
    return true;
  }

  template <class Visit>
  void for_each_bot(Visit visit) const {
    for (const auto& entry : bots_) visit(entry.second);
  }

  template <class Visit>
  void for_each_installation(Visit visit) const {
    for (const Entry& entry : installations_) visit(as_found(entry.installation, bot_of(entry.owner)));
  }

 private:
  struct Owner {
    std::string enterprise_id;
    std::string team_id;
    friend bool operator==(const Owner&, const Owner&) = default;
  };

  struct Entry {
    Owner owner;
    InstallationT installation;
    std::uint64_t saved = 0;    // the number of its last save
    std::uint64_t written = 0;  // the number of its last save or replacement
  };

  static std::string id(OptionalId id) { return std::string(id.value_or("")); }

  template <class Record>
  static Owner owner_of_record(const Record& record) {
    Owner owner{record.enterprise_id.value_or(""), record.is_enterprise_install ? "" : record.team_id.value_or("")};
    if (owner == Owner{}) throw InvalidArgumentError("enterprise_id", "and team_id are both missing");
    return owner;
  }

  template <class Query>
  static Owner owner_of(const Query& query) {
    bool is_organisation = false;
    if constexpr (requires { query.is_enterprise_install; }) is_organisation = query.is_enterprise_install;
    return {id(query.enterprise_id), is_organisation ? "" : id(query.team_id)};
  }

  template <class Record>
  static Owner common_owner(const std::optional<Record>& stored, const std::optional<Record>& record) {
    if (!stored && !record) throw InvalidArgumentError("stored", "is missing, and what replaces it");
    Owner owner = owner_of_record(stored ? *stored : *record);
    if (record && owner_of_record(*record) != owner) throw InvalidArgumentError("team_id", "is another one");
    return owner;
  }

  template <class Record>
  static bool is_in_time(const Record& record, const std::optional<Timestamp>& installed_until) {
    return !installed_until || record.installed_at <= *installed_until;
  }

  [[nodiscard]] bool may_be_newest(const Entry& one) const {
    return std::ranges::none_of(installations_, [&](const Entry& other) {
      if (other.owner != one.owner) return false;
      const auto left = one.installation.installed_at;
      const auto right = other.installation.installed_at;
      return right > left || (right == left && other.saved > one.written);
    });
  }

  void put(const Owner& owner, const InstallationT& installation, std::uint64_t saved) {
    std::erase_if(installations_, [&](const Entry& entry) {
      return entry.owner == owner && entry.installation.user_id == installation.user_id;
    });
    installations_.push_back({owner, installation, saved, ++last_});
  }

  [[nodiscard]] std::optional<BotT> bot_of(const Owner& owner) const {
    for (const auto& [other, bot] : bots_) {
      if (other == owner) return bot;
    }
    return std::nullopt;
  }

  void put_bot(const Owner& owner, BotT bot) {
    std::erase_if(bots_, [&](const auto& entry) { return entry.first == owner; });
    bots_.emplace_back(owner, std::move(bot));
  }

  std::vector<std::pair<Owner, BotT>> bots_{};
  std::vector<Entry> installations_{};
  std::uint64_t last_ = 0;
};

}  // namespace slack::oauth::inline v0::testing::detail
