// Objects that readers look at without a lock, and may keep: see reclamation.hpp.
//
// A reader keeps one by a std::shared_ptr, and all of these count in one place. Threads that keep the same object again
// and again would wait for that place most of their time: two threads did less than one. So an object that is hot gets
// more owners, each with a count of its own, and threads are spread over them (benchmarks/caching_benchmark.cpp).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "slack/oauth/detail/recent_time.hpp"
#include "slack/oauth/detail/thread_number.hpp"

namespace slack::oauth::inline v0::detail {

/// Owners of one object, for threads by their numbers. Each lies beside its count, where only its own threads write.
class Owners {
 public:
  static constexpr std::size_t count = 8;

  struct Release {
    void operator()(Owners* owners) const {
      for (Place& place : owners->places_) place.owner.reset();
      owners->let_go();
    }
  };

  [[nodiscard]] static std::unique_ptr<Owners, Release> make(const std::shared_ptr<const void>& object) {
    std::unique_ptr<Owners, Release> owners(new Owners);
    for (Place& place : owners->places_) {
      place.owner = std::allocate_shared<const Owner>(InPlace<Owner>(*owners, place.counts), Owner{object});
    }
    return owners;
  }

  [[nodiscard]] const std::shared_ptr<const void>& of_thread(std::size_t number) const {
    return places_[number % count].owner;
  }

 private:
  struct Owner {
    std::shared_ptr<const void> object;
  };

  // Two cache lines, since processors fetch lines in pairs.
  static constexpr std::size_t place_size = 128;
  using Counts = std::array<std::byte, place_size - sizeof(std::shared_ptr<const void>)>;

  struct alignas(place_size) Place {
    std::shared_ptr<const void> owner{};
    alignas(void*) Counts counts;
  };

  /// The allocator of what a std::shared_ptr counts with.
  template <class T>
  class InPlace {
   public:
    using value_type = T;

    InPlace(Owners& owners, Counts& counts) noexcept : owners_(&owners), counts_(&counts) {}
    template <class U>
    InPlace(const InPlace<U>& other) noexcept  // NOLINT(google-explicit-constructor): as allocators convert
        : owners_(other.owners_), counts_(other.counts_) {}

    [[nodiscard]] T* allocate(std::size_t /*number*/) noexcept {
      static_assert(sizeof(T) <= sizeof(Counts) && alignof(T) <= alignof(void*));
      owners_->users_.fetch_add(1, std::memory_order_relaxed);
      return reinterpret_cast<T*>(counts_->data());
    }
    void deallocate(T* /*object*/, std::size_t /*number*/) noexcept { owners_->let_go(); }

    friend bool operator==(const InPlace& left, const InPlace& right) { return left.counts_ == right.counts_; }

   private:
    template <class U>
    friend class InPlace;

    Owners* owners_;
    Counts* counts_;
  };

  Owners() = default;
  ~Owners() = default;

  void let_go() noexcept {
    if (users_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  std::array<Place, count> places_{};
  std::atomic<std::size_t> users_{1};  // the object itself, and each owner that somebody keeps
};

/// The base of an object that lock-free readers look at. It owns itself until it is released, so that a reader can
/// make a std::shared_ptr of it that outlives the store.
class Reclaimable {
 public:
  Reclaimable() = default;
  Reclaimable(const Reclaimable&) = delete;
  Reclaimable& operator=(const Reclaimable&) = delete;

  /// What owns this object, for std::shared_ptr's of it that this thread makes.
  [[nodiscard]] const std::shared_ptr<const void>& owner() const {
    const std::size_t thread = thread_number();
    if (const Owners* const owners = owners_.load(std::memory_order_acquire)) return owners->of_thread(thread);
    const auto reader = static_cast<std::uint8_t>(thread % Owners::count);
    if (last_reader_.load(std::memory_order_relaxed) != reader) note_change(reader, this_period());
    return self_;
  }

  /// Another reader came than last, in a period of some milliseconds. Many such changes in one period make owners.
  void note_change(std::uint8_t reader, std::uint8_t period) const {
    last_reader_.store(reader, std::memory_order_relaxed);
    if (period_.exchange(period, std::memory_order_relaxed) != period) changes_.store(0, std::memory_order_relaxed);
    if (changes_.fetch_add(1, std::memory_order_relaxed) == hot) make_owners();
  }

  template <class T, class... Arguments>
  friend T* make_reclaimable(Arguments&&... arguments);
  friend void release(Reclaimable* object);

 protected:
  ~Reclaimable() = default;

 private:
  // So many changes of the reader in one period make an object hot: some thousands in a second.
  static constexpr std::uint8_t hot = 32;

  [[nodiscard]] static std::uint8_t this_period() {
    const auto time = std::chrono::floor<std::chrono::milliseconds>(recent_time().time_since_epoch());
    return static_cast<std::uint8_t>(time.count() / 16);
  }

  void make_owners() const {
    try {
      auto owners = Owners::make(self_);
      Owners* expected = nullptr;
      if (owners_.compare_exchange_strong(expected, owners.get())) static_cast<void>(owners.release());
    } catch (const std::bad_alloc&) {  // then it stays with one
    }
  }

  std::shared_ptr<const void> self_{};
  mutable std::atomic<Owners*> owners_{nullptr};
  mutable std::atomic<std::uint8_t> last_reader_{0};
  mutable std::atomic<std::uint8_t> period_{0};
  mutable std::atomic<std::uint8_t> changes_{0};  // of the reader in this period
};

/// Makes an object that owns itself until release() or a Reclaimer lets go of it.
template <class T, class... Arguments>
[[nodiscard]] T* make_reclaimable(Arguments&&... arguments) {
  auto object = std::make_shared<T>(std::forward<Arguments>(arguments)...);
  T* const pointer = object.get();
  static_cast<Reclaimable*>(pointer)->self_ = std::move(object);
  return pointer;
}

/// REQUIRES: no reader can reach it any more.
inline void release(Reclaimable* object) {
  // Moved out first: the object must not be destroyed through its own member.
  [[maybe_unused]] const auto last = std::move(object->self_);
  if (Owners* const owners = object->owners_.exchange(nullptr)) Owners::Release()(owners);
}

struct ReclaimableReleaser {
  void operator()(Reclaimable* object) const { release(object); }
};

/// Owns a reclaimable object that no reader has seen yet.
template <class T>
using Unpublished = std::unique_ptr<T, ReclaimableReleaser>;

}  // namespace slack::oauth::inline v0::detail
