// Objects that readers look at without a lock, and may keep: see reclamation.hpp.
#pragma once

#include <memory>
#include <utility>

namespace slack::oauth::inline v0::detail {

/// The base of an object that lock-free readers look at. It owns itself until it is released, so that a reader can
/// make a std::shared_ptr of it that outlives the store.
struct Reclaimable {
  std::shared_ptr<const void> self;
};

/// Makes an object that owns itself until release() or a Reclaimer lets go of it.
template <class T, class... Arguments>
[[nodiscard]] T* make_reclaimable(Arguments&&... arguments) {
  auto object = std::make_shared<T>(std::forward<Arguments>(arguments)...);
  T* const pointer = object.get();
  pointer->self = std::move(object);
  return pointer;
}

inline void release(Reclaimable* object) {
  // Moved out first: the object must not be destroyed through its own member.
  [[maybe_unused]] const auto last = std::move(object->self);
}

struct ReclaimableReleaser {
  void operator()(Reclaimable* object) const { release(object); }
};

/// Owns a reclaimable object that no reader has seen yet.
template <class T>
using Unpublished = std::unique_ptr<T, ReclaimableReleaser>;

}  // namespace slack::oauth::inline v0::detail
