#include "support/allocations.hpp"

#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "catch.hpp"

namespace {
thread_local std::size_t count = 0;
}

std::size_t test::allocations() noexcept { return count; }

// The forms that are not replaced call these, save in a sanitizer's runtime, which pairs each with its own.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

TEST_CASE("allocations are counted", "[support]") {
  const std::size_t before = test::allocations();
  const auto number = std::make_unique<int>(1);
  const std::string text(100, 'x');
  const std::size_t after = test::allocations();
  CHECK(after == before + 2);
}
