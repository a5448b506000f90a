// Refreshes the tokens that expire: https://docs.slack.dev/authentication/using-token-rotation, docs/token-rotation.md
//
// A refresh token serves once, and Slack answers once. Several threads and processes may want a workspace's token
// refreshed: one of them does it, and the others wait for what it saves. The rotator saves what Slack gave before
// anything else happens, in the place of the pair that was used for it.
//
// Needs nlohmann/json.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/rekey.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/flow/rotate/detail/refresh_exchange.hpp"
#include "slack/oauth/flow/rotate/detail/request_pace.hpp"
#include "slack/oauth/flow/rotate/detail/rotation_job.hpp"
#include "slack/oauth/flow/rotate/detail/token_refresher.hpp"
#include "slack/oauth/flow/rotate/rotation_report.hpp"
#include "slack/oauth/flow/rotate/token_rotation_error.hpp"
#include "slack/oauth/flow/rotate/token_rotator_options.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// Keeps no store: pass each call the store that its records are from. replace_tokens() saves what Slack gives, so
/// nothing that somebody saved meanwhile is lost, and nothing that was deleted comes back. Over a store without it, the
/// rotator looks the record up and saves it in its turn, which is as safe as the turns are.
///
/// Turns save a second request to Slack. They are those of the store's wait_lease(). Over a store without leases, the
/// threads that use copies of one rotator take turns.
///
/// Errors: TokenRotationError where a token could not be refreshed, or its turn did not come. It is retryable where
/// another call may refresh the token, which includes a lost answer. UnsavedTokenError has new tokens that nobody can
/// use here. New tokens that the store does not take are no error: the rotator returns them, keeps them, and saves them
/// first of all the next time. Copies of a rotator keep them together. The rotator passes on StorageError, and whatever
/// else the store throws, where the store failed before the rotator asked Slack.
///
/// Threads: any thread may call any method at any time.
template <HttpTransport Transport>
class BasicTokenRotator {
  template <class Store>
  using BotOf = detail::BotOf<Store>;
  template <class Store>
  using InstallationOf = detail::InstallationOf<Store>;

 public:
  /// Throws InvalidArgumentError where an option cannot work.
  BasicTokenRotator(BasicSlackClient<Transport> client, ClientCredentials credentials, TokenRotatorOptions options = {})
      : turns_{.lifetime = options.lease_lifetime,
               .timeout = options.lease_timeout,
               .clock = options.sleep ? options.clock : nullptr},
        refresher_(std::move(client), std::move(credentials), std::move(options)) {}

  /// Returns whether the token or its refresh token expires within the window, or a new one waits to be saved. A record
  /// without a refresh token is never due.
  [[nodiscard]] bool is_due(const Bot& bot) const { return refresher_.is_due_by(bot, due_until()); }

  /// The bot's token or the user's.
  [[nodiscard]] bool is_due(const Installation& installation) const { return is_any_due(installation, due_until()); }

  /// Returns whether Slack has refused the refresh token for good, so that somebody has to install the app again. Such
  /// a token is never due.
  [[nodiscard]] static bool needs_installation(const Bot& bot) {
    return detail::has_text(bot.bot_refresh_token) && detail::is_rejected(bot.custom_values, *bot.bot_refresh_token);
  }

  /// The user's own.
  [[nodiscard]] static bool needs_installation(const Installation& installation) {
    return detail::has_text(installation.user_refresh_token) &&
           detail::is_rejected(installation.custom_values, *installation.user_refresh_token);
  }

  /// Returns the bot as it is now: the given one where its token is not due, and otherwise one with a token that this
  /// call or another one has refreshed and saved. Changes no user's record. Waits `lease_timeout` for its turn, where
  /// you give it, and otherwise as the options say. Throws InvalidArgumentError where it is negative.
  template <class Store>
  BotOf<Store> rotate_bot(Store& store, BotOf<Store> bot,
                          std::optional<std::chrono::milliseconds> lease_timeout = std::nullopt) {
    const auto timeout = timeout_of(lease_timeout);
    const auto until = due_until();
    if (!refresher_.is_due_by(bot, until)) return bot;
    try {
      return rotate_one<detail::BotTokens<Store>>(store, bot, {until}, turns_for(store, timeout)).record;
    } catch (...) {
      // Neither the turn nor Slack is needed where a pair that waits to be saved still works.
      auto unsaved = refresher_.with_unsaved(bot);
      if (unsaved.bot_refresh_token == bot.bot_refresh_token) throw;
      return unsaved;
    }
  }

  /// Does the same as rotate_bot(), for the bot's token and this user's own. Changes no other user's record.
  ///
  /// The bot's token comes first. Where the error is about the user's (its subject() says so), the bot's is refreshed
  /// and saved, or the message says that it is not. Where the error is about the bot's, the user's is refreshed and
  /// saved, was not due, or Slack refused it for good. Where the bot's new token could not be saved, the rotator does
  /// not refresh the user's.
  template <class Store>
  InstallationOf<Store> rotate(Store& store, InstallationOf<Store> installation,
                               std::optional<std::chrono::milliseconds> lease_timeout = std::nullopt) {
    const auto timeout = timeout_of(lease_timeout);
    const auto until = due_until();
    if (!is_any_due(installation, until)) return installation;
    try {
      return rotate_both(store, installation, until, turns_for(store, timeout));
    } catch (...) {
      auto unsaved = refresher_.with_unsaved(installation);
      const bool has_bot =
          !refresher_.is_bot_due(installation, until) || unsaved.bot_refresh_token != installation.bot_refresh_token;
      const bool has_user =
          !refresher_.is_due_by(installation, until) || unsaved.user_refresh_token != installation.user_refresh_token;
      if (!has_bot || !has_user) throw;
      return unsaved;
    }
  }

  /// Refreshes every token that expires within `window`, or whose refresh token does, for a scheduled job. A failure
  /// ends nothing but the refresh of its own token. The job calls `on_failure(const RotationFailure&)` for each; what
  /// that throws ends the job. Needs memory for a few records at a time.
  ///
  /// Several jobs at once, in one process or in several, share the work: each leaves for the end what another one has
  /// the turn for. The job waits between its requests, so that it makes no more than `requests_per_minute`. Where Slack
  /// says that there were too many, it waits as long as Slack asks for, and goes on. It waits without a turn. Once
  /// three new tokens in a row could not be saved, the job asks Slack no more, and what else is due fails with the code
  /// "not_tried". Throws NotImplementedError where the store has neither for_each_bot() nor for_each_installation().
  template <class Store, class OnFailure>
  requires std::is_invocable_v<const OnFailure&, const RotationFailure&> RotationReport
  rotate_all(Store& store, std::chrono::seconds window, const OnFailure& on_failure) {
    return run_job(store, window, false, on_failure);
  }

  /// Does the same as above; the report has the failures.
  template <class Store>
  RotationReport rotate_all(Store& store, std::chrono::seconds window) {
    return with_failures([&](const auto& on_failure) { return rotate_all(store, window, on_failure); });
  }

  /// Exchanges the bot's token for a pair that expires and can be refreshed, where it is one from before rotation was
  /// turned on for the app at Slack. Returns the bot as it is now: the given one where it has a refresh token, and
  /// otherwise one with a pair that this call or another one has got and saved. Throws as rotate_bot() does. Slack
  /// exchanges a token once: where the answer is lost, the record keeps its token, and the next call throws
  /// `token_already_exchanged`. https://docs.slack.dev/reference/methods/oauth.v2.exchange
  template <class Store>
  BotOf<Store> exchange_bot(Store& store, BotOf<Store> bot,
                            std::optional<std::chrono::milliseconds> lease_timeout = std::nullopt) {
    const auto timeout = timeout_of(lease_timeout);
    if (!Refresher::template is_exchangeable<detail::BotTokens<Store>>(bot)) return bot;
    return rotate_one<detail::BotTokens<Store>>(store, bot, exchange_request(), turns_for(store, timeout)).record;
  }

  /// Does the same as exchange_bot(), for the bot's token and this user's own. The bot's comes first; where that
  /// throws, the user's stays.
  template <class Store>
  InstallationOf<Store> exchange(Store& store, InstallationOf<Store> installation,
                                 std::optional<std::chrono::milliseconds> lease_timeout = std::nullopt) {
    const auto timeout = timeout_of(lease_timeout);
    if (auto bot = installation.to_bot()) {
      compose_installation(installation, std::optional(exchange_bot(store, *std::move(bot), lease_timeout)));
    }
    if (!Refresher::template is_exchangeable<detail::UserTokens<Store>>(installation)) return installation;
    return refresher_.with_unsaved(
        rotate_one<detail::UserTokens<Store>>(store, installation, exchange_request(), turns_for(store, timeout))
            .record);
  }

  /// Does the same as exchange_bot() and exchange() for every token from before rotation was turned on, as a job:
  /// as rotate_all() does it, with `exchanges_per_minute`. Where Slack refuses because of the app (rotation is not
  /// turned on, or the credentials are wrong), the job ends, and what is left fails with the code "not_tried". Run it
  /// again for what failed.
  template <class Store, class OnFailure>
  requires std::is_invocable_v<const OnFailure&, const RotationFailure&> RotationReport
  exchange_all(Store& store, const OnFailure& on_failure) {
    return run_job(store, {}, true, on_failure);
  }

  /// Does the same as above; the report has the failures.
  template <class Store>
  RotationReport exchange_all(Store& store) {
    return with_failures([&](const auto& on_failure) { return exchange_all(store, on_failure); });
  }

  /// Returns the record with the new tokens that wait to be saved in the place of its own, where they work; otherwise
  /// the record as it is. For an event that can wait neither for a turn nor for the store.
  template <class Record>
  [[nodiscard]] Record with_unsaved(Record record) const {
    return refresher_.with_unsaved(std::move(record));
  }

  [[nodiscard]] const TokenRotatorOptions& options() const noexcept { return refresher_.options(); }

  /// The clock that waits for turns are measured by; no value for the steady clock.
  [[nodiscard]] const std::function<Timestamp()>& waiting_clock() const noexcept { return turns_.clock; }

 private:
  using Refresher = detail::TokenRefresher<Transport>;
  using Until = typename Refresher::Until;

  [[nodiscard]] Until due_until() const { return refresher_.due_until(refresher_.options().window); }

  [[nodiscard]] bool is_any_due(const Installation& installation, Until until) const {
    return refresher_.is_bot_due(installation, until) || refresher_.is_due_by(installation, until);
  }

  [[nodiscard]] std::chrono::milliseconds timeout_of(std::optional<std::chrono::milliseconds> lease_timeout) const {
    if (lease_timeout && lease_timeout->count() < 0)
      throw InvalidArgumentError("lease_timeout", "must not be negative");
    return lease_timeout.value_or(turns_.timeout);
  }

  template <class Store>
  [[nodiscard]] detail::WorkspaceTurnOptions turns_for(const Store& store, std::chrono::milliseconds timeout) {
    if (!is_scope_known_->exchange(true) && detail::turn_scope_of(store) == LeaseScope::threads) {
      refresher_.options().logger.warning(
          "the turns to refresh a workspace's tokens reach the threads of this process alone: where another process "
          "uses the same storage, both may offer one refresh token to Slack");
    }
    return turns_.with_timeout(timeout);
  }

  using Request = typename Refresher::Request;

  /// The turn, or what somebody else has made of the record meanwhile.
  template <class Record>
  struct Turn {
    std::unique_ptr<WorkspaceLease> lease{};
    std::optional<Record> settled{};
  };

  template <class Tokens, class Store, class IsSettled>
  [[nodiscard]] static Turn<typename Tokens::Record> wait_for_turn(Store& store, const typename Tokens::Record& given,
                                                                   const detail::WorkspaceTurnOptions& turns,
                                                                   const IsSettled& is_settled) {
    const detail::TimeLeft left(turns.timeout, turns.clock);
    detail::complete_rekeying(store, given, turns);
    Turn<typename Tokens::Record> turn;
    turn.lease = detail::wait_for_turn(store, detail::workspace_ref_of(given), turns.with_timeout(left()), [&] {
      auto found = Tokens::look_up(store, given).record;
      if (found && is_settled(*found)) turn.settled = std::move(found);
      return turn.settled.has_value();
    });
    return turn;
  }

  template <class Tokens, class Store>
  detail::RefreshOutcome<typename Tokens::Record> rotate_one(Store& store, const typename Tokens::Record& given,
                                                             const Request& request,
                                                             const detail::WorkspaceTurnOptions& turns) {
    auto turn = wait_for_turn<Tokens>(store, given, turns, [&](const auto& found) {
      return refresher_.template is_settled<Tokens>(found, given, request);
    });
    if (turn.lease == nullptr) return {*std::move(turn.settled)};
    return refresher_.template refresh_in_turn<Tokens>(store, *turn.lease, given, request);
  }

  template <class Store>
  InstallationOf<Store> rotate_both(Store& store, const InstallationOf<Store>& given, Until until,
                                    const detail::WorkspaceTurnOptions& turns) {
    auto turn = wait_for_turn<detail::UserTokens<Store>>(store, given, turns,
                                                         [&](const auto& found) { return !is_any_due(found, until); });
    if (turn.lease == nullptr) return *std::move(turn.settled);
    return rotate_both_in_turn(store, *turn.lease, given, until);
  }

  template <class Store>
  InstallationOf<Store> rotate_both_in_turn(Store& store, const WorkspaceLease& lease, InstallationOf<Store> given,
                                            Until until) {
    using Bots = detail::BotTokens<Store>;
    using Users = detail::UserTokens<Store>;
    std::optional<detail::RefreshOutcome<BotOf<Store>>> bot;
    std::exception_ptr bot_failure;
    bool may_bot_pass = false;
    std::string_view aside;
    if (refresher_.is_bot_due(given, until)) {
      try {
        bot = refresher_.template refresh_in_turn<Bots>(store, lease, *given.to_bot(), {until});
        aside = "; the bot's token is refreshed and saved";
      } catch (const TokenRotationError& error) {
        if (error.has_unsaved_token()) throw;
        bot_failure = std::current_exception();
        may_bot_pass = error.is_retryable();
        aside = "; nor is the bot's token refreshed";
      }
    }
    // A store that takes no bot's token would not take a user's, whose refresh token had better stay.
    const bool is_store_failing = bot && bot->unsaved;
    auto current = Users::look_up(store, given);
    if (current.is_known && refresher_.is_due_by(given, until)) {
      if (!is_store_failing) {
        try {
          current.record = refresher_.template refresh_in_turn<Users>(store, lease, given, {until, aside}).record;
        } catch (const TokenRotationError& error) {
          // The record says that the user's is refused. Only the error can say that the bot's may still be refreshed.
          if (!may_bot_pass || error.is_retryable() || error.has_unsaved_token()) throw;
        }
      } else if (current.record) {
        current.record = refresher_.with_unsaved(*std::move(current.record));
      }
    }
    if (bot_failure != nullptr) std::rethrow_exception(bot_failure);
    if (current.record) given = *std::move(current.record);
    if (bot) {
      // Else the installation, which shows the bot's tokens but not what is said of them, would be due for ever.
      BotOf<Store>& refreshed = bot->record;
      if (refreshed.bot_refresh_token) {
        detail::copy_rejection(refreshed.custom_values, *refreshed.bot_refresh_token, given.custom_values);
      }
      compose_installation(given, std::optional(std::move(refreshed)));
    }
    return given;
  }

  [[nodiscard]] Request exchange_request() const {
    Request request{due_until()};
    request.exchanges = true;
    return request;
  }

  template <class Store, class OnFailure>
  RotationReport run_job(Store& store, std::chrono::seconds window, bool exchanges, const OnFailure& on_failure) {
    RotationReport report;
    detail::JobLimit limit;
    detail::RequestPace pace(exchanges ? refresher_.options().exchanges_per_minute
                                       : refresher_.options().requests_per_minute);
    const auto fail = [&](const RotationFailure& failure) {
      ++report.failed;
      on_failure(failure);
    };
    Job<detail::BotTokens<Store>, Store> bots{store, window, exchanges, report.bots, report.not_tried, limit, pace};
    Job<detail::UserTokens<Store>, Store> users{store, window, exchanges, report.users, report.not_tried, limit, pace};
    const bool has_bots = detail::visit_all([&](const auto& visit) { detail::visit_bots(store, visit); },
                                            [&](const BotOf<Store>& bot) { visit_in_job(bots, bot, fail); }, fail);
    finish_job(bots, fail);
    const bool has_users =
        detail::visit_all([&](const auto& visit) { detail::visit_users(store, visit); },
                          [&](const InstallationOf<Store>& user) { visit_in_job(users, user, fail); }, fail);
    finish_job(users, fail);
    if (!has_bots && !has_users) throw NotImplementedError("InstallationStore::for_each_bot");
    return report;
  }

  template <class RunJob>
  static RotationReport with_failures(const RunJob& run_job) {
    constexpr std::size_t most_failures = 100;
    std::vector<RotationFailure> failures;
    RotationReport report = run_job([&](const RotationFailure& failure) {
      if (failure.is_unsaved || failures.size() < most_failures) failures.push_back(failure);
    });
    report.failures = std::move(failures);
    return report;
  }

  template <class Tokens, class Store>
  struct Job {
    Store& store;
    std::chrono::seconds window;
    bool exchanges;
    std::size_t& refreshed;
    std::size_t& not_tried;
    detail::JobLimit& limit;
    detail::RequestPace& pace;
    std::vector<typename Tokens::Record> postponed{};  // another has the turn
  };

  template <class Tokens, class Store, class Fail>
  void visit_in_job(Job<Tokens, Store>& job, const typename Tokens::Record& record, const Fail& fail) {
    constexpr std::size_t most_postponed = 1'000;
    const bool may_postpone = job.postponed.size() < most_postponed;
    if (!try_in_job(job, record, may_postpone, fail)) job.postponed.push_back(record);
  }

  template <class Tokens, class Store, class Fail>
  void finish_job(Job<Tokens, Store>& job, const Fail& fail) {
    for (const auto& record : std::exchange(job.postponed, {})) try_in_job(job, record, false, fail);
  }

  /// False where another has the turn, and it may be postponed.
  template <class Tokens, class Store, class Fail>
  bool try_in_job(Job<Tokens, Store>& job, const typename Tokens::Record& record, bool may_postpone, const Fail& fail) {
    const auto until = refresher_.due_until(job.window);
    const bool is_due =
        job.exchanges ? Refresher::template is_exchangeable<Tokens>(record) : refresher_.is_due_by(record, until);
    if (!is_due && (job.exchanges || Tokens::token_type != "bot")) return true;
    const auto turns = turns_for(job.store, may_postpone ? std::chrono::milliseconds{0} : turns_.timeout);
    RotationFailure failure;
    bool is_tried = !job.limit.is_reached();
    try {
      if (!is_due) {
        detail::complete_rekeying(job.store, record, turns);
        return true;
      }
      if (!is_tried) throw detail::RefreshedRecord<Tokens>{record, {}, job.exchanges}.not_tried();
      rotate_with_pauses(job, record, until, turns);
      job.limit.note_saved();
      ++job.refreshed;
      return true;
    } catch (const TokenRotationError& error) {
      if (may_postpone && error.code() == detail::lease_timeout) return false;
      if (job.exchanges && detail::is_about_app(error.code())) job.limit.end();
      failure = detail::failure_of_now();
    } catch (...) {
      failure = detail::failure_of_now();
    }
    if (!is_due) {
      refresher_.log(LogLevel::warning, "could not complete a migration (" + failure.message + ")", record);
      return true;
    }
    if (detail::is_uninstalled(failure)) return true;
    failure.enterprise_id = detail::id_or_empty(record.enterprise_id);
    failure.team_id = record.is_enterprise_install ? "" : detail::id_or_empty(record.team_id);
    if constexpr (requires { record.user_id; }) failure.user_id = record.user_id;
    if (is_tried) {
      refresher_.log(LogLevel::warning, "could not refresh a token", record);
    } else {
      ++job.not_tried;
    }
    if (failure.is_unsaved && job.limit.note_unsaved()) {
      refresher_.log(LogLevel::error, "refreshes no more tokens, since they could not be saved", record);
    }
    fail(failure);
    return true;
  }

  /// Waits for its pace, and as long as Slack asks for, and holds no turn meanwhile.
  template <class Tokens, class Store>
  void rotate_with_pauses(Job<Tokens, Store>& job, const typename Tokens::Record& record, Until until,
                          const detail::WorkspaceTurnOptions& turns) {
    constexpr int most_pauses = 10;
    Request request{until};
    request.pace = &job.pace;
    request.exchanges = job.exchanges;
    for (int pauses = 0;; ++pauses) {
      std::chrono::seconds pause;
      const auto until_next = job.pace.pause(refresher_.options().clock());
      if (until_next.count() > 0) refresher_.options().sleep(until_next);
      try {
        const auto outcome = rotate_one<Tokens>(job.store, record, request, turns);
        if (outcome.unsaved) std::rethrow_exception(outcome.unsaved);  // a job may be all that this process does
        return;
      } catch (const RateLimitedRotationError& error) {
        pause = error.retry_after();
        if (pause > refresher_.options().longest_rate_limit_pause) job.limit.end();
        if (job.limit.is_reached() || pauses == most_pauses) throw;
      }
      refresher_.log(LogLevel::info, "waits " + std::to_string(pause.count()) + " s, as Slack asks, to refresh a token",
                     record);
      refresher_.options().sleep(pause);
      request.is_asked_for_anew = true;
    }
  }

  detail::WorkspaceTurnOptions turns_;
  Refresher refresher_;
  std::shared_ptr<std::atomic<bool>> is_scope_known_ = std::make_shared<std::atomic<bool>>(false);
};

using TokenRotator = BasicTokenRotator<AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
