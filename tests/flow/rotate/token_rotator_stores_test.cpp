// Rotation over stores that have only some of the methods, or that derive from nothing.
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::Rotation;

namespace {

/// Keeps nothing but bots, and has no save_bot().
class BotOnly : public InstallationStore {
 public:
  void save(const Installation& installation) override {
    saved.push_back(installation);
    inner.save(installation);
  }
  std::optional<Bot> find_bot(const BotQuery& query) const override { return inner.find_bot(query); }
  void delete_bot(const WorkspaceRef& ref) override { inner.delete_bot(ref); }
  void delete_all(const WorkspaceRef& ref) override { inner.delete_all(ref); }

  MemoryInstallationStore inner;
  std::vector<Installation> saved;
};

/// One record for each user, as it was saved: it follows no rule about bots.
class InstallationOnly : public InstallationStore {
 public:
  void save(const Installation& installation) override { records[installation.user_id] = installation; }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    std::optional<Installation> newest;
    for (const auto& [user_id, record] : records) {
      if (query.user_id && user_id != *query.user_id) continue;
      if (!newest || newest->installed_at <= record.installed_at) newest = record;
    }
    return newest;
  }

  std::map<std::string, Installation> records;
};

/// No class of this library's.
struct OwnStore {
  void save(const Installation& installation) { inner.save(installation); }
  void save_bot(const Bot& bot) { inner.save_bot(bot); }
  std::optional<Bot> find_bot(const BotQuery& query) const { return inner.find_bot(query); }
  std::optional<Installation> find_installation(const InstallationQuery& query) const {
    return inner.find_installation(query);
  }

  MemoryInstallationStore inner;
};

struct TenantInstallation : Installation {
  std::string tenant_id{};

  static constexpr auto fields() {
    return append_fields(Installation::fields(), field("tenant_id", &TenantInstallation::tenant_id));
  }
};

template <class Store>
void check_bot_only(Store& store, BotOnly& kept) {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const auto installed = rotation.install("T1");
  kept.save(installed);
  rotation.let_expire();
  const Bot before = kept.find_bot({.team_id = "T1"}).value();
  const Bot after = rotator.rotate_bot(store, before);
  CHECK(kept.find_bot({.team_id = "T1"}) == after);
  CHECK(after.installed_at == before.installed_at);
  CHECK(after.custom_values == before.custom_values);
  CHECK(after.bot_id == before.bot_id);
  CHECK(rotation.slack.is_working(after.bot_token));
  CHECK(rotator.rotate_bot(store, before) == after);
  CHECK(rotation.refreshes() == 1);
  // It would keep no user's token, so none is used up.
  CHECK(rotator.rotate(store, installed).user_token == installed.user_token);
  CHECK(rotation.refreshes() == 1);
}

}  // namespace

TEST_CASE("a store that keeps bots alone gets them through save()", "[flow]") {
  BotOnly store;
  SECTION("by its own type") { check_bot_only(store, store); }
  SECTION("through the interface") {
    InstallationStore& interface = store;
    check_bot_only(interface, store);
  }
}

TEST_CASE("a store that keeps installations alone keeps the bot in them", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  InstallationOnly store;
  InstallationStore& interface = store;
  store.save(rotation.install("T1", "U0ADA"));
  rotation.let_expire();
  const auto before = store.records.at("U0ADA");
  const auto after = rotator.rotate(interface, before);
  CHECK(store.records.at("U0ADA") == after);
  CHECK(rotation.slack.is_working(*after.bot_token));
  CHECK(rotation.slack.is_working(*after.user_token));
  CHECK(after.installed_at == before.installed_at);
  CHECK(rotator.rotate(interface, before) == after);
  CHECK(rotation.refreshes() == 2);
  rotation.let_expire();
  const Bot bot = rotator.rotate_bot(interface, after.to_bot().value());
  CHECK(store.records.at("U0ADA").bot_token == bot.bot_token);
  CHECK(store.records.at("U0ADA").user_token == after.user_token);
}

TEST_CASE("a store of any class is rotated", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  OwnStore store;
  store.save(rotation.install("T1"));
  rotation.let_expire();
  const auto after = rotator.rotate(store, store.find_installation({.team_id = "T1"}).value());
  CHECK(store.find_installation({.team_id = "T1"}) == after);
  CHECK(rotation.slack.is_working(*after.bot_token));
  CHECK(rotation.slack.is_working(*after.user_token));
  CHECK_THROWS_AS(rotator.rotate_all(store, 2h), NotImplementedError);
}

TEST_CASE("an app's own fields stay through a rotation", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  BasicMemoryInstallationStore<TenantInstallation, Bot> store;
  store.save({rotation.install("T1"), "acme"});
  rotation.let_expire();
  const TenantInstallation after = rotator.rotate(store, store.find_installation({.team_id = "T1"}).value());
  CHECK(after.tenant_id == "acme");
  CHECK(store.find_installation({.team_id = "T1"}) == after);
  CHECK(rotation.slack.is_working(*after.user_token));
  rotation.let_expire();
  const auto report = rotator.rotate_all(store, 2h);
  CHECK(report.bots == 1);
  CHECK(report.users == 1);
  CHECK(store.find_installation({.team_id = "T1"})->tenant_id == "acme");
}

TEST_CASE("every token that expires within the window is refreshed", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  for (int i = 0; i < 200; ++i) rotation.install("T" + std::to_string(i));
  rotation.install("T0", "U0BEN");
  rotation.let_expire();
  rotation.install("T1000");
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.passed());
  CHECK(report.bots == 200);
  CHECK(report.users == 201);
  CHECK(rotation.refreshes() == 401);
  rotation.store.for_each_installation([&](const Installation& found) {
    CHECK(rotation.slack.is_working(*found.bot_token));
    CHECK(rotation.slack.is_working(*found.user_token));
    CHECK_FALSE(rotator.is_due(found));
  });
  const auto again = rotator.rotate_all(rotation.store, 2h);
  CHECK(again.bots + again.users == 0);
  CHECK(rotator.rotate_all(rotation.store, 12h).bots == 201);
}

TEST_CASE("a failure ends nothing but the refresh of its own token", "[flow]") {
  Rotation rotation;
  std::vector<std::string> lines;
  auto rotator = rotation.rotator(
      {.logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) { lines.emplace_back(line); })});
  for (const char* team_id : {"T1", "T2", "T3", "T4"}) rotation.install(team_id);
  rotation.let_expire();
  rotation.slack.revoke_bot("T2");
  rotation.store.on_save_bot = [&](const Bot& bot) {
    if (bot.team_id == "T3") throw test::disk_is_full();
    rotation.store.inner().save_bot(bot);
  };
  const auto check_failures = [&](const std::vector<RotationFailure>& failures) {
    REQUIRE(failures.size() == 2);
    for (const auto& failure : failures) {
      const bool is_unsaved = failure.team_id == "T3";
      CHECK((is_unsaved || failure.team_id == "T2"));
      CHECK(failure.user_id.empty());
      CHECK(failure.is_unsaved == is_unsaved);
      CHECK_THAT(failure.message, !Catch::Matchers::ContainsSubstring("not-real"));
      if (is_unsaved) {
        CHECK_THROWS_AS(std::rethrow_exception(failure.error), UnsavedRotationError<Bot>);
      } else {
        CHECK_THROWS_AS(std::rethrow_exception(failure.error), TokenRotationError);
      }
    }
  };
  SECTION("in the report") {
    const auto report = rotator.rotate_all(rotation.store, 2h);
    CHECK(report.bots == 2);
    CHECK(report.users == 4);
    CHECK(report.failed == 2);
    CHECK_FALSE(report.passed());
    check_failures(report.failures);
    CHECK(lines.size() == 4);  // how far turns reach, one that it was not saved, and one for each
  }
  SECTION("to a function") {
    std::vector<RotationFailure> failures;
    const auto report =
        rotator.rotate_all(rotation.store, 2h, [&](const RotationFailure& failure) { failures.push_back(failure); });
    CHECK(report.failed == 2);
    CHECK(report.failures.empty());
    check_failures(failures);
  }
  SECTION("to a function that wants to hear no more") {
    struct Enough {};
    CHECK_THROWS_AS(rotator.rotate_all(rotation.store, 2h, [](const RotationFailure&) { throw Enough(); }), Enough);
  }
}

TEST_CASE("of many failures the report has some, and all that hold tokens", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator({.save_attempts = 1});
  for (int i = 0; i < 225; ++i) rotation.install("T" + std::to_string(i), "U0ADA", "");
  rotation.let_expire();
  SECTION("Slack refuses") {
    rotation.instead = [](const HttpRequest&) {
      return test::json_answer({{"ok", false}, {"error", "token_revoked"}});
    };
    const auto report = rotator.rotate_all(rotation.store, 2h);
    CHECK(report.failed == 225);
    CHECK(report.failures.size() == 100);
  }
  SECTION("the store fails two times out of three") {
    int saves = 0;
    rotation.store.on_save_bot = [&](const Bot& bot) {
      if (++saves % 3 != 0) throw test::disk_is_full();
      rotation.store.inner().save_bot(bot);
    };
    const auto report = rotator.rotate_all(rotation.store, 2h);
    CHECK(report.failed == 150);
    CHECK(report.failures.size() == 150);
  }
}

TEST_CASE("what is uninstalled while the job is on its way to it is no failure", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  for (const char* team_id : {"T1", "T2"}) rotation.install(team_id);
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest& request) {
    const HttpResponse answer = rotation.slack.send(request);
    const std::string other = answer.body.find("\"T1\"") == std::string::npos ? "T1" : "T2";
    rotation.store.inner().delete_all({.team_id = other});
    return answer;
  };
  const auto report = rotator.rotate_all(rotation.store, 2h);
  CHECK(report.passed());
  CHECK(report.bots == 1);
  CHECK(report.users == 1);
}

TEST_CASE("a visit that fails is reported, and ends no other", "[flow]") {
  struct Store : test::HookedStore {
    void for_each_bot(std::function<void(const Bot&)> /*visit*/) const override { throw test::disk_is_full(); }
  };
  Rotation rotation;
  auto rotator = rotation.rotator();
  Store store;
  store.save(rotation.install("T1"));
  rotation.let_expire();
  const auto report = rotator.rotate_all(store, 2h);
  CHECK(report.users == 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].team_id.empty());
  CHECK_THROWS_AS(std::rethrow_exception(report.failures[0].error), StorageError);
}

TEST_CASE("a store that cannot be visited is refused", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  BotOnly store;
  CHECK_THROWS_AS(rotator.rotate_all(store, 2h), NotImplementedError);
}
