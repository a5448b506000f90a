// Hears what is written to a PostgreSQL database by the notices that writes send.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/hosts.hpp"
#include "slack/oauth/postgresql/detail/notices.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/result.hpp"
#include "slack/oauth/postgresql/detail/settings.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/detail/wire.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: a write is heard as soon as its notice has come over the network, which the server sends when it commits;
/// so most often within a millisecond after the write has returned, and not before it. may_have_changed() asks nobody:
/// it looks at what has come over a connection of its own. Where that connection is lost, anything may have changed,
/// until take() has made a new one. It is lost at once where the server ends or says so, where the store's own calls
/// find that they have lost their server, and within half a minute where the network only goes silent: until then,
/// nothing is heard. What others than this library write is heard where there are triggers.
///
/// Ask it now and then: what is not fetched the server has to keep.
class PostgreSQLHeardChanges final : public StoreChanges {
 public:
  /// Connects, and listens. Throws PostgreSQLError.
  PostgreSQLHeardChanges(std::shared_ptr<PostgreSQLPool> pool, std::string client_id)
      : pool_(std::move(pool)),
        client_id_(std::move(client_id)),
        settings_(for_listening(pool_->settings())),
        hosts_(settings_.connection_string) {
    const auto deadline = PostgreSQLClock::now() + settings_.timeout;
    constexpr std::chrono::milliseconds pause{50};
    while (true) {
      try {
        listen(deadline);
        return;
      } catch (const PostgreSQLError& error) {
        if (!error.is_retryable() || time_left(deadline) <= pause) throw;
      }
      std::this_thread::sleep_for(pause);
    }
  }

  [[nodiscard]] bool may_have_changed() override {
    const std::lock_guard lock(mutex_);
    hear();
    return is_anything_ || !notices_.empty();
  }

  [[nodiscard]] WorkspaceChanges take() override {
    const std::lock_guard lock(mutex_);
    hear();
    WorkspaceChanges changes;
    if (!is_anything_ && !notices_.empty()) changes = written();
    if (wire_ == nullptr) listen_again();
    if (is_anything_) changes = {.anything = true};
    notices_.clear();
    is_anything_ = wire_ == nullptr;
    return changes;
  }

 private:
  static constexpr std::size_t most_notices = 1000;

  [[nodiscard]] static PostgreSQLSettings for_listening(PostgreSQLSettings settings) {
    if (!settings.changes.listen_connection_string.empty()) {
      settings.connection_string = settings.changes.listen_connection_string;
    }
    settings.pooling = PostgreSQLPooling::session;
    settings.only_listens = true;
    return settings;
  }

  /// Of several hosts, each gets its share of the time, and one that is silent is not the first of the next try.
  void listen(PostgreSQLDeadline deadline) {
    generation_ = pool_->generation();
    const auto now = PostgreSQLClock::now();
    const std::size_t first = first_host_;
    first_host_ = (first + 1) % hosts_.count();
    auto wire = std::make_unique<PostgreSQLWire>(settings_, hosts_.beginning_with(first),
                                                 now + (deadline - now) / static_cast<int>(hosts_.count()));
    first_host_ = first;
    wire->set_deadline(deadline);
    const std::string sql = "select " + channel_sql(pool_->names(), "$1::varchar");
    const PostgreSQLResult channel = wire->run(sql, {client_id_.c_str()});
    wire->execute("listen " + std::string(PostgreSQLRow(channel.get(), 0).text(0)));
    wire_ = std::move(wire);
  }

  /// Failures take a tenth of the time of those who ask, and no more.
  void listen_again() noexcept {
    const auto start = PostgreSQLClock::now();
    if (start < next_try_) return;
    try {
      listen(start + settings_.timeout);
    } catch (...) {  // NOLINT(bugprone-empty-catch): until it succeeds, anything may have changed
      const auto end = PostgreSQLClock::now();
      next_try_ = end + std::max<PostgreSQLClock::duration>((end - start) * 10, std::chrono::milliseconds{100});
    }
  }

  void hear() {
    if (wire_ == nullptr) return;
    const bool is_connected = wire_->take_notices([this](std::string_view payload) {
      if (is_notice_of_workspace(payload) && notices_.size() < most_notices) {
        notices_.emplace(payload);
      } else {
        is_anything_ = true;
      }
    });
    if (!is_connected || pool_->generation() != generation_) lose();
  }

  void lose() {
    wire_.reset();
    notices_.clear();
    is_anything_ = true;
  }

  /// The workspaces that were heard of.
  [[nodiscard]] WorkspaceChanges written() {
    std::string heard = "{";
    for (const auto& notice : notices_) heard += (heard.size() == 1 ? "" : ",") + notice;
    heard += "}";
    try {
      wire_->set_deadline(PostgreSQLClock::now() + settings_.timeout);
      const PostgreSQLResult result = wire_->run(sql_, {client_id_.c_str(), heard.c_str()});
      WorkspaceChanges changes;
      std::set<std::string> found;
      for (int i = 0; i < PQntuples(result.get()); ++i) {
        const PostgreSQLRow row(result.get(), i);
        changes.workspaces.push_back({std::string(row.text(1)), std::string(row.text(2))});
        found.emplace(row.text(0));
      }
      changes.anything = found != notices_;
      return changes;
    } catch (const PostgreSQLError&) {
      if (wire_->is_usable()) throw;
      lose();
      return {};
    }
  }

  std::shared_ptr<PostgreSQLPool> pool_;
  std::string client_id_;
  PostgreSQLSettings settings_;
  PostgreSQLHosts hosts_;
  std::string sql_ = pool_->names().apply(
      "select notice, enterprise_id, team_id from slack_oauth_workspaces where client_id = $1::varchar and notice = "
      "any($2::varchar[]) union select notice, enterprise_id, team_id from slack_oauth_others where client_id = "
      "$1::varchar and notice = any($2::varchar[])");
  std::mutex mutex_{};
  std::size_t first_host_ = 0;
  std::unique_ptr<PostgreSQLWire> wire_{};  ///< null while the connection is lost
  std::uint64_t generation_ = 0;            ///< the pool's, when it was made
  PostgreSQLDeadline next_try_{};
  bool is_anything_ = false;
  std::set<std::string> notices_{};  ///< hashes of what was written
};

}  // namespace slack::oauth::inline v0::detail
