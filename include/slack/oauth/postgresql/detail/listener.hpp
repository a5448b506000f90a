// A connection that hears notices, made anew where it is lost.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/hosts.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/result.hpp"
#include "slack/oauth/postgresql/detail/settings.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/detail/wire.hpp"

namespace slack::oauth::inline v0::detail {

/// It is none of the pool's connections, but is taken for lost where the pool loses its server: that may be one that
/// others have left.
///
/// Threads: one at a time. Not to be used on the other side of a fork().
class PostgreSQLListener {
 public:
  /// `channel_sql` gives the channel, as channel_sql() has it of "$1::varchar". `logger` hears of the first of the
  /// tries in a row that fail.
  PostgreSQLListener(std::shared_ptr<PostgreSQLPool> pool, std::string client_id, const std::string& channel_sql,
                     Logger logger)
      : pool_(std::move(pool)),
        client_id_(std::move(client_id)),
        logger_(std::move(logger)),
        select_channel_("select " + channel_sql),
        settings_(for_listening(pool_->settings())),
        hosts_(settings_.connection_string,
               settings_.changes.listen_connection_string.empty() ? "connection_string"
                                                                  : "changes.listen_connection_string",
               {.is_one_by_one = static_cast<bool>(settings_.password)}) {}

  [[nodiscard]] std::chrono::milliseconds timeout() const { return settings_.timeout; }

  [[nodiscard]] bool is_listening() const { return is_listening_; }

  /// Which server the store's own calls have: another number each time that they have lost one. Threads: any.
  [[nodiscard]] std::uint64_t server() const { return pool_->generation(); }

  /// The connection, while it listens.
  [[nodiscard]] PostgreSQLWire& wire() { return *wire_; }

  /// Throws PostgreSQLError.
  void listen(PostgreSQLDeadline deadline) {
    if (wire_ != nullptr && pool_->generation() != generation_) lose();
    if (wire_ == nullptr) connect(deadline);
    wire_->set_deadline(deadline);
    wire_->execute("listen " + channel_);
    is_listening_ = true;
    has_failed_ = false;
  }

  /// The same, where it may fail: such tries take a tenth of the time of those who ask, and no more.
  void try_to_listen(PostgreSQLDeadline deadline) noexcept {
    const auto start = PostgreSQLClock::now();
    if (start < next_try_) return;
    try {
      listen(deadline);
    } catch (const std::exception& error) {
      lose();
      if (!std::exchange(has_failed_, true)) warn(error);
      const auto end = PostgreSQLClock::now();
      next_try_ = end + std::max<PostgreSQLClock::duration>((end - start) * 10, std::chrono::milliseconds{100});
    }
  }

  /// Keeps the connection, and has the server keep no notices for it.
  void stop_listening(PostgreSQLDeadline deadline) noexcept {
    try {
      wire_->set_deadline(deadline);
      wire_->execute("unlisten *");
      is_listening_ = false;
    } catch (...) {
      lose();
    }
  }

  /// Calls `take(payload)` for each notice that has come, and waits for none. Where the connection is lost it listens
  /// no longer.
  template <class Take>
  void hear(const Take& take) {
    if (!is_listening_) return;
    if (!wire_->take_notices(take) || pool_->generation() != generation_) lose();
  }

  void lose() noexcept {
    wire_.reset();
    is_listening_ = false;
  }

 private:
  void warn(const std::exception& error) const noexcept {
    if (!logger_.is_enabled(LogLevel::warning)) return;
    try {
      logger_.warning(std::string("no notices are heard until a connection can listen again: ") + error.what());
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is no memory left to say so
    }
  }

  [[nodiscard]] static PostgreSQLSettings for_listening(PostgreSQLSettings settings) {
    if (!settings.changes.listen_connection_string.empty()) {
      settings.connection_string = settings.changes.listen_connection_string;
    }
    settings.pooling = PostgreSQLPooling::session;
    settings.only_listens = true;
    return settings;
  }

  void connect(PostgreSQLDeadline deadline) {
    generation_ = pool_->generation();
    auto wire = hosts_.connect(deadline, [this](const PostgreSQLHosts::Order& order, PostgreSQLDeadline end) {
      return std::make_unique<PostgreSQLWire>(settings_, order, end);
    });
    wire->set_deadline(deadline);
    const PostgreSQLResult channel = wire->run({select_channel_, {client_id_.c_str()}});
    channel_ = PostgreSQLRow(channel.get(), 0).text(0);
    wire_ = std::move(wire);
  }

  std::shared_ptr<PostgreSQLPool> pool_;
  std::string client_id_;
  Logger logger_;
  std::string select_channel_;
  PostgreSQLSettings settings_;
  PostgreSQLHosts hosts_;
  std::unique_ptr<PostgreSQLWire> wire_{};
  std::string channel_{};
  std::uint64_t generation_ = 0;  ///< the pool's, when the connection was made
  bool is_listening_ = false;
  bool has_failed_ = false;
  PostgreSQLDeadline next_try_{};
};

}  // namespace slack::oauth::inline v0::detail
