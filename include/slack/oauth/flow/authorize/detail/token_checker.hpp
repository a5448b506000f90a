// Asks auth.test about the tokens that an authorizer found, and marks the records whose tokens Slack refuses for good.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/authorize/authorize_result.hpp"
#include "slack/oauth/flow/authorize/authorizer_options.hpp"
#include "slack/oauth/flow/authorize/detail/auth_test_cache.hpp"
#include "slack/oauth/flow/authorize/detail/token_search.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/detail/token_hash.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/flow/rotate/rejected_tokens.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/composition.hpp"
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
  using InstallationT = InstallationOf<Store>;
  using BotT = BotOf<Store>;

 public:
  TokenChecker(Store& store, BasicAuthorizerOptions<Transport>& options, const WorkspaceTurnOptions& turn,
               StoreAbilities& abilities)
      : store_(store), options_(options), turn_(turn), abilities_(abilities), cache_(options.auth_test_cache_size) {}

  /// Takes away what Slack refuses for good. False where that has been replaced meanwhile.
  bool check(const FoundTokens<Store>& found, AuthorizeResult& result) {
    bool is_current = true;
    if (result.bot_token) {
      const std::string key = token_hash(*result.bot_token);
      auto facts = cache_.find(key, options_.clock());
      if (!facts) {
        const std::optional<BotT> bot = bot_of(found);  // as it is before Slack is asked
        // The mark is in the bot's record, which a user's does not show.
        const bool is_marked = bot && is_rejected(bot->custom_values, *result.bot_token);
        if (!is_marked) facts = ask(*result.bot_token, key);
        if (!is_marked && !facts->rejection.empty()) {
          is_current = mark_bot(found, bot, *result.bot_token, facts->rejection);
        }
      }
      if (!facts || !facts->rejection.empty()) {
        drop_bot(result);
      } else {
        if (!result.bot_id && !facts->bot_id.empty()) result.bot_id = facts->bot_id;
        if (!facts->url.empty()) result.url = facts->url;
      }
    }
    const UserToken user{result.user_token, result.user_scopes, result.user_source};
    const UserToken authorized{result.authorized_user_token, result.authorized_user_scopes,
                               result.authorized_user_source};
    is_current = check_user(found.user_place, found.user, result.user_id, user, result.url) && is_current;
    if (!found.is_user_authorized) {
      return check_user(found.authorized_user_place, found.authorized_user, result.authorized_user_id, authorized,
                        result.url) &&
             is_current;
    }
    if (!user.token) drop(authorized);
    return is_current;
  }

 private:
  /// What a result says of one user.
  struct UserToken {
    std::optional<std::string>& token;
    std::vector<std::string>& scopes;
    RecordSource& source;
  };

  /// As check(), of one user.
  bool check_user(const Place& place, const std::optional<InstallationT>& record,
                  const std::optional<std::string>& user_id, const UserToken& user, std::optional<std::string>& url) {
    if (!user.token) return true;
    const std::string key = token_hash(*user.token).append(*user_id);
    auto facts = cache_.find(key, options_.clock());
    if (!facts) facts = ask(*user.token, key);
    bool is_current = true;
    if (!facts->rejection.empty()) {
      is_current = mark(place, *record, *user.token, facts->rejection);
      drop(user);
    } else if (!facts->user_id.empty() && facts->user_id != *user_id) {
      options_.logger.warning("a user's record holds another user's token, which is not used");
      drop(user);
    } else if (!url && !facts->url.empty()) {
      url = facts->url;
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

  static void drop(const UserToken& user) {
    user.token.reset();
    user.scopes.clear();
    user.source = RecordSource::none;
  }

  /// What auth.test says. It is remembered, but for a refusal: the record says that, and one that does not was
  /// installed anew, or somebody lifted its mark. A refusal that may pass is thrown.
  [[nodiscard]] AuthTestFacts ask(std::string_view token, const std::string& key) {
    AuthTestFacts facts;
    try {
      const nlohmann::json answer = options_.auth_test_client->auth_test(token);
      facts.user_id = text_or_empty(answer, "user_id");
      facts.bot_id = text_or_empty(answer, "bot_id");
      facts.url = text_or_empty(answer, "url");
    } catch (const SlackApiError& error) {
      if (!is_final_rejection(error.code())) throw;
      facts.rejection = error.code();
      return facts;
    }
    cache_.put(key, facts, options_.clock() + options_.auth_test_lifetime);
    return facts;
  }

  /// The record that holds the bot's token, where the store keeps bots apart.
  [[nodiscard]] std::optional<BotT> bot_of(const FoundTokens<Store>& found) {
    if (found.bot) return found.bot;
    return abilities_.find_bot(store_, found.bot_place.bot_query()).record;
  }

  /// Marks the record whose bot token was refused. False where it has another token by now.
  bool mark_bot(const FoundTokens<Store>& found, const std::optional<BotT>& bot, std::string_view token,
                std::string_view code) {
    if (bot) return bot->bot_token == token && mark(found.bot_place, *bot, token, code);
    const auto& holder = found.is_bot_of_user ? found.user : found.bot_installation;
    if (!holder || abilities_.has_bots(store_, found.bot_place)) return false;
    return mark(found.bot_place, *holder, token, code);
  }

  /// Marks a record, unless it has changed since it was found: then false.
  template <class Record>
  bool mark(const Place& place, const Record& found, std::string_view token, std::string_view code) {
    Record marked = found;
    mark_rejected(marked.custom_values, token, code, options_.clock());
    auto is_marked = replace_record_in(store_, std::optional(found), std::optional(marked));
    if (!is_marked) is_marked = mark_in_turn(place, found, std::move(marked));
    if (*is_marked) {
      log_tenant(options_.logger, LogLevel::warning, "marked a record whose token Slack refuses: " + std::string(code),
                 place);
    }
    return *is_marked;
  }

  /// For a store that does not compare while it writes. Where the turn does not come, the next event marks it.
  template <class Record>
  bool mark_in_turn(const Place& place, const Record& found, Record marked) {
    try {
      return with_workspace_turn(store_, place.ref(), turn_, [&](const WorkspaceLease&) {
        if constexpr (requires { found.user_id; }) {
          const OptionalId user_id = found.user_id.empty() ? std::nullopt : OptionalId(found.user_id);
          const auto stored = abilities_.find_installation(store_, place.installation_query(user_id)).record;
          if (!stored || *stored != found) return false;
          // Without its bot, so that one that is installed at this moment is not put back.
          store_.save(abilities_.has_bots(store_, place) ? without_bot(std::move(marked)) : std::move(marked));
        } else {
          const auto stored = abilities_.find_bot(store_, place.bot_query()).record;
          if (!stored || *stored != found) return false;
          BotTokens<Store>::save(store_, marked);
        }
        return true;
      });
    } catch (const TokenRotationError&) {
      return true;
    }
  }

  Store& store_;
  BasicAuthorizerOptions<Transport>& options_;
  const WorkspaceTurnOptions& turn_;
  StoreAbilities& abilities_;
  AuthTestCache cache_;
};

}  // namespace slack::oauth::inline v0::detail
