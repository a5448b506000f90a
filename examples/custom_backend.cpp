// Storage of an app's own as a backend: it reads, writes and erases records by key, and the library knows Slack's
// rules. The program proves it with the contract kit, and then uses the store.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <slack/oauth/backend.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

using slack::oauth::Bot;
using slack::oauth::Erasure;
using slack::oauth::Installation;
using slack::oauth::OptionalId;
using slack::oauth::WorkspaceKey;
using Stored = slack::oauth::StoredInstallation<Installation, Bot>;

// [backend]
class MapBackend {
 public:
  std::optional<Bot> read_bot(const WorkspaceKey& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = workspaces_.find(owned(key));
    return found == workspaces_.end() ? std::nullopt : found->second.bot;
  }

  std::optional<Stored> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = workspaces_.find(owned(key));
    if (found == workspaces_.end()) return std::nullopt;
    const Installation* result = nullptr;
    for (const auto& installation : found->second.installations) {
      const bool is_newest = result == nullptr || result->installed_at <= installation.installed_at;
      if (user_id ? installation.user_id == *user_id : is_newest) result = &installation;
    }
    return result == nullptr ? std::nullopt : std::optional(Stored{*result, found->second.bot});
  }

  void write(const WorkspaceKey& key, const Installation* installation, const Bot* bot) {
    const std::lock_guard lock(mutex_);
    Workspace& workspace = workspaces_[owned(key)];
    if (installation != nullptr) put(workspace, *installation);
    if (bot != nullptr) workspace.bot = *bot;
  }

  bool replace_bot(const WorkspaceKey& key, const Bot* stored, const Bot* bot) {
    const std::lock_guard lock(mutex_);
    Workspace& workspace = workspaces_[owned(key)];
    if (stored != nullptr ? workspace.bot != *stored : workspace.bot.has_value()) return false;
    workspace.bot = bot != nullptr ? std::optional(*bot) : std::nullopt;
    return true;
  }

  bool replace_installation(const WorkspaceKey& key, const Installation* stored, const Installation* installation) {
    const std::lock_guard lock(mutex_);
    Workspace& workspace = workspaces_[owned(key)];
    const std::string& user_id = (stored != nullptr ? stored : installation)->user_id;
    const auto found = find_user(workspace, user_id);
    const bool is_there = found != workspace.installations.end();
    if (stored != nullptr ? !is_there || !equal_but_for_bot(*stored, *found) : is_there) return false;
    if (installation != nullptr) {
      put(workspace, *installation);
    } else {
      workspace.installations.erase(found);
    }
    return true;
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    const std::lock_guard lock(mutex_);
    Workspace& workspace = workspaces_[owned(key)];
    if (workspace.bot && what.is_of(*workspace.bot)) workspace.bot.reset();
    std::erase_if(workspace.installations, [&](const auto& installation) { return what.is_of(installation); });
  }

  void for_each_bot(const std::function<void(const Bot&)>& visit) const {
    for_each_workspace([&](const Workspace& workspace) {
      if (workspace.bot) visit(*workspace.bot);
    });
  }

  void for_each_installation(const std::function<void(Stored)>& visit) const {
    for_each_workspace([&](const Workspace& workspace) {
      for (const auto& installation : workspace.installations) visit({installation, workspace.bot});
    });
  }

 private:
  using Key = std::pair<std::string, std::string>;

  struct Workspace {
    std::optional<Bot> bot;
    std::vector<Installation> installations;  // in the order in which they were saved
  };

  static Key owned(const WorkspaceKey& key) { return {std::string(key.enterprise_id), std::string(key.team_id)}; }

  static std::vector<Installation>::iterator find_user(Workspace& workspace, const std::string& user_id) {
    return std::ranges::find(workspace.installations, user_id, &Installation::user_id);
  }

  // At the end, since it was saved last; without its bot, which has a record of its own.
  static void put(Workspace& workspace, const Installation& installation) {
    std::erase_if(workspace.installations, [&](const auto& old) { return old.user_id == installation.user_id; });
    workspace.installations.push_back(without_bot(installation));
  }

  // A visitor may call the store, so each workspace is copied and no lock is held while it is visited.
  void for_each_workspace(const std::function<void(const Workspace&)>& visit) const {
    std::unique_lock lock(mutex_);
    for (auto next = workspaces_.begin(); next != workspaces_.end();) {
      const auto [key, workspace] = *next;
      lock.unlock();
      visit(workspace);
      lock.lock();
      next = workspaces_.upper_bound(key);
    }
  }

  mutable std::mutex mutex_;
  std::map<Key, Workspace> workspaces_;
};
// [backend]

using MapStore = slack::oauth::BackendInstallationStore<MapBackend>;

}  // namespace

int main() {
  // [contract]
  const auto report = slack::oauth::testing::run_contract([] { return std::make_unique<MapStore>(); });
  for (const auto& failure : report.failures) std::cout << failure << "\n";
  std::cout << report.checks << " checks of the contract, " << report.failures.size() << " failed\n";
  // [contract]
  if (!report.passed()) return EXIT_FAILURE;

  MapStore store;
  store.save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});
  std::cout << *store.find_bot({.team_id = "T0FURNACE"}) << "\n";
  return EXIT_SUCCESS;
}
