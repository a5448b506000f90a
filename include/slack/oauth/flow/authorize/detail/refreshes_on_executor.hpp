// Refreshes the tokens of a record on the executor of an authorizer's options, and waits for what comes of it.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <future>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/authorize/authorizer_options.hpp"
#include "slack/oauth/flow/authorize/detail/background_refreshes.hpp"
#include "slack/oauth/flow/detail/handle.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/flow/rotate/detail/refresh_exchange.hpp"
#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0::detail {

/// A bot by rotate_bot(), an installation by rotate().
template <HttpTransport Transport, class Store, class Record>
[[nodiscard]] Record rotated(BasicTokenRotator<Transport>& rotator, Store& store, const Record& record,
                             std::chrono::milliseconds timeout) {
  if constexpr (requires { record.user_id; }) {
    return rotator.rotate(store, record, timeout);
  } else {
    return rotator.rotate_bot(store, record, timeout);
  }
}

/// Borrows the options. REQUIRES: they have a rotator and an executor.
///
/// Threads: any thread may call any method at any time.
template <class Store, HttpTransport Transport>
class RefreshesOnExecutor {
 public:
  RefreshesOnExecutor(Handle<Store> store, const BasicAuthorizerOptions<Transport>& options)
      : store_(std::move(store)), options_(options) {}

  /// Throws a TokenRotationError where the executor does not take it.
  template <class Record>
  void start(const Record& record, const TimeLeft& left) {
    static_cast<void>(begin(record, left, false));
  }

  /// Waits no longer than there is time; the refresh goes on. Throws TokenRotationError, and what the store throws.
  template <class Record>
  [[nodiscard]] Record await(const Record& record, const TimeLeft& left) {
    const TimeLeft turn_left(options_.rotator->options().lease_timeout, options_.rotator->waiting_clock());
    while (true) {
      const std::shared_future<Record> refreshed = begin(record, left, true);
      if (refreshed.wait_for(left()) != std::future_status::ready) {
        throw not_in_time("the refresh of a token that has expired takes longer than the event may wait");
      }
      try {
        return refreshed.get();
      } catch (const std::future_error&) {
        throw not_in_time("the executor dropped a refresh");
      } catch (const TokenRotationError& error) {
        const bool may_repeat = !left.is_over() && !turn_left.is_over();
        if (error.code() != lease_timeout || !may_repeat) throw;
      }
    }
  }

 private:
  static TokenRotationError not_in_time(std::string_view problem) {
    return TokenRotationError(problem, "refresh_timeout", true);
  }

  /// Whose tokens they are, exactly: what comes of a refresh is shared among those who ask for it.
  template <class Record>
  [[nodiscard]] static std::string key_of(const Record& record) {
    const WorkspaceRef ref = workspace_ref_of(record);
    std::string key(ref.enterprise_id.value_or(""));
    key += '\n';
    key += ref.team_id.value_or("");
    if constexpr (requires { record.user_id; }) key += '\n' + record.user_id;
    return key;
  }

  template <class Record>
  std::shared_future<Record> begin(const Record& record, const TimeLeft& left, bool is_awaited) {
    const auto report = [failed = options_.on_background_failure, logger = options_.logger, record] {
      const auto error = std::current_exception();
      logger.warning(line_about("a token could not be refreshed: " + describe(error), record));
      try {
        if (failed) failed(error);
      } catch (...) {
        logger.error("on_background_failure threw an exception");
      }
    };
    auto task = [report, left, is_awaited, store = store_, rotator = options_.rotator, record] {
      // No longer, since the executor may have few threads: one workspace must not take them from the others.
      constexpr std::chrono::milliseconds longest_turn{200};
      try {
        return rotated(*rotator, *store, record, std::min({rotator->options().lease_timeout, longest_turn, left()}));
      } catch (const TokenRotationError& error) {
        if (!is_awaited || error.code() != lease_timeout) report();
        throw;
      } catch (...) {
        report();
        throw;
      }
    };
    try {
      return std::get<BackgroundRefreshes<Record>>(under_way_)
          .start(options_.executor, key_of(record), std::move(task));
    } catch (...) {
      throw not_in_time("the executor took no refresh");
    }
  }

  Handle<Store> store_;
  const BasicAuthorizerOptions<Transport>& options_;
  std::tuple<BackgroundRefreshes<BotOf<Store>>, BackgroundRefreshes<InstallationOf<Store>>> under_way_{};
};

}  // namespace slack::oauth::inline v0::detail
