// Counts what a test allocates, to show that something allocates nothing.
#pragma once

#include <cstddef>

namespace test {

/// How often this thread has called operator new.
std::size_t allocations() noexcept;

}  // namespace test
