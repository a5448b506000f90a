// Records in this process's memory, read without a lock.
//
// Writers take turns. A write makes a new node of the workspace aside and publishes it with one store, so it is seen
// whole or not at all, and what fails before leaves everything as it was.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/leases/detail/lease_table.hpp"
#include "slack/oauth/memory/hash_table.hpp"
#include "slack/oauth/memory/reclamation.hpp"
#include "slack/oauth/memory/workspace.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0::detail {

template <class InstallationT, class BotT>
class MemoryBackend {
  using Node = WorkspaceNode<InstallationT, BotT>;
  using Record = InstallationRecord<InstallationT>;
  using Entry = UserEntry<InstallationT>;

 public:
  MemoryBackend() = default;
  MemoryBackend(const MemoryBackend&) = delete;
  MemoryBackend& operator=(const MemoryBackend&) = delete;

  ~MemoryBackend() {
    nodes_.for_each([](Node* node) {
      for (const Entry& entry : node->users) release(entry.record.load());
      release(node);
    });
  }

  [[nodiscard]] std::optional<BotT> read_bot(const WorkspaceKey& key) const {
    const auto guard = reclaimer_.enter();
    const Node* const node = find(key);
    return node == nullptr ? std::nullopt : node->bot;
  }

  [[nodiscard]] std::shared_ptr<const BotT> bot_snapshot(const WorkspaceKey& key) const {
    const auto guard = reclaimer_.enter();
    const Node* const node = find(key);
    if (node == nullptr || !node->bot) return nullptr;
    return std::shared_ptr<const BotT>(node->self, &*node->bot);
  }

  [[nodiscard]] std::optional<StoredInstallation<InstallationT, BotT>> read_installation(const WorkspaceKey& key,
                                                                                         OptionalId user_id) const {
    const auto guard = reclaimer_.enter();
    const auto [node, entry] = find_user(key, user_id);
    if (entry == nullptr) return std::nullopt;
    return StoredInstallation<InstallationT, BotT>{entry->record.load()->installation, node->bot};
  }

  [[nodiscard]] std::optional<InstallationT> read_composed_installation(const WorkspaceKey& key,
                                                                        OptionalId user_id) const {
    const auto guard = reclaimer_.enter();
    const auto [node, entry] = find_user(key, user_id);
    if (entry == nullptr) return std::nullopt;
    const Record& record = *entry->record.load();
    if (record.bot_version == node->bot_version) return record.installation;
    std::optional<InstallationT> composed = record.installation;
    compose_installation(*composed, node->bot);
    return composed;
  }

  [[nodiscard]] std::shared_ptr<const InstallationT> installation_snapshot(const WorkspaceKey& key,
                                                                           OptionalId user_id) const {
    const auto guard = reclaimer_.enter();
    const auto [node, entry] = find_user(key, user_id);
    if (entry == nullptr) return nullptr;
    Record* const record = entry->record.load();
    return record->bot_version == node->bot_version ? snapshot_of(*record) : refresh(*node, *entry, record);
  }

  void write(const WorkspaceKey& key, std::optional<InstallationT> installation, std::optional<BotT> bot) {
    Unpublished<Record> record;
    if (installation) {
      if (bot) compose_installation(*installation, bot);
      record.reset(make_reclaimable<Record>(std::move(*installation), 0));
    }
    [[maybe_unused]] Garbage garbage;
    const std::lock_guard lock(writing_);
    Node* const old = find(key);
    Unpublished<Node> fresh = copy(key, old, !bot.has_value());
    if (bot) {
      fresh->bot = std::move(bot);
      fresh->bot_version = ++last_version_;
    } else if (record != nullptr && fresh->bot) {
      compose_installation(record->installation, fresh->bot);
    }
    Record* replaced = nullptr;
    if (record != nullptr) {
      record->bot_version = fresh->bot_version;
      replaced = fresh->put_user(record.get(), ++last_save_);
    }
    if (old == nullptr) nodes_.reserve_one();
    [[maybe_unused]] const Record* const published = record.release();
    publish(old, std::move(fresh));
    if (replaced != nullptr) reclaimer_.retire(replaced);
    garbage = reclaimer_.collect();
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    [[maybe_unused]] Garbage garbage;
    const std::lock_guard lock(writing_);
    Node* const old = find(key);
    if (old == nullptr) return;
    const bool erases_all_users = what.installations && !what.user_id;
    Record* erased = nullptr;
    Unpublished<Node> fresh;
    if (!what.bot || !erases_all_users) {
      fresh = copy(key, old, !what.bot, !erases_all_users);
      if (what.bot) fresh->bot_version = ++last_version_;
      if (what.user_id) erased = fresh->take_user(*what.user_id);
    }
    if (erases_all_users) retire_users(*old);
    publish(old, std::move(fresh));
    if (erased != nullptr) reclaimer_.retire(erased);
    garbage = reclaimer_.collect();
  }

  void for_each_bot(const std::function<void(const BotT&)>& visit) const {
    std::vector<std::shared_ptr<const BotT>> found;
    std::uint64_t position = 0;
    do {
      found.clear();
      {
        const auto guard = reclaimer_.enter();
        position = nodes_.scan(position, batch, [&found](const Node& node) {
          if (node.bot) found.emplace_back(node.self, &*node.bot);
        });
      }
      for (const auto& bot : found) visit(*bot);
    } while (position != 0);
  }

  void for_each_installation(const std::function<void(StoredInstallation<InstallationT, BotT>)>& visit) const {
    std::vector<std::shared_ptr<const Node>> found;
    std::uint64_t position = 0;
    do {
      found.clear();
      {
        const auto guard = reclaimer_.enter();
        position = nodes_.scan(position, batch, [&found](const Node& node) { found.emplace_back(node.self, &node); });
      }
      for (const auto& node : found) visit_users(node->key(), visit);
    } while (position != 0);
  }

  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceKey& key, std::chrono::milliseconds lifetime) {
    return leases_.try_lease(key.enterprise_id, key.team_id, lifetime);
  }

 private:
  static constexpr std::size_t batch = 64;

  [[nodiscard]] std::uint64_t hash_of(const WorkspaceKey& key) const {
    const std::hash<std::string_view> hash;
    std::uint64_t mixed = seed_;
    if (!key.enterprise_id.empty()) mixed ^= mix(hash(key.enterprise_id));
    mixed = mix(mixed ^ hash(key.team_id));
    return mixed == 0 ? 1 : mixed;
  }

  // The finaliser of MurmurHash3: each bit of the result depends on every bit.
  [[nodiscard]] static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 33U)) * 0xFF51AFD7ED558CCDU;
    value = (value ^ (value >> 33U)) * 0xC4CEB9FE1A85EC53U;
    return value ^ (value >> 33U);
  }

  [[nodiscard]] Node* find(const WorkspaceKey& key) const {
    return nodes_.find(hash_of(key), [&key](const Node& node) { return node.key() == key; });
  }

  [[nodiscard]] std::pair<const Node*, const Entry*> find_user(const WorkspaceKey& key, OptionalId user_id) const {
    const Node* const node = find(key);
    return {node, node == nullptr ? nullptr : node->find_user(user_id)};
  }

  [[nodiscard]] Unpublished<Node> copy(const WorkspaceKey& key, const Node* old, bool with_bot,
                                       bool with_users = true) const {
    Unpublished<Node> fresh(make_reclaimable<Node>(hash_of(key), key));
    if (old == nullptr) return fresh;
    fresh->bot_version = old->bot_version;
    if (with_bot) fresh->bot = old->bot;
    if (with_users) {
      fresh->users = old->users;
      fresh->newest = old->newest;
    }
    return fresh;
  }

  /// Puts `fresh` in the place of `old`; either may be null.
  void publish(Node* old, Unpublished<Node> fresh) noexcept {
    const bool is_empty = fresh == nullptr || fresh->is_empty();
    if (old == nullptr) {
      nodes_.insert(fresh.release());
    } else if (is_empty) {
      nodes_.remove(old);
    } else {
      nodes_.replace(old, fresh.release());
    }
    if (old != nullptr) reclaimer_.retire(old);
  }

  void retire_users(const Node& node) noexcept {
    for (const Entry& entry : node.users) reclaimer_.retire(entry.record.load());
  }

  [[nodiscard]] static std::shared_ptr<const InstallationT> snapshot_of(const Record& record) {
    return std::shared_ptr<const InstallationT>(record.self, &record.installation);
  }

  /// The same installation with the fields of the bot that is there now. It is left for the next reader, unless a
  /// writer is busy: a reader never waits for one.
  [[nodiscard]] std::shared_ptr<const InstallationT> refresh(const Node& node, const Entry& entry,
                                                             Record* stale) const {
    Unpublished<Record> fresh(make_reclaimable<Record>(stale->installation, node.bot_version));
    compose_installation(fresh->installation, node.bot);
    auto snapshot = snapshot_of(*fresh);
    [[maybe_unused]] Garbage garbage;
    const std::unique_lock lock(writing_, std::try_to_lock);
    if (lock.owns_lock() && find(node.key()) == &node && entry.record.load() == stale) {
      entry.record.store(fresh.release());
      reclaimer_.retire(stale);
      garbage = reclaimer_.collect();
    }
    return snapshot;
  }

  void visit_users(const WorkspaceKey& key,
                   const std::function<void(StoredInstallation<InstallationT, BotT>)>& visit) const {
    std::vector<std::shared_ptr<const Record>> found;
    std::shared_ptr<const Node> node;
    std::uint64_t first_hash = 0;
    bool is_done = false;
    while (!is_done) {
      found.clear();
      {
        const auto guard = reclaimer_.enter();
        const Node* const current = find(key);
        if (current == nullptr) return;
        node = std::shared_ptr<const Node>(current->self, current);
        auto entry = current->first_at(first_hash);
        for (; entry != current->users.end(); ++entry) {
          // Users of one hash stay together, since the next batch begins with another hash.
          if (found.size() >= batch && entry->user_hash != std::prev(entry)->user_hash) break;
          const Record* const record = entry->record.load();
          found.emplace_back(record->self, record);
        }
        is_done = entry == current->users.end();
        if (!is_done) first_hash = entry->user_hash;
      }
      for (const auto& record : found) visit({record->installation, node->bot});
    }
  }

  mutable Reclaimer reclaimer_;
  HashTable<Node> nodes_{reclaimer_};
  std::uint64_t seed_ = std::random_device{}();
  mutable std::mutex writing_;
  std::uint64_t last_version_ = 0;
  std::uint64_t last_save_ = 0;
  LeaseTable leases_;
};

}  // namespace slack::oauth::inline v0::detail
