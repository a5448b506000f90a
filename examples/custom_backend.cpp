// Storage of an app's own as a backend: it reads, writes and erases records by key, and the library knows Slack's
// rules. The program proves it with the contract kit, and then uses the store.
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

  void write(const WorkspaceKey& key, std::optional<Installation> installation, std::optional<Bot> bot) {
    const std::lock_guard lock(mutex_);
    Workspace& workspace = workspaces_[owned(key)];
    if (installation) {
      std::erase_if(workspace.installations, [&](const auto& old) { return old.user_id == installation->user_id; });
      workspace.installations.push_back(*std::move(installation));
    }
    if (bot) workspace.bot = std::move(bot);
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    const std::lock_guard lock(mutex_);
    const auto found = workspaces_.find(owned(key));
    if (found == workspaces_.end()) return;
    auto& [bot, installations] = found->second;
    if (what.bot) bot.reset();
    if (what.installations) {
      std::erase_if(installations, [&](const auto& old) { return !what.user_id || old.user_id == *what.user_id; });
    }
    if (!bot && installations.empty()) workspaces_.erase(found);
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
