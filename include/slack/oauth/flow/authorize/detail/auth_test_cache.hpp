// What auth.test said of tokens, for a while: bounded, and without the tokens.
#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

struct AuthTestFacts {
  std::string rejection{};  ///< Slack's code where it refuses the token for good; the rest is empty then
  std::string user_id{};
  std::string bot_id{};
  std::string url{};
};

/// Forgets the least recently used where it is full.
///
/// Threads: any thread may call any method at any time.
class AuthTestCache {
 public:
  explicit AuthTestCache(std::size_t max_entries) : max_entries_(max_entries) {}

  [[nodiscard]] std::optional<AuthTestFacts> find(std::string_view key, Timestamp now) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found == places_.end()) return std::nullopt;
    if (now >= found->second->expires_at) {
      erase(found->second);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->facts;
  }

  void put(std::string key, AuthTestFacts facts, Timestamp expires_at) {
    if (max_entries_ == 0) return;
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(std::string_view(key)); found != places_.end()) erase(found->second);
    if (entries_.size() >= max_entries_) erase(std::prev(entries_.end()));
    entries_.push_front({std::move(key), std::move(facts), expires_at});
    places_.emplace(entries_.front().key, entries_.begin());
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    std::string key;
    AuthTestFacts facts;
    Timestamp expires_at;
  };
  using Place = std::list<Entry>::iterator;

  void erase(Place entry) {
    places_.erase(std::string_view(entry->key));
    entries_.erase(entry);
  }

  std::size_t max_entries_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;                            // the most recently used first
  std::unordered_map<std::string_view, Place> places_;  // borrows the keys of the entries
};

}  // namespace slack::oauth::inline v0::detail
