// Asks auth.test about the tokens that an authorizer found, and marks the records whose tokens Slack refuses for good.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/authorize/detail/auth_test_cache.hpp"
#include "slack/oauth/flow/authorize/authorize_result.hpp"
#include "slack/oauth/flow/authorize/authorizer_options.hpp"
#include "slack/oauth/flow/authorize/rejected_tokens.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/authorize/detail/token_hash.hpp"
#include "slack/oauth/flow/authorize/detail/token_search.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/web/slack_answer.hpp"
#include "slack/oauth/web/transport.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// A line about the workspace or organisation of `ids`.
template <class Ids>
void log_tenant(const Logger& logger, LogLevel level, std::string_view done, const Ids& ids) {
  if (logger.is_enabled(level)) {
    logger.log(level, line_with_ids(done, {id_or_empty(ids.enterprise_id), id_or_empty(ids.team_id)}));
  }
}

/// Borrows everything. Threads: any thread may call it at any time.
template <class Store, HttpTransport Transport>
class TokenChecker {
 public:
  TokenChecker(Store& store, BasicAuthorizerOptions<Transport>& options, const WorkspaceTurnOptions& turn,
               StoreAbilities& abilities)
      : store_(store), options_(options), turn_(turn), abilities_(abilities), cache_(options.auth_test_cache_size) {}

  /// Takes away what Slack refuses for good. False where that has been replaced meanwhile.
  bool check(const FoundTokens<Store>& found, AuthorizeResult& result) {
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

 private:
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
  [[nodiscard]] AuthTestFacts facts_of(std::string_view token, std::string_view user_id) {
    std::string key = token_hash(token).append(user_id);
    if (auto facts = cache_.find(key, options_.clock())) return std::move(*facts);
    AuthTestFacts facts;
    try {
      const nlohmann::json answer = options_.auth_test_client->auth_test(token);
      facts.user_id = text_or_empty(answer, "user_id");
      facts.bot_id = text_or_empty(answer, "bot_id");
      facts.url = text_or_empty(answer, "url");
    } catch (const SlackApiError& error) {
      if (!is_final_rejection(error.code())) throw;
      facts.rejection = error.code();
    }
    cache_.put(std::move(key), facts, options_.clock() + options_.auth_test_lifetime);
    return facts;
  }

  /// Marks the record whose bot token was refused. False where it has another token by now.
  bool mark_bot(const FoundTokens<Store>& found, std::string_view token, std::string_view code) {
    const Place& place = found.bot_place;
    return with_workspace_turn(store_, place.ref(), turn_, [&](const WorkspaceLease&) {
      auto answer = abilities_.find_bot(store_, place.bot_query());
      if (answer.is_known) {
        if (!answer.record || answer.record->bot_token != token) return false;
        if (!mark(answer.record->custom_values, token, code)) return true;
        BotTokens<Store>::save(store_, *answer.record);
        log_mark(code, place);
        return true;
      }
      const auto& holder = found.is_bot_of_user ? found.user : found.bot_installation;
      if (!holder) return false;
      auto installation = abilities_.find_installation(store_, place.installation_query(holder->user_id)).record;
      // That of nobody is not found by its user.
      if (!installation) installation = abilities_.find_installation(store_, place.installation_query()).record;
      if (!installation || installation->bot_token != token) return false;
      if (!mark(installation->custom_values, token, code)) return true;
      store_.save(*installation);
      log_mark(code, place);
      return true;
    });
  }

  bool mark_user(const Place& place, std::string_view user_id, std::string_view token, std::string_view code) {
    return with_workspace_turn(store_, place.ref(), turn_, [&](const WorkspaceLease&) {
      auto installation = abilities_.find_installation(store_, place.installation_query(user_id)).record;
      if (!installation || installation->user_token != token) return false;
      if (!mark(installation->custom_values, token, code)) return true;
      if (abilities_.has_bots(store_, place)) {
        // Without its bot, so that one that is installed at this moment is not put back.
        store_.save(UserTokens<Store>::alone(*std::move(installation)));
      } else {
        store_.save(*installation);
      }
      log_mark(code, place);
      return true;
    });
  }

  /// False where it is marked already.
  bool mark(CustomValues& values, std::string_view token, std::string_view code) {
    if (is_rejected(values, token)) return false;
    mark_rejected(values, token, code, options_.clock());
    return true;
  }

  void log_mark(std::string_view code, const Place& place) {
    log_tenant(options_.logger, LogLevel::warning, "marked a record whose token Slack refuses: " + std::string(code),
               place);
  }

  Store& store_;
  BasicAuthorizerOptions<Transport>& options_;
  const WorkspaceTurnOptions& turn_;
  StoreAbilities& abilities_;
  AuthTestCache cache_;
};

}  // namespace slack::oauth::inline v0::detail
