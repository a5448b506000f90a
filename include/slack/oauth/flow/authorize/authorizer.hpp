// Finds the tokens with which an app may answer an incoming payload.
//
//     Authorizer authorizer(store);
//     if (const auto result = authorizer.authorize(payload)) client.call("chat.postMessage", *result->bot_token, …);
//
// docs/authorize.md
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/authorize/authorize_result.hpp"
#include "slack/oauth/flow/authorize/authorizer_options.hpp"
#include "slack/oauth/flow/authorize/detail/recent_workspaces.hpp"
#include "slack/oauth/flow/authorize/detail/refreshes_on_executor.hpp"
#include "slack/oauth/flow/authorize/detail/token_checker.hpp"
#include "slack/oauth/flow/authorize/detail/token_search.hpp"
#include "slack/oauth/flow/authorize/payload.hpp"
#include "slack/oauth/flow/detail/handle.hpp"
#include "slack/oauth/flow/detail/rekey.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// Looks for the organisation first, where the payload says `is_enterprise_install`; then for the workspace; then for
/// the record that the workspace had before it joined an organisation, which it files anew. The bot is whichever is
/// installed there. The user's token is that of the payload's user, or none. The token of the user whose installation
/// an event is sent for has names of its own. A store needs save and find_installation, or save and find_bot; the
/// authorizer uses what else it has.
///
/// Where nothing is due and the user is installed with a bot in the first of these places, the authorizer makes one
/// look-up. For a user who installed nothing there it makes a second one, which finds the bot. It makes one more in
/// each further place that the payload has, where the user may have installed; in an organisation there are up to two.
/// An event that Slack sends for another user's installation takes one look-up more, or one in each place. Once an hour
/// and workspace of an organisation it also looks whether anything was left where the workspace was filed before.
///
/// An event whose tokens work waits `refresh_lease_timeout` at most for whoever has the workspace's turn. It waits for
/// Slack only where there is no executor. With an executor, an event whose tokens have expired waits `refresh_timeout`.
///
/// Threads: any thread may call any method at any time.
template <class Store, HttpTransport Transport>
class BasicAuthorizer {
 public:
  static_assert(CanFindBot<Store> || CanFindInstallation<Store>,
                "slack-oauth: an authorizer needs a store with find_installation or find_bot");

  using Options = BasicAuthorizerOptions<Transport>;

  /// Borrows or shares the store. Throws InvalidArgumentError where an option cannot work.
  explicit BasicAuthorizer(detail::Handle<Store> store, Options options = {})
      : store_(std::move(store)),
        options_(std::move(options)),
        refreshes_(store_, options_),
        checker_(*store_, options_, turn_, abilities_) {
    if (!options_.clock) options_.clock = now;
    if (options_.auth_test_lifetime.count() <= 0) {
      throw InvalidArgumentError("auth_test_lifetime", "must be positive");
    }
    if (options_.lease_lifetime.count() <= 0) throw InvalidArgumentError("lease_lifetime", "must be positive");
    if (options_.refresh_lease_timeout.count() < 0)
      throw InvalidArgumentError("refresh_lease_timeout", "must not be negative");
    if (options_.refresh_timeout && options_.refresh_timeout->count() < 0)
      throw InvalidArgumentError("refresh_timeout", "must not be negative");
    turn_.lifetime = options_.lease_lifetime;
    turn_.timeout = options_.refresh_lease_timeout;
  }

  BasicAuthorizer(const BasicAuthorizer&) = delete;
  BasicAuthorizer& operator=(const BasicAuthorizer&) = delete;
  ~BasicAuthorizer() = default;

  /// Returns the tokens for a payload as Slack sends it; std::nullopt where the app is not installed, or Slack refuses
  /// its tokens for good, and the payload brings no workflow token. REQUIRES: the request's signature was checked.
  /// Throws InvalidDataError as ids_from_payload() does, and what the store, the rotator and auth.test throw: a failure
  /// is never "not installed".
  template <std::same_as<nlohmann::json> Json>
  std::optional<AuthorizeResult> authorize(const Json& payload) {
    const PayloadIds ids = ids_from_payload(payload);
    auto workflow_token = workflow_token_from_payload(payload);
    auto result = authorize(ids);
    if (!workflow_token) return result;
    if (!result) result = payload_of(ids);
    result->workflow_token = std::move(workflow_token);
    return result;
  }

  std::optional<AuthorizeResult> authorize(const PayloadIds& ids) {
    const detail::Places places(ids);
    for (bool may_repeat = true;; may_repeat = false) {
      Found found = search_and_rotate(ids, places);
      if (!options_.auth_test_client) return result_or_none(result_of(ids, std::move(found)));
      AuthorizeResult result =
          result_of(ids, std::as_const(found));  // a record is marked only where it is still this one
      const bool is_current = checker_.check(found, result);
      if (!is_current && may_repeat) continue;  // a token that Slack refused was replaced meanwhile
      return result_or_none(std::move(result));
    }
  }

 private:
  using Found = detail::FoundTokens<Store>;
  using Search = detail::TokenSearch<Store>;

  /// The time that an event has for the refresh of its tokens: of those that still work, and of those that have
  /// expired.
  struct Deadlines {
    detail::TimeLeft working;
    std::optional<detail::TimeLeft> expired;
  };

  [[nodiscard]] static std::optional<AuthorizeResult> result_or_none(AuthorizeResult result) {
    if (!result.bot_token && !result.user_token && !result.authorized_user_token) return std::nullopt;
    return result;
  }

  [[nodiscard]] Found search_and_rotate(const PayloadIds& ids, const detail::Places& places) {
    const Deadlines deadlines = deadlines_from_now();
    Found found = search(ids, places, deadlines.working);
    if (options_.rotator == nullptr) return found;
    auto [failure, may_bot_work] = rotate(found, ids, deadlines);
    if (failure != nullptr) {
      found = search(ids, places, deadlines.working);
      use_unsaved(found);
      if (may_bot_work) {
        const std::exception_ptr failure_of_bot = refresh_bot_alone(found, ids, deadlines);
        if (failure_of_bot != nullptr && is_final(failure)) failure = failure_of_bot;
      }
      const bool is_lost = has_expired_bot(found) || (!found.has_bot() && has_users_and_all_expired(found));
      if (is_lost && !is_final(failure)) std::rethrow_exception(failure);
    }
    drop_expired(found, ids);
    return found;
  }

  /// Whether Slack has refused a refresh token for good.
  [[nodiscard]] static bool is_final(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const TokenRotationError& error) {
      return detail::is_final_refusal(error.code());
    } catch (...) {
      return false;
    }
  }

  /// A token could not be refreshed, perhaps the user's alone. The bot's may look expired all the same: a replica shows
  /// it as it was before this event refreshed it, or it was moved meanwhile, and not refreshed. Whoever has the turn
  /// can tell. Returns why the bot has no token that works; nullptr where that is not known.
  [[nodiscard]] std::exception_ptr refresh_bot_alone(Found& found, const PayloadIds& ids, const Deadlines& deadlines) {
    if (!has_expired_bot(found)) return nullptr;
    auto& holder = found.is_bot_of_user ? found.user : found.bot_installation;
    const auto shown = found.bot ? found.bot : std::optional<detail::BotOf<Store>>(holder->to_bot());
    if (!shown || !options_.rotator->is_due(*shown)) return nullptr;
    try {
      auto bot = deadlines.expired
                     ? refreshes_.await(*shown, *deadlines.expired)
                     : detail::rotated(*options_.rotator, *store_, *shown, options_.rotator->options().lease_timeout);
      if (found.bot) {
        found.bot = std::move(bot);
      } else {
        compose_installation(*holder, std::optional(std::move(bot)));
      }
      return nullptr;
    } catch (const TokenRotationError& error) {
      if (error.has_unsaved_token()) throw;
      log_failure(error, ids);
      return std::current_exception();
    } catch (const StorageError& error) {
      log_failure(error, ids);
      return std::current_exception();
    }
  }

  /// Of tokens that have expired, and that Slack will not refresh or could not. The other one serves all the same.
  void drop_expired(Found& found, const PayloadIds& ids) const {
    if (has_expired_bot(found)) {
      found.drop_bot();
      say("the bot's token has expired and cannot be refreshed, so the app has to be installed again", ids);
    }
    for (auto* user : {&found.user, &found.authorized_user}) {
      if (!*user || !is_past((*user)->user_token_expires_at)) continue;
      (*user)->user_token.reset();
      (*user)->user_scopes.clear();
      say("a user's token has expired and could not be refreshed, so the bot's is given alone", ids);
    }
  }

  void say(std::string_view what, const PayloadIds& ids) const {
    detail::log_tenant(options_.logger, LogLevel::warning, what, ids);
  }

  [[nodiscard]] bool is_past(const std::optional<std::chrono::sys_seconds>& expires_at) const {
    return expires_at && *expires_at <= options_.clock();
  }

  [[nodiscard]] bool has_expired_bot(const Found& found) const {
    if (found.bot) return is_past(found.bot->bot_token_expires_at);
    const auto& holder = found.is_bot_of_user ? found.user : found.bot_installation;
    return holder && is_past(holder->bot_token_expires_at);
  }

  [[nodiscard]] bool has_users_and_all_expired(const Found& found) const {
    const auto is_expired = [this](const auto& user) { return user && is_past(user->user_token_expires_at); };
    return (found.user || found.authorized_user) && (!found.user || is_expired(found.user)) &&
           (!found.authorized_user || is_expired(found.authorized_user));
  }

  /// Of the tokens that are taken from the user's record.
  [[nodiscard]] bool has_expired_token_of_user(const Found& found) const {
    return found.user && (is_past(found.user->user_token_expires_at) ||
                          (found.is_bot_of_user && is_past(found.user->bot_token_expires_at)));
  }

  [[nodiscard]] Found search(const PayloadIds& ids, const detail::Places& places, const detail::TimeLeft& left) {
    const bool can_be_rekeyed = ids.enterprise_id && ids.team_id && ids.is_team_of_enterprise;
    if (!can_be_rekeyed) return search_once(ids, places);
    const bool is_known_to_be_moved = moved_.contains(*ids.enterprise_id, *ids.team_id, options_.clock());
    Found found = search_once(ids, places);
    const bool is_halfway = found.is_any_from_before_migration() || found.is_any_being_rekeyed();
    if (is_known_to_be_moved && !is_halfway) return found;
    if (is_halfway || has_left_any(ids)) {
      const auto& user_id = found.is_authorized_user_from_before_migration() ? ids.authorized_user_id : ids.user_id;
      if (!rekey(ids, user_id, left)) return found;
    } else if (found.has_bot() && has_all_users(found, ids)) {
      moved_.add(*ids.enterprise_id, *ids.team_id, options_.clock());
      return found;
    }
    moved_.add(*ids.enterprise_id, *ids.team_id, options_.clock());
    // This thread, or another one, has moved records from where they were looked for last to where first.
    return search_once(ids, places);
  }

  [[nodiscard]] bool has_all_users(const Found& found, const PayloadIds& ids) const {
    if (options_.bot_only) return true;
    const bool has_authorized = found.authorized_user || found.is_user_authorized || !ids.authorized_user_id;
    return (found.user || !ids.user_id) && has_authorized;
  }

  /// Whether anything is left where the workspace was filed before. What cannot be read is nobody's to move.
  [[nodiscard]] bool has_left_any(const PayloadIds& ids) const {
    try {
      return detail::has_records_from_before_migration(*store_, *ids.team_id);
    } catch (const Error& error) {
      say("could not look for what is left from before a migration: " + std::string(error.what()), ids);
      return false;
    }
  }

  [[nodiscard]] Found search_once(const PayloadIds& ids, const detail::Places& places) {
    Found found = search_bot_and_user(ids, places);
    if (!ids.authorized_user_id || options_.bot_only) return found;
    const bool is_of_other_tenant = ids.actor && !is_of_tenant(*ids.actor, ids);
    found.is_user_authorized = ids.authorized_user_id == ids.user_id && !is_of_other_tenant;
    if (found.is_user_authorized) return found;
    for (const detail::Place& place : places) {
      Found of_authorized;
      Search(*store_, abilities_, *ids.authorized_user_id, of_authorized).run_for_user(place);
      if (!of_authorized.user) continue;
      found.authorized_user = std::move(of_authorized.user);
      found.authorized_user_place = place;
      break;
    }
    return found;
  }

  [[nodiscard]] Found search_bot_and_user(const PayloadIds& ids, const detail::Places& places) {
    const OptionalId user_id = options_.bot_only ? std::nullopt : detail::borrowed(ids.user_id);
    Found found;
    if (!ids.actor || !user_id || is_of_tenant(*ids.actor, ids)) {
      Search(*store_, abilities_, user_id, found).run(places);
      return found;
    }
    Search(*store_, abilities_, std::nullopt, found).run(places);
    if (options_.user_token_resolution == UserTokenResolution::authed_user || !ids.actor->user_id) return found;
    const detail::Place place{ids.actor->team_id ? RecordSource::workspace : RecordSource::organisation,
                              detail::borrowed(ids.actor->enterprise_id), detail::borrowed(ids.actor->team_id)};
    Found of_actor;
    Search(*store_, abilities_, *ids.actor->user_id, of_actor).run_for_user(place);
    found.user = std::move(of_actor.user);
    found.user_place = of_actor.user_place;
    return found;
  }

  /// Whether the actor is, for all that is known, of the workspace or organisation that the event is sent for.
  [[nodiscard]] static bool is_of_tenant(const PayloadActor& actor, const PayloadIds& ids) {
    if (!actor.team_id && !actor.enterprise_id) return true;
    return (actor.team_id && actor.team_id == ids.team_id) ||
           (actor.enterprise_id && actor.enterprise_id == ids.enterprise_id);
  }

  /// False where it could not be done now: the tokens work where they are, and the next event tries again.
  [[nodiscard]] bool rekey(const PayloadIds& ids, const std::optional<std::string>& user_id,
                           const detail::TimeLeft& left) {
    try {
      const detail::Rekeyed moved = detail::rekey_workspace(*store_, *ids.enterprise_id, *ids.team_id,
                                                            detail::borrowed(user_id), turn_.with_timeout(left()));
      if (moved.is_any()) {
        detail::log_tenant(options_.logger, LogLevel::info,
                           "re-keyed the records of a workspace that joined an organisation", ids);
      }
      return true;
    } catch (const Error& error) {
      say("could not re-key the records of a workspace that joined an organisation: " + std::string(error.what()), ids);
      return false;
    }
  }

  [[nodiscard]] detail::TimeLeft time_for(std::chrono::milliseconds timeout) const {
    return detail::TimeLeft(timeout, options_.rotator ? options_.rotator->waiting_clock() : nullptr);
  }

  [[nodiscard]] Deadlines deadlines_from_now() const {
    Deadlines deadlines{time_for(options_.refresh_lease_timeout), std::nullopt};
    if (options_.executor && options_.refresh_timeout) deadlines.expired.emplace(time_for(*options_.refresh_timeout));
    return deadlines;
  }

  struct Failed {
    std::exception_ptr why{};  ///< the bot's failure, or else the user's; nullptr where there is none
    bool may_bot_work = true;  ///< the bot's refresh did not fail for now: to try it again may help
  };

  /// Leaves as it is what could not be refreshed. Throws where new tokens are in no store.
  [[nodiscard]] Failed rotate(Found& found, const PayloadIds& ids, const Deadlines& deadlines) {
    Failed failed;
    // One that may pass counts before one that is for good.
    const auto note = [&failed](const Error& error) {
      const auto one = std::current_exception();
      if (!is_final(one) && error.subject() != detail::UserTokens<Store>::subject) failed.may_bot_work = false;
      if (failed.why == nullptr || is_final(failed.why)) failed.why = one;
    };
    const auto refresh = [&](auto& record, const auto& has_expired) {
      if (!record || !options_.rotator->is_due(*record)) return;
      const auto stored = *record;
      record = options_.rotator->with_unsaved(stored);  // serves this event, whatever becomes of its save
      try {
        if (has_expired() && deadlines.expired) {
          record = refreshes_.await(stored, *deadlines.expired);
        } else if (!has_expired() && options_.executor) {
          refreshes_.start(stored, time_for(options_.refresh_lease_timeout));
        } else {
          // What works needs nobody's turn that does not come.
          const auto timeout = options_.rotator->options().lease_timeout;
          record = detail::rotated(*options_.rotator, *store_, stored,
                                   has_expired() ? timeout : std::min(timeout, deadlines.working()));
        }
        return;
      } catch (const TokenRotationError& error) {
        if (error.has_unsaved_token()) throw;
        log_failure(error, ids);
        note(error);
      } catch (const StorageError& error) {  // of the turn, or of a look-up in it: nothing was asked of Slack
        log_failure(error, ids);
        note(error);
      }
    };
    const auto is_bot_past = [&] { return has_expired_bot(found); };
    refresh(found.user, [&] { return has_expired_token_of_user(found); });
    refresh(found.authorized_user, [&] { return is_past(found.authorized_user->user_token_expires_at); });
    refresh(found.bot_installation, is_bot_past);
    refresh(found.bot, is_bot_past);
    return failed;
  }

  void use_unsaved(Found& found) const {
    const auto use = [this](auto& record) {
      if (record) record = options_.rotator->with_unsaved(*std::move(record));
    };
    use(found.user);
    use(found.authorized_user);
    use(found.bot_installation);
    use(found.bot);
  }

  void log_failure(const Error& error, const PayloadIds& ids) const {
    detail::log_tenant(options_.logger, LogLevel::warning,
                       "a token could not be refreshed: " + std::string(error.what()), ids);
  }

  [[nodiscard]] static AuthorizeResult payload_of(const PayloadIds& ids) {
    return {.enterprise_id = ids.enterprise_id,
            .team_id = ids.team_id,
            .user_id = ids.user_id,
            .authorized_user_id = ids.authorized_user_id};
  }

  /// Moves the texts out of what it is given for good.
  template <class FoundT>
  [[nodiscard]] static AuthorizeResult result_of(const PayloadIds& ids, FoundT&& found) {
    const auto take = [](auto& value) -> decltype(auto) {
      if constexpr (std::is_lvalue_reference_v<FoundT>) {
        return (value);
      } else {
        return std::move(value);
      }
    };
    AuthorizeResult result = payload_of(ids);
    if (auto& authorized = found.is_user_authorized ? found.user : found.authorized_user;
        authorized && authorized->user_token) {
      result.authorized_user_token = authorized->user_token;
      result.authorized_user_scopes = authorized->user_scopes;
      result.authorized_user_source =
          (found.is_user_authorized ? found.user_place : found.authorized_user_place).source;
    }
    if (found.user && found.user->user_token) {
      result.user_token = take(found.user->user_token);
      result.user_scopes = take(found.user->user_scopes);
      result.user_source = found.user_place.source;
    }
    if (!found.has_bot()) return result;
    result.bot_source = found.bot_place.source;
    result.is_enterprise_install = result.bot_source == RecordSource::organisation;
    if (found.bot) {
      give_bot(*found.bot, take, result);
    } else {
      give_bot(found.is_bot_of_user ? *found.user : *found.bot_installation, take, result);
    }
    return result;
  }

  template <class Record, class Take>
  static void give_bot(Record& record, const Take& take, AuthorizeResult& result) {
    result.bot_token = take(record.bot_token);
    result.bot_id = take(record.bot_id);
    result.bot_user_id = take(record.bot_user_id);
    result.bot_scopes = take(record.bot_scopes);
    for (auto* id : {&result.bot_id, &result.bot_user_id}) {
      if (*id && (*id)->empty()) id->reset();
    }
  }

  detail::Handle<Store> store_;
  Options options_;
  detail::WorkspaceTurnOptions turn_{};
  detail::StoreAbilities abilities_{};
  detail::RecentWorkspaces moved_{};  // nothing is filed under the team alone
  detail::RefreshesOnExecutor<Store, Transport> refreshes_;
  detail::TokenChecker<Store, Transport> checker_;
};

using Authorizer = BasicAuthorizer<InstallationStore, AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
