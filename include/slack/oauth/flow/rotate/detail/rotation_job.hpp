// A visit of all records of a store that goes on past what fails.
//
// Needs nlohmann/json.
#pragma once

#include <exception>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/rotate/rejected_tokens.hpp"
#include "slack/oauth/flow/rotate/rotation_report.hpp"
#include "slack/oauth/flow/rotate/token_rotation_error.hpp"

namespace slack::oauth::inline v0::detail {

/// The exception that is being handled.
[[nodiscard]] inline RotationFailure failure_of_now() {
  RotationFailure failure{.message = "an exception that is not this library's", .error = std::current_exception()};
  try {
    throw;
  } catch (const TokenRotationError& error) {
    failure.message = error.what();
    failure.is_unsaved = error.has_unsaved_token();
    failure.needs_installation = is_final_refusal(error.code()) || error.code() == "token_already_exchanged" ||
                                 error.code() == "authorization_not_found";
  } catch (const Error& error) {
    failure.message = error.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
  return failure;
}

/// The record was deleted while the job was on its way to it.
[[nodiscard]] inline bool is_uninstalled(const RotationFailure& failure) {
  try {
    if (failure.error != nullptr) std::rethrow_exception(failure.error);
  } catch (const TokenRotationError& error) {
    return error.code() == not_installed && !error.has_unsaved_token();
  } catch (...) {
    return false;
  }
  return false;
}

/// Codes of oauth.v2.exchange that are about the app: every token would get the same.
[[nodiscard]] inline bool is_about_app(std::string_view code) {
  return code == "token_rotation_not_enabled" || code == "bad_client_secret" || code == "invalid_client_id";
}

/// Ends the refreshes of a job: one whose store takes no new tokens, since each would use up one more refresh token,
/// and one that Slack tells to come back much later.
class JobLimit {
 public:
  [[nodiscard]] bool is_reached() const noexcept { return unsaved_in_a_row_ >= most || is_told_to_end_; }
  void note_saved() noexcept { unsaved_in_a_row_ = 0; }
  /// Whether it is reached now.
  bool note_unsaved() noexcept { return ++unsaved_in_a_row_ == most; }
  void end() noexcept { is_told_to_end_ = true; }

 private:
  static constexpr int most = 3;

  int unsaved_in_a_row_ = 0;
  bool is_told_to_end_ = false;
};

// A class that is no store of this library may lack these methods.

template <class Store, class Visit>
void visit_bots(const Store& store, const Visit& visit) {
  if constexpr (requires { store.for_each_bot(visit); }) {
    store.for_each_bot(visit);
  } else {
    throw NotImplementedError("InstallationStore::for_each_bot");
  }
}

template <class Store, class Visit>
void visit_users(const Store& store, const Visit& visit) {
  if constexpr (requires { store.for_each_installation(visit); }) {
    store.for_each_installation(visit);
  } else {
    throw NotImplementedError("InstallationStore::for_each_installation");
  }
}

/// Calls `visit_store(visit)`; false where the store has no such method.
template <class VisitStore, class Visit, class Fail>
bool visit_all(const VisitStore& visit_store, const Visit& visit, const Fail& fail) {
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

}  // namespace slack::oauth::inline v0::detail
