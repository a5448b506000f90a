// Seals the tokens of any installation store. docs/encrypting.md
//
// The wrapped store gets ordinary records whose secret fields hold sealed text (detail/sealed_text.hpp has its form).
// So it needs no change, and what it decides it decides in the step that writes, as always. But what is sealed twice is
// two texts, so that no storage can compare it with a token. This is how replace_tokens() and the like compare:
//   1. They look the record up, and open it.
//   2. They compare what they opened with what the caller has.
//   3. They have the wrapped store replace the sealed text that they saw: its compare-and-set.
// Where somebody has sealed the same token anew meanwhile, step 3 changes nothing, and they begin again. A tag beside
// each value, made of the token with a key, would save the look-up. But every storage would have to keep it and compare
// it, and it would show which records have the same token.
//
// Needs OpenSSL and nlohmann/json.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealed_records.hpp"
#include "slack/oauth/wrappers/encrypting/key_ring.hpp"
#include "slack/oauth/wrappers/encrypting/options.hpp"
#include "slack/oauth/wrappers/encrypting/reencryption.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace slack::oauth::inline v0 {

/// Every field that is secret in the field lists is sealed at rest: tokens, refresh tokens, the webhook's URL. The
/// wrapped store has to file records as docs/contract.md says, since a secret opens under its workspace and user alone.
///
/// Threads: as safe as the store that it wraps. Errors: also InvalidDataError where a secret does not open, which names
/// the field and the key: never another value, and never "not found". A replacement throws a retryable StorageError
/// where others change the record again and again.
template <class InstallationT, class BotT>
class BasicEncryptingInstallationStore : public BasicForwardingInstallationStore<InstallationT, BotT> {
  using Base = BasicForwardingInstallationStore<InstallationT, BotT>;
  using Base::wrapped;

 public:
  using Store = BasicInstallationStore<InstallationT, BotT>;

  /// Throws InvalidArgumentError where `store` is null, `keys` has no current key and `only_open` is off, or
  /// `only_open` and `refuse_plain` are both on.
  BasicEncryptingInstallationStore(std::shared_ptr<Store> store, KeyRing keys, EncryptionOptions options = {})
      : Base(std::move(store)), records_(std::move(keys), std::move(options)) {}

  void save(const InstallationT& installation) override { wrapped().save(records_.seal(installation)); }
  void save_bot(const BotT& bot) override { wrapped().save_bot(records_.seal(bot)); }

  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const override {
    std::optional<BotT> found = wrapped().find_bot(query);
    records_.open(found, place_of(query));
    return found;
  }

  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const override {
    std::optional<InstallationT> found = wrapped().find_installation(query);
    records_.open(found, place_of(query), query.user_id);
    return found;
  }

  /// Visits all records that open. Each that does not is a warning in the log, and the first one's error is thrown at
  /// the end.
  void for_each_bot(std::function<void(const BotT&)> visit) const override {
    visit_opened<BotT>([&](const auto& each) { wrapped().for_each_bot(each); }, visit);
  }

  /// Does the same as for_each_bot().
  void for_each_installation(std::function<void(const InstallationT&)> visit) const override {
    visit_opened<InstallationT>([&](const auto& each) { wrapped().for_each_installation(each); }, visit);
  }

  bool replace_tokens(const TokenReplacement& replacement) override {
    const RefreshedToken sealed = records_.seal(replacement.token, place_of(replacement), replacement.user_id);
    if (replacement.user_id) {
      return replace_seen(
          [&] {
            return wrapped().find_installation({.enterprise_id = replacement.enterprise_id,
                                                .team_id = replacement.team_id,
                                                .user_id = replacement.user_id,
                                                .is_enterprise_install = replacement.is_enterprise_install});
          },
          [&](const InstallationT& plain) { return replacement.replaces(plain.user_token, plain.user_refresh_token); },
          [&](const std::optional<InstallationT>& seen) {
            return replace_sealed_tokens(replacement, sealed, seen->user_token, seen->user_refresh_token);
          });
    }
    return replace_seen(
        [&] {
          return wrapped().find_bot({.enterprise_id = replacement.enterprise_id,
                                     .team_id = replacement.team_id,
                                     .is_enterprise_install = replacement.is_enterprise_install});
        },
        [&](const BotT& plain) {
          return replacement.replaces(std::optional(plain.bot_token), plain.bot_refresh_token);
        },
        [&](const std::optional<BotT>& seen) {
          return replace_sealed_tokens(replacement, sealed, seen->bot_token, seen->bot_refresh_token);
        });
  }

  bool replace_bot(const std::optional<BotT>& stored, const std::optional<BotT>& bot) override {
    if (!stored) return wrapped().replace_bot(stored, records_.seal(bot));  // which says whether it can
    static_cast<void>(detail::common_key_of(stored, bot));
    const std::optional<BotT> sealed = records_.seal(bot);
    return replace_seen([&] { return find_stored(*stored); }, [&](const BotT& plain) { return plain == *stored; },
                        [&](const std::optional<BotT>& seen) { return wrapped().replace_bot(seen, sealed); });
  }

  bool replace_installation(const std::optional<InstallationT>& stored,
                            const std::optional<InstallationT>& installation) override {
    if (!stored) return wrapped().replace_installation(stored, records_.seal(installation));
    static_cast<void>(detail::common_key_of(stored, installation));
    const std::optional<InstallationT> sealed = records_.seal(installation);
    return replace_seen(
        [&] { return find_stored(*stored); },
        [&](const InstallationT& plain) { return equal_but_for_bot(plain, *stored); },
        [&](const std::optional<InstallationT>& seen) { return wrapped().replace_installation(seen, sealed); });
  }

  /// Seals everything anew that is not sealed with the current key: plain values from before, too. May be called while
  /// the app runs, here and elsewhere: each record is replaced in one step, if it is still the one that was seen.
  /// Throws what the storage throws; call it again to go on. Throws InvalidArgumentError where `only_open` is on.
  ReencryptionReport reencrypt_all(const ReencryptionOptions& options = {}) {
    if (records_.sealer().only_opens()) {
      throw InvalidArgumentError("only_open", "is on: reencrypt_all() seals, and nothing is to be sealed yet");
    }
    ReencryptionReport report;
    const auto visit = [&](const auto& stored) {
      reencrypt(stored, report);
      if (options.on_progress && !options.on_progress(report)) throw Stopped();
    };
    try {
      wrapped().for_each_bot(visit);
      wrapped().for_each_installation(visit);
      report.is_complete = true;
    } catch (const Stopped&) {  // NOLINT(bugprone-empty-catch)
    }
    return report;
  }

  /// Counts what is at rest, and opens nothing.
  [[nodiscard]] SealedCounts count_sealed() const {
    SealedCounts counts;
    const auto visit = [&](const auto& stored) { count(stored, counts); };
    wrapped().for_each_bot(visit);
    wrapped().for_each_installation(visit);
    return counts;
  }

 private:
  struct Stopped {};

  template <class Query>
  [[nodiscard]] static WorkspaceKey place_of(const Query& query) {
    return detail::key_of(query).value_or(WorkspaceKey{});
  }

  template <class Record, class VisitAll, class Visit>
  void visit_opened(const VisitAll& visit_all, const Visit& visit) const {
    std::exception_ptr first;
    visit_all([&](Record record) {
      try {
        records_.open(record, place_of(record));
      } catch (const InvalidDataError& error) {
        log_damaged("could not open a record", record, error);
        if (first == nullptr) first = std::current_exception();
        return;
      }
      visit(record);
    });
    if (first != nullptr) std::rethrow_exception(first);
  }

  template <class Record>
  void log_damaged(std::string_view what, const Record& record, const InvalidDataError& error) const {
    std::string_view user_id;
    if constexpr (requires { record.user_id; }) user_id = record.user_id;
    this->logger().warning(detail::line_with_ids(what, place_of(record), user_id) + ": " + error.what());
  }

  /// Has `replace(seen)` put something in the place of what `find()` finds, where that is it by `is_it(plain)`. Goes on
  /// where somebody else changed it meanwhile.
  template <class Find, class IsIt, class Replace>
  bool replace_seen(const Find& find, const IsIt& is_it, const Replace& replace) {
    constexpr int most_tries = 1'000;
    auto seen = find();
    for (int i = 0; i < most_tries; ++i) {
      if (!seen || !is_it(records_.opened(*seen).record)) return false;
      if (replace(seen)) return true;
      auto again = find();
      if (again == seen) return false;  // what finds is behind what decides, such as a read replica
      seen = std::move(again);
    }
    throw StorageError({"encrypting", "contention", true}, "the record is changed again and again");
  }

  bool replace_sealed_tokens(const TokenReplacement& replacement, const RefreshedToken& sealed,
                             const std::optional<std::string>& access_token,
                             const std::optional<std::string>& refresh_token) {
    const bool is_exchanged = replacement.used_refresh_token.empty();
    return wrapped().replace_tokens(
        {.enterprise_id = replacement.enterprise_id,
         .team_id = replacement.team_id,
         .user_id = replacement.user_id,
         .is_enterprise_install = replacement.is_enterprise_install,
         .used_refresh_token = is_exchanged ? std::string_view() : std::string_view(refresh_token.value()),
         .token = sealed,
         .exchanged_token = is_exchanged ? std::string_view(access_token.value()) : std::string_view()});
  }

  /// The record of the same workspace as it is stored now.
  [[nodiscard]] std::optional<BotT> find_stored(const BotT& bot) const {
    const WorkspaceKey key = place_of(bot);
    return wrapped().find_bot({.enterprise_id = key.enterprise_id, .team_id = key.team_id});
  }

  /// The record of the same user as it is stored now.
  [[nodiscard]] std::optional<InstallationT> find_stored(const InstallationT& installation) const {
    const WorkspaceKey key = place_of(installation);
    InstallationQuery query{.enterprise_id = key.enterprise_id, .team_id = key.team_id};
    if (!installation.user_id.empty()) query.user_id = installation.user_id;
    std::optional<InstallationT> found = wrapped().find_installation(query);
    if (!found || found->user_id == installation.user_id) return found;
    // A record of nobody that is not the newest cannot be asked for.
    found.reset();
    wrapped().for_each_installation([&](const InstallationT& other) {
      if (other.user_id.empty() && place_of(other) == key) found = other;
    });
    return found;
  }

  bool replace_stored(const std::optional<BotT>& stored, const std::optional<BotT>& bot) {
    return wrapped().replace_bot(stored, bot);
  }
  bool replace_stored(const std::optional<InstallationT>& stored, const std::optional<InstallationT>& installation) {
    return wrapped().replace_installation(stored, installation);
  }

  template <class Record>
  void reencrypt(const Record& stored, ReencryptionReport& report) {
    constexpr int most_tries = 10;  // each further one is for somebody who changed the record meanwhile
    ++report.seen;
    try {
      std::optional<Record> seen = stored;
      for (int i = 0; i < most_tries; ++i, seen = find_stored(stored)) {
        if (!seen || is_current(*seen)) return;
        if (replace_stored(seen, std::optional<Record>(records_.reseal(*seen)))) {
          ++report.sealed;
          return;
        }
      }
      ++report.changed;
    } catch (const InvalidDataError& error) {
      ++report.failed;
      log_damaged("could not seal a record anew", stored, error);
    }
  }

  template <class Record>
  [[nodiscard]] bool is_current(const Record& stored) const {
    bool are_all = true;
    records_.for_each_stored_secret(
        stored, [&](std::string_view text) { are_all = are_all && records_.sealer().is_current(text); });
    return are_all;
  }

  template <class Record>
  void count(const Record& stored, SealedCounts& counts) const {
    std::set<std::string_view> keys;
    bool has_plain = false;
    bool has_malformed = false;
    records_.for_each_stored_secret(stored, [&](std::string_view text) {
      const auto parts = detail::split_sealed(text);
      if (!detail::is_sealed(text)) {
        has_plain = true;
      } else if (parts && records_.sealer().is_sound(*parts)) {
        keys.insert(parts->key_id);
      } else {
        has_malformed = true;
      }
    });
    for (const std::string_view key : keys) ++counts.records_by_key[std::string(key)];
    if (has_plain) ++counts.plain;
    if (has_malformed) ++counts.malformed;
  }

  detail::SealedRecords<InstallationT, BotT> records_;
};

using EncryptingInstallationStore = BasicEncryptingInstallationStore<Installation, Bot>;

}  // namespace slack::oauth::inline v0
