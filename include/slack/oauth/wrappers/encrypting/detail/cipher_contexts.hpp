// OpenSSL's contexts of AES-256-GCM, with a key set up in them. To make one and set it up takes two to four times as
// long as to open a token with it, so they are kept. A context serves one thread at a time.
//
// Needs OpenSSL.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/wrappers/encrypting/detail/wiped.hpp"

namespace slack::oauth::inline v0::detail {

enum class CipherDirection { open = 0, seal = 1 };

struct FreeCipherContext {
  void operator()(::EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<::EVP_CIPHER_CTX, FreeCipherContext>;

/// Throws Error where OpenSSL fails.
[[nodiscard]] inline CipherContext make_cipher_context(const SecretKey& key, CipherDirection direction) {
  CipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr || EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(), nullptr,
                                              static_cast<int>(direction)) != 1) {
    throw Error("OpenSSL could not set up AES-256-GCM");
  }
  return context;
}

/// Threads: any thread may call any method at any time. Nobody waits.
class CipherContexts {
  // Two cache lines each, since processors fetch lines in pairs.
  struct alignas(128) Slot {
    std::atomic<bool> is_lent{false};
    CipherContext context;
  };

 public:
  /// A context that nobody else has.
  class Lent {
   public:
    Lent(Lent&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)), own_(std::move(other.own_)) {}
    Lent& operator=(Lent&&) = delete;
    ~Lent() {
      if (slot_ != nullptr) slot_->is_lent.store(false, std::memory_order_release);
    }

    [[nodiscard]] ::EVP_CIPHER_CTX* get() const noexcept {
      return slot_ != nullptr ? slot_->context.get() : own_.get();
    }

   private:
    friend CipherContexts;
    explicit Lent(Slot* slot) noexcept : slot_(slot) {}

    Slot* slot_;
    CipherContext own_{};
  };

  explicit CipherContexts(CipherDirection direction) : direction_(direction) {}

  /// `key` is the same at every call.
  [[nodiscard]] Lent lend(const SecretKey& key) {
    Lent lent(free_slot());
    CipherContext& context = lent.slot_ != nullptr ? lent.slot_->context : lent.own_;
    if (context == nullptr) context = make_cipher_context(key, direction_);
    return lent;
  }

 private:
  static constexpr std::size_t slot_count = 16;

  /// Null where all are lent.
  [[nodiscard]] Slot* free_slot() noexcept {
    const std::size_t first = std::hash<std::thread::id>{}(std::this_thread::get_id());
    for (std::size_t i = 0; i < slot_count; ++i) {
      Slot& slot = slots_[(first + i) % slot_count];
      if (!slot.is_lent.exchange(true, std::memory_order_acquire)) return &slot;
    }
    return nullptr;
  }

  CipherDirection direction_;
  std::array<Slot, slot_count> slots_{};
};

}  // namespace slack::oauth::inline v0::detail
