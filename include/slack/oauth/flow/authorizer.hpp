// Finds the tokens with which an app may answer an incoming payload.
//
//     Authorizer authorizer(store);
//     if (const auto result = authorizer.authorize(payload)) client.call("chat.postMessage", *result->bot_token, …);
//
// docs/authorize.md
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/handle.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/auth_test_cache.hpp"
#include "slack/oauth/flow/authorize_result.hpp"
#include "slack/oauth/flow/payload.hpp"
#include "slack/oauth/flow/rejected_tokens.hpp"
#include "slack/oauth/flow/rekey.hpp"
#include "slack/oauth/flow/rotated_records.hpp"
#include "slack/oauth/flow/token_rotator.hpp"
#include "slack/oauth/flow/token_search.hpp"
#include "slack/oauth/flow/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// Whose user token an event of a channel that is shared with other organisations asks for.
enum class UserTokenResolution {
  authed_user,  ///< the user's in the workspace that Slack sends the event for; a stranger there has none
  actor         ///< the user's in their own workspace, which may have installed the app too
};

template <HttpTransport Transport>
struct BasicAuthorizerOptions {
  /// Refreshes tokens that are due. Without one, tokens are given as they are stored.
  std::shared_ptr<BasicTokenRotator<Transport>> rotator{};

  /// Asks auth.test whether the tokens still work. Without one, nothing is asked, and no request is made.
  std::optional<BasicSlackClient<Transport>> auth_test_client{};

  /// How long an answer of auth.test counts. Longer spares requests; shorter notices earlier that a token was revoked.
  std::chrono::seconds auth_test_lifetime = std::chrono::minutes{10};

  /// How many tokens' answers are remembered; the least recently used is forgotten. Some 300 bytes each.
  std::size_t auth_test_cache_size = 10'000;

  /// True asks the store for bots alone, and gives no user token.
  bool bot_only = false;

  UserTokenResolution user_token_resolution = UserTokenResolution::authed_user;

  /// The turn in which records are re-keyed or marked: how long a dead holder blocks others, and how long to wait.
  std::chrono::milliseconds lease_lifetime{120'000};
  std::chrono::milliseconds lease_timeout{130'000};

  /// What time it is; tests give their own.
  std::function<Timestamp()> clock = now;

  /// Hears of records that are re-keyed or marked. No line holds a token.
  Logger logger{};
};

using AuthorizerOptions = BasicAuthorizerOptions<AnyHttpTransport>;

/// Where it looks: with `is_enterprise_install` the organisation first, then the workspace, then the record that the
/// workspace had before it joined an organisation, which it files anew. The bot is whichever is installed there; the
/// user's token is that of the payload's very user, or none. A store needs save and find_installation, or save and
/// find_bot; what else it has is used.
///
/// Where nothing is due, it makes one look-up, and with a user who installed nothing a second one.
///
/// Threads: any thread may call any method at any time.
template <class Store, HttpTransport Transport>
class BasicAuthorizer {
 public:
  static_assert(CanFindBot<Store> || CanFindInstallation<Store>,
                "slack-oauth: an authorizer needs a store with find_installation or find_bot");

  using Options = BasicAuthorizerOptions<Transport>;

  /// Borrows or shares the store. Throws InvalidArgumentError where an option is not what it should be.
  explicit BasicAuthorizer(detail::Handle<Store> store, Options options = {})
      : store_(std::move(store)), options_(std::move(options)), cache_(options_.auth_test_cache_size) {
    if (!options_.clock) options_.clock = now;
    if (options_.auth_test_lifetime.count() <= 0) {
      throw InvalidArgumentError("auth_test_lifetime", "must be positive");
    }
    if (options_.lease_lifetime.count() <= 0) throw InvalidArgumentError("lease_lifetime", "must be positive");
    turn_.lifetime = options_.lease_lifetime;
    turn_.timeout = options_.lease_timeout;
  }

  BasicAuthorizer(const BasicAuthorizer&) = delete;
  BasicAuthorizer& operator=(const BasicAuthorizer&) = delete;
  ~BasicAuthorizer() = default;

  /// The tokens for a payload as Slack sends it; absent where the app is not installed, or Slack refuses its tokens
  /// for good. REQUIRES: the request's signature was checked.
  /// Throws InvalidDataError as ids_from_payload() does, and what the store, the rotator and auth.test throw: a
  /// failure is never "not installed".
  template <std::same_as<nlohmann::json> Json>
  std::optional<AuthorizeResult> authorize(const Json& payload) {
    return authorize(ids_from_payload(payload));
  }

  std::optional<AuthorizeResult> authorize(const PayloadIds& ids) {
    const detail::Places places(ids);
    for (bool may_repeat = true;; may_repeat = false) {
      Found found = search_and_rotate(ids, places);
      AuthorizeResult result = result_of(ids, found);
      const bool is_current = !options_.auth_test_client || check_tokens(found, result);
      if (!is_current && may_repeat) continue;  // a token that Slack refused was replaced meanwhile
      if (!result.bot_token && !result.user_token) return std::nullopt;
      return result;
    }
  }

 private:
  using Found = detail::FoundTokens<Store>;
  using Search = detail::TokenSearch<Store>;

  [[nodiscard]] Found search_and_rotate(const PayloadIds& ids, const detail::Places& places) {
    Found found = search(ids, places);
    if (options_.rotator == nullptr) return found;
    try {
      rotate(found);
      return found;
    } catch (const TokenRotationError& error) {
      if (error.has_unsaved_token()) throw;
      found = search(ids, places);
      if (has_expired_bot(found)) throw;
      if (found.user && is_past(found.user->user_token_expires_at)) {
        if (error.is_retryable() || !found.has_bot()) throw;
        found.user->user_token.reset();  // it is lost for good, and the bot serves all the same
        found.user->user_scopes.clear();
      }
      log(LogLevel::warning, "a token could not be refreshed: " + std::string(error.what()), ids);
    }
    return found;
  }

  [[nodiscard]] bool is_past(const std::optional<std::chrono::sys_seconds>& expires_at) const {
    return expires_at && *expires_at <= options_.clock();
  }

  [[nodiscard]] bool has_expired_bot(const Found& found) const {
    if (found.bot) return is_past(found.bot->bot_token_expires_at);
    const auto& holder = found.is_bot_of_user ? found.user : found.bot_installation;
    return holder && is_past(holder->bot_token_expires_at);
  }

  [[nodiscard]] Found search(const PayloadIds& ids, const detail::Places& places) {
    Found found = search_once(ids, places);
    const bool can_be_rekeyed = ids.enterprise_id && ids.team_id && ids.is_team_of_enterprise;
    if (!can_be_rekeyed) return found;
    if (found.is_any_from_before_migration()) {
      rekey(ids);
      return search_once(ids, places);
    }
    // Another thread or process may have moved the records from where they were looked for last to where first.
    return found.has_bot() || found.user ? std::move(found) : search_once(ids, places);
  }

  [[nodiscard]] Found search_once(const PayloadIds& ids, const detail::Places& places) {
    const OptionalId user_id = options_.bot_only ? std::nullopt : detail::borrowed(ids.user_id);
    if (!ids.actor || !user_id || is_of_tenant(*ids.actor, ids)) {
      return Search(*store_, abilities_, user_id).run(places);
    }
    Found found = Search(*store_, abilities_, std::nullopt).run(places);
    if (options_.user_token_resolution == UserTokenResolution::authed_user || !ids.actor->user_id) return found;
    const detail::Place place{ids.actor->team_id ? RecordSource::workspace : RecordSource::organisation,
                              detail::borrowed(ids.actor->enterprise_id), detail::borrowed(ids.actor->team_id)};
    Found of_actor = Search(*store_, abilities_, *ids.actor->user_id).run_for_user(place);
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

  void rekey(const PayloadIds& ids) {
    const detail::Rekeyed moved =
        detail::rekey_workspace(*store_, *ids.enterprise_id, *ids.team_id, detail::borrowed(ids.user_id), turn_);
    if (moved.is_any()) log(LogLevel::info, "re-keyed the records of a workspace that joined an organisation", ids);
  }

  /// Leaves what is found as it is where it throws.
  void rotate(Found& found) {
    auto& rotator = *options_.rotator;
    for (auto* installation : {&found.user, &found.bot_installation}) {
      if (*installation && rotator.is_due(**installation)) *installation = rotator.rotate(*store_, **installation);
    }
    if (found.bot && rotator.is_due(*found.bot)) found.bot = rotator.rotate_bot(*store_, *found.bot);
  }

  [[nodiscard]] static AuthorizeResult result_of(const PayloadIds& ids, Found& found) {
    AuthorizeResult result{.enterprise_id = ids.enterprise_id, .team_id = ids.team_id, .user_id = ids.user_id};
    if (found.user && found.user->user_token) {
      result.user_token = std::move(found.user->user_token);
      result.user_scopes = std::move(found.user->user_scopes);
      result.user_source = found.user_place.source;
    }
    if (!found.has_bot()) return result;
    result.bot_source = found.bot_place.source;
    result.is_enterprise_install = result.bot_source == RecordSource::organisation;
    if (found.bot) {
      give_bot(*found.bot, result);
    } else {
      give_bot(found.is_bot_of_user ? *found.user : *found.bot_installation, result);
    }
    return result;
  }

  template <class Record>
  static void give_bot(Record& record, AuthorizeResult& result) {
    result.bot_token = std::move(record.bot_token);
    result.bot_id = std::move(record.bot_id);
    result.bot_user_id = std::move(record.bot_user_id);
    result.bot_scopes = std::move(record.bot_scopes);
    for (auto* id : {&result.bot_id, &result.bot_user_id}) {
      if (*id && (*id)->empty()) id->reset();
    }
  }

  /// Takes away what Slack refuses for good. False where that has been replaced meanwhile.
  bool check_tokens(const Found& found, AuthorizeResult& result) {
    bool is_current = true;
    if (result.bot_token) {
      const auto facts = facts_of(*result.bot_token, "");
      if (facts.rejection.empty()) {
        if (!result.bot_id && !facts.bot_id.empty()) result.bot_id = facts.bot_id;
        if (!facts.url.empty()) result.url = facts.url;
      } else {
        is_current = mark_bot(found, *result.bot_token, facts.rejection);
        drop_bot(result);
      }
    }
    if (result.user_token) {
      const auto facts = facts_of(*result.user_token, *result.user_id);
      if (!facts.rejection.empty()) {
        is_current = mark_user(found.user_place, *result.user_id, *result.user_token, facts.rejection) && is_current;
        drop_user(result);
      } else if (!facts.user_id.empty() && facts.user_id != *result.user_id) {
        options_.logger.warning("a user's record holds another user's token, which is not used");
        drop_user(result);
      } else if (!result.url && !facts.url.empty()) {
        result.url = facts.url;
      }
    }
    return is_current;
  }

  static void drop_bot(AuthorizeResult& result) {
    result.bot_token.reset();
    result.bot_id.reset();
    result.bot_user_id.reset();
    result.bot_scopes.clear();
    result.bot_source = RecordSource::none;
    result.is_enterprise_install = false;
  }

  static void drop_user(AuthorizeResult& result) {
    result.user_token.reset();
    result.user_scopes.clear();
    result.user_source = RecordSource::none;
  }

  /// What auth.test says, or said a while ago. A refusal that may pass is thrown.
  [[nodiscard]] detail::AuthTestFacts facts_of(std::string_view token, std::string_view user_id) {
    std::string key = detail::token_hash(token).append(user_id);
    if (auto facts = cache_.find(key, options_.clock())) return std::move(*facts);
    detail::AuthTestFacts facts;
    try {
      const nlohmann::json answer = options_.auth_test_client->auth_test(token);
      facts.user_id = detail::text_or_empty(answer, "user_id");
      facts.bot_id = detail::text_or_empty(answer, "bot_id");
      facts.url = detail::text_or_empty(answer, "url");
    } catch (const SlackApiError& error) {
      if (!detail::is_final_rejection(error.code())) throw;
      facts.rejection = error.code();
    }
    cache_.put(std::move(key), facts, options_.clock() + options_.auth_test_lifetime);
    return facts;
  }

  /// Marks the record whose bot token was refused. False where it has another token by now.
  bool mark_bot(const Found& found, std::string_view token, std::string_view code) {
    const detail::Place& place = found.bot_place;
    return detail::with_workspace_turn(*store_, place.ref(), turn_, [&](const WorkspaceLease&) {
      auto answer = abilities_.find_bot(*store_, place.bot_query());
      if (answer.is_known) {
        if (!answer.record || answer.record->bot_token != token) return false;
        if (!mark(answer.record->custom_values, token, code, place)) return true;
        detail::BotTokens<Store>::save(*store_, *answer.record);
        return true;
      }
      const auto& holder = found.is_bot_of_user ? found.user : found.bot_installation;
      if (!holder) return false;
      auto installation = abilities_.find_installation(*store_, place.installation_query(holder->user_id)).record;
      // That of nobody is not found by its user.
      if (!installation) installation = abilities_.find_installation(*store_, place.installation_query()).record;
      if (!installation || installation->bot_token != token) return false;
      if (mark(installation->custom_values, token, code, place)) store_->save(*installation);
      return true;
    });
  }

  bool mark_user(const detail::Place& place, std::string_view user_id, std::string_view token, std::string_view code) {
    return detail::with_workspace_turn(*store_, place.ref(), turn_, [&](const WorkspaceLease&) {
      auto installation = abilities_.find_installation(*store_, place.installation_query(user_id)).record;
      if (!installation || installation->user_token != token) return false;
      if (!mark(installation->custom_values, token, code, place)) return true;
      if (abilities_.has_bots(*store_, place)) {
        // Without its bot, so that one that is installed at this moment is not put back.
        store_->save(detail::UserTokens<Store>::alone(*std::move(installation)));
      } else {
        store_->save(*installation);
      }
      return true;
    });
  }

  /// False where it is marked already.
  bool mark(CustomValues& values, std::string_view token, std::string_view code, const detail::Place& place) {
    if (detail::is_rejected(values, token)) return false;
    detail::mark_rejected(values, token, code, options_.clock());
    log(LogLevel::warning, "marked a record whose token Slack refuses: " + std::string(code), place);
    return true;
  }

  template <class Ids>
  void log(LogLevel level, std::string_view done, const Ids& ids) const {
    if (!options_.logger.is_enabled(level)) return;
    std::string line(done);
    const auto append = [&line](std::string_view name, const auto& id) {
      if (!id) return;
      line.append(" ").append(name).append("=");
      detail::append_quoted(line, *id, 80);
    };
    append("enterprise_id", ids.enterprise_id);
    append("team_id", ids.team_id);
    options_.logger.log(level, line);
  }

  detail::Handle<Store> store_;
  Options options_;
  detail::WorkspaceTurnOptions turn_{};
  detail::StoreAbilities abilities_{};
  detail::AuthTestCache cache_;
};

using Authorizer = BasicAuthorizer<InstallationStore, AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
