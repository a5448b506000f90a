// Errors of a refresh that worked at Slack and not here. They have the new tokens, since Slack gives them once.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/refreshed_token.hpp"

namespace slack::oauth::inline v0 {

namespace detail {

/// The code of an error about a record that the store no longer has.
inline constexpr std::string_view not_installed = "not_installed";

}  // namespace detail

/// Slack gave new tokens that no store has. The refresh token that the store has is used up, or its token exchanged.
///
/// It is thrown as it is where Slack's answer is not about what was asked for, and as UnsavedRotationError where
/// somebody deleted the record meanwhile. Where the store failed, the rotator keeps the tokens;
/// TokenRotatorOptions::on_unsaved and the report of a job then get an UnsavedRotationError.
class UnsavedTokenError : public TokenRotationError {
 public:
  /// `used_refresh_token` is the one that the store has, in whose place `token` belongs; or, where that is empty,
  /// `exchanged_token`.
  UnsavedTokenError(std::string_view problem, std::string code, std::string subject, RefreshedToken token,
                    std::string used_refresh_token, std::string exchanged_token = {})
      : TokenRotationError(problem, std::move(code), false, std::move(subject)),
        unsaved_(std::make_shared<const Unsaved>(
            Unsaved{std::move(token), std::move(used_refresh_token), std::move(exchanged_token)})) {}

  [[nodiscard]] bool has_unsaved_token() const noexcept override { return true; }

  /// As in a TokenReplacement. All are secrets. Valid as long as a copy of the error.
  [[nodiscard]] const RefreshedToken& token() const noexcept { return unsaved_->token; }
  [[nodiscard]] const std::string& used_refresh_token() const noexcept { return unsaved_->used_refresh_token; }
  [[nodiscard]] const std::string& exchanged_token() const noexcept { return unsaved_->exchanged_token; }

 private:
  struct Unsaved {
    RefreshedToken token;
    std::string used_refresh_token;
    std::string exchanged_token;
  };

  std::shared_ptr<const Unsaved> unsaved_;
};

/// The store did not take the refreshed record in any attempt: code() returns the store's code. Or the store no longer
/// has the record: code() returns "not_installed".
template <class Record>
class UnsavedRotationError : public UnsavedTokenError {
 public:
  UnsavedRotationError(std::string_view problem, std::string code, std::string subject, RefreshedToken token,
                       std::string used_refresh_token, Record record, std::string exchanged_token = {})
      : UnsavedTokenError(problem, std::move(code), std::move(subject), std::move(token), std::move(used_refresh_token),
                          std::move(exchanged_token)),
        record_(std::make_shared<const Record>(std::move(record))) {}

  /// The record to save: a bot, or an installation. Where the store keeps bots apart, the installation has no bot's
  /// fields, so that save() does not change the bot; otherwise it has them as they were. Once the store works,
  /// replace_tokens() puts the token into what is stored by then. Full of secrets. Valid as long as a copy of the
  /// error.
  [[nodiscard]] const Record& record() const noexcept { return *record_; }

 private:
  std::shared_ptr<const Record> record_;
};

/// Slack takes no more refreshes for a while. It is retryable.
class RateLimitedRotationError : public TokenRotationError {
 public:
  RateLimitedRotationError(std::string_view problem, std::string subject, std::chrono::seconds retry_after)
      : TokenRotationError(problem, "ratelimited", true, std::move(subject)), retry_after_(retry_after) {}

  /// Returns how long to wait before the next refresh of any token; a second or more.
  [[nodiscard]] std::chrono::seconds retry_after() const noexcept { return retry_after_; }

 private:
  std::chrono::seconds retry_after_;
};

}  // namespace slack::oauth::inline v0
