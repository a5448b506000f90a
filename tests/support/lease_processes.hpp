// A lease among processes, some of which are killed while they hold it.
#pragma once

#if !defined(_WIN32)

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <slack/oauth/queries.hpp>

#include "catch.hpp"

namespace test {

/// `open()` gives a std::unique_ptr to a store on the storage that all of them share.
template <class Open>
void check_lease_of_processes(const Open& open) {
  using std::chrono::steady_clock;
  constexpr std::chrono::seconds patience{20};
  constexpr std::chrono::milliseconds short_life{100};
  constexpr std::chrono::hours long_life{1};
  // Each life ends in the middle of a turn.
  for (int life = 0; life < 3; ++life) {
    const ::pid_t child = ::fork();
    if (child == 0) {
      try {
        const auto store = open();
        const auto deadline = steady_clock::now() + patience;
        while (steady_clock::now() < deadline) {
          if (const auto lease = store->try_lease({.team_id = "T1"}, short_life)) ::raise(SIGKILL);
        }
      } catch (const std::exception&) {
        ::_exit(2);
      }
      ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
  }
  const auto store = open();
  const auto deadline = steady_clock::now() + patience;
  auto lease = store->try_lease({.team_id = "T1"}, long_life);
  while (lease == nullptr && steady_clock::now() < deadline) lease = store->try_lease({.team_id = "T1"}, long_life);
  REQUIRE(lease != nullptr);
  const ::pid_t child = ::fork();
  if (child == 0) {
    int result = 1;
    try {
      const auto other = open();
      const bool is_refused = other->try_lease({.team_id = "T1"}, long_life) == nullptr;
      result = is_refused && other->try_lease({.team_id = "T2"}, long_life) ? 0 : 1;
    } catch (const std::exception&) {
    }
    ::_exit(result);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(lease->is_held());
}

}  // namespace test

#endif
