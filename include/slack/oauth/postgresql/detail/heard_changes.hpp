// Hears what is written to a PostgreSQL database by the notices that writes send.
//
// Needs libpq.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/listener.hpp"
#include "slack/oauth/postgresql/detail/notices.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/result.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: a write is heard as soon as its notice has come over the network, which the server sends when it commits;
/// so most often within a few milliseconds after the write has returned, and not before it. may_have_changed() asks
/// nobody, and waits for nobody: it looks at what has come over a connection of its own, once in a fifth of a
/// millisecond at most, since looking is a system call. Where that connection is lost, anything may have changed, until
/// one call of take() has made a new one; those beside it do not wait for that. It is lost at once where the server
/// ends or says so, where the store's own calls find that they have lost their server, and within half a minute where
/// the network only goes silent: until then, nothing is heard. What others than this library write is heard where there
/// are triggers.
///
/// Ask it now and then: what is not fetched the server has to keep.
class PostgreSQLHeardChanges final : public StoreChanges {
 public:
  /// Connects, and listens. Throws PostgreSQLError.
  PostgreSQLHeardChanges(const std::shared_ptr<PostgreSQLPool>& pool, const std::string& client_id,
                         const Logger& logger)
      : client_id_(client_id),
        look_up_(pool->names().apply(
            "select notice, enterprise_id, team_id from slack_oauth_workspaces where client_id::text = $1::text and "
            "notice::text = any($2::text[]) union select notice, enterprise_id, team_id from slack_oauth_others where "
            "client_id::text = $1::text and notice::text = any($2::text[])")),
        listener_(pool, client_id, channel_sql(pool->names(), "$1::varchar"), logger) {
    const auto deadline = deadline_from_now();
    constexpr std::chrono::milliseconds pause{50};
    while (true) {
      try {
        listener_.listen(deadline);
        return;
      } catch (const PostgreSQLError& error) {
        listener_.lose();
        if (!error.is_retryable() || time_left(deadline) <= pause) throw;
      }
      std::this_thread::sleep_for(pause);
    }
  }

  [[nodiscard]] bool may_have_changed() override {
    const auto now = PostgreSQLClock::now();
    if (is_quiet(now)) return false;
    const std::lock_guard lock(mutex_);
    if (is_quiet(now)) return false;     // another one has just looked
    if (use_ != Use::none) return true;  // that of what is taken at this moment, at least
    const std::uint64_t server = listener_.server();
    hear();
    const bool is_any = is_anything_ || !notices_.empty();
    if (!is_any) quiet_server_ = server;
    quiet_until_ = is_any ? PostgreSQLClock::duration::min() : (now + quiet_time).time_since_epoch();
    return is_any;
  }

  [[nodiscard]] WorkspaceChanges take() override {
    std::unique_lock lock(mutex_);
    while (use_ == Use::look_up) wait_for_others(lock);
    if (use_ == Use::connect) return {.anything = true};
    quiet_until_ = PostgreSQLClock::duration::min();  // for those who ask meanwhile
    hear();
    WorkspaceChanges changes;
    if (!is_anything_ && !notices_.empty()) changes = written(lock);
    if (!listener_.is_listening()) {
      const Using use(*this, lock, Use::connect);
      listener_.try_to_listen(deadline_from_now());
    }
    if (is_anything_) changes = {.anything = true};
    notices_.clear();
    is_anything_ = !listener_.is_listening();
    return changes;
  }

 private:
  [[nodiscard]] bool is_quiet(PostgreSQLClock::time_point now) const {
    return now.time_since_epoch() < quiet_until_.load() && listener_.server() == quiet_server_.load();
  }

  static constexpr std::size_t most_notices = 1000;
  static constexpr std::chrono::microseconds quiet_time{200};  // about what a notice takes to come

  /// What one thread does with the listener, which is its own then, while others may ask.
  enum class Use { none, connect, look_up };

  class Using {
   public:
    Using(PostgreSQLHeardChanges& changes, std::unique_lock<std::mutex>& lock, Use use)
        : changes_(changes), lock_(lock) {
      changes_.use_ = use;
      lock_.unlock();
    }
    Using(const Using&) = delete;
    Using& operator=(const Using&) = delete;
    ~Using() {
      lock_.lock();
      changes_.use_ = Use::none;
      changes_.is_free_.notify_all();
    }

   private:
    PostgreSQLHeardChanges& changes_;
    std::unique_lock<std::mutex>& lock_;
  };

  /// By the system's clock, since the sanitizer for threads knows no other wait; in short steps, since it may jump.
  void wait_for_others(std::unique_lock<std::mutex>& lock) {
    constexpr std::chrono::milliseconds step{50};
    is_free_.wait_until(lock, std::chrono::system_clock::now() + step);
  }

  [[nodiscard]] PostgreSQLDeadline deadline_from_now() const { return PostgreSQLClock::now() + listener_.timeout(); }

  void hear() {
    listener_.hear([this](std::string_view payload) {
      if (is_notice_of_workspace(payload) && notices_.size() < most_notices) {
        notices_.emplace(payload);
      } else {
        is_anything_ = true;
      }
    });
    if (!listener_.is_listening()) is_anything_ = true;
  }

  /// The workspaces that were heard of.
  [[nodiscard]] WorkspaceChanges written(std::unique_lock<std::mutex>& lock) {
    try {
      const Using use(*this, lock, Use::look_up);  // nobody else changes notices_ meanwhile
      return look_up();
    } catch (const PostgreSQLError&) {
      if (listener_.wire().is_usable()) throw;
      listener_.lose();
      is_anything_ = true;
      return {};
    }
  }

  [[nodiscard]] WorkspaceChanges look_up() {
    std::string heard = "{";
    for (const auto& notice : notices_) heard += (heard.size() == 1 ? "" : ",") + notice;
    heard += "}";
    listener_.wire().set_deadline(deadline_from_now());
    const PostgreSQLResult result = listener_.wire().run({look_up_, {client_id_.c_str(), heard.c_str()}});
    WorkspaceChanges changes;
    std::set<std::string> found;
    for (int i = 0; i < PQntuples(result.get()); ++i) {
      const PostgreSQLRow row(result.get(), i);
      changes.workspaces.push_back({std::string(row.text(1)), std::string(row.text(2))});
      found.emplace(row.text(0));
    }
    changes.anything = found != notices_;
    return changes;
  }

  std::string client_id_;
  std::string look_up_;
  std::mutex mutex_{};
  std::condition_variable is_free_{};
  Use use_ = Use::none;
  PostgreSQLListener listener_;
  bool is_anything_ = false;
  std::set<std::string> notices_{};  ///< hashes of what was written

  // Until when nothing is known to have come, while the store has still that server. Written under the mutex.
  std::atomic<PostgreSQLClock::duration> quiet_until_{PostgreSQLClock::duration::min()};
  std::atomic<std::uint64_t> quiet_server_{0};
};

}  // namespace slack::oauth::inline v0::detail
