// A store or another part that is borrowed, or shared: the choice of who makes it.
#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

template <class T>
class Handle {
 public:
  /// Borrows, so `borrowed` has to outlive this.
  Handle(T& borrowed) noexcept : pointer_(std::shared_ptr<T>(), &borrowed) {}  // NOLINT(google-explicit-constructor)

  /// Shares the ownership. Throws InvalidArgumentError where it is null.
  template <class U>  // NOLINTNEXTLINE(google-explicit-constructor)
  requires std::convertible_to<U*, T*> Handle(std::shared_ptr<U> shared) : pointer_(std::move(shared)) {
    if (pointer_ == nullptr) throw InvalidArgumentError("store", "must not be null");
  }

  [[nodiscard]] T& operator*() const noexcept { return *pointer_; }
  [[nodiscard]] T* operator->() const noexcept { return pointer_.get(); }

 private:
  std::shared_ptr<T> pointer_;
};

}  // namespace slack::oauth::inline v0::detail
