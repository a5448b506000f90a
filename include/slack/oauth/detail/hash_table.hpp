// A hash table of pointers that is read without a lock while one writer changes it: the memory store's and the cache's.
// A reader's lock alone would take more than twice what its guard does (reclamation.hpp has the numbers).
//
// Open addressing with linear probing. A slot is taken for good until the table is rebuilt: removal leaves its hash
// behind, so that a probe goes on past it, and a later node may use it again. A node keeps its place while its key
// lives, and a rebuilt table is published whole, so one probe sees each key in its state before or after a change.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "slack/oauth/detail/reclamation.hpp"

namespace slack::oauth::inline v0::detail {

/// Node derives from Reclaimable and has a member `std::uint64_t hash` that is not 0. Its keys are compared by the
/// caller. Readers need a Guard of the Reclaimer; writers need the writer's lock.
template <class Node>
class HashTable {
  struct Slot {
    std::atomic<std::uint64_t> hash{0};  // 0: never used
    std::atomic<Node*> node{nullptr};
  };

  struct Slots : Reclaimable {
    explicit Slots(unsigned bits)
        : slots(std::make_unique<Slot[]>(std::size_t{1} << bits)),
          mask((std::size_t{1} << bits) - 1),
          shift(64 - bits) {}

    // The high bits, so that places are in the order of hashes: see scan().
    [[nodiscard]] std::size_t home_of(std::uint64_t hash) const { return static_cast<std::size_t>(hash >> shift); }

    std::unique_ptr<Slot[]> slots;
    std::size_t mask;
    unsigned shift;
  };

 public:
  explicit HashTable(Reclaimer& reclaimer) : reclaimer_(&reclaimer), slots_(make_reclaimable<Slots>(smallest_bits)) {}
  HashTable(const HashTable&) = delete;
  HashTable& operator=(const HashTable&) = delete;
  ~HashTable() { release(slots_.load()); }

  /// The node with that hash for which `has_key(node)` is true, or nullptr.
  template <class HasKey>
  [[nodiscard]] Node* find(std::uint64_t hash, const HasKey& has_key) const {
    const Slots& slots = *slots_.load();
    for (std::size_t i = slots.home_of(hash);; i = (i + 1) & slots.mask) {
      const Slot& slot = slots.slots[i];
      Node* const node = slot.node.load();
      const std::uint64_t slot_hash = slot.hash.load(std::memory_order_relaxed);
      if (slot_hash == 0) return nullptr;
      if (slot_hash == hash && node != nullptr && has_key(*node)) return node;
    }
  }

  /// Makes room for one more node, so that the next insert() cannot fail. Writers only.
  void reserve_one() {
    const Slots& slots = *slots_.load();
    if ((used_ + 1) * 10 > (slots.mask + 1) * 7) rebuild();
  }

  /// REQUIRES: reserve_one() was called, and no node has the same key. Writers only.
  void insert(Node* node) noexcept {
    place(*slots_.load(), node);
    ++live_;
  }

  /// Puts `node` in the place of `old`, which has the same key. Writers only.
  void replace(const Node* old, Node* node) noexcept { slot_of(old).node.store(node); }

  /// Writers only.
  void remove(const Node* old) noexcept {
    slot_of(old).node.store(nullptr);
    --live_;
  }

  /// Visits every node, which may then be destroyed. Writers only.
  template <class Visit>
  void for_each(const Visit& visit) const {
    const Slots& slots = *slots_.load();
    for (std::size_t i = 0; i <= slots.mask; ++i) {
      if (Node* const node = slots.slots[i].node.load(std::memory_order_relaxed)) visit(node);
    }
  }

  /// Visits the nodes whose hashes follow each other from `first_hash` on, at least `wanted` where there are as many,
  /// and returns the hash to go on from; 0 at the end. A key that stays in the table is visited once, however often the
  /// table is rebuilt between two calls.
  template <class Visit>
  [[nodiscard]] std::uint64_t scan(std::uint64_t first_hash, std::size_t wanted, const Visit& visit) const {
    const Slots& slots = *slots_.load();
    const std::size_t first_home = slots.home_of(first_hash);
    std::size_t visited = 0;
    std::size_t home = first_home;
    for (; home <= slots.mask && visited < wanted; ++home) {
      // Nodes of one home lie at it or behind it, up to the first slot that was never used.
      for (std::size_t i = home; slots.slots[i].hash.load() != 0; i = (i + 1) & slots.mask) {
        Node* const node = slots.slots[i].node.load();
        if (node == nullptr || slots.home_of(node->hash) != home || node->hash < first_hash) continue;
        visit(*node);
        ++visited;
      }
    }
    return home > slots.mask ? 0 : static_cast<std::uint64_t>(home) << slots.shift;
  }

 private:
  static constexpr unsigned smallest_bits = 4;

  // Returns true where the slot was never used before.
  static bool place_in(Slots& slots, Node* node) noexcept {
    for (std::size_t i = slots.home_of(node->hash);; i = (i + 1) & slots.mask) {
      Slot& slot = slots.slots[i];
      if (slot.node.load(std::memory_order_relaxed) != nullptr) continue;
      const bool is_new = slot.hash.load(std::memory_order_relaxed) == 0;
      slot.hash.store(node->hash);
      slot.node.store(node);
      return is_new;
    }
  }

  void place(Slots& slots, Node* node) noexcept {
    if (place_in(slots, node)) ++used_;
  }

  Slot& slot_of(const Node* node) const noexcept {
    const Slots& slots = *slots_.load();
    std::size_t i = slots.home_of(node->hash);
    while (slots.slots[i].node.load(std::memory_order_relaxed) != node) i = (i + 1) & slots.mask;
    return slots.slots[i];
  }

  // At most 40 % full afterwards, so that the work is spread over many changes.
  void rebuild() {
    const auto bits = static_cast<unsigned>(std::bit_width((live_ + 1) * 5 / 2));
    Slots* const old = slots_.load();
    reclaimer_->reserve(1);
    Slots* const fresh = make_reclaimable<Slots>(bits < smallest_bits ? smallest_bits : bits);
    used_ = 0;
    for_each([this, fresh](Node* node) { place(*fresh, node); });
    slots_.store(fresh);
    reclaimer_->retire(old);
  }

  Reclaimer* reclaimer_;
  std::atomic<Slots*> slots_;
  alignas(128) std::size_t live_ = 0;  // apart from what readers load
  std::size_t used_ = 0;               // slots with a hash: live nodes, and places of removed ones
};

}  // namespace slack::oauth::inline v0::detail
