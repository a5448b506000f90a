// The data keys of a key service: the one that seals, and those that were unwrapped.
//
// Needs OpenSSL.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/wrappers/encrypting/detail/data_key.hpp"
#include "slack/oauth/wrappers/encrypting/detail/wiped.hpp"
#include "slack/oauth/wrappers/encrypting/key_service.hpp"

namespace slack::oauth::inline v0::detail {

/// A data key, and how it stands in what it sealed: wrapped, as base64url.
struct WrappedDataKey {
  std::string wrapped{};
  std::shared_ptr<const DataKey> key{};
};

/// Threads: any thread may call any method at any time. One that needs a data key waits for the service; those that
/// have theirs do not.
class ServiceKeys {
 public:
  static constexpr std::size_t longest_wrapped = 3'000;

  /// Throws an InvalidArgumentError that names the option.
  explicit ServiceKeys(KeyService service) : service_(std::move(service)) {
    if (!service_.wrap) throw InvalidArgumentError("wrap", "must be callable");
    if (!service_.unwrap) throw InvalidArgumentError("unwrap", "must be callable");
    if (service_.values_per_data_key == 0 || service_.values_per_data_key > most_values) {
      throw InvalidArgumentError("values_per_data_key", "must be between 1 and 2^32");
    }
    if (service_.max_unwrapped < 2) throw InvalidArgumentError("max_unwrapped", "must be at least 2");
  }

  /// The data key that seals one more value. One that has sealed `values_per_data_key` goes on while the service fails.
  [[nodiscard]] WrappedDataKey for_sealing() {
    const std::lock_guard lock(making_);
    if (current_.key == nullptr || sealed_ >= service_.values_per_data_key) {
      try {
        current_ = make();
        sealed_ = 0;
      } catch (const StorageError&) {
        if (current_.key == nullptr || sealed_ >= most_values) throw;
      }
    }
    ++sealed_;
    return current_;
  }

  /// Null where the service gives no key for it.
  [[nodiscard]] std::shared_ptr<const DataKey> unwrapped(std::string_view wrapped) {
    const std::shared_ptr<Entry> entry = entry_of(wrapped);
    if (entry->is_ready.load(std::memory_order_acquire)) return entry->key;
    try {
      unwrap(*entry, wrapped);
    } catch (...) {
      forget(wrapped, *entry);
      throw;
    }
    if (entry->is_ready.load(std::memory_order_acquire)) return entry->key;
    forget(wrapped, *entry);
    return nullptr;
  }

 private:
  static constexpr std::uint64_t most_values = std::uint64_t{1} << 32U;  // NIST SP 800-38D section 8.3

  struct Entry {
    std::mutex unwrapping;
    std::atomic<bool> is_ready{false};
    std::shared_ptr<const DataKey> key{};  // never changes again when it is ready
  };
  using Entries = std::map<std::string, std::shared_ptr<Entry>, std::less<>>;

  [[nodiscard]] WrappedDataKey make() {
    SecretKey secret;
    fill_with_random(secret.bytes);
    const std::string wrapped = service_.wrap(secret.text());
    if (wrapped.empty() || wrapped.size() > longest_wrapped) {
      throw InvalidDataError("wrap", "gave nothing, or more than 3,000 bytes");
    }
    WrappedDataKey made{base64url_encode(wrapped), std::make_shared<DataKey>(secret.text())};
    const std::shared_ptr<Entry> entry = entry_of(made.wrapped);  // others may drop it from the map meanwhile
    const std::lock_guard lock(entry->unwrapping);
    if (!entry->is_ready) {
      entry->key = made.key;
      entry->is_ready.store(true, std::memory_order_release);
    }
    return made;
  }

  void unwrap(Entry& entry, std::string_view wrapped) const {
    const std::lock_guard lock(entry.unwrapping);
    if (entry.is_ready) return;
    const auto bytes = base64url_decode(wrapped);
    if (!bytes) return;
    const SecretText secret(service_.unwrap(*bytes));
    if (secret.text.size() != SecretKey::size) return;
    entry.key = std::make_shared<DataKey>(secret.text);
    entry.is_ready.store(true, std::memory_order_release);
  }

  // Whoever was not asked for since `recent_` was last empty is dropped: bounded, and a hit writes nothing.

  [[nodiscard]] std::shared_ptr<Entry> entry_of(std::string_view wrapped) {
    {
      const std::shared_lock lock(entries_);
      if (const auto found = recent_.find(wrapped); found != recent_.end()) return found->second;
    }
    const std::lock_guard lock(entries_);
    if (const auto found = recent_.find(wrapped); found != recent_.end()) return found->second;
    const auto older = older_.find(wrapped);
    auto entry = older != older_.end() ? older->second : std::make_shared<Entry>();
    if (recent_.size() >= service_.max_unwrapped / 2) older_ = std::exchange(recent_, {});
    recent_.emplace(wrapped, entry);
    return entry;
  }

  /// What gave no key takes no place from what did.
  void forget(std::string_view wrapped, const Entry& entry) {
    const std::lock_guard lock(entries_);
    for (Entries* const entries : {&recent_, &older_}) {
      const auto found = entries->find(wrapped);
      if (found != entries->end() && found->second.get() == &entry) entries->erase(found);
    }
  }

  KeyService service_;
  std::mutex making_;
  WrappedDataKey current_{};
  std::uint64_t sealed_ = 0;
  std::shared_mutex entries_;
  Entries recent_{};
  Entries older_{};
};

}  // namespace slack::oauth::inline v0::detail
