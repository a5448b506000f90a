// Refreshes the tokens that expire: https://docs.slack.dev/authentication/using-token-rotation, docs/token-rotation.md
//
// A refresh token serves once, and Slack answers once. So of all threads and processes that want a workspace's token
// refreshed one does it, while the others wait for what it saves, and what Slack gave is saved before anything else
// happens. The turns are leases of the store, see InstallationStore::try_lease().
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/rotate/detail/refresh_exchange.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/rotate/detail/rotation_job.hpp"
#include "slack/oauth/flow/rotate/rotation_report.hpp"
#include "slack/oauth/flow/rotate/detail/token_refresher.hpp"
#include "slack/oauth/flow/rotate/token_rotation_error.hpp"
#include "slack/oauth/flow/rotate/token_rotator_options.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0 {

/// Keeps no store: each call names the one that its records are from. Whoever the store's try_lease() takes turns with
/// is safe, by default the threads that use one store; over a class without that method, the threads that use copies of
/// one rotator are, and no further.
///
/// Errors: TokenRotationError where a token could not be refreshed, or its turn did not come; it is retryable where
/// another call may refresh it, which includes a lost answer. UnsavedTokenError has new tokens that are in no store.
/// StorageError, and whatever else the store throws, where it failed before Slack was asked.
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
      : refresher_(std::move(client), std::move(credentials), std::move(options)) {
    turns_.lifetime = refresher_.options().lease_lifetime;
    turns_.timeout = refresher_.options().lease_timeout;
  }

  /// Whether the token expires within the window, and has a refresh token.
  [[nodiscard]] bool is_due(const Bot& bot) const { return Refresher::is_due_by(bot, due_until()); }

  /// The bot's token or the user's.
  [[nodiscard]] bool is_due(const Installation& installation) const { return is_any_due(installation, due_until()); }

  /// The bot as it is now: as given where its token is not due, and else with a token that this call or another one
  /// has refreshed and saved. Changes no user's record. Waits `lease_timeout` for its turn, where that is given, and
  /// else as the options say. Throws InvalidArgumentError where it is negative.
  template <class Store>
  BotOf<Store> rotate_bot(Store& store, BotOf<Store> bot,
                          std::optional<std::chrono::milliseconds> lease_timeout = std::nullopt) {
    const auto timeout = timeout_of(lease_timeout);
    const auto until = due_until();
    if (!Refresher::is_due_by(bot, until)) return bot;
    return rotate_one<detail::BotTokens<Store>>(store, bot, until, turns_for(timeout));
  }

  /// As rotate_bot(), for the bot's token and this user's own; changes no other user's record.
  ///
  /// The bot's token comes first. Where the error is about the user's (its subject() says so), the bot's is refreshed
  /// and saved, or the message says that it is not. Where it is about the bot's, the user's is refreshed and saved or
  /// was not due, unless the bot's new token could not be saved: then the user's was left alone.
  template <class Store>
  InstallationOf<Store> rotate(Store& store, InstallationOf<Store> installation,
                               std::optional<std::chrono::milliseconds> lease_timeout = std::nullopt) {
    const auto timeout = timeout_of(lease_timeout);
    const auto until = due_until();
    if (!is_any_due(installation, until)) return installation;
    std::optional<InstallationOf<Store>> settled;
    const auto lease = detail::wait_for_turn(store, detail::workspace_ref_of(installation), turns_for(timeout), [&] {
      auto found = detail::UserTokens<Store>::look_up(store, installation).record;
      if (found && !is_any_due(*found, until)) settled = std::move(found);
      return settled.has_value();
    });
    if (lease == nullptr) return *std::move(settled);
    return rotate_both(store, *lease, std::move(installation), until);
  }

  /// Refreshes every token that expires within `window`, for a scheduled job. A failure ends nothing but the refresh of
  /// its own token: `on_failure(const RotationFailure&)` hears of each, and what it throws ends the job. Needs memory
  /// for a few records at a time. Once three new tokens in a row could not be saved, Slack is not asked any more, and
  /// what else is due fails with the code "not_tried". Throws NotImplementedError where the store has neither
  /// for_each_bot() nor for_each_installation().
  template <class Store, class OnFailure>
  requires std::is_invocable_v<const OnFailure&, const RotationFailure&> RotationReport
  rotate_all(Store& store, std::chrono::seconds window, const OnFailure& on_failure) {
    RotationReport report;
    detail::UnsavedLimit limit;
    const auto fail = [&](const RotationFailure& failure) {
      ++report.failed;
      on_failure(failure);
    };
    const auto rotate_bot_of_job = [&](const BotOf<Store>& bot) {
      rotate_in_job<detail::BotTokens<Store>>(store, bot, window, {report.bots, report.not_tried, limit}, fail);
    };
    const auto rotate_user_of_job = [&](const InstallationOf<Store>& user) {
      rotate_in_job<detail::UserTokens<Store>>(store, user, window, {report.users, report.not_tried, limit}, fail);
    };
    const bool has_bots =
        detail::visit_all([&](const auto& visit) { detail::visit_bots(store, visit); }, rotate_bot_of_job, fail);
    const bool has_users =
        detail::visit_all([&](const auto& visit) { detail::visit_users(store, visit); }, rotate_user_of_job, fail);
    if (!has_bots && !has_users) throw NotImplementedError("InstallationStore::for_each_bot");
    return report;
  }

  /// As above; the report has the failures.
  template <class Store>
  RotationReport rotate_all(Store& store, std::chrono::seconds window) {
    constexpr std::size_t most_failures = 100;
    std::vector<RotationFailure> failures;
    RotationReport report = rotate_all(store, window, [&](const RotationFailure& failure) {
      if (failure.is_unsaved || failures.size() < most_failures) failures.push_back(failure);
    });
    report.failures = std::move(failures);
    return report;
  }

  [[nodiscard]] const TokenRotatorOptions& options() const noexcept { return refresher_.options(); }

 private:
  using Refresher = detail::TokenRefresher<Transport>;
  using Until = typename Refresher::Until;

  [[nodiscard]] Until due_until() const { return refresher_.due_until(refresher_.options().window); }

  [[nodiscard]] static bool is_any_due(const Installation& installation, Until until) {
    return Refresher::is_bot_due(installation, until) || Refresher::is_due_by(installation, until);
  }

  [[nodiscard]] std::chrono::milliseconds timeout_of(std::optional<std::chrono::milliseconds> lease_timeout) const {
    if (lease_timeout && lease_timeout->count() < 0)
      throw InvalidArgumentError("lease_timeout", "must not be negative");
    return lease_timeout.value_or(turns_.timeout);
  }

  [[nodiscard]] detail::WorkspaceTurnOptions turns_for(std::chrono::milliseconds timeout) const {
    return turns_.with_timeout(timeout);
  }

  template <class Tokens, class Store>
  typename Tokens::Record rotate_one(Store& store, const typename Tokens::Record& given, Until until,
                                     const detail::WorkspaceTurnOptions& turns) {
    std::optional<typename Tokens::Record> settled;
    const auto lease = detail::wait_for_turn(store, detail::workspace_ref_of(given), turns, [&] {
      auto found = Tokens::look_up(store, given).record;
      if (found && refresher_.template is_settled<Tokens>(*found, given, until)) settled = std::move(found);
      return settled.has_value();
    });
    if (lease == nullptr) return *std::move(settled);
    return refresher_.template refresh_in_turn<Tokens>(store, *lease, given, until);
  }

  template <class Store>
  InstallationOf<Store> rotate_both(Store& store, const WorkspaceLease& lease, InstallationOf<Store> given,
                                    Until until) {
    using Bots = detail::BotTokens<Store>;
    using Users = detail::UserTokens<Store>;
    std::optional<BotOf<Store>> bot;
    std::exception_ptr bot_failure;
    std::string_view aside;
    if (Refresher::is_bot_due(given, until)) {
      try {
        bot = refresher_.template refresh_in_turn<Bots>(store, lease, *given.to_bot(), until);
        aside = "; the bot's token is refreshed and saved";
      } catch (const TokenRotationError& error) {
        if (error.has_unsaved_token()) throw;
        bot_failure = std::current_exception();
        aside = "; nor is the bot's token refreshed";
      }
    }
    auto current = Users::look_up(store, given);
    if (current.is_known && Refresher::is_due_by(given, until)) {
      current.record = refresher_.template refresh_in_turn<Users>(store, lease, given, until, aside);
    }
    if (bot_failure != nullptr) std::rethrow_exception(bot_failure);
    if (current.record) given = *std::move(current.record);
    if (bot) compose_installation(given, std::move(bot));
    return given;
  }

  struct JobProgress {
    std::size_t& refreshed;
    std::size_t& not_tried;
    detail::UnsavedLimit& limit;
  };

  template <class Tokens, class Store, class Fail>
  void rotate_in_job(Store& store, const typename Tokens::Record& record, std::chrono::seconds window,
                     const JobProgress& progress, const Fail& fail) {
    const auto until = refresher_.due_until(window);
    if (!Refresher::is_due_by(record, until)) return;
    const bool is_tried = !progress.limit.is_reached();
    RotationFailure failure;
    try {
      if (!is_tried) throw detail::RefreshedRecord<Tokens>{record}.not_tried();
      rotate_one<Tokens>(store, record, until, turns_);
      progress.limit.note_saved();
      ++progress.refreshed;
      return;
    } catch (...) {
      failure = detail::failure_of_now();
    }
    if (detail::is_uninstalled(failure)) return;
    failure.enterprise_id = detail::id_or_empty(record.enterprise_id);
    failure.team_id = record.is_enterprise_install ? "" : detail::id_or_empty(record.team_id);
    if constexpr (requires { record.user_id; }) failure.user_id = record.user_id;
    if (is_tried) {
      refresher_.log(LogLevel::warning, "could not refresh a token", record);
    } else {
      ++progress.not_tried;
    }
    if (failure.is_unsaved && progress.limit.note_unsaved()) {
      refresher_.log(LogLevel::error, "refreshes no more tokens, since they could not be saved", record);
    }
    fail(failure);
  }

  Refresher refresher_;
  detail::WorkspaceTurnOptions turns_;
};

using TokenRotator = BasicTokenRotator<AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
