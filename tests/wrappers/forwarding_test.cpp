#include <functional>
#include <memory>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/fwd.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>
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

  CHECK(inner.calls == Calls{"save U1", "save_bot B1", "find_bot E1 T1 1", "find_installation E1 T1 U1 1",
                             "delete_bot E1 T1", "delete_installation E1 T1 U1", "delete_all E1 T1", "for_each_bot",
                             "for_each_installation"});
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
