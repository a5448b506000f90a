// The keys of a KeyRing, which all copies of it share. A key that was added stays until the last copy goes, so that
// whoever opens a value looks it up without a lock.
//
// Needs OpenSSL.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/wrappers/encrypting/detail/data_key.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealed_text.hpp"
#include "slack/oauth/wrappers/encrypting/detail/service_keys.hpp"
#include "slack/oauth/wrappers/encrypting/key_service.hpp"

namespace slack::oauth::inline v0::detail {

class RingKey {
 public:
  /// `secret` is of SecretKey::size bytes.
  RingKey(std::string id, std::string_view secret) : id_(std::move(id)), own_(std::make_unique<DataKey>(secret)) {}
  RingKey(std::string id, KeyService service)
      : id_(std::move(id)), service_(std::make_unique<ServiceKeys>(std::move(service))) {}

  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  /// What all that it seals is bound to.
  [[nodiscard]] std::string_view associated() const noexcept { return associated_; }

  /// The data key that seals one more value. A key of no service is its own, and is not wrapped.
  [[nodiscard]] WrappedDataKey for_sealing() const {
    return service_ != nullptr ? service_->for_sealing() : WrappedDataKey{{}, own()};
  }

  /// Null where there is none.
  [[nodiscard]] std::shared_ptr<const DataKey> for_opening(std::string_view wrapped) const {
    if (wrapped.empty() != (service_ == nullptr)) return nullptr;
    return service_ != nullptr ? service_->unwrapped(wrapped) : own();
  }

  /// False where it is not what sealed a value with this commitment. A service is not asked.
  [[nodiscard]] bool may_have_sealed(std::string_view wrapped, const DataKey::Commitment& commitment) const {
    if (wrapped.empty() != (service_ == nullptr)) return false;
    return service_ != nullptr || own_->commitment() == commitment;
  }

 private:
  friend class Ring;

  // Owns nothing, and so counts nothing: the ring has it.
  [[nodiscard]] std::shared_ptr<const DataKey> own() const { return {std::shared_ptr<void>(), own_.get()}; }

  std::string id_;
  std::string associated_ = associated_with_key(id_);
  std::unique_ptr<DataKey> own_{};
  std::unique_ptr<ServiceKeys> service_{};
  bool is_retired_ = false;
  const RingKey* next_ = nullptr;
};

/// Threads: any thread may call any method at any time.
class Ring {
 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() = default;

  /// Null where it finds none.
  [[nodiscard]] const RingKey* find(std::string_view id) const noexcept {
    const RingKey* key = newest_.load(std::memory_order_acquire);
    while (key != nullptr && key->id_ != id) key = key->next_;
    return key;
  }

  /// Null before the first set_current().
  [[nodiscard]] const RingKey* current() const noexcept { return current_.load(std::memory_order_acquire); }

  void add(std::unique_ptr<RingKey> key) {
    const std::lock_guard lock(changing_);
    if (find(key->id_) != nullptr)
      throw InvalidArgumentError("id", "is that of another key: " + detail::quoted(key->id_));
    key->next_ = newest_.load(std::memory_order_relaxed);
    keys_.push_back(std::move(key));
    newest_.store(keys_.back().get(), std::memory_order_release);
  }

  void set_current(std::string_view id) {
    const std::lock_guard lock(changing_);
    const RingKey& key = named(id);
    if (key.is_retired_) throw InvalidArgumentError("id", "is that of a retired key: " + detail::quoted(id));
    current_.store(&key, std::memory_order_release);
  }

  void retire(std::string_view id) {
    const std::lock_guard lock(changing_);
    RingKey& key = named(id);
    if (&key == current()) throw InvalidArgumentError("id", "is that of the current key: " + detail::quoted(id));
    key.is_retired_ = true;
  }

 private:
  [[nodiscard]] RingKey& named(std::string_view id) {
    for (const auto& key : keys_) {
      if (key->id_ == id) return *key;
    }
    throw InvalidArgumentError("id", "is that of no key: " + detail::quoted(id));
  }

  std::mutex changing_;
  std::vector<std::unique_ptr<RingKey>> keys_{};
  std::atomic<const RingKey*> newest_{nullptr};
  std::atomic<const RingKey*> current_{nullptr};
};

}  // namespace slack::oauth::inline v0::detail
