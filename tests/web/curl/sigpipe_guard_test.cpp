// A dropped connection must not end the program.
#if !defined(_WIN32)

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <slack/oauth/web/curl/sigpipe_guard.hpp>

#include "catch.hpp"

using namespace slack::oauth;

namespace {

volatile std::sig_atomic_t signals = 0;

void count_signal(int /*signal*/) { signals = signals + 1; }

/// Catches SIGPIPE while it lives.
class CountSigpipe {
 public:
  CountSigpipe() {
    signals = 0;
    before_ = std::signal(SIGPIPE, &count_signal);
  }
  CountSigpipe(const CountSigpipe&) = delete;
  CountSigpipe& operator=(const CountSigpipe&) = delete;
  ~CountSigpipe() { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int);
};

void write_to_a_closed_pipe() {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  CHECK(::write(ends[1], "x", 1) == -1);
  ::close(ends[1]);
}

}  // namespace

TEST_CASE("SIGPIPE does not come while a guard lives, nor for it afterwards", "[curl]") {
  const CountSigpipe count;
  {
    const detail::SigpipeGuard guard;
    write_to_a_closed_pipe();
    CHECK(signals == 0);
  }
  CHECK(signals == 0);
  write_to_a_closed_pipe();
  CHECK(signals == 1);
}

TEST_CASE("a SIGPIPE that the program holds back itself stays its own", "[curl]") {
  const CountSigpipe count;
  sigset_t sigpipe;
  sigset_t before;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  REQUIRE(pthread_sigmask(SIG_BLOCK, &sigpipe, &before) == 0);
  write_to_a_closed_pipe();
  {
    const detail::SigpipeGuard guard;
    write_to_a_closed_pipe();
  }
  CHECK(signals == 0);
  REQUIRE(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  CHECK(signals == 1);
}

#endif
