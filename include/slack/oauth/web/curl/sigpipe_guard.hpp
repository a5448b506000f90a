// Keeps SIGPIPE, which ends a program, from a connection that the other side dropped while it was written to.
#pragma once

#if !defined(_WIN32)
#include <pthread.h>

#include <csignal>
#endif

namespace slack::oauth::inline v0::detail {

/// For this thread, while it lives. What the program does about the signal elsewhere is left alone.
class SigpipeGuard {
 public:
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

#if defined(_WIN32)
  SigpipeGuard() = default;
  ~SigpipeGuard() = default;
#else
  SigpipeGuard() noexcept {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    was_pending_ = is_pending();
    is_masked_ = pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_) == 0;
  }

  ~SigpipeGuard() {
    if (!is_masked_) return;
    // One that came meanwhile would be delivered as soon as it is let through.
    if (!was_pending_ && is_pending()) {
      int signal = 0;
      sigwait(&sigpipe_, &signal);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  static bool is_pending() noexcept {
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
  }

  sigset_t sigpipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
  bool is_masked_ = false;
#endif
};

}  // namespace slack::oauth::inline v0::detail
