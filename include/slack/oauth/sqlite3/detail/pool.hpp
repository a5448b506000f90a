// Connections for readers: one for each thread that reads at the same moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace slack::oauth::inline v0::detail {

/// Threads: any may call lease() at any time. A thread tends to get the same entry again, with what it cached.
template <class Entry>
class SQLite3Pool {
  // A cache line of its own, so that threads with different entries do not slow one another.
  struct alignas(64) Slot {
    std::mutex mutex;
    std::unique_ptr<Entry> entry;
  };

 public:
  /// An entry that no other thread has until this is gone.
  class Lease {
   public:
    Lease(std::unique_lock<std::mutex> lock, Entry& entry) : lock_(std::move(lock)), entry_(&entry) {}
    Entry& operator*() const { return *entry_; }
    Entry* operator->() const { return entry_; }

   private:
    std::unique_lock<std::mutex> lock_;
    Entry* entry_;
  };

  /// `make` may be called by several threads at once, and may throw.
  SQLite3Pool(std::size_t size, std::function<std::unique_ptr<Entry>()> make) : make_(std::move(make)), slots_(size) {}

  /// Waits where all are taken.
  [[nodiscard]] Lease lease() {
    const std::size_t first = home();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[(first + i) % slots_.size()];
      std::unique_lock lock(slot.mutex, std::try_to_lock);
      if (lock.owns_lock()) return open(slot, std::move(lock));
    }
    Slot& slot = slots_[first];
    return open(slot, std::unique_lock(slot.mutex));
  }

 private:
  [[nodiscard]] std::size_t home() const {
    // The hash may be an address: its low bits are the same for all threads.
    const std::uint64_t mixed = std::hash<std::thread::id>{}(std::this_thread::get_id()) * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(mixed >> 32U) % slots_.size();
  }

  [[nodiscard]] Lease open(Slot& slot, std::unique_lock<std::mutex> lock) {
    if (slot.entry == nullptr) slot.entry = make_();
    return Lease(std::move(lock), *slot.entry);
  }

  std::function<std::unique_ptr<Entry>()> make_;
  std::vector<Slot> slots_;
};

}  // namespace slack::oauth::inline v0::detail
