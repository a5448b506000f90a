// Deletes what Slack says is no longer installed: the events app_uninstalled, tokens_revoked and app_uninstalled_team.
// Files anew what grid_migration_finished says has moved. docs/revocation.md
//
// https://docs.slack.dev/reference/events/app_uninstalled, https://docs.slack.dev/reference/events/tokens_revoked,
// https://docs.slack.dev/reference/events/app_uninstalled_team,
// https://docs.slack.dev/reference/events/grid_migration_finished
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/authorize/payload.hpp"
#include "slack/oauth/flow/detail/rekey.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/flow/revoke/detail/revocation_event.hpp"
#include "slack/oauth/flow/revoke/detail/revoking.hpp"
#include "slack/oauth/installation_store.hpp"

namespace slack::oauth::inline v0 {

/// What handle_revocation() did.
struct RevocationOutcome {
  enum class Result {
    ignored,   ///< it is no such event, or is about another app: nothing was done
    nothing,   ///< the store had nothing to delete or to move, as when an event is repeated
    outdated,  ///< what is stored is newer than the event, or cannot be read, and stays
    deleted,
    moved  ///< to the organisation's key
  };

  Result result = Result::ignored;
  bool bot = false;            ///< a bot was deleted or moved
  bool installations = false;  ///< users' installations were; may be false for older ones beside a newer one
  bool kept_newer = false;     ///< something stays: installed after the event, or too damaged to tell when

  friend bool operator==(const RevocationOutcome&, const RevocationOutcome&) = default;
};

[[nodiscard]] constexpr std::string_view to_string(RevocationOutcome::Result result) noexcept {
  switch (result) {
    case RevocationOutcome::Result::nothing:
      return "nothing";
    case RevocationOutcome::Result::outdated:
      return "outdated";
    case RevocationOutcome::Result::deleted:
      return "deleted";
    case RevocationOutcome::Result::moved:
      return "moved";
    case RevocationOutcome::Result::ignored:
      break;
  }
  return "ignored";
}

/// The workspace's turn, in which its records move after a migration. A deletion takes one only over a store without
/// replace_tokens(): such a store does not compare in the step that writes, so a refresh could put the records back.
struct RevocationOptions {
  /// How long a process that dies meanwhile blocks others.
  std::chrono::milliseconds lease_lifetime{120'000};

  /// How long to wait for others that have the turn, at each of the two keys that a workspace may have. Slack waits
  /// three seconds for an answer and sends the event again after an error, so a short wait loses nothing. A job of your
  /// own that nobody waits for may wait longer than `lease_lifetime`, and then outlasts a dead process.
  std::chrono::milliseconds lease_timeout{2'000};
};

namespace detail {

[[nodiscard]] inline WorkspaceTurnOptions turn_options_of(const RevocationOptions& options) {
  if (options.lease_lifetime.count() <= 0) throw InvalidArgumentError("lease_lifetime", "must be positive");
  if (options.lease_timeout.count() < 0) throw InvalidArgumentError("lease_timeout", "must not be negative");
  return {.lifetime = options.lease_lifetime, .timeout = options.lease_timeout};
}

[[nodiscard]] inline RevocationOutcome outcome_of(const Revoked& revoked) {
  using Result = RevocationOutcome::Result;
  const bool is_any = revoked.bot || revoked.installations;
  return {.result = is_any               ? Result::deleted
                    : revoked.kept_newer ? Result::outdated
                                         : Result::nothing,
          .bot = revoked.bot,
          .installations = revoked.installations,
          .kept_newer = revoked.kept_newer};
}

/// Does to the store what an event asks for.
template <class Store>
class RevocationHandler {
 public:
  /// Borrows both.
  RevocationHandler(Store& store, const WorkspaceTurnOptions& turn) noexcept : store_(store), turn_(turn) {}

  RevocationOutcome operator()(const std::monostate&) const { return {}; }
  RevocationOutcome operator()(const AppUninstalled& event) const {
    return outcome_of(revoke_all(store_, event.tenant, event.time, turn_));
  }
  RevocationOutcome operator()(const TokensRevoked& event) const {
    return outcome_of(revoke_tokens(store_, event.tenant, event.tokens, event.time, turn_));
  }
  RevocationOutcome operator()(const GridMigrationFinished& event) const {
    const Rekeyed moved = rekey_workspace(store_, event.enterprise_id, event.team_id, std::nullopt, turn_);
    return {.result = moved.is_any() ? RevocationOutcome::Result::moved : RevocationOutcome::Result::nothing,
            .bot = moved.bot,
            .installations = moved.installations > 0};
  }

 private:
  Store& store_;
  const WorkspaceTurnOptions& turn_;
};

template <class Store>
RevocationOutcome carry_out(Store& store, const Revocation& revocation, const RevocationOptions& options) {
  const WorkspaceTurnOptions turn = turn_options_of(options);
  return std::visit(RevocationHandler<Store>(store, turn), revocation);
}

}  // namespace detail

/// Does what an event asks for. `payload` is the whole envelope; it ignores any other payload.
/// REQUIRES: the request's signature was checked.
///
/// The store compares each record's `installed_at` with the time of the event, in the step that deletes. It does not
/// delete what was installed later, so a late retry cannot remove an app that was installed again. Over a store that
/// ignores `installed_until`, handle_revocation() keeps what a look-up says is newer. A store that cannot find records
/// deletes them whatever their age. A record that cannot be read goes where the store can compare its time all the
/// same, such as a sealed one without its key. To repeat an event does no harm, and the events of one removal may come
/// in any order. The outcome tells what look-ups found, before the deletion
/// and, of records that cannot be read, after it: a read replica may show what is gone already.
///
/// Throws an InvalidDataError that names the field, where the event is not what Slack documents. Throws
/// NotImplementedError where the store cannot delete what it has, and InvalidArgumentError where an option cannot work.
/// Throws StorageError as the store does, and a retryable TokenRotationError where it needs a turn that does not come
/// within `lease_timeout`; after either, the event may be handled again.
///
/// Threads: as safe as the store.
template <class Store>
RevocationOutcome handle_revocation(Store& store, const nlohmann::json& payload,
                                    const RevocationOptions& options = {}) {
  return detail::carry_out(store, detail::RevocationEvent(payload).read(), options);
}

}  // namespace slack::oauth::inline v0
