// The threads of a process that wait for leases: they hear over one connection when one is given back.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/leases/waiting.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/listener.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"

namespace slack::oauth::inline v0::detail {

/// A lease that another has.
struct HeldPostgreSQLLease {
  std::string notice{};              ///< what is sent when it is given back
  std::chrono::milliseconds rest{};  ///< until it ends by itself
};

/// Threads: any thread may call any method at any time.
class PostgreSQLLeaseWaiters {
  struct Waiter {
    std::string notice{};  ///< empty: any will do
    bool is_called = false;
  };

 public:
  PostgreSQLLeaseWaiters(const std::shared_ptr<PostgreSQLPool>& pool, const std::string& client_id,
                         const std::string& channel_sql, const Logger& logger)
      : listener_(pool, client_id, channel_sql, logger) {}

  /// Returns when the lease may be free, and after `timeout` at the latest. `look()` gives the lease, or nothing where
  /// it is free. It is called after the listening has begun, so that nothing comes to pass between the two.
  template <class Look>
  void wait(std::chrono::milliseconds timeout, const Look& look) {
    const auto end = PostgreSQLClock::now() + timeout;
    Waiter waiter;
    const Place place(*this, waiter);
    listen(end);
    const std::optional<HeldPostgreSQLLease> held = look();
    if (!held) return;
    const auto until = std::min(end, PostgreSQLClock::now() + held->rest);
    std::unique_lock lock(mutex_);
    waiter.notice = held->notice;
    while (!waiter.is_called && PostgreSQLClock::now() < until) {
      if (!is_listening_) {
        wait_for_others(lock, until);
        return;
      }
      if (is_used_) {
        wait_for_others(lock, until);
      } else {
        listen_for_all(lock, until);
      }
    }
  }

 private:
  class Place {
   public:
    Place(PostgreSQLLeaseWaiters& waiters, Waiter& waiter) : waiters_(waiters), waiter_(waiter) {
      const std::lock_guard lock(waiters_.mutex_);
      waiters_.waiters_.push_back(&waiter);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { waiters_.leave(waiter_); }

   private:
    PostgreSQLLeaseWaiters& waiters_;
    Waiter& waiter_;
  };

  /// Makes this thread the one that uses the listener, which may take long: so the others can come and go meanwhile.
  class Using {
   public:
    Using(PostgreSQLLeaseWaiters& waiters, std::unique_lock<std::mutex>& lock) : waiters_(waiters), lock_(lock) {
      waiters_.is_used_ = true;
      lock_.unlock();
    }
    Using(const Using&) = delete;
    Using& operator=(const Using&) = delete;
    ~Using() {
      lock_.lock();
      waiters_.is_used_ = false;
      waiters_.is_listening_ = waiters_.listener_.is_listening();
      waiters_.called_.notify_all();
    }

   private:
    PostgreSQLLeaseWaiters& waiters_;
    std::unique_lock<std::mutex>& lock_;
  };

  /// Where another is about to, there is nothing to hear yet.
  void listen(PostgreSQLDeadline end) {
    std::unique_lock lock(mutex_);
    if (is_listening_ || is_used_) return;
    const Using use(*this, lock);
    listener_.try_to_listen(std::min(end, PostgreSQLClock::now() + listener_.timeout()));
  }

  void leave(const Waiter& waiter) {
    std::unique_lock lock(mutex_);
    std::erase(waiters_, &waiter);
    if (!waiters_.empty() || !is_listening_ || is_used_) return;
    is_listening_ = false;  // for whoever comes meanwhile
    const Using use(*this, lock);
    listener_.stop_listening(PostgreSQLClock::now() + std::min(listener_.timeout(), longest_good_bye));
  }

  /// By the system's clock, since the sanitizer for threads knows no other wait; in short steps, since it may jump, and
  /// since the one who listens for all may have gone.
  void wait_for_others(std::unique_lock<std::mutex>& lock, PostgreSQLDeadline until) {
    called_.wait_until(lock, std::chrono::system_clock::now() + std::min(time_left(until), longest_lease_pause));
  }

  /// In steps, since the pool may lose its server meanwhile, and this connection with it.
  void listen_for_all(std::unique_lock<std::mutex>& lock, PostgreSQLDeadline until) {
    {
      const Using use(*this, lock);
      const auto step = std::min(until, PostgreSQLClock::now() + longest_step);
      static_cast<void>(wait_for_socket(listener_.wire().socket(), SocketEvent::read, step));
    }
    listener_.hear([this](std::string_view notice) { call(notice); });
    is_listening_ = listener_.is_listening();
    if (!is_listening_) call({});
  }

  /// Those who wait for that lease; all of them where nothing is known of it.
  void call(std::string_view notice) {
    for (Waiter* const waiter : waiters_) {
      if (notice.empty() || waiter->notice.empty() || waiter->notice == notice) waiter->is_called = true;
    }
  }

  static constexpr std::chrono::milliseconds longest_step = std::chrono::seconds{1};
  static constexpr std::chrono::milliseconds longest_good_bye = std::chrono::seconds{1};

  std::mutex mutex_{};
  std::condition_variable called_{};
  PostgreSQLListener listener_;
  bool is_used_ = false;       ///< by one of those who wait, without the lock
  bool is_listening_ = false;  ///< that the listener does, as far as is known
  std::vector<Waiter*> waiters_{};
};

}  // namespace slack::oauth::inline v0::detail
