// What the memory store keeps of a workspace or organisation: one immutable node, replaced whole on every write, so
// that a reader sees the bot and all users as of one moment.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/detail/reclamation.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// One user's installation, with the bot fields of the bot that was there when it was put together.
template <class InstallationT>
struct InstallationRecord : Reclaimable {
  InstallationRecord(InstallationT value, std::uint64_t version)
      : installation(std::move(value)), bot_version(version) {}

  InstallationT installation;
  std::uint64_t bot_version;
};

template <class InstallationT>
struct UserEntry {
  using Record = InstallationRecord<InstallationT>;

  UserEntry(std::uint64_t hash, Record* value, std::uint64_t order)
      : user_hash(hash), record(value), installed_at(value->installation.installed_at), saved_as(order) {}
  UserEntry(const UserEntry& other) noexcept { *this = other; }
  UserEntry& operator=(const UserEntry& other) noexcept {
    user_hash = other.user_hash;
    record.store(other.record.load());
    installed_at = other.installed_at;
    saved_as = other.saved_as;
    return *this;
  }

  [[nodiscard]] bool is_older_than(const UserEntry& other) const {
    return std::tie(installed_at, saved_as) < std::tie(other.installed_at, other.saved_as);
  }

  std::uint64_t user_hash = 0;
  mutable std::atomic<Record*> record{nullptr};  // replaced only by the same installation with the current bot's fields
  Timestamp installed_at{};
  std::uint64_t saved_as = 0;  // counts the saves
};

template <class InstallationT, class BotT>
struct WorkspaceNode : Reclaimable {
  using Entry = UserEntry<InstallationT>;
  using Record = InstallationRecord<InstallationT>;

  explicit WorkspaceNode(std::uint64_t key_hash) : hash(key_hash) {}

  /// As its records say it; to be borrowed no longer than they are there. REQUIRES: it is not empty.
  [[nodiscard]] WorkspaceKey key() const {
    return *(bot ? key_of(*bot) : key_of(users.front().record.load()->installation));
  }
  [[nodiscard]] bool is_empty() const { return !bot && users.empty(); }

  [[nodiscard]] bool has_bot(const Record& record) const { return record.bot_version == bot_version; }

  /// The entry of this user, or without a user the newest; nullptr where there is none.
  [[nodiscard]] const Entry* find_user(OptionalId user_id) const {
    if (users.empty()) return nullptr;
    if (!user_id) return &users[newest];
    const std::uint64_t wanted = hash_of(*user_id);
    for (auto entry = first_at(wanted); entry != users.end() && entry->user_hash == wanted; ++entry) {
      if (entry->record.load()->installation.user_id == *user_id) return &*entry;
    }
    return nullptr;
  }

  /// The users whose hash is `first_hash` or above, in the order of their hashes.
  [[nodiscard]] typename std::vector<Entry>::const_iterator first_at(std::uint64_t first_hash) const {
    return std::lower_bound(users.begin(), users.end(), first_hash,
                            [](const Entry& entry, std::uint64_t value) { return entry.user_hash < value; });
  }

  /// Puts `record` in the place of this user's, which is returned; nullptr where there was none.
  Record* put_user(Record* record, std::uint64_t saved_as) {
    const Entry entry(hash_of(record->installation.user_id), record, saved_as);
    const Entry* const found = find_user(record->installation.user_id);
    Record* const replaced = found == nullptr ? nullptr : found->record.load();
    if (found == nullptr) {
      users.insert(first_at(entry.user_hash), entry);
    } else {
      users[static_cast<std::size_t>(found - users.data())] = entry;
    }
    find_newest();
    return replaced;
  }

  /// Has the users of `old`, and shows what its bot is.
  void take_over(const WorkspaceNode& old) {
    bot_version = old.bot_version;
    users = old.users;
    newest = old.newest;
  }

  template <class IsDropped>
  void drop_users(const IsDropped& is_dropped) {
    std::erase_if(users, is_dropped);
    find_newest();
  }

  [[nodiscard]] static std::uint64_t hash_of(std::string_view user_id) {
    return std::hash<std::string_view>{}(user_id);
  }

  std::uint64_t hash;
  std::optional<BotT> bot;
  std::uint64_t bot_version = 0;  // another one for each bot that the store ever had, and for each deleted one
  std::vector<Entry> users;       // in the order of their hashes
  std::size_t newest = 0;

 private:
  void find_newest() {
    const auto found = std::max_element(
        users.begin(), users.end(), [](const Entry& left, const Entry& right) { return left.is_older_than(right); });
    newest = static_cast<std::size_t>(found - users.begin());
  }
};

}  // namespace slack::oauth::inline v0::detail
