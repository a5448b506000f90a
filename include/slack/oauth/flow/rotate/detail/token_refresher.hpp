// Refreshes one token whose turn it is: reads what is stored, asks Slack, and saves what Slack gave before anything
// else happens.
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/rekey.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/rotate/detail/failed_refreshes.hpp"
#include "slack/oauth/flow/rotate/detail/refresh_exchange.hpp"
#include "slack/oauth/flow/rotate/detail/request_pace.hpp"
#include "slack/oauth/flow/rotate/detail/unsaved_tokens.hpp"
#include "slack/oauth/flow/rotate/rejected_tokens.hpp"
#include "slack/oauth/flow/rotate/token_rotation_error.hpp"
#include "slack/oauth/flow/rotate/token_rotator_options.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0::detail {

/// When a token ends, and when the refresh token does.
struct TokenEnds {
  const std::optional<std::chrono::sys_seconds>& expires_at;
  const std::optional<std::chrono::sys_seconds>& refresh_token_expires_at;

  [[nodiscard]] bool are_by(std::chrono::sys_seconds until) const {
    return (expires_at && *expires_at <= until) || (refresh_token_expires_at && *refresh_token_expires_at <= until);
  }
};

/// Whether a token has to be refreshed, and can be.
[[nodiscard]] inline bool is_token_due(const std::optional<std::string>& refresh_token, const TokenEnds& ends,
                                       const CustomValues& custom_values, std::chrono::sys_seconds until) {
  return has_text(refresh_token) && ends.are_by(until) && !is_rejected(custom_values, *refresh_token);
}

/// What came of a refresh.
template <class Record>
struct RefreshOutcome {
  Record record;
  std::exception_ptr unsaved{};  ///< set where the store did not take the record's new pair, which is kept
};

/// Threads: any thread may call any method at any time.
template <HttpTransport Transport>
class TokenRefresher {
 public:
  using Until = std::chrono::sys_seconds;

  TokenRefresher(BasicSlackClient<Transport> client, ClientCredentials credentials, TokenRotatorOptions options)
      : slack_(std::move(client), std::move(credentials), options.user_only_enabled),
        options_(checked(std::move(options))) {}

  [[nodiscard]] const TokenRotatorOptions& options() const noexcept { return options_; }

  [[nodiscard]] Until due_until(std::chrono::seconds window) const {
    constexpr std::chrono::seconds longest_window = std::chrono::years{100};
    return std::chrono::floor<std::chrono::seconds>(options_.clock()) + std::min(window, longest_window);
  }

  [[nodiscard]] bool is_bot_due(const Installation& installation, Until until) const {
    return has_text(installation.bot_token) &&
           (is_token_due(installation.bot_refresh_token,
                         {installation.bot_token_expires_at, installation.bot_refresh_token_expires_at},
                         installation.custom_values, until) ||
            is_unsaved(installation.bot_refresh_token, *installation.bot_token));
  }
  [[nodiscard]] bool is_due_by(const Bot& bot, Until until) const {
    return is_token_due(bot.bot_refresh_token, {bot.bot_token_expires_at, bot.bot_refresh_token_expires_at},
                        bot.custom_values, until) ||
           is_unsaved(bot.bot_refresh_token, bot.bot_token);
  }
  [[nodiscard]] bool is_due_by(const Installation& user, Until until) const {
    return is_token_due(user.user_refresh_token, {user.user_token_expires_at, user.user_refresh_token_expires_at},
                        user.custom_values, until) ||
           (user.user_token && is_unsaved(user.user_refresh_token, *user.user_token));
  }

  /// Whether the record's token never expires, so that it can be exchanged for a pair.
  template <class Tokens>
  [[nodiscard]] static bool is_exchangeable(const typename Tokens::Record& record) {
    const auto token = Tokens::access_token(record);
    return has_text(token) && !has_text(Tokens::refresh_token(record)) && !Tokens::expires_at(record) &&
           !is_rejected(record.custom_values, *token);
  }

  /// What a refresh is told.
  struct Request {
    Until until;
    std::string_view aside{};        ///< what a failure has to say besides
    bool is_asked_for_anew = false;  ///< a failure of a while ago does not count
    RequestPace* pace = nullptr;     ///< a job's, which counts its requests
    bool exchanges = false;          ///< a token that never expires is exchanged, and nothing refreshed
  };

  /// Whether `current`, from the store, is what a caller that has `given` wanted. A window that is longer than tokens
  /// live makes every token due; then it is one that somebody has just refreshed.
  template <class Tokens>
  [[nodiscard]] bool is_settled(const typename Tokens::Record& current, const typename Tokens::Record& given,
                                const Request& request) const {
    if (request.exchanges) return !is_exchangeable<Tokens>(current);
    if (!is_due_by(current, request.until)) return true;
    return has_text(Tokens::refresh_token(given)) && Tokens::refresh_token(current) != Tokens::refresh_token(given) &&
           Tokens::expires_at(current) > Tokens::expires_at(given) &&
           *Tokens::expires_at(current) > due_until(std::chrono::seconds{0});
  }

  /// A pair that could not be saved before is saved first of all. REQUIRES: the turn of the workspace.
  template <class Tokens, class Store>
  RefreshOutcome<typename Tokens::Record> refresh_in_turn(Store& store, const WorkspaceLease& lease,
                                                          const typename Tokens::Record& given,
                                                          const Request& request) {
    const RefreshedRecord<Tokens> about{given, request.aside, request.exchanges};
    std::string refused;
    std::string refused_code;
    for (int look = 1;; ++look) {
      const auto stored = current_record<Tokens>(store, about);
      auto current = with_unsaved<Tokens>(store, lease, about, stored);
      if (is_settled<Tokens>(current.record, given, request)) return current;
      const auto& base = current.unsaved ? stored : current.record;  // what the store has
      const std::string used = *used_token<Tokens>(current.record);
      if (used != refused) {
        if (!request.is_asked_for_anew && !request.exchanges) {
          if (const auto failure = failed_.find(used, options_.clock())) std::rethrow_exception(failure);
        }
        require_held(lease, about);
        const bool is_saved_alone = Tokens::is_saved_alone(store, base);
        if (request.pace != nullptr) request.pace->note_request(options_.clock());
        try {
          const RefreshedToken token = slack_.exchange(about, current.record, used, stored, options_.clock());
          return keep<Tokens>(store, lease, about, {base, token, is_saved_alone});
        } catch (const TokenRotationError& error) {
          if (const auto* unsaved = dynamic_cast<const UnsavedTokenError*>(&error)) {
            tell(*unsaved);
            throw;
          }
          if (!request.exchanges) remember(used, error);
          const bool is_used_up =
              request.exchanges ? is_final_exchange(error.code()) : error.code() == "invalid_refresh_token";
          if (is_used_up && look < most_looks) {
            refused = used;
            refused_code = error.code();
            continue;
          }
          if (!request.exchanges && is_final_refusal(error.code())) mark_refused<Tokens>(store, base, error.code());
          throw;
        }
      } else if (look >= most_looks) {
        // An exchanged token may work all the same, so the record says nothing of it.
        if (!request.exchanges) mark_refused<Tokens>(store, base, refused_code);
        throw about.refusal(current.record, refused_code, false, options_.clock());
      } else {
        options_.sleep(options_.save_pause);
      }
    }
  }

  /// The record with what waits to be saved in it and still works; as given where there is nothing. Without a turn.
  template <class Record>
  [[nodiscard]] Record with_unsaved(Record record) const {
    const auto take = [this](const std::optional<std::string>& refresh_token,
                             const std::optional<std::string>& access_token, const auto& put) {
      const auto& used = has_text(refresh_token) ? refresh_token : access_token;
      if (!has_text(used)) return;
      const auto unsaved = unsaved_.find(*used);
      if (unsaved && works(unsaved->token)) put(unsaved->token);
    };
    take(record.bot_refresh_token, record.bot_token,
         [&record](const RefreshedToken& token) { put_bot_token(record, token); });
    if constexpr (requires { record.user_refresh_token; }) {
      take(record.user_refresh_token, record.user_token,
           [&record](const RefreshedToken& token) { put_user_token(record, token); });
    }
    return record;
  }

  template <class Record>
  void log(LogLevel level, std::string_view what, const Record& record) const {
    if (options_.logger.is_enabled(level)) options_.logger.log(level, line_about(what, record));
  }

 private:
  // Another process may have been given the answer and not have saved it yet, so a refused token is looked up this
  // often before it counts.
  static constexpr int most_looks = 3;

  static TokenRotatorOptions checked(TokenRotatorOptions options) {
    if (options.window.count() < 0) throw InvalidArgumentError("window", "must not be negative");
    if (options.lease_lifetime.count() <= 0) throw InvalidArgumentError("lease_lifetime", "must be positive");
    if (options.lease_timeout.count() < 0) throw InvalidArgumentError("lease_timeout", "must not be negative");
    if (options.retry_pause.count() < 0) throw InvalidArgumentError("retry_pause", "must not be negative");
    if (options.refusal_pause.count() < 0) throw InvalidArgumentError("refusal_pause", "must not be negative");
    if (options.requests_per_minute < 0) throw InvalidArgumentError("requests_per_minute", "must not be negative");
    if (options.exchanges_per_minute < 0) throw InvalidArgumentError("exchanges_per_minute", "must not be negative");
    if (options.save_attempts < 1) throw InvalidArgumentError("save_attempts", "must be at least 1");
    if (options.save_pause.count() < 0) throw InvalidArgumentError("save_pause", "must not be negative");
    if (!options.clock) options.clock = [] { return now(); };
    if (!options.sleep) options.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
    return options;
  }

  /// Whether a new pair waits to be saved in the place of these.
  [[nodiscard]] bool is_unsaved(const std::optional<std::string>& refresh_token,
                                const std::string& access_token) const {
    return unsaved_.contains(has_text(refresh_token) ? *refresh_token : access_token);
  }

  [[nodiscard]] bool works(const RefreshedToken& token) const {
    return token.expires_at && *token.expires_at > options_.clock();
  }

  void tell(const UnsavedTokenError& error) const {
    if (!options_.on_unsaved) return;
    try {
      options_.on_unsaved(error);
    } catch (...) {  // the tokens are as safe as before
      options_.logger.error("on_unsaved threw an exception");
    }
  }

  void remember(const std::string& refresh_token, const TokenRotationError& error) {
    constexpr std::chrono::milliseconds longest_pause = std::chrono::years{100};
    const Timestamp now = options_.clock();
    std::chrono::milliseconds pause = error.is_retryable() ? options_.retry_pause : options_.refusal_pause;
    if (const auto* limited = dynamic_cast<const RateLimitedRotationError*>(&error)) pause = limited->retry_after();
    failed_.remember(refresh_token, std::current_exception(), now, now + std::min(pause, longest_pause));
  }

  template <class Tokens, class Store>
  [[nodiscard]] typename Tokens::Record current_record(const Store& store, const RefreshedRecord<Tokens>& about) {
    auto found = Tokens::look_up(store, about.given);
    if (!found.is_known) return about.given;
    const auto given_token = used_token<Tokens>(about.given);
    // Nobody looks for the pair of a record that was installed anew, or is gone.
    if (given_token && (!found.record || used_token<Tokens>(*found.record) != given_token)) {
      unsaved_.forget(*given_token);
    }
    if (found.record) return *std::move(found.record);
    throw about.error(about.whose() + " is no longer in the store", not_installed, false);
  }

  /// A lease that has ended, since the process stood still, would let two use one refresh token.
  template <class Tokens>
  static void require_held(const WorkspaceLease& lease, const RefreshedRecord<Tokens>& about) {
    if (lease.is_held()) return;
    throw about.error(
        "the turn to " + std::string(about.verb()) + " " + about.whose() + " ended before Slack was asked",
        "lease_lost", true);
  }

  /// What Slack gave for the token of `base`, which is what the store had.
  template <class Tokens>
  struct Refreshed {
    const typename Tokens::Record& base;
    const RefreshedToken& token;
    bool is_saved_alone;

    [[nodiscard]] typename Tokens::Record put_into(typename Tokens::Record record) const {
      Tokens::put(record, token);
      return record;
    }
    [[nodiscard]] typename Tokens::Record to_be_saved(typename Tokens::Record record) const {
      return is_saved_alone ? Tokens::alone(std::move(record)) : std::move(record);
    }
  };

  /// The record with the pair that its store did not take before, where there is one: saved now, or else with the
  /// error.
  template <class Tokens, class Store>
  RefreshOutcome<typename Tokens::Record> with_unsaved(Store& store, const WorkspaceLease& lease,
                                                       const RefreshedRecord<Tokens>& about,
                                                       const typename Tokens::Record& stored) {
    const auto used = used_token<Tokens>(stored);
    if (!used) return {stored};
    const auto unsaved = unsaved_.find(*used);
    if (!unsaved) return {stored};
    const Refreshed<Tokens> refreshed{stored, unsaved->token, Tokens::is_saved_alone(store, stored)};
    auto record = refreshed.put_into(stored);
    try {
      if (!save_or_adopt(store, refreshed, record)) {
        unsaved_.forget(*used);
        throw about.error(about.whose() + " is no longer in the store", not_installed, false);
      }
      unsaved_.forget(*used);
      log_saved(lease, record);
      return {std::move(record)};
    } catch (const TokenRotationError&) {
      throw;
    } catch (...) {  // the store's, which is not better yet
      log(LogLevel::warning, "could still not save a refreshed token", record);
      return {std::move(record), unsaved->error};
    }
  }

  /// Saves, whatever it takes; what the store does not take is kept here. Returns the record that is in the store then,
  /// or that belongs there.
  template <class Tokens, class Store>
  RefreshOutcome<typename Tokens::Record> keep(Store& store, const WorkspaceLease& lease,
                                               const RefreshedRecord<Tokens>& about,
                                               const Refreshed<Tokens>& refreshed) {
    using Unsaved = UnsavedRotationError<typename Tokens::Record>;
    const std::string used = *used_token<Tokens>(refreshed.base);
    const bool has_refresh_token = has_text(Tokens::refresh_token(refreshed.base));
    auto record = refreshed.put_into(refreshed.base);
    const auto error_of = [&](std::string_view problem, std::string code) {
      return Unsaved(
          about.text(about.whose() + " is " + about.past() + ", and could not be saved: " + std::string(problem)),
          std::move(code), about.subject(), refreshed.token, has_refresh_token ? used : std::string(),
          refreshed.to_be_saved(record), has_refresh_token ? std::string() : used);
    };
    // Before anything else, since whatever is called from here on may throw.
    if (!unsaved_.keep(used, {refreshed.token, std::make_exception_ptr(error_of("nobody has tried to", ""))})) {
      log(LogLevel::error, "forgot an unsaved token, since there are too many, for one", record);
    }
    auto pause = options_.save_pause;
    for (int attempt = 1;; ++attempt) {
      std::string problem = "the store threw an exception that is not this library's";
      std::string code;
      try {
        if (!save_or_adopt(store, refreshed, record)) {
          unsaved_.forget(used);
          log(LogLevel::error, "could not save a refreshed token", record);
          throw error_of("it was deleted meanwhile", std::string(not_installed));
        }
        unsaved_.forget(used);
        log_saved(lease, record);
        return {std::move(record)};
      } catch (const Unsaved&) {
        throw;
      } catch (const Error& error) {
        problem = error.what();
        code = error.code();
      } catch (...) {  // NOLINT(bugprone-empty-catch): what a store of the app's own throws may hold anything
      }
      if (attempt >= options_.save_attempts) {
        log(LogLevel::error, "could not save a refreshed token", record);
        const Unsaved error = error_of(problem, std::move(code));
        auto thrown = std::make_exception_ptr(error);
        unsaved_.keep(used, {refreshed.token, thrown});
        tell(error);
        return {std::move(record), std::move(thrown)};
      }
      options_.sleep(pause);
      pause *= 2;
    }
  }

  /// Puts the new pair in the place of the one that it was got with, as the storage decides, and makes `record` what
  /// the store has then: another pair, where somebody saved one meanwhile, or this very pair, from an attempt that
  /// failed and worked all the same. False where the store no longer has such a record: it is not to come back.
  template <class Tokens, class Store>
  bool save_or_adopt(Store& store, const Refreshed<Tokens>& refreshed, typename Tokens::Record& record) const {
    constexpr int most_tries = 10;
    const auto used = used_token<Tokens>(refreshed.base);
    const bool is_exchanged = !has_text(Tokens::refresh_token(refreshed.base));
    for (int i = 0; i < most_tries; ++i) {
      const std::optional<bool> is_replaced = Tokens::replace(store, refreshed.base, *used, refreshed.token);
      if (is_replaced && *is_replaced) {
        record = refreshed.put_into(refreshed.base);
        return true;
      }
      auto stored = Tokens::look_up(store, refreshed.base);
      if (stored.is_known && !stored.record) return is_replaced && save_where_filed_anew(store, refreshed, record);
      if (stored.record && used_token<Tokens>(*stored.record) != used) {
        record = *std::move(stored.record);
        return true;
      }
      // A store of the app's own may replace what has a refresh token alone.
      if (is_replaced && !is_exchanged) continue;
      record = refreshed.put_into(stored.record ? *stored.record : refreshed.base);
      // A record of nobody cannot be named to replace_tokens().
      const auto is_put = stored.record ? replace_record_in(store, stored.record, std::optional(record)) : std::nullopt;
      if (is_put && *is_put) return true;
      if (is_put || is_replaced) continue;
      // A store that cannot compare while it writes: nobody else has the turn.
      Tokens::save(store, refreshed.to_be_saved(record));
      return true;
    }
    throw Error("the store shows a token that it will not replace");
  }

  /// Somebody may have filed the record under an organisation since it was read, with the pair that is used up. While
  /// that is not over, it may turn out that the record was deleted.
  template <class Tokens, class Store>
  bool save_where_filed_anew(Store& store, const Refreshed<Tokens>& refreshed, typename Tokens::Record& record) const {
    if (!may_be_filed_anew(refreshed.base)) return false;
    const auto used = used_token<Tokens>(refreshed.base);
    std::optional<typename Tokens::Record> found;
    for (int look = 1; look <= most_looks; ++look) {
      if (look > 1) options_.sleep(options_.save_pause);
      found.reset();
      try {
        Tokens::visit(store, [&](const typename Tokens::Record& other) {
          if (Tokens::is_same_owner(other, refreshed.base) && used_token<Tokens>(other) == used) found = other;
        });
      } catch (const NotImplementedError&) {
        return false;
      }
      if (!found || !is_being_rekeyed(*found)) break;
    }
    if (!found || is_being_rekeyed(*found) || !Tokens::replace(store, *found, *used, refreshed.token).value_or(false))
      return false;
    record = refreshed.put_into(*std::move(found));
    return true;
  }

  /// Says in the record that its refresh token serves no more. Where it has another one by now, or cannot be saved, it
  /// stays as it is.
  template <class Tokens, class Store>
  void mark_refused(Store& store, const typename Tokens::Record& current, std::string_view code) const {
    auto marked = current;
    mark_rejected(marked.custom_values, *Tokens::refresh_token(current), code, options_.clock());
    try {
      if (replace_record_in(store, std::optional(current), std::optional(marked))) return;
      const auto stored = Tokens::look_up(store, current).record;
      if (!stored || *stored != current) return;
      Tokens::save(store, Tokens::is_saved_alone(store, marked) ? Tokens::alone(std::move(marked)) : std::move(marked));
    } catch (const Error& error) {
      log(LogLevel::warning, "could not mark a refused refresh token (" + std::string(error.what()) + ")", current);
    }
  }

  template <class Record>
  void log_saved(const WorkspaceLease& lease, const Record& record) const {
    log(LogLevel::info, "refreshed a token", record);
    try {
      if (lease.is_held()) return;
    } catch (...) {  // it is not known
      return;
    }
    log(LogLevel::warning, "a refresh took longer than lease_lifetime", record);
  }

  RefreshExchange<Transport> slack_;
  TokenRotatorOptions options_;
  FailedRefreshes failed_{};
  UnsavedTokens unsaved_{};
};

}  // namespace slack::oauth::inline v0::detail
