// The rules once more, written as plainly as they read: what the randomised check compares a store with. It shares no
// code with the stores.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/installation_store/samples.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Has the methods of a store. For one thread.
template <class InstallationT, class BotT>
class Model {
 public:
  void save(const InstallationT& installation) {
    const Owner owner = owner_of_record(installation);
    std::erase_if(installations_, [&](const auto& entry) {
      return entry.first == owner && entry.second.user_id == installation.user_id;
    });
    installations_.emplace_back(owner, installation);  // at the end: the one saved last
    if (installation.bot_token && !installation.bot_token->empty()) put_bot(owner, installation.to_bot().value());
  }

  void save_bot(const BotT& bot) { put_bot(owner_of_record(bot), bot); }

  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const {
    return bot_of({id(query.enterprise_id), query.is_enterprise_install ? "" : id(query.team_id)});
  }

  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const {
    const Owner owner{id(query.enterprise_id), query.is_enterprise_install ? "" : id(query.team_id)};
    if (query.user_id && query.user_id->empty()) return std::nullopt;
    const InstallationT* found = nullptr;
    for (const auto& [other, installation] : installations_) {
      if (other != owner) continue;
      if (query.user_id && *query.user_id != installation.user_id) continue;
      if (found == nullptr || installation.installed_at >= found->installed_at) found = &installation;
    }
    if (found == nullptr) return std::nullopt;
    return as_found(*found, bot_of(owner));
  }

  void delete_bot(const WorkspaceRef& ref) {
    const Owner owner{id(ref.enterprise_id), id(ref.team_id)};
    std::erase_if(bots_, [&](const auto& entry) { return entry.first == owner; });
  }

  void delete_installation(const InstallationRef& ref) {
    const Owner owner{id(ref.enterprise_id), id(ref.team_id)};
    if (ref.user_id && ref.user_id->empty()) return;
    std::erase_if(installations_, [&](const auto& entry) {
      return entry.first == owner && (!ref.user_id || *ref.user_id == entry.second.user_id);
    });
  }

  void delete_all(const WorkspaceRef& ref) {
    delete_bot(ref);
    delete_installation({.enterprise_id = ref.enterprise_id, .team_id = ref.team_id});
  }

  template <class Visit>
  void for_each_bot(Visit visit) const {
    for (const auto& entry : bots_) visit(entry.second);
  }

  template <class Visit>
  void for_each_installation(Visit visit) const {
    for (const auto& [owner, installation] : installations_) visit(as_found(installation, bot_of(owner)));
  }

 private:
  struct Owner {
    std::string enterprise_id;
    std::string team_id;
    friend bool operator==(const Owner&, const Owner&) = default;
  };

  static std::string id(OptionalId id) { return std::string(id.value_or("")); }

  template <class Record>
  static Owner owner_of_record(const Record& record) {
    Owner owner{record.enterprise_id.value_or(""), record.is_enterprise_install ? "" : record.team_id.value_or("")};
    if (owner == Owner{}) throw InvalidArgumentError("enterprise_id", "and team_id are both missing");
    return owner;
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
  std::vector<std::pair<Owner, InstallationT>> installations_{};
};

}  // namespace slack::oauth::inline v0::testing::detail
