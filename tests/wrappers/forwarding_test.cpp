#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/fwd.hpp>
#include <slack/oauth/models/refreshed_token.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/ids.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using test::shown;
using Calls = std::vector<std::string>;

namespace {

// Every answer is one that no default would give.
struct RecordingStore : InstallationStore {
  mutable Calls calls;
  Logger own_logger{LogLevel::warning, [](LogLevel, std::string_view) {}};

  const Logger& logger() const override { return own_logger; }
  void save(const Installation& installation) override { calls.push_back("save " + installation.user_id); }
  void save_bot(const Bot& bot) override { calls.push_back("save_bot " + bot.bot_id); }
  std::optional<Bot> find_bot(const BotQuery& query) const override {
    calls.push_back("find_bot " + shown(query.enterprise_id) + " " + shown(query.team_id) + " " +
                    std::to_string(query.is_enterprise_install));
    return test::full_bot();
  }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    calls.push_back("find_installation " + shown(query.enterprise_id) + " " + shown(query.team_id) + " " +
                    shown(query.user_id) + " " + std::to_string(query.is_enterprise_install));
    return test::full_installation();
  }
  void delete_bot(const WorkspaceRef& ref) override {
    calls.push_back("delete_bot " + shown(ref.enterprise_id) + " " + shown(ref.team_id));
  }
  void delete_installation(const InstallationRef& ref) override {
    calls.push_back("delete_installation " + shown(ref.enterprise_id) + " " + shown(ref.team_id) + " " +
                    shown(ref.user_id));
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    std::string call = "delete_installations " + shown(ref.enterprise_id) + " " + shown(ref.team_id);
    for (const std::string_view user_id : user_ids) call += " " + std::string(user_id);
    calls.push_back(call);
  }
  void delete_all(const WorkspaceRef& ref) override {
    calls.push_back("delete_all " + shown(ref.enterprise_id) + " " + shown(ref.team_id));
  }
  void for_each_bot(std::function<void(const Bot&)> visit) const override {
    calls.emplace_back("for_each_bot");
    visit(test::full_bot());
  }
  void for_each_installation(std::function<void(const Installation&)> visit) const override {
    calls.emplace_back("for_each_installation");
    visit(test::full_installation());
  }
  bool replace_tokens(const TokenReplacement& replacement) override {
    calls.push_back("replace_tokens " + shown(replacement.team_id) + " " + replacement.token.access_token);
    return true;
  }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    calls.push_back("replace_bot " + stored->bot_id + " " + bot->bot_id);
    return true;
  }
  bool replace_installation(const std::optional<Installation>& stored,
                            const std::optional<Installation>& installation) override {
    calls.push_back("replace_installation " + stored->user_id + " " + installation->user_id);
    return true;
  }
  std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime) override {
    calls.push_back("try_lease " + shown(ref.team_id) + " " + std::to_string(lifetime.count()));
    return std::make_unique<Lease>();
  }
  std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                             std::chrono::milliseconds timeout) override {
    calls.push_back("wait_lease " + shown(ref.team_id) + " " + std::to_string(lifetime.count()) + " " +
                    std::to_string(timeout.count()));
    return std::make_unique<Lease>();
  }
  LeaseScope lease_scope() const override { return LeaseScope::processes; }
  std::unique_ptr<StoreChanges> changes() const override { return std::make_unique<Changes>(); }

 private:
  struct Lease : WorkspaceLease {
    bool is_held() const override { return true; }
    bool renew(std::chrono::milliseconds /*lifetime*/) override { return true; }
  };
  struct Changes : StoreChanges {
    bool may_have_changed() override { return true; }
    WorkspaceChanges take() override { return {}; }
  };
};

struct SaveOnlyStore : InstallationStore {
  void save(const Installation& /*installation*/) override {}
};

// As a wrapper is written: one method differs, the rest is handed on.
struct ShoutingStore : ForwardingInstallationStore {
  using ForwardingInstallationStore::ForwardingInstallationStore;

  void save(const Installation& installation) override {
    Installation loud = installation;
    loud.user_id += "!";
    ForwardingInstallationStore::save(loud);
  }
  const InstallationStore* inner() const { return &wrapped(); }
};

}  // namespace

TEST_CASE("every method is handed on, with its arguments and its answer", "[forwarding]") {
  RecordingStore inner;
  ForwardingInstallationStore forwarding(inner);
  InstallationStore& store = forwarding;

  CHECK(&store.logger() == &inner.own_logger);
  store.save({.user_id = "U1"});
  store.save_bot({.bot_id = "B1"});
  CHECK(store.find_bot({"E1", "T1", true}) == test::full_bot());
  CHECK(store.find_installation({"E1", "T1", "U1", true}) == test::full_installation());
  store.delete_bot({"E1", "T1"});
  store.delete_installation({"E1", "T1", "U1"});
  store.delete_all({"E1", "T1"});
  std::optional<Bot> visited_bot;
  store.for_each_bot([&](const Bot& bot) { visited_bot = bot; });
  std::optional<Installation> visited_installation;
  store.for_each_installation([&](const Installation& installation) { visited_installation = installation; });

  const std::string_view user_ids[] = {"U1", "U2"};
  store.delete_installations({"E1", "T1"}, user_ids);
  const RefreshedToken token{.access_token = "xoxb-not-a-real-token-2"};
  CHECK(store.replace_tokens({.team_id = "T1", .token = token}));
  CHECK(store.replace_bot(Bot{.bot_id = "B1"}, Bot{.bot_id = "B2"}));
  CHECK(store.replace_installation(Installation{.user_id = "U1"}, Installation{.user_id = "U2"}));
  CHECK(store.try_lease({.team_id = "T1"}, std::chrono::milliseconds{5}) != nullptr);
  CHECK(store.wait_lease({.team_id = "T1"}, std::chrono::milliseconds{5}, std::chrono::milliseconds{6}) != nullptr);
  CHECK(store.lease_scope() == LeaseScope::processes);
  CHECK(store.changes() != nullptr);

  CHECK(inner.calls == Calls{"save U1", "save_bot B1", "find_bot E1 T1 1", "find_installation E1 T1 U1 1",
                             "delete_bot E1 T1", "delete_installation E1 T1 U1", "delete_all E1 T1", "for_each_bot",
                             "for_each_installation", "delete_installations E1 T1 U1 U2",
                             "replace_tokens T1 xoxb-not-a-real-token-2", "replace_bot B1 B2",
                             "replace_installation U1 U2", "try_lease T1 5", "wait_lease T1 5 6"});
  CHECK(visited_bot == test::full_bot());
  CHECK(visited_installation == test::full_installation());
}

TEST_CASE("absent ids stay absent, and empty ones empty", "[forwarding]") {
  RecordingStore inner;
  ForwardingInstallationStore store(inner);
  (void)store.find_bot({});
  (void)store.find_installation({.team_id = "", .user_id = ""});
  store.delete_installation({.team_id = "T1"});
  CHECK(inner.calls == Calls{"find_bot - - 0", "find_installation -   0", "delete_installation - T1 -"});
}

TEST_CASE("what the wrapped store lacks, the wrapper lacks", "[forwarding]") {
  SaveOnlyStore inner;
  ForwardingInstallationStore store(inner);
  const auto error = test::thrown_by<NotImplementedError>([&] { (void)store.find_bot({.team_id = "T1"}); });
  CHECK(error.subject() == "InstallationStore::find_bot");
}

TEST_CASE("a wrapper shares the ownership of what it wraps", "[forwarding]") {
  auto inner = std::make_shared<RecordingStore>();
  const std::weak_ptr<RecordingStore> observer = inner;
  {
    ForwardingInstallationStore store(std::move(inner));
    store.save({.user_id = "U1"});
    REQUIRE_FALSE(observer.expired());
    CHECK(observer.lock()->calls == Calls{"save U1"});
  }
  CHECK(observer.expired());
}

TEST_CASE("a wrapper wraps a store", "[forwarding]") {
  const auto error =
      test::thrown_by<InvalidArgumentError>([] { ForwardingInstallationStore(std::shared_ptr<InstallationStore>()); });
  CHECK(error.subject() == "store");
}

TEST_CASE("a wrapper changes what it overrides and nothing else", "[forwarding]") {
  RecordingStore inner;
  ShoutingStore store(inner);
  CHECK(store.inner() == &inner);
  store.save({.user_id = "U1"});
  store.delete_all({.team_id = "T1"});
  CHECK(inner.calls == Calls{"save U1!", "delete_all - T1"});
}

TEST_CASE("wrappers wrap wrappers", "[forwarding]") {
  const auto inner = std::make_shared<RecordingStore>();
  ShoutingStore twice(std::make_shared<ShoutingStore>(inner));
  twice.save({.user_id = "U1"});
  CHECK(inner->calls == Calls{"save U1!!"});
}
