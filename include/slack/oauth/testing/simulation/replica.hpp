// A storage with a replica that has what was written a while later, and may take the primary's place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/simulation/leases.hpp"
#include "slack/oauth/testing/simulation/options.hpp"
#include "slack/oauth/testing/simulation/world.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Threads: as for the world.
class ReplicatedStorage {
 public:
  using Write = std::function<void(InstallationStore&)>;

  /// `make` makes an empty storage.
  ReplicatedStorage(SimulatedWorld& world, const SimulatedReplica& options,
                    std::function<std::shared_ptr<InstallationStore>()> make)
      : world_(world), options_(options), make_(std::move(make)), primary_{make_()}, replica_{make_()} {}

  [[nodiscard]] const SimulatedReplica& options() const { return options_; }

  /// As a call finds it.
  [[nodiscard]] InstallationStore& primary() {
    if (world_.draw(options_.failover)) fail_over();
    return *primary_.store;
  }

  [[nodiscard]] const InstallationStore& replica() {
    catch_up();
    return *replica_.store;
  }

  /// From now on nothing is lost, and the primary serves all look-ups.
  void end_faults() {
    options_.failover = 0;
    options_.serves_look_ups = false;
  }

  /// Whether the primary is lost after a write and before the replica has it, where the caller waits for that.
  [[nodiscard]] bool loses_unconfirmed() {
    if (!options_.is_waited_for || !world_.draw(options_.failover)) return false;
    fail_over();
    return true;
  }

  /// The primary has it.
  void log(Write write) {
    const auto lag = options_.is_waited_for ? 0 : world_.below(most_lag() + 1);
    const Timestamp before = log_.empty() ? Timestamp::min() : log_.back().arrives_at;
    log_.push_back({std::move(write), std::max(before, world_.time() + SimulatedWorld::Length(lag))});
    primary_.writes = log_.size();
  }

 private:
  struct Entry {
    Write write{};
    Timestamp arrives_at{};  ///< at the replica
  };
  struct Copy {
    std::shared_ptr<InstallationStore> store{};
    std::size_t writes = 0;  ///< how many it has
  };

  [[nodiscard]] std::size_t most_lag() const {
    return static_cast<std::size_t>(
        std::max(SimulatedWorld::Length(options_.lag).count(), SimulatedWorld::Length::rep{0}));
  }

  void catch_up() {
    for (; replica_.writes < log_.size() && log_[replica_.writes].arrives_at <= world_.time(); ++replica_.writes) {
      log_[replica_.writes].write(*replica_.store);
    }
  }

  void fail_over() {
    catch_up();
    const std::size_t lost = log_.size() - replica_.writes;
    ++world_.counts().failovers;
    world_.counts().lost_writes += lost;
    if (world_.keeps_steps()) world_.note("the primary is lost, and " + std::to_string(lost) + " writes with it");
    log_.resize(replica_.writes);
    primary_ = std::exchange(replica_, Copy{make_()});
  }

  SimulatedWorld& world_;
  SimulatedReplica options_;
  std::function<std::shared_ptr<InstallationStore>()> make_;
  Copy primary_;
  Copy replica_;
  std::vector<Entry> log_{};
};

/// A process's store over it.
class ReplicatedInstallationStore final : public InstallationStore {
 public:
  ReplicatedInstallationStore(std::shared_ptr<ReplicatedStorage> storage, std::shared_ptr<SimulatedLeases> leases)
      : storage_(std::move(storage)), leases_(std::move(leases)) {}

  void save(const Installation& installation) override {
    write([installation](InstallationStore& store) { store.save(installation); });
  }
  void save_bot(const Bot& bot) override {
    write([bot](InstallationStore& store) { store.save_bot(bot); });
  }
  [[nodiscard]] std::optional<Bot> find_bot(const BotQuery& query) const override {
    return look_up(query, [&](const InstallationStore& store) { return store.find_bot(query); });
  }
  [[nodiscard]] std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    return look_up(query, [&](const InstallationStore& store) { return store.find_installation(query); });
  }
  void delete_bot(const WorkspaceRef& ref) override {
    write([ids = Ids(ref)](InstallationStore& store) { store.delete_bot(ids.workspace()); });
  }
  void delete_installation(const InstallationRef& ref) override {
    write([ids = Ids(ref), user_id = owned(ref.user_id)](InstallationStore& store) {
      store.delete_installation({ids.enterprise_id, ids.team_id, user_id, ids.installed_until});
    });
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    write([ids = Ids(ref),
           user_ids = std::vector<std::string>(user_ids.begin(), user_ids.end())](InstallationStore& store) {
      store.delete_installations(ids.workspace(), std::vector<std::string_view>(user_ids.begin(), user_ids.end()));
    });
  }
  void delete_all(const WorkspaceRef& ref) override {
    write([ids = Ids(ref)](InstallationStore& store) { store.delete_all(ids.workspace()); });
  }
  void for_each_bot(std::function<void(const Bot&)> visit) const override {
    storage_->primary().for_each_bot(std::move(visit));
  }
  void for_each_installation(std::function<void(const Installation&)> visit) const override {
    storage_->primary().for_each_installation(std::move(visit));
  }
  bool replace_tokens(const TokenReplacement& replacement) override {
    return write([ids = Ids(replacement), user_id = owned(replacement.user_id), token = replacement.token,
                  used_refresh_token = std::string(replacement.used_refresh_token),
                  exchanged_token = std::string(replacement.exchanged_token)](InstallationStore& store) {
      return store.replace_tokens({ids.enterprise_id, ids.team_id, user_id, ids.is_enterprise_install,
                                   used_refresh_token, token, exchanged_token});
    });
  }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    return write([stored, bot](InstallationStore& store) { return store.replace_bot(stored, bot); });
  }
  bool replace_installation(const std::optional<Installation>& stored,
                            const std::optional<Installation>& installation) override {
    return write(
        [stored, installation](InstallationStore& store) { return store.replace_installation(stored, installation); });
  }

 private:
  static std::optional<std::string> owned(const OptionalId& id) {
    return id ? std::optional<std::string>(*id) : std::nullopt;
  }

  /// What a write that is made again later needs of its arguments.
  struct Ids {
    template <class Argument>
    explicit Ids(const Argument& argument)
        : enterprise_id(owned(argument.enterprise_id)), team_id(owned(argument.team_id)) {
      if constexpr (requires { argument.installed_until; }) installed_until = argument.installed_until;
      if constexpr (requires { argument.is_enterprise_install; })
        is_enterprise_install = argument.is_enterprise_install;
    }

    [[nodiscard]] WorkspaceRef workspace() const { return {enterprise_id, team_id, installed_until}; }

    std::optional<std::string> enterprise_id;
    std::optional<std::string> team_id;
    std::optional<Timestamp> installed_until{};
    bool is_enterprise_install = false;
  };

  template <class Call>
  std::invoke_result_t<Call, InstallationStore&> write(const Call& call) {
    if constexpr (std::is_void_v<std::invoke_result_t<Call, InstallationStore&>>) {
      call(storage_->primary());
      log(call);
    } else {
      const bool is_done = call(storage_->primary());
      if (is_done) log([call](InstallationStore& store) { static_cast<void>(call(store)); });
      return is_done;
    }
  }

  void log(ReplicatedStorage::Write write) {
    if (storage_->loses_unconfirmed()) {
      throw StorageError({.backend = "simulation", .native_code = ""}, "the primary is lost, and the write with it");
    }
    storage_->log(std::move(write));
  }

  template <class Query, class Call>
  std::invoke_result_t<Call, const InstallationStore&> look_up(const Query& query, const Call& call) const {
    const auto key = oauth::detail::key_of(query);
    if (storage_->options().serves_look_ups && key && !leases_->goes_by_turn(*key)) {
      if (auto found = call(storage_->replica())) return found;
    }
    return call(storage_->primary());
  }

  std::shared_ptr<ReplicatedStorage> storage_;
  std::shared_ptr<SimulatedLeases> leases_;
};

}  // namespace slack::oauth::inline v0::testing::detail
