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
                         const std::string& channel_sql)
      : listener_(pool, client_id, channel_sql) {}

  /// Returns when the lease may be free, and after `timeout` at the latest. `look()` gives the lease, or nothing where
  /// it is free. It is called after the listening has begun, so that nothing comes to pass between the two.
  template <class Look>
  void wait(std::chrono::milliseconds timeout, const Look& look) {
    const auto end = PostgreSQLClock::now() + timeout;
    Waiter waiter;
    const Place place(*this, waiter, end);
    const std::optional<HeldPostgreSQLLease> held = look();
    if (!held) return;
    const auto until = std::min(end, PostgreSQLClock::now() + held->rest);
    std::unique_lock lock(mutex_);
    waiter.notice = held->notice;
    while (!waiter.is_called && PostgreSQLClock::now() < until) {
      if (!listener_.is_listening()) {
        wait_for_others(lock, until);
        return;
      }
      if (is_listened_for_) {
        wait_for_others(lock, until);
      } else {
        listen_for_all(lock, until);
      }
    }
  }

 private:
  class Place {
   public:
    Place(PostgreSQLLeaseWaiters& waiters, Waiter& waiter, PostgreSQLDeadline end)
        : waiters_(waiters), waiter_(waiter) {
      const std::lock_guard lock(waiters_.mutex_);
      waiters_.waiters_.push_back(&waiter);
      PostgreSQLListener& listener = waiters_.listener_;
      if (!listener.is_listening()) {
        listener.try_to_listen(std::min(end, PostgreSQLClock::now() + listener.timeout()));
      }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      const std::lock_guard lock(waiters_.mutex_);
      std::erase(waiters_.waiters_, &waiter_);
      PostgreSQLListener& listener = waiters_.listener_;
      if (waiters_.waiters_.empty() && listener.is_listening()) {
        listener.stop_listening(PostgreSQLClock::now() + listener.timeout());
      }
    }

   private:
    PostgreSQLLeaseWaiters& waiters_;
    Waiter& waiter_;
  };

  /// By the system's clock, since the sanitizer for threads knows no other wait; in short steps, since it may jump, and
  /// since the one who listens for all may have gone.
  void wait_for_others(std::unique_lock<std::mutex>& lock, PostgreSQLDeadline until) {
    called_.wait_until(lock, std::chrono::system_clock::now() + std::min(time_left(until), longest_lease_pause));
  }

  void listen_for_all(std::unique_lock<std::mutex>& lock, PostgreSQLDeadline until) {
    is_listened_for_ = true;
    const auto socket = listener_.wire().socket();
    lock.unlock();
    static_cast<void>(wait_for_socket(socket, SocketEvent::read, until));
    lock.lock();
    is_listened_for_ = false;
    listener_.hear([this](std::string_view notice) { call(notice); });
    if (!listener_.is_listening()) call({});
    called_.notify_all();
  }

  /// Those who wait for that lease; all of them where nothing is known of it.
  void call(std::string_view notice) {
    for (Waiter* const waiter : waiters_) {
      if (notice.empty() || waiter->notice.empty() || waiter->notice == notice) waiter->is_called = true;
    }
  }

  std::mutex mutex_{};
  std::condition_variable called_{};
  PostgreSQLListener listener_;
  /// One of those who wait is looking for what comes, and nobody else uses the listener.
  bool is_listened_for_ = false;
  std::vector<Waiter*> waiters_{};
};

}  // namespace slack::oauth::inline v0::detail
