// The errors that the library throws. Every class derives from Error, which has every portable fact: what is at fault,
// which backend reported it, its own code, and whether the same call may work later.
//
// No message holds a whole token, code, secret or webhook URL.
#pragma once

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace slack::oauth::inline v0 {

/// The base of all errors of this library.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// Returns the field, option, argument or method at fault; empty where the failure has none.
  [[nodiscard]] virtual std::string_view subject() const noexcept { return {}; }

  /// Returns the storage that failed, by the word of its folder; empty where no storage failed.
  [[nodiscard]] virtual std::string_view backend() const noexcept { return {}; }

  /// Returns the code that the storage or Slack gave ("ENOSPC", "invalid_code", …); empty where neither gave one.
  [[nodiscard]] virtual std::string_view code() const noexcept { return {}; }

  /// Returns true where the same call, unchanged, may succeed later.
  [[nodiscard]] virtual bool is_retryable() const noexcept { return false; }
};

namespace detail {

/// Describes an error of this library by its text, which holds no secret. Of any other error it says only that it came.
[[nodiscard]] inline std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return known.what();
  } catch (...) {
    return "an exception of another library or the app";
  }
}

/// Whether a refusal with this code says nothing about the request, which may be tried again: of the errors that are
/// common to Slack's methods, as in https://docs.slack.dev/reference/methods/oauth.v2.access
[[nodiscard]] inline bool is_passing_error(std::string_view code) noexcept {
  constexpr std::array<std::string_view, 8> codes{"fatal_error",         "internal_error",   "org_login_required",
                                                  "rate_limited",        "ratelimited",      "request_timeout",
                                                  "service_unavailable", "team_added_to_org"};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// An error about one named thing: "<subject> <what is wrong with it>".
class SubjectError : public Error {
 public:
  SubjectError(std::string subject, std::string_view problem)
      : Error(subject + " " + std::string(problem)), subject_(std::move(subject)) {}

  [[nodiscard]] std::string_view subject() const noexcept override { return subject_; }

 private:
  std::string subject_;
};

}  // namespace detail

/// The caller called a method that the store does not implement. subject() returns it, "InstallationStore::find_bot".
class NotImplementedError : public detail::SubjectError {
 public:
  explicit NotImplementedError(std::string method)
      : SubjectError(std::move(method), "is not implemented by this store; override it in your class") {}
};

/// The caller passed something that no store can serve. subject() returns the argument or option.
class InvalidArgumentError : public detail::SubjectError {
 public:
  using SubjectError::SubjectError;
};

/// Stored or received data does not mean what it should. subject() returns the field ("team.id"), file or column.
class InvalidDataError : public detail::SubjectError {
 public:
  using SubjectError::SubjectError;
};

/// The storage failed: this is never "not found". The stored data is as it was before the call.
class StorageError : public Error {
 public:
  struct Cause {
    std::string backend;        ///< the engine, by the word that names it everywhere
    std::string native_code;    ///< its own code, as text: "ENOSPC", "40001"
    bool is_retryable = false;  ///< whether the same call may succeed later
  };

  StorageError(Cause cause, std::string_view problem) : Error(describe(cause, problem)), cause_(std::move(cause)) {}

  [[nodiscard]] std::string_view backend() const noexcept override { return cause_.backend; }
  [[nodiscard]] std::string_view code() const noexcept override { return cause_.native_code; }
  [[nodiscard]] bool is_retryable() const noexcept override { return cause_.is_retryable; }

 private:
  static std::string describe(const Cause& cause, std::string_view problem) {
    std::string text = cause.backend + ": " + std::string(problem);
    if (!cause.native_code.empty()) text += " (" + cause.native_code + ")";
    return text;
  }

  Cause cause_;
};

/// Slack answered `ok: false`. code() returns Slack's error code, as in the "Errors" table of each method's page on
/// https://docs.slack.dev/reference/methods. It is retryable where the code is about Slack and not about the call, such
/// as `internal_error`.
class SlackApiError : public Error {
 public:
  /// For `missing_scope`: the scopes that the call needs, and those that the token has.
  struct Scopes {
    std::string needed;
    std::string provided;
  };

  explicit SlackApiError(std::string code) : SlackApiError(std::move(code), Scopes{}) {}
  SlackApiError(std::string code, Scopes scopes)
      : Error("Slack answered: " + code), code_(std::move(code)), scopes_(std::move(scopes)) {}

  [[nodiscard]] std::string_view code() const noexcept override { return code_; }
  [[nodiscard]] bool is_retryable() const noexcept override { return detail::is_passing_error(code_); }
  [[nodiscard]] const std::string& needed() const noexcept { return scopes_.needed; }
  [[nodiscard]] const std::string& provided() const noexcept { return scopes_.provided; }

 private:
  std::string code_;
  Scopes scopes_;
};

/// A token could not be refreshed. subject() returns "bot_token" or "user_token", and an empty text where neither is at
/// fault. code() returns Slack's code where Slack refused, and otherwise the code of what failed.
class TokenRotationError : public Error {
 public:
  explicit TokenRotationError(std::string_view problem, std::string code = {}, bool is_retryable = false,
                              std::string subject = {})
      : Error(std::string(problem) + (code.empty() ? "" : " (" + code + ")")),
        code_(std::move(code)),
        is_retryable_(is_retryable),
        subject_(std::move(subject)) {}

  [[nodiscard]] std::string_view subject() const noexcept override { return subject_; }
  [[nodiscard]] std::string_view code() const noexcept override { return code_; }
  [[nodiscard]] bool is_retryable() const noexcept override { return is_retryable_; }

  /// Returns true where Slack gave new tokens that no store has. The error is then an UnsavedTokenError, which has
  /// them.
  [[nodiscard]] virtual bool has_unsaved_token() const noexcept { return false; }

 private:
  std::string code_;
  bool is_retryable_;
  std::string subject_;
};

}  // namespace slack::oauth::inline v0
