// Catches what an action throws, so that a test can ask it for more than its type.
#pragma once

#include <stdexcept>
#include <utility>

namespace test {

/// The error that `action` throws. Any other error goes on to the test framework, which fails the test.
template <class ErrorT, class Action>
ErrorT thrown_by(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const ErrorT& error) {
    return error;
  }
  throw std::logic_error("expected an error, and none was thrown");
}

}  // namespace test
