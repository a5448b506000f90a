// A correct backend that is as plain as can be, with switches that make it wrong in one way each.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/composition.hpp"

namespace kit_tests {

namespace so = slack::oauth;

/// What may be wrong with a SimpleBackend.
struct Flaws {
  bool joins_ids = false;
  bool folds_case_of_ids = false;
  bool ignores_enterprise = false;
  bool ignores_client = false;
  bool ignores_installed_at = false;
  bool compares_seconds = false;
  bool gives_ties_to_the_first = false;
  bool erases_by_prefix = false;
  bool tears_writes = false;
  bool tears_erasures = false;
  bool tears_reads = false;
  bool tears_visits = false;
  bool loses_updates = false;
  bool visits_under_lock = false;
  bool erases_before_it_fails = false;
  bool compares_before_it_writes = false;
  bool decides_before_it_erases = false;
  bool keeps_old_bot_tokens = false;
};

struct Workspace {
  std::optional<so::Bot> bot{};
  std::vector<so::Installation> installations{};  // in the order of their saves
};

/// What several backends may share: one per "server".
struct Storage {
  using Key = std::pair<std::string, std::string>;
  using Workspaces = std::map<Key, Workspace>;

  std::mutex mutex{};
  std::map<std::string, Workspaces> clients{};
  bool is_broken = false;
};

class SimpleBackend {
 public:
  explicit SimpleBackend(Flaws flaws = {}, std::shared_ptr<Storage> storage = std::make_shared<Storage>(),
                         std::string client_id = "client")
      : flaws_(flaws), storage_(std::move(storage)), client_id_(flaws.ignores_client ? "" : std::move(client_id)) {}

  [[nodiscard]] const std::shared_ptr<Storage>& storage() const { return storage_; }

  [[nodiscard]] std::optional<so::Bot> read_bot(const so::WorkspaceKey& key) const {
    auto bot = workspace(key).bot;
    if (flaws_.tears_reads && bot) {
      pause();
      if (const auto again = workspace(key).bot) bot->bot_refresh_token = again->bot_refresh_token;
    }
    return bot;
  }

  [[nodiscard]] std::optional<so::StoredInstallation<so::Installation, so::Bot>> read_installation(
      const so::WorkspaceKey& key, so::OptionalId user_id) const {
    const Workspace found = workspace(key);
    const so::Installation* best = nullptr;
    for (const auto& one : found.installations) {
      if (user_id && one.user_id != id(*user_id)) continue;
      if (best == nullptr || is_newer(one, *best)) best = &one;
    }
    if (best == nullptr) return std::nullopt;
    return so::StoredInstallation<so::Installation, so::Bot>{*best, found.bot};
  }

  void write(const so::WorkspaceKey& key, const so::Installation* installation, const so::Bot* bot) {
    if (flaws_.erases_before_it_fails && storage_->is_broken) {
      const std::lock_guard lock(storage_->mutex);
      storage_->clients[client_id_].erase(file_key(key));
    }
    if (flaws_.loses_updates) {
      auto workspaces = all();
      pause();
      put(workspaces[file_key(key)], installation, bot);
      const std::lock_guard lock(storage_->mutex);
      storage_->clients[client_id_] = std::move(workspaces);
      return;
    }
    if (flaws_.tears_writes && bot != nullptr) {
      change(key, [&](Workspace& workspace) { put(workspace, nullptr, bot); });
      pause();
      bot = nullptr;
    }
    change(key, [&](Workspace& workspace) { put(workspace, installation, bot); });
  }

  bool replace_bot(const so::WorkspaceKey& key, const so::Bot* stored, const so::Bot* bot) {
    return replace(
        key,
        [&](const Workspace& workspace) {
          return stored == nullptr ? !workspace.bot : workspace.bot && *workspace.bot == *stored;
        },
        [&](Workspace& workspace) {
          if (bot != nullptr) return put(workspace, nullptr, bot);
          workspace.bot.reset();
        });
  }

  bool replace_installation(const so::WorkspaceKey& key, const so::Installation* stored,
                            const so::Installation* installation) {
    const std::string user_id = id((stored != nullptr ? stored : installation)->user_id);
    return replace(
        key,
        [&](const Workspace& workspace) {
          for (const auto& one : workspace.installations) {
            if (one.user_id == user_id) return stored != nullptr && so::equal_but_for_bot(one, *stored);
          }
          return stored == nullptr;
        },
        [&](Workspace& workspace) {
          if (installation != nullptr) return put(workspace, installation, nullptr);
          std::erase_if(workspace.installations, [&](const auto& one) { return one.user_id == user_id; });
        });
  }

  void erase(const so::WorkspaceKey& key, const so::Erasure& what) {
    if (flaws_.erases_by_prefix) {
      erase_by_prefix(key, what);
      return;
    }
    if (flaws_.decides_before_it_erases) {
      erase_in_two_steps(key, what);
      return;
    }
    if (flaws_.tears_erasures && what.installations) {
      so::Erasure installations = what;
      installations.bot = false;
      change(key, [&](Workspace& workspace) { remove(workspace, installations); });
      pause();
    }
    change(key, [&](Workspace& workspace) { remove(workspace, what); });
  }

  void for_each_bot(const std::function<void(const so::Bot&)>& visit) const {
    std::unique_lock lock(storage_->mutex);
    require_working();
    const auto workspaces = storage_->clients[client_id_];
    if (!flaws_.visits_under_lock) lock.unlock();
    for (const auto& entry : workspaces) {
      if (entry.second.bot) visit(*entry.second.bot);
    }
  }

  void for_each_installation(
      const std::function<void(so::StoredInstallation<so::Installation, so::Bot>)>& visit) const {
    const auto workspaces = all();
    if (flaws_.tears_visits) pause();
    const auto again = flaws_.tears_visits ? all() : workspaces;
    for (const auto& [key, workspace] : workspaces) {
      const auto later = again.find(key);
      for (const auto& one : workspace.installations)
        visit({one, later == again.end() ? std::nullopt : later->second.bot});
    }
  }

 private:
  static void pause() { std::this_thread::sleep_for(std::chrono::microseconds{200}); }

  void require_working() const {
    if (storage_->is_broken) throw so::StorageError({.backend = "simple", .native_code = "BROKEN"}, "it is broken");
  }

  [[nodiscard]] std::string id(std::string_view text) const {
    std::string result(text);
    if (flaws_.folds_case_of_ids) {
      for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return result;
  }

  [[nodiscard]] Storage::Key file_key(const so::WorkspaceKey& key) const {
    if (flaws_.joins_ids) return {"", id(key.enterprise_id) + "-" + id(key.team_id)};
    return {flaws_.ignores_enterprise && !key.team_id.empty() ? "" : id(key.enterprise_id), id(key.team_id)};
  }

  [[nodiscard]] bool is_newer(const so::Installation& one, const so::Installation& best) const {
    if (flaws_.ignores_installed_at) return true;
    if (flaws_.gives_ties_to_the_first) return one.installed_at > best.installed_at;
    if (flaws_.compares_seconds) {
      return std::chrono::floor<std::chrono::seconds>(one.installed_at) >=
             std::chrono::floor<std::chrono::seconds>(best.installed_at);
    }
    return one.installed_at >= best.installed_at;
  }

  [[nodiscard]] Storage::Workspaces all() const {
    const std::lock_guard lock(storage_->mutex);
    require_working();
    return storage_->clients[client_id_];
  }

  [[nodiscard]] Workspace workspace(const so::WorkspaceKey& key) const {
    const std::lock_guard lock(storage_->mutex);
    require_working();
    const auto& workspaces = storage_->clients[client_id_];
    const auto found = workspaces.find(file_key(key));
    return found == workspaces.end() ? Workspace{} : found->second;
  }

  template <class Change>
  void change(const so::WorkspaceKey& key, const Change& change_workspace) {
    const std::lock_guard lock(storage_->mutex);
    require_working();
    change_workspace(storage_->clients[client_id_][file_key(key)]);
  }

  template <class IsStill, class Put>
  bool replace(const so::WorkspaceKey& key, const IsStill& is_still, const Put& put_new) {
    if (flaws_.compares_before_it_writes) {
      if (!is_still(workspace(key))) return false;
      pause();
      change(key, put_new);
      return true;
    }
    bool is_replaced = false;
    change(key, [&](Workspace& workspace) {
      is_replaced = is_still(workspace);
      if (is_replaced) put_new(workspace);
    });
    return is_replaced;
  }

  void put(Workspace& workspace, const so::Installation* installation, const so::Bot* bot) const {
    if (installation != nullptr) {
      so::Installation fresh = flaws_.keeps_old_bot_tokens ? *installation : so::without_bot(*installation);
      fresh.user_id = id(fresh.user_id);
      std::erase_if(workspace.installations, [&](const auto& one) { return one.user_id == fresh.user_id; });
      workspace.installations.push_back(std::move(fresh));
    }
    if (bot != nullptr) workspace.bot = *bot;
  }

  void remove(Workspace& workspace, const so::Erasure& what) const {
    if (workspace.bot && what.is_of(*workspace.bot)) workspace.bot.reset();
    std::erase_if(workspace.installations, [&](const so::Installation& one) {
      if (!flaws_.erases_by_prefix || what.user_ids.empty()) return what.is_of(one);
      return what.installations && one.user_id.starts_with(what.user_ids.front());
    });
  }

  void erase_in_two_steps(const so::WorkspaceKey& key, const so::Erasure& what) {
    const Workspace seen = workspace(key);
    pause();
    change(key, [&](Workspace& workspace) {
      if (seen.bot && what.is_of(*seen.bot)) workspace.bot.reset();
      for (const auto& one : seen.installations) {
        if (!what.is_of(one)) continue;
        std::erase_if(workspace.installations, [&](const auto& other) { return other.user_id == one.user_id; });
      }
    });
  }

  void erase_by_prefix(const so::WorkspaceKey& key, const so::Erasure& what) {
    const std::lock_guard lock(storage_->mutex);
    for (auto& [other, workspace] : storage_->clients[client_id_]) {
      if (other.first == key.enterprise_id && other.second.starts_with(key.team_id)) remove(workspace, what);
    }
  }

  Flaws flaws_;
  std::shared_ptr<Storage> storage_;
  std::string client_id_;
};

using SimpleStore = so::BackendInstallationStore<SimpleBackend>;

}  // namespace kit_tests
