// Stores of little ability, and around other stores, for the tests of what authorizes and revokes.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace test {

using slack::oauth::Bot;
using slack::oauth::BotQuery;
using slack::oauth::Installation;
using slack::oauth::InstallationQuery;
using slack::oauth::InstallationRef;
using slack::oauth::InstallationStore;
using slack::oauth::WorkspaceRef;

using Key = std::pair<std::string, std::string>;

template <class Ids>
Key key_of(const Ids& ids) {
  return {std::string(ids.enterprise_id.value_or("")), std::string(ids.team_id.value_or(""))};
}

/// The smallest store of an app that only acts as a bot.
class BotOnlyStore : public InstallationStore {
 public:
  void save(const Installation& installation) override {
    if (const auto bot = installation.to_bot()) bots[key_of(*bot)] = *bot;
  }
  [[nodiscard]] std::optional<Bot> find_bot(const BotQuery& query) const override {
    const auto found =
        bots.find(query.is_enterprise_install ? Key(query.enterprise_id.value_or(""), "") : key_of(query));
    return found == bots.end() ? std::nullopt : std::optional(found->second);
  }
  void delete_bot(const WorkspaceRef& ref) override { bots.erase(key_of(ref)); }
  void delete_all(const WorkspaceRef& ref) override { bots.erase(key_of(ref)); }

  std::map<Key, Bot> bots{};
};

/// The smallest store that finds users' tokens. Each record keeps the bot's token that it was saved with.
class InstallationOnlyStore : public InstallationStore {
 public:
  void save(const Installation& installation) override {
    const Key key = installation.is_enterprise_install ? Key(*installation.enterprise_id, "") : key_of(installation);
    installations[key][installation.user_id] = installation;
  }
  [[nodiscard]] std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    const auto users =
        installations.find(query.is_enterprise_install ? Key(query.enterprise_id.value_or(""), "") : key_of(query));
    if (users == installations.end()) return std::nullopt;
    const Installation* newest = nullptr;
    for (const auto& [user_id, installation] : users->second) {
      if (query.user_id && user_id != *query.user_id) continue;
      if (newest == nullptr || installation.installed_at > newest->installed_at) newest = &installation;
    }
    return newest == nullptr ? std::nullopt : std::optional(*newest);
  }

  std::map<Key, std::map<std::string, Installation>> installations{};
};

/// Says what is called, and may fail there.
class WatchedStore : public slack::oauth::ForwardingInstallationStore {
  using Base = slack::oauth::ForwardingInstallationStore;

 public:
  using Base::Base;

  void save(const Installation& installation) override {
    note("save");
    Base::save(installation);
  }
  void save_bot(const Bot& bot) override {
    note("save_bot");
    Base::save_bot(bot);
  }
  [[nodiscard]] std::optional<Bot> find_bot(const BotQuery& query) const override {
    note("find_bot");
    return Base::find_bot(query);
  }
  [[nodiscard]] std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    note("find_installation");
    return Base::find_installation(query);
  }
  void delete_bot(const WorkspaceRef& ref) override {
    note("delete_bot");
    Base::delete_bot(ref);
  }
  void delete_installation(const InstallationRef& ref) override {
    note("delete_installation");
    Base::delete_installation(ref);
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    note("delete_installations");
    Base::delete_installations(ref, user_ids);
  }
  void delete_all(const WorkspaceRef& ref) override {
    note("delete_all");
    Base::delete_all(ref);
  }

  bool replace_tokens(const slack::oauth::TokenReplacement& replacement) override {
    note("replace_tokens");
    return Base::replace_tokens(replacement);
  }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    note("replace_bot");
    return Base::replace_bot(stored, bot);
  }
  bool replace_installation(const std::optional<Installation>& stored,
                            const std::optional<Installation>& installation) override {
    note("replace_installation");
    return Base::replace_installation(stored, installation);
  }

  [[nodiscard]] int look_ups() const { return calls("find_bot") + calls("find_installation"); }
  [[nodiscard]] int writes() const {
    int writes = 0;
    for (const auto& [method, count] : calls_) {
      if (!method.starts_with("find_")) writes += count;
    }
    return writes;
  }
  [[nodiscard]] int calls(const std::string& method) const {
    const auto found = calls_.find(method);
    return found == calls_.end() ? 0 : found->second;
  }
  void forget_calls() { calls_.clear(); }

  std::function<void(std::string_view method)> before = [](std::string_view /*method*/) {};

 private:
  void note(const std::string& method) const {
    ++calls_[method];
    before(method);
  }

  mutable std::map<std::string, int> calls_{};
};

[[noreturn]] inline void fail() {
  throw slack::oauth::StorageError({.backend = "test", .native_code = "EIO", .is_retryable = true},
                                   "cannot be reached");
}

}  // namespace test
