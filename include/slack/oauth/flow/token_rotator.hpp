// Refreshes the tokens that expire: https://docs.slack.dev/authentication/using-token-rotation, docs/token-rotation.md
//
// A refresh token serves once, and Slack answers once. So of all threads and processes that want a workspace's token
// refreshed one does it, while the others wait for what it saves, and what Slack gave is saved before anything else
// happens. The turns are leases of the store, see InstallationStore::try_lease().
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/refreshed_token.hpp"
#include "slack/oauth/flow/rotated_records.hpp"
#include "slack/oauth/flow/rotation_report.hpp"
#include "slack/oauth/flow/token_rotation_error.hpp"
#include "slack/oauth/flow/workspace_turn.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/slack_answer.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"
#include "slack/oauth/workspace_lease.hpp"

namespace slack::oauth::inline v0 {

struct TokenRotatorOptions {
  /// A token that expires within this time is due. Tokens live for 12 hours; keep it well below that, and above the
  /// time between two runs of a scheduled job.
  std::chrono::seconds window = std::chrono::hours{2};

  /// How long others wait for a process that died in the middle of a refresh. Longer than two refreshes and their saves
  /// take at worst, time-outs and waits for the rate limit included.
  std::chrono::milliseconds lease_lifetime{120'000};

  /// How long a call waits for others that refresh the same workspace's tokens, before it throws a retryable
  /// TokenRotationError. Above `lease_lifetime`, a dead process fails nobody. Lower it where an event had better fail.
  std::chrono::milliseconds lease_timeout{130'000};

  /// How often a new token is tried to be saved, before UnsavedRotationError.
  int save_attempts = 3;

  /// The wait before the second attempt; each later one is twice as long.
  std::chrono::milliseconds save_pause{100};

  std::function<Timestamp()> clock{};                      ///< by default the system's
  std::function<void(std::chrono::milliseconds)> sleep{};  ///< by default the thread sleeps
  Logger logger{};                                         ///< hears of refreshes at level info; silent by default
};

/// Keeps no store: each call names the one that its records are from. A store without leases is safe among the threads
/// that use copies of one rotator, and no further.
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
      : client_(std::move(client)), credentials_(std::move(credentials)), options_(checked(std::move(options))) {
    detail::require_client_id(credentials_);
    turns_.lifetime = options_.lease_lifetime;
    turns_.timeout = options_.lease_timeout;
    turns_.sleep = options_.sleep;
  }

  /// Whether the token expires within the window, and has a refresh token.
  [[nodiscard]] bool is_due(const Bot& bot) const { return is_due_by(bot, due_until(options_.window)); }

  /// The bot's token or the user's.
  [[nodiscard]] bool is_due(const Installation& installation) const {
    const auto until = due_until(options_.window);
    return is_bot_due(installation, until) || is_due_by(installation, until);
  }

  /// The bot as it is now: as given where its token is not due, and else with a token that this call or another one
  /// has refreshed and saved. Changes no user's record.
  template <class Store>
  BotOf<Store> rotate_bot(Store& store, BotOf<Store> bot) {
    const auto until = due_until(options_.window);
    if (!is_due_by(bot, until)) return bot;
    return rotate_one<detail::BotTokens<Store>>(store, std::move(bot), until);
  }

  /// As rotate_bot(), for the bot's token and this user's own; changes no other user's record.
  ///
  /// The bot's token comes first. Where the error is about the user's (its subject() says so), the bot's is refreshed
  /// and saved. Where it is about the bot's, the user's is refreshed and saved, or was not due, unless the bot's new
  /// token could not be saved: then the user's was left alone.
  template <class Store>
  InstallationOf<Store> rotate(Store& store, InstallationOf<Store> installation) {
    const auto until = due_until(options_.window);
    if (!is_bot_due(installation, until) && !is_due_by(installation, until)) return installation;
    std::optional<InstallationOf<Store>> settled;
    const auto lease = detail::wait_for_turn(store, detail::workspace_ref_of(installation), turns_, [&] {
      auto found = detail::UserTokens<Store>::look_up(store, installation).record;
      if (found && !is_bot_due(*found, until) && !is_due_by(*found, until)) settled = std::move(found);
      return settled.has_value();
    });
    if (lease == nullptr) return *std::move(settled);
    return rotate_both(store, *lease, std::move(installation), until);
  }

  /// Refreshes every token that expires within `window`, for a scheduled job. A failure ends nothing but the refresh of
  /// its own token: `on_failure(const RotationFailure&)` hears of each, and what it throws ends the job. Needs memory
  /// for a few records at a time.
  /// Throws NotImplementedError where the store has neither for_each_bot() nor for_each_installation().
  template <class Store, class OnFailure>
  requires std::is_invocable_v<const OnFailure&, const RotationFailure&> RotationReport
  rotate_all(Store& store, std::chrono::seconds window, const OnFailure& on_failure) {
    RotationReport report;
    const auto fail = [&](RotationFailure failure) {
      ++report.failed;
      on_failure(failure);
    };
    const bool has_bots =
        visit_all([&](const auto& visit) { store.for_each_bot(visit); },
                  [&](const BotOf<Store>& bot) {
                    const auto until = due_until(window);
                    if (!is_due_by(bot, until)) return;
                    if (attempt(
                            bot, [&] { rotate_one<detail::BotTokens<Store>>(store, bot, until); }, fail))
                      ++report.bots;
                  },
                  fail);
    const bool has_users =
        visit_all([&](const auto& visit) { store.for_each_installation(visit); },
                  [&](const InstallationOf<Store>& user) {
                    const auto until = due_until(window);
                    if (!is_due_by(user, until)) return;
                    if (attempt(
                            user, [&] { rotate_one<detail::UserTokens<Store>>(store, user, until); }, fail))
                      ++report.users;
                  },
                  fail);
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

  [[nodiscard]] const TokenRotatorOptions& options() const noexcept { return options_; }

 private:
  using Until = std::chrono::sys_seconds;

  // Another process may have been given the answer and not have saved it yet, so a refused token is looked up this
  // often before it counts.
  static constexpr int most_looks = 4;

  static TokenRotatorOptions checked(TokenRotatorOptions options) {
    if (options.window.count() < 0) throw InvalidArgumentError("window", "must not be negative");
    if (options.lease_lifetime.count() <= 0) throw InvalidArgumentError("lease_lifetime", "must be positive");
    if (options.lease_timeout.count() < 0) throw InvalidArgumentError("lease_timeout", "must not be negative");
    if (options.save_attempts < 1) throw InvalidArgumentError("save_attempts", "must be at least 1");
    if (options.save_pause.count() < 0) throw InvalidArgumentError("save_pause", "must not be negative");
    if (!options.clock) options.clock = [] { return now(); };
    if (!options.sleep) options.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
    return options;
  }

  [[nodiscard]] Until due_until(std::chrono::seconds window) const {
    return std::chrono::floor<std::chrono::seconds>(options_.clock()) + window;
  }

  [[nodiscard]] static bool is_bot_due(const Installation& installation, Until until) {
    return detail::has_text(installation.bot_token) &&
           detail::is_token_due(installation.bot_refresh_token, installation.bot_token_expires_at, until);
  }
  [[nodiscard]] static bool is_due_by(const Bot& bot, Until until) {
    return detail::is_token_due(bot.bot_refresh_token, bot.bot_token_expires_at, until);
  }
  [[nodiscard]] static bool is_due_by(const Installation& user, Until until) {
    return detail::is_token_due(user.user_refresh_token, user.user_token_expires_at, until);
  }

  /// Whether `current`, from the store, is what a caller that has `given` wanted. A window that is longer than tokens
  /// live makes every token due; then it is one that somebody has just refreshed.
  template <class Tokens>
  [[nodiscard]] bool is_settled(const typename Tokens::Record& current, const typename Tokens::Record& given,
                                Until until) const {
    if (!is_due_by(current, until)) return true;
    return Tokens::refresh_token(current) != Tokens::refresh_token(given) &&
           Tokens::expires_at(current) > Tokens::expires_at(given) &&
           *Tokens::expires_at(current) > due_until(std::chrono::seconds{0});
  }

  template <class Tokens, class Store>
  typename Tokens::Record rotate_one(Store& store, typename Tokens::Record given, Until until) {
    std::optional<typename Tokens::Record> settled;
    const auto lease = detail::wait_for_turn(store, detail::workspace_ref_of(given), turns_, [&] {
      auto found = Tokens::look_up(store, given).record;
      if (found && is_settled<Tokens>(*found, given, until)) settled = std::move(found);
      return settled.has_value();
    });
    if (lease == nullptr) return *std::move(settled);
    return refresh_in_turn<Tokens>(store, *lease, given, until);
  }

  template <class Store>
  InstallationOf<Store> rotate_both(Store& store, const WorkspaceLease& lease, InstallationOf<Store> given,
                                    Until until) {
    using Bots = detail::BotTokens<Store>;
    using Users = detail::UserTokens<Store>;
    std::optional<BotOf<Store>> bot;
    std::exception_ptr bot_failure;
    if (is_bot_due(given, until)) {
      try {
        bot = refresh_in_turn<Bots>(store, lease, *given.to_bot(), until);
      } catch (const TokenRotationError& error) {
        if (error.has_unsaved_token()) throw;
        bot_failure = std::current_exception();
      }
    }
    auto current = Users::look_up(store, given);
    if (current.is_known && is_due_by(given, until)) {
      const std::string_view aside = bot ? "; the bot's is refreshed and saved" : "";
      current.record = refresh_in_turn<Users>(store, lease, given, until, aside);
    }
    if (bot_failure != nullptr) std::rethrow_exception(bot_failure);
    if (current.record) given = *std::move(current.record);
    if (bot) compose_installation(given, std::move(bot));
    return given;
  }

  /// REQUIRES: the turn of the workspace. `aside` is what a failure has to say besides.
  template <class Tokens, class Store>
  typename Tokens::Record refresh_in_turn(Store& store, const WorkspaceLease& lease,
                                          const typename Tokens::Record& given, Until until,
                                          std::string_view aside = {}) {
    const Exchange<Tokens> about{given, aside};
    std::string refused;
    for (int look = 1;; ++look) {
      const auto current = current_record<Tokens>(store, about);
      if (is_settled<Tokens>(current, given, until)) return current;
      const std::string used = *Tokens::refresh_token(current);
      if (used != refused) {
        require_held(lease, about);
        const bool is_saved_alone = Tokens::is_saved_alone(store, current);
        try {
          const RefreshedToken token = exchange(about, current, used);
          return keep<Tokens>(store, lease, about, current, token, is_saved_alone);
        } catch (const TokenRotationError& error) {
          if (error.code() != "invalid_refresh_token" || look >= most_looks) throw;
          refused = used;
        }
      } else if (look >= most_looks) {
        throw refusal(about, "invalid_refresh_token", false);
      } else {
        options_.sleep(options_.save_pause);
      }
    }
  }

  template <class Tokens>
  struct Exchange {
    const typename Tokens::Record& given;
    std::string_view aside;

    [[nodiscard]] static std::string whose() {
      return Tokens::token_type == "bot" ? "the bot's token" : "the user's token";
    }
    [[nodiscard]] static std::string subject() { return std::string(Tokens::subject); }
    [[nodiscard]] std::string text(std::string problem) const {
      return std::move(problem) + place_of(given) + std::string(aside);
    }
  };

  template <class Record>
  [[nodiscard]] static std::string place_of(const Record& record) {
    std::string text;
    const auto append = [&text](std::string_view name, std::string_view id) {
      if (id.empty()) return;
      text += text.empty() ? ", " : " ";
      text += name;
      text += '=';
      detail::append_quoted(text, id, 80);
    };
    append("enterprise_id", detail::id_or_empty(record.enterprise_id));
    append("team_id", detail::id_or_empty(record.team_id));
    if constexpr (requires { record.user_id; }) append("user_id", record.user_id);
    return text;
  }

  template <class Tokens>
  [[nodiscard]] static TokenRotationError refusal(const Exchange<Tokens>& about, std::string code, bool is_retryable) {
    return TokenRotationError(about.text("Slack refused to refresh " + about.whose()), std::move(code), is_retryable,
                              about.subject());
  }

  template <class Tokens, class Store>
  [[nodiscard]] static typename Tokens::Record current_record(const Store& store, const Exchange<Tokens>& about) {
    auto found = Tokens::look_up(store, about.given);
    if (!found.is_known) return about.given;
    if (found.record) return *std::move(found.record);
    throw TokenRotationError(about.text(about.whose() + " is no longer in the store"), "not_installed", false,
                             about.subject());
  }

  /// A lease that has ended, since the process stood still, would let two use one refresh token.
  template <class Tokens>
  static void require_held(const WorkspaceLease& lease, const Exchange<Tokens>& about) {
    if (lease.is_held()) return;
    throw TokenRotationError(about.text("the turn to refresh " + about.whose() + " ended before Slack was asked"),
                             "lease_lost", true, about.subject());
  }

  /// Asks Slack. Nothing that may be lost is in what it throws, but for UnsavedTokenError.
  template <class Tokens>
  RefreshedToken exchange(const Exchange<Tokens>& about, const typename Tokens::Record& current,
                          const std::string& refresh_token) {
    const Timestamp asked_at = options_.clock();
    const nlohmann::json answer = ask(about, refresh_token);
    auto [token, problem] = detail::read_refresh_answer(answer, Tokens::token_type, current, asked_at);
    if (problem.empty()) return std::move(token);
    problem = about.text("Slack's answer to a refresh of " + about.whose() + " " + problem);
    if (token.access_token.empty() && token.refresh_token.empty()) {
      throw TokenRotationError(problem, "unexpected_answer", true, about.subject());
    }
    throw UnsavedTokenError(problem, "unexpected_answer", about.subject(), std::move(token));
  }

  template <class Tokens>
  nlohmann::json ask(const Exchange<Tokens>& about, const std::string& refresh_token) {
    const auto lost = [&about](std::string_view code) {
      return TokenRotationError(about.text("the answer to a refresh of " + about.whose() +
                                           " was lost; its refresh token stays, to be tried again, but may be used up"),
                                std::string(code), true, about.subject());
    };
    try {
      return client_.refresh(credentials_, refresh_token);
    } catch (const SlackApiError& error) {
      throw refusal(about, std::string(error.code()), error.is_retryable() || is_passing(error.code()));
    } catch (const HttpError& error) {
      if (error.reach() == HttpError::Reach::maybe_sent) throw lost(error.code());
      throw TokenRotationError(about.text("Slack was not reached to refresh " + about.whose()),
                               std::string(error.code()), true, about.subject());
    } catch (const InvalidAnswerError& error) {
      throw lost(error.code());
    }
  }

  /// What Slack's pages of methods say may be tried again.
  [[nodiscard]] static bool is_passing(std::string_view code) {
    return code == "internal_error" || code == "fatal_error" || code == "service_unavailable" ||
           code == "request_timeout" || code == "team_added_to_org";
  }

  /// Saves, whatever it takes. Returns the record that is in the store then.
  template <class Tokens, class Store>
  typename Tokens::Record keep(Store& store, const WorkspaceLease& lease, const Exchange<Tokens>& about,
                               const typename Tokens::Record& base, const RefreshedToken& token, bool is_saved_alone) {
    using Record = typename Tokens::Record;
    Record record = base;
    const auto give_up = [&](std::string_view problem, std::string code) -> UnsavedRotationError<Record> {
      Tokens::put(record, token);
      log(LogLevel::error, "could not save a refreshed token", about.given);
      return UnsavedRotationError<Record>(
          about.text(about.whose() + " is refreshed, and could not be saved: " + std::string(problem)), std::move(code),
          about.subject(), token, is_saved_alone ? Tokens::alone(record) : record);
    };
    auto pause = options_.save_pause;
    for (int attempt = 1;; ++attempt) {
      std::string problem = "the store threw an exception that is not this library's";
      std::string code;
      try {
        auto stored = Tokens::look_up(store, base);
        const bool is_gone = stored.is_known && !stored.record;
        if (stored.record && is_newer<Tokens>(*stored.record, base, token)) {
          log(LogLevel::warning, "left a newer token than the refreshed one in the store", about.given);
          return *std::move(stored.record);
        }
        if (stored.record) record = *std::move(stored.record);
        if (!is_gone) {
          Tokens::put(record, token);
          Tokens::save(store, is_saved_alone ? Tokens::alone(record) : record);
          log_saved(lease, about.given);
          return record;
        }
        problem = "it was deleted meanwhile";
        code = "not_installed";
        attempt = options_.save_attempts;
      } catch (const Error& error) {
        problem = error.what();
        code = error.code();
      } catch (...) {  // NOLINT(bugprone-empty-catch): what a store of the app's own throws may hold anything
      }
      if (attempt >= options_.save_attempts) throw give_up(problem, std::move(code));
      options_.sleep(pause);
      pause *= 2;
    }
  }

  /// Whether the store's pair is newer than the one that Slack has just given: somebody installed the app again, or
  /// rotated the token although this one had the turn.
  template <class Tokens>
  [[nodiscard]] static bool is_newer(const typename Tokens::Record& stored, const typename Tokens::Record& base,
                                     const RefreshedToken& token) {
    if (Tokens::refresh_token(stored) == Tokens::refresh_token(base)) return false;
    return stored.installed_at > base.installed_at || !Tokens::expires_at(stored) ||
           Tokens::expires_at(stored) >= token.expires_at;
  }

  /// Calls `visit_store(visit)`; false where the store has no such method.
  template <class VisitStore, class Visit, class Fail>
  static bool visit_all(const VisitStore& visit_store, const Visit& visit, const Fail& fail) {
    bool is_callers = false;  // what `visit` throws: it ends the job
    const auto guarded = [&](const auto& record) {
      is_callers = true;
      visit(record);
      is_callers = false;
    };
    try {
      visit_store(guarded);
    } catch (const NotImplementedError&) {
      if (is_callers) throw;
      return false;
    } catch (...) {
      if (is_callers) throw;
      fail(failure_of_now());
    }
    return true;
  }

  /// True where `rotate` threw nothing.
  template <class Record, class Rotate, class Fail>
  bool attempt(const Record& record, const Rotate& rotate, const Fail& fail) {
    RotationFailure failure;
    try {
      rotate();
      return true;
    } catch (...) {
      failure = failure_of_now();
    }
    failure.enterprise_id = detail::id_or_empty(record.enterprise_id);
    failure.team_id = record.is_enterprise_install ? "" : detail::id_or_empty(record.team_id);
    if constexpr (requires { record.user_id; }) failure.user_id = record.user_id;
    log(LogLevel::warning, "could not refresh a token", record);
    fail(std::move(failure));
    return false;
  }

  /// The exception that is being handled.
  [[nodiscard]] static RotationFailure failure_of_now() {
    RotationFailure failure{.message = "an exception that is not this library's", .error = std::current_exception()};
    try {
      throw;
    } catch (const TokenRotationError& error) {
      failure.message = error.what();
      failure.is_unsaved = error.has_unsaved_token();
    } catch (const Error& error) {
      failure.message = error.what();
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
    return failure;
  }

  template <class Record>
  void log_saved(const WorkspaceLease& lease, const Record& record) const noexcept {
    log(LogLevel::info, "refreshed a token", record);
    try {
      if (lease.is_held()) return;
    } catch (...) {  // it is not known
      return;
    }
    log(LogLevel::warning, "a refresh took longer than lease_lifetime", record);
  }

  // A line that cannot be logged must not lose a token.
  template <class Record>
  void log(LogLevel level, std::string_view what, const Record& record) const noexcept {
    if (!options_.logger.is_enabled(level)) return;
    try {
      options_.logger.log(level, std::string(what) + place_of(record));
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }

  BasicSlackClient<Transport> client_;
  ClientCredentials credentials_;
  TokenRotatorOptions options_;
  detail::WorkspaceTurnOptions turns_;
};

using TokenRotator = BasicTokenRotator<AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
