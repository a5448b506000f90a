// The connections of a store, and what is done again when one breaks.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/hosts.hpp"
#include "slack/oauth/postgresql/detail/names.hpp"
#include "slack/oauth/postgresql/detail/settings.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"

namespace slack::oauth::inline v0::detail {

/// A connection with what its users keep for it: their statements.
class PostgreSQLSession {
 public:
  PostgreSQLSession(const PostgreSQLSettings& settings, const PostgreSQLHosts::Order& order,
                    const PostgreSQLNames& names, PostgreSQLDeadline deadline)
      : connection_(settings, order, names, deadline) {}

  [[nodiscard]] PostgreSQLConnection& connection() { return connection_; }

  /// The part of that number, which `make(connection)` makes when it is first asked for.
  template <class Part, class Make>
  [[nodiscard]] Part& part(std::size_t number, const Make& make) {
    if (number >= parts_.size()) parts_.resize(number + 1);
    if (parts_[number] == nullptr) parts_[number] = std::shared_ptr<Part>(make(connection_));
    return *static_cast<Part*>(parts_[number].get());
  }

 private:
  PostgreSQLConnection connection_;
  std::vector<std::shared_ptr<void>> parts_{};
};

/// What may be done about a call whose answer was lost.
enum class PostgreSQLRepeat {
  always,       ///< it changes nothing, or the same once more
  by_number,    ///< it is a write that finds out whether it was done, as far as that can be known then
  if_not_done,  ///< it is done again only where it was not done
  never         ///< another server is asked instead
};

/// Threads: any may call any member at any time.
class PostgreSQLPool {
 public:
  explicit PostgreSQLPool(PostgreSQLSettings settings)
      : settings_(checked(std::move(settings))),
        hosts_(settings_.connection_string, "connection_string",
               {.is_one_by_one = static_cast<bool>(settings_.password)}),
        names_(settings_.tables) {}

  [[nodiscard]] const PostgreSQLSettings& settings() const { return settings_; }
  [[nodiscard]] const PostgreSQLNames& names() const { return names_; }

  /// Another number after every loss of a server.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

  /// A number for a part of a session.
  [[nodiscard]] std::size_t new_part() {
    const std::lock_guard lock(mutex_);
    return parts_++;
  }

  /// What `work(session)` gives. Where it fails for a connection, a server or another transaction, it is done again, on
  /// another connection if need be, until the timeout. Where that comes while it connects, what it throws is why the
  /// try before failed.
  template <class Work>
  auto run(PostgreSQLRepeat repeat, const Work& work) {
    return run_until(PostgreSQLClock::now() + settings_.timeout, repeat, work);
  }

  template <class Work>
  auto run_until(PostgreSQLDeadline deadline, PostgreSQLRepeat repeat, const Work& work) {
    std::optional<PostgreSQLError> reason;
    for (int failures = 0;;) {
      bool is_connected = false;
      try {
        // Else what was never sent might seem to be done.
        const bool has_to_be_open = repeat == PostgreSQLRepeat::by_number || repeat == PostgreSQLRepeat::if_not_done;
        Lease lease = this->lease(deadline, has_to_be_open);
        is_connected = true;
        try {
          return work(lease.session());
        } catch (const PostgreSQLError& error) {
          if (error.damage().is_server_lost) lose_idle();
          throw;
        }
      } catch (const PostgreSQLError& error) {
        if (!error.is_retryable() || error.damage().is_final || repeat == PostgreSQLRepeat::never) throw;
        if (repeat == PostgreSQLRepeat::if_not_done && error.damage().may_have_happened) throw;
        const bool is_timeout = error.code() == postgresql_timeout;
        if (!pause(++failures, deadline)) {
          if (is_timeout && reason && !error.damage().may_have_happened) throw PostgreSQLError(*reason);
          throw;
        }
        if (!is_connected && !is_warned_.exchange(true)) {
          settings_.logger.warning("trying again for up to " + std::to_string(time_left(deadline).count()) +
                                   " ms: " + error.what());
        }
        if (!is_timeout) reason.emplace(error);
      }
    }
  }

 private:
  using Clock = PostgreSQLClock;

  struct Idle {
    std::unique_ptr<PostgreSQLSession> session;
    Clock::time_point since{};
    Clock::time_point until{};  ///< the end of its life
    std::uint64_t generation = 0;
  };

  /// A session that nobody else has until this is gone.
  class Lease {
   public:
    Lease(PostgreSQLPool& pool, Idle entry) : pool_(pool), entry_(std::move(entry)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.give_back(std::move(entry_)); }

    [[nodiscard]] PostgreSQLSession& session() const { return *entry_.session; }

   private:
    PostgreSQLPool& pool_;
    Idle entry_;
  };

  [[nodiscard]] Lease lease(PostgreSQLDeadline deadline, bool has_to_be_open) {
    Idle entry = take_place(deadline);
    while (has_to_be_open && entry.session != nullptr && !entry.session->connection().is_open()) {
      entry.session.reset();
      entry = next_idle();
    }
    if (entry.session == nullptr) {
      try {
        entry.session = connect(deadline);
      } catch (...) {
        give_back(std::move(entry));
        throw;
      }
      entry.until = Clock::now() + lifetime();
      is_warned_ = false;
    }
    entry.session->connection().set_deadline(deadline);
    return Lease(*this, std::move(entry));
  }

  [[nodiscard]] std::unique_ptr<PostgreSQLSession> connect(PostgreSQLDeadline deadline) {
    return hosts_.connect(deadline, [this](const PostgreSQLHosts::Order& order, PostgreSQLDeadline end) {
      return std::make_unique<PostgreSQLSession>(settings_, order, names_, end);
    });
  }

  /// The session that was used last, so that those that are not needed grow old; or a place for a new one.
  [[nodiscard]] Idle take_place(PostgreSQLDeadline deadline) {
    std::vector<Idle> old;  // ends behind the lock: to say good-bye takes time
    std::unique_lock lock(mutex_);
    while (used_ == settings_.pool.size) {
      const auto left = time_left(deadline);
      if (left.count() == 0) {
        throw PostgreSQLError({}, std::string(postgresql_timeout), true,
                              "no connection of the pool became free in time");
      }
      // By the system's clock, since the sanitizer for threads knows no other wait; in short steps, since it may jump.
      given_back_.wait_until(lock, std::chrono::system_clock::now() + std::min(left, longest_wait));
    }
    idle_.reserve(idle_.size() + used_ + 1);  // to give back allocates nothing
    ++used_;
    const auto now = Clock::now();
    const auto is_old = [&](const Idle& entry) {
      return entry.generation != generation_ || now >= entry.until || now - entry.since >= settings_.pool.idle_timeout;
    };
    if (std::any_of(idle_.begin(), idle_.end(), is_old)) {
      const auto first_old =
          std::stable_partition(idle_.begin(), idle_.end(), [&](const Idle& e) { return !is_old(e); });
      std::move(first_old, idle_.end(), std::back_inserter(old));
      idle_.erase(first_old, idle_.end());
    }
    return take_idle();
  }

  /// For who has a place.
  [[nodiscard]] Idle next_idle() {
    const std::lock_guard lock(mutex_);
    return take_idle();
  }

  /// Behind the lock. Without a session where none is idle.
  [[nodiscard]] Idle take_idle() {
    if (idle_.empty()) return {.session = nullptr, .generation = generation_};
    Idle entry = std::move(idle_.back());
    idle_.pop_back();
    return entry;
  }

  void give_back(Idle entry) noexcept {
    {
      const std::lock_guard lock(mutex_);
      --used_;
      if (entry.session != nullptr && entry.generation == generation_ && entry.session->connection().is_usable()) {
        entry.since = Clock::now();
        idle_.push_back(std::move(entry));
      }
    }
    given_back_.notify_one();
  }

  /// Those that are in use follow when they are given back.
  void lose_idle() {
    std::vector<Idle> lost;
    const std::lock_guard lock(mutex_);
    ++generation_;
    std::move(idle_.begin(), idle_.end(), std::back_inserter(lost));
    idle_.clear();
  }

  /// Grows with the failures, and differs among those who fail at once. False where there is no time left for it.
  [[nodiscard]] bool pause(int failures, PostgreSQLDeadline deadline) {
    if (failures == 1 && time_left(deadline).count() > 0) return true;
    constexpr std::chrono::microseconds longest = std::chrono::milliseconds{200};
    const auto most =
        std::min(std::chrono::microseconds{std::chrono::milliseconds{2}} * (1 << std::min(failures, 10)), longest);
    const auto length = most / 2 + most / 2 * static_cast<int>(by_chance() % 1000) / 1000;
    if (time_left(deadline) <= length) return false;
    std::this_thread::sleep_for(length);
    return true;
  }

  [[nodiscard]] std::chrono::milliseconds lifetime() {
    const auto all = settings_.pool.lifetime;
    return all - all / 10 * static_cast<int>(by_chance() % 100) / 100;
  }

  /// Nothing depends on what it gives.
  [[nodiscard]] std::uint32_t by_chance() {
    const std::lock_guard lock(mutex_);
    return static_cast<std::uint32_t>(chance_());
  }

  static constexpr std::chrono::milliseconds longest_wait{50};

  PostgreSQLSettings settings_;
  PostgreSQLHosts hosts_;
  PostgreSQLNames names_;
  std::mutex mutex_{};
  std::condition_variable given_back_{};
  std::vector<Idle> idle_{};  ///< the one that was used last at the end
  std::size_t used_ = 0;
  std::size_t parts_ = 0;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<bool> is_warned_{false};  ///< of a server that cannot be reached, until it can
  std::minstd_rand chance_{static_cast<std::uint32_t>(Clock::now().time_since_epoch().count())};
};

}  // namespace slack::oauth::inline v0::detail
