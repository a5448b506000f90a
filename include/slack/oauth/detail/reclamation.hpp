// Lets readers follow pointers without a lock while a writer replaces what they point to: a replaced object is freed
// only when no reader can still be looking at it (epoch-based reclamation).
//
// A reader announces itself in a slot of its own, so that two readers write no common memory. A writer stamps what it
// retires with the current epoch, and frees it once every announced reader began in a later one. That takes a reader 6
// ns, where locking a std::shared_mutex takes 14, and 67 beside a second thread (benchmarks/caching_benchmark.cpp).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <utility>

#include "slack/oauth/detail/reclaimable.hpp"
#include "slack/oauth/detail/thread_number.hpp"

namespace slack::oauth::inline v0::detail {

/// An object that was replaced, and the epoch in which it was.
struct Retired {
  Reclaimable* object = nullptr;
  std::uint64_t epoch = 0;
};

/// Retired objects that no reader can reach any more. They are freed with it, which should be after the writer's lock.
class Garbage {
 public:
  Garbage() = default;
  explicit Garbage(std::list<Retired> retired) : retired_(std::move(retired)) {}
  Garbage(Garbage&&) = default;
  Garbage& operator=(Garbage&& other) noexcept {
    std::swap(retired_, other.retired_);
    return *this;
  }
  Garbage(const Garbage&) = delete;
  Garbage& operator=(const Garbage&) = delete;
  ~Garbage() {
    for (const Retired& one : retired_) release(one.object);
  }

 private:
  std::list<Retired> retired_{};
};

class Reclaimer {
  static constexpr std::size_t slots_per_block = 32;
  static constexpr std::uint64_t free_slot = 0;

  // Two cache lines each, since processors fetch lines in pairs.
  struct alignas(128) Slot {
    std::atomic<std::uint64_t> epoch{free_slot};
  };

  struct Block {
    std::array<Slot, slots_per_block> slots;
    std::atomic<Block*> next{nullptr};
  };

 public:
  /// Keeps what a reader sees alive. Holds no lock and never waits.
  class Guard {
   public:
    explicit Guard(Slot& slot) : slot_(&slot) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { slot_->epoch.store(free_slot, std::memory_order_release); }

   private:
    Slot* slot_;
  };

  Reclaimer() = default;
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  /// REQUIRES: no reader is left.
  ~Reclaimer() {
    [[maybe_unused]] const Garbage rest(std::move(retired_));
    for (Block* block = first_block_.next.load(); block != nullptr;) delete std::exchange(block, block->next.load());
  }

  /// Call before the first pointer is loaded. Every load of a pointer to something reclaimable, and every store that
  /// replaces one, has to be sequentially consistent: then either the reader sees the replacement, or the writer sees
  /// the reader.
  [[nodiscard]] Guard enter() const {
    const std::uint64_t epoch = epoch_.load();
    Slot& preferred = first_block_.slots[preferred_slot()];
    return Guard(try_announce(preferred, epoch) ? preferred : find_slot(epoch));
  }

  /// Makes room for `count` objects that will be retired. REQUIRES: the writer's lock.
  void reserve(std::size_t count) {
    while (room_.size() < count) room_.emplace_back();
  }

  /// Takes over an object that was replaced. REQUIRES: the writer's lock, and room for it.
  void retire(Reclaimable* object) noexcept {
    room_.front() = {object, epoch_.load()};
    retired_.splice(retired_.end(), room_, room_.begin());
  }

  /// What can be freed by now. REQUIRES: the writer's lock.
  [[nodiscard]] Garbage collect() noexcept {
    std::list<Retired> unreachable;
    if (!retired_.empty()) {
      epoch_.fetch_add(1);
      const std::uint64_t oldest = oldest_reader();
      const auto kept =
          std::find_if(retired_.begin(), retired_.end(), [oldest](const Retired& one) { return one.epoch >= oldest; });
      unreachable.splice(unreachable.end(), retired_, retired_.begin(), kept);
    }
    return Garbage(std::move(unreachable));
  }

 private:
  // Only a hint where to look for a free slot first: any slot will do. It moves on when two threads meet.
  static std::size_t& preferred_slot() {
    thread_local std::size_t slot = thread_number() % slots_per_block;
    return slot;
  }

  static bool try_announce(Slot& slot, std::uint64_t epoch) {
    std::uint64_t expected = free_slot;
    return slot.epoch.compare_exchange_strong(expected, epoch);
  }

  Slot& find_slot(std::uint64_t epoch) const {
    const std::size_t start = preferred_slot();
    for (std::size_t i = 1; i < slots_per_block; ++i) {
      const std::size_t candidate = (start + i) % slots_per_block;
      if (!try_announce(first_block_.slots[candidate], epoch)) continue;
      preferred_slot() = candidate;
      return first_block_.slots[candidate];
    }
    for (std::atomic<Block*>* link = &first_block_.next;; link = &link->load()->next) {
      if (link->load() == nullptr) append_block(*link);
      for (Slot& slot : link->load()->slots) {
        if (try_announce(slot, epoch)) return slot;
      }
    }
  }

  static void append_block(std::atomic<Block*>& link) {
    auto block = std::make_unique<Block>();
    Block* expected = nullptr;
    if (link.compare_exchange_strong(expected, block.get())) static_cast<void>(block.release());
  }

  [[nodiscard]] std::uint64_t oldest_reader() const noexcept {
    std::uint64_t oldest = std::numeric_limits<std::uint64_t>::max();
    for (const Block* block = &first_block_; block != nullptr; block = block->next.load()) {
      for (const Slot& slot : block->slots) {
        const std::uint64_t epoch = slot.epoch.load();
        if (epoch != free_slot && epoch < oldest) oldest = epoch;
      }
    }
    return oldest;
  }

  mutable Block first_block_;
  alignas(128) std::atomic<std::uint64_t> epoch_{1};
  std::list<Retired> retired_;  // in the order of their epochs
  std::list<Retired> room_;     // apart from the objects, which are many and seldom retired
};

}  // namespace slack::oauth::inline v0::detail
