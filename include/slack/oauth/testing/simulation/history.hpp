// What the app saw of its storage in a world, call by call, and whether that can be.
//
// Needs nlohmann/json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/simulation/linearizability.hpp"
#include "slack/oauth/testing/simulation/workspace_model.hpp"
#include "slack/oauth/testing/simulation/world.hpp"
#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Gets each call before it is made, and what it returned. A call that is never ended may have been carried out or not:
/// it threw, or its process is gone.
class HistoryRecorder {
 public:
  using Operation = WorkspaceModel::Operation;

  HistoryRecorder() = default;
  HistoryRecorder(const HistoryRecorder&) = delete;
  HistoryRecorder& operator=(const HistoryRecorder&) = delete;
  virtual ~HistoryRecorder() = default;

  /// Returns a number for the call.
  virtual std::size_t begin(const std::string& workspace, const Operation& operation) = 0;
  virtual void end(std::size_t call, const Operation& operation) = 0;
  virtual void cancel(std::size_t call) = 0;  ///< the call was refused, and nothing was done
};

/// The calls of all processes of a world. Threads: as for the world.
class StoreHistory final : public HistoryRecorder {
 public:
  using Call = HistoryCall<Operation>;

  std::size_t begin(const std::string& workspace, const Operation& operation) override {
    calls_.push_back({workspace, {.begin = ++moments_, .operation = operation}});
    return calls_.size() - 1;
  }
  void end(std::size_t call, const Operation& operation) override {
    calls_[call].call.end = ++moments_;
    calls_[call].call.operation = operation;
  }
  void cancel(std::size_t call) override { calls_[call].is_cancelled = true; }

  void judge(SimulatedWorld& world) const {
    std::map<std::string, std::vector<Call>> by_workspace;
    for (const Entry& entry : calls_) {
      if (!entry.is_cancelled) by_workspace[entry.workspace].push_back(entry.call);
    }
    for (auto& [workspace, calls] : by_workspace) {
      LinearizabilitySearch<WorkspaceModel> search(std::move(calls));
      const Linearizability result = search.run();
      if (result == Linearizability::no) world.report("one order", finding_about(workspace, search.misfit().operation));
      if (result == Linearizability::undecided) ++world.counts().undecided;
    }
  }

  [[nodiscard]] static std::string finding_about(const std::string& workspace, const Operation& misfit) {
    return "what the calls about " + workspace +
           " returned has no order in which each is made at one moment: it ends before " + WorkspaceModel::text(misfit);
  }

 private:
  struct Entry {
    std::string workspace{};
    Call call{};
    bool is_cancelled = false;
  };

  std::uint64_t moments_ = 0;
  std::vector<Entry> calls_;
};

/// Writes the history, around all that a process uses.
class HistoryStore final : public BasicForwardingInstallationStore<Installation, Bot> {
  using Base = BasicForwardingInstallationStore<Installation, Bot>;
  using Operation = WorkspaceModel::Operation;
  using Kind = Operation::Kind;
  using Record = WorkspaceModel::Record;

 public:
  HistoryStore(std::shared_ptr<Store> store, HistoryRecorder& history) : Base(std::move(store)), history_(history) {}

  void save(const Installation& installation) override {
    Operation operation{.kind = Kind::save,
                        .user_id = installation.user_id,
                        .given = WorkspaceModel::record_of(installation),
                        .bot = bot_of(installation)};
    write(installation, std::move(operation), [&] { Base::save(installation); });
  }
  void save_bot(const Bot& bot) override {
    write(bot, {.kind = Kind::save_bot, .given = WorkspaceModel::record_of(bot)}, [&] { Base::save_bot(bot); });
  }
  [[nodiscard]] std::optional<Bot> find_bot(const BotQuery& query) const override {
    Operation operation{.kind = Kind::find_bot};
    const std::size_t call = history_.begin(workspace_of(query), operation);
    auto bot = Base::find_bot(query);
    operation.found = record_of(bot);
    history_.end(call, operation);
    return bot;
  }
  [[nodiscard]] std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    Operation operation{.kind = query.user_id ? Kind::find_user : Kind::find_newest, .user_id = text_of(query.user_id)};
    const std::size_t call = history_.begin(workspace_of(query), operation);
    auto found = Base::find_installation(query);
    operation.bot = found ? bot_of(*found) : std::nullopt;
    operation.found = record_of(found);
    history_.end(call, operation);
    return found;
  }
  void delete_bot(const WorkspaceRef& ref) override {
    write(ref, {.kind = Kind::erase, .is_bot = true, .until = ref.installed_until}, [&] { Base::delete_bot(ref); });
  }
  void delete_installation(const InstallationRef& ref) override {
    write(ref, {.kind = Kind::erase, .is_users = true, .user_id = text_of(ref.user_id), .until = ref.installed_until},
          [&] { Base::delete_installation(ref); });
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    for (const std::string_view user_id : user_ids) {
      write(ref, {.kind = Kind::erase, .is_users = true, .user_id = std::string(user_id), .until = ref.installed_until},
            [&] { Base::delete_installations(ref, std::span(&user_id, 1)); });
    }
  }
  void delete_all(const WorkspaceRef& ref) override {
    write(ref, {.kind = Kind::erase, .is_bot = true, .is_users = true, .until = ref.installed_until},
          [&] { Base::delete_all(ref); });
  }
  bool replace_tokens(const TokenReplacement& replacement) override {
    return write(replacement,
                 {.kind = Kind::replace_tokens,
                  .is_bot = !replacement.user_id,
                  .user_id = text_of(replacement.user_id),
                  .given = Record{replacement.token.access_token, replacement.token.refresh_token},
                  .used_refresh_token = std::string(replacement.used_refresh_token)},
                 [&] { return Base::replace_tokens(replacement); });
  }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    return write(stored ? stored : bot,
                 {.kind = Kind::replace, .is_bot = true, .given = record_of(bot), .found = record_of(stored)},
                 [&] { return Base::replace_bot(stored, bot); });
  }
  bool replace_installation(const std::optional<Installation>& stored,
                            const std::optional<Installation>& installation) override {
    const auto& one = stored ? stored : installation;
    return write(one,
                 {.kind = Kind::replace,
                  .user_id = one ? one->user_id : std::string(),
                  .given = record_of(installation),
                  .found = record_of(stored)},
                 [&] { return Base::replace_installation(stored, installation); });
  }

 private:
  /// A call that throws may have been carried out, but not where its argument was refused, or it cannot be made.
  template <class Ids, class Call>
  std::invoke_result_t<Call> write(const Ids& ids, Operation operation, const Call& call) {
    const std::size_t number = history_.begin(workspace_of(ids), operation);
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
        call();
        history_.end(number, operation);
      } else {
        operation.is_done = call();
        history_.end(number, operation);
        return *operation.is_done;
      }
    } catch (const InvalidArgumentError&) {
      history_.cancel(number);
      throw;
    } catch (const NotImplementedError&) {
      history_.cancel(number);
      throw;
    }
  }

  static std::string text_of(const OptionalId& id) { return std::string(id.value_or("")); }

  template <class Value>
  static std::optional<Record> record_of(const std::optional<Value>& value) {
    return value ? std::optional(WorkspaceModel::record_of(*value)) : std::nullopt;
  }
  static std::optional<Record> bot_of(const Installation& installation) { return record_of(installation.to_bot()); }

  template <class Ids>
  static std::string workspace_of(const Ids& ids) {
    const auto key = oauth::detail::key_of(ids);
    if (!key) return {};
    return key->enterprise_id.empty() ? std::string(key->team_id)
                                      : std::string(key->enterprise_id) + "/" + std::string(key->team_id);
  }
  /// Neither may be there, where a caller finds out whether the store can replace.
  template <class Value>
  static std::string workspace_of(const std::optional<Value>& value) {
    return value ? workspace_of(*value) : std::string();
  }

  HistoryRecorder& history_;
};

}  // namespace slack::oauth::inline v0::testing::detail
