// Records in this process's memory, read without a lock.
//
// Writers take turns. A write makes a new node of the workspace aside and publishes it with one store. So a reader sees
// it whole or not at all, and a write that fails before changes nothing.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/detail/hash_table.hpp"
#include "slack/oauth/detail/hashing.hpp"
#include "slack/oauth/detail/reclamation.hpp"
#include "slack/oauth/memory/workspace.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/workspace_key.hpp"

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
    return std::shared_ptr<const BotT>(node->owner(), &*node->bot);
  }

  [[nodiscard]] std::optional<InstallationT> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    const auto guard = reclaimer_.enter();
    const auto [node, entry] = find_user(key, user_id);
    if (entry == nullptr) return std::nullopt;
    const Record& record = *entry->record.load();
    std::optional<InstallationT> found = record.installation;
    if (!node->has_bot(record)) compose_installation(*found, node->bot);
    return found;
  }

  [[nodiscard]] std::shared_ptr<const InstallationT> installation_snapshot(const WorkspaceKey& key,
                                                                           OptionalId user_id) const {
    const auto guard = reclaimer_.enter();
    const auto [node, entry] = find_user(key, user_id);
    if (entry == nullptr) return nullptr;
    Record* const record = entry->record.load();
    return node->has_bot(*record) ? snapshot_of(*record) : refresh(*node, *entry, record);
  }

  void write(const WorkspaceKey& key, const InstallationT* installation, const BotT* bot) {
    put(key, installation, bot, [](const Node*) { return true; });
  }

  bool replace_bot(const WorkspaceKey& key, const BotT* stored, const BotT* bot) {
    const auto is_still_there = [stored](const Node* node) {
      return is_still(stored, node == nullptr ? nullptr : pointer_to(node->bot));
    };
    return bot != nullptr ? put(key, nullptr, bot, is_still_there) : take(key, {.bot = true}, is_still_there);
  }

  bool replace_installation(const WorkspaceKey& key, const InstallationT* stored, const InstallationT* installation) {
    const std::string_view user_id = (stored != nullptr ? stored : installation)->user_id;
    const auto is_still_there = [&](const Node* node) {
      const Entry* const entry = node == nullptr ? nullptr : node->find_user(user_id);
      return is_still(stored, entry == nullptr ? nullptr : &entry->record.load()->installation);
    };
    return installation != nullptr
               ? put(key, installation, nullptr, is_still_there)
               : take(key, {.installations = true, .user_ids = std::span(&user_id, 1)}, is_still_there);
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    take(key, what, [](const Node*) { return true; });
  }

  void for_each_bot(const std::function<void(const BotT&)>& visit) const {
    std::vector<std::shared_ptr<const BotT>> found;
    std::uint64_t position = 0;
    do {
      found.clear();
      {
        const auto guard = reclaimer_.enter();
        position = nodes_.scan(position, batch, [&found](const Node& node) {
          if (node.bot) found.emplace_back(node.owner(), &*node.bot);
        });
      }
      for (const auto& bot : found) visit(*bot);
    } while (position != 0);
  }

  void for_each_installation(const std::function<void(InstallationT)>& visit) const {
    struct Ids {
      std::string enterprise_id;
      std::string team_id;
    };
    std::vector<Ids> found;
    std::uint64_t position = 0;
    do {
      found.clear();
      {
        const auto guard = reclaimer_.enter();
        position = nodes_.scan(position, batch, [&found](const Node& node) {
          const WorkspaceKey key = node.key();
          found.push_back({std::string(key.enterprise_id), std::string(key.team_id)});
        });
      }
      for (const Ids& ids : found) visit_users({ids.enterprise_id, ids.team_id}, visit);
    } while (position != 0);
  }

  [[nodiscard]] std::unique_ptr<StoreChanges> changes() const { return std::make_unique<CountedChanges>(writes_); }

 private:
  static constexpr std::size_t batch = 64;

  [[nodiscard]] std::uint64_t hash_of(const WorkspaceKey& key) const { return hash_(key.enterprise_id, key.team_id); }

  [[nodiscard]] Node* find(const WorkspaceKey& key) const {
    return nodes_.find(hash_of(key), [&key](const Node& node) { return node.key() == key; });
  }

  [[nodiscard]] std::pair<const Node*, const Entry*> find_user(const WorkspaceKey& key, OptionalId user_id) const {
    const Node* const node = find(key);
    return {node, node == nullptr ? nullptr : node->find_user(user_id)};
  }

  /// Puts what is not null where `may_write(node)` says so, and says whether it did.
  template <class MayWrite>
  bool put(const WorkspaceKey& key, const InstallationT* installation, const BotT* bot, const MayWrite& may_write) {
    Unpublished<Record> record;
    if (installation != nullptr) record.reset(make_reclaimable<Record>(*installation, 0));
    [[maybe_unused]] Garbage garbage;
    const std::lock_guard lock(writing_);
    Node* const old = find(key);
    if (!may_write(old)) return false;
    Unpublished<Node> fresh(make_reclaimable<Node>(hash_of(key)));
    if (old != nullptr) fresh->take_over(*old);
    if (bot != nullptr) {
      fresh->bot = *bot;
      fresh->bot_version = ++last_version_;
    } else if (old != nullptr) {
      fresh->bot = old->bot;
    }
    Record* replaced = nullptr;
    if (record != nullptr) {
      compose_installation(record->installation, fresh->bot);
      record->bot_version = fresh->bot_version;
      replaced = fresh->put_user(record.get(), ++last_save_);
    }
    if (old == nullptr) nodes_.reserve_one();
    reclaimer_.reserve(2);
    [[maybe_unused]] const Record* const published = record.release();
    publish(old, std::move(fresh));
    if (replaced != nullptr) reclaimer_.retire(replaced);
    garbage = reclaimer_.collect();
    return true;
  }

  /// The same for what is to be erased.
  template <class MayWrite>
  bool take(const WorkspaceKey& key, const Erasure& what, const MayWrite& may_write) {
    [[maybe_unused]] Garbage garbage;
    const std::lock_guard lock(writing_);
    Node* const old = find(key);
    if (!may_write(old)) return false;
    if (old == nullptr) return true;
    const auto is_erased = [&what](const Entry& entry) { return what.is_of(entry.record.load()->installation); };
    const bool erases_bot = old->bot && what.is_of(*old->bot);
    const bool erases_users = what.installations && std::any_of(old->users.begin(), old->users.end(), is_erased);
    if (!erases_bot && !erases_users) return true;
    Unpublished<Node> fresh(make_reclaimable<Node>(hash_of(key)));
    fresh->take_over(*old);
    if (erases_bot) {
      fresh->bot_version = ++last_version_;
    } else {
      fresh->bot = old->bot;
    }
    if (erases_users) fresh->drop_users(is_erased);
    reclaimer_.reserve(1 + static_cast<std::size_t>(std::count_if(old->users.begin(), old->users.end(), is_erased)));
    publish(old, std::move(fresh));
    if (erases_users) {
      for (const Entry& entry : old->users) {
        if (is_erased(entry)) reclaimer_.retire(entry.record.load());
      }
    }
    garbage = reclaimer_.collect();
    return true;
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
    writes_->fetch_add(1);
  }

  [[nodiscard]] static std::shared_ptr<const InstallationT> snapshot_of(const Record& record) {
    return std::shared_ptr<const InstallationT>(record.owner(), &record.installation);
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
      reclaimer_.reserve(1);
      entry.record.store(fresh.release());
      reclaimer_.retire(stale);
      garbage = reclaimer_.collect();
    }
    return snapshot;
  }

  void visit_users(const WorkspaceKey& key, const std::function<void(InstallationT)>& visit) const {
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
        node = std::shared_ptr<const Node>(current->owner(), current);
        auto entry = current->first_at(first_hash);
        for (; entry != current->users.end(); ++entry) {
          // Users of one hash stay together, since the next batch begins with another hash.
          if (found.size() >= batch && entry->user_hash != std::prev(entry)->user_hash) break;
          const Record* const record = entry->record.load();
          found.emplace_back(record->owner(), record);
        }
        is_done = entry == current->users.end();
        if (!is_done) first_hash = entry->user_hash;
      }
      for (const auto& record : found) {
        InstallationT installation = record->installation;
        if (!node->has_bot(*record)) compose_installation(installation, node->bot);
        visit(std::move(installation));
      }
    }
  }

  mutable Reclaimer reclaimer_;
  HashTable<Node> nodes_{reclaimer_};
  PairHash hash_{};
  mutable std::mutex writing_;
  std::uint64_t last_version_ = 0;
  std::uint64_t last_save_ = 0;
  std::shared_ptr<std::atomic<std::uint64_t>> writes_ = std::make_shared<std::atomic<std::uint64_t>>(0);
};

}  // namespace slack::oauth::inline v0::detail
