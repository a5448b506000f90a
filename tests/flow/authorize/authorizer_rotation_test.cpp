// An authorizer that refreshes what is due.
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "flow/refusals.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/authorize/detail/background_refreshes.hpp"
#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/models/oauth_response.hpp"
#include "slack/oauth/testing/fake_slack.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::AuthorizerOptions;
using slack::oauth::ClientCredentials;
using slack::oauth::ForwardingInstallationStore;
using slack::oauth::Installation;
using slack::oauth::Logger;
using slack::oauth::LogLevel;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::RecordSource;
using slack::oauth::StorageError;
using slack::oauth::Timestamp;
using slack::oauth::TokenRotationError;
using slack::oauth::TokenRotator;
using slack::oauth::testing::FakeSlack;

const ClientCredentials credentials{"111.222", "not-a-real-client-secret"};

/// A workspace where U0GRACE installed the app. Her tokens and the bot's expire at second 10'000.
struct Scene {
  Scene() {
    test::refuse(slack, refusals);
    store.save(installed);
  }

  AuthorizerOptions options(std::function<void(const slack::oauth::UnsavedTokenError&)> on_unsaved = {}) {
    return {.rotator = std::make_shared<TokenRotator>(
                slack.client(), credentials,
                slack::oauth::TokenRotatorOptions{.lease_timeout = whole_wait,
                                                  .on_unsaved = std::move(on_unsaved),
                                                  .clock = [this] { return time; },
                                                  .sleep = [](std::chrono::milliseconds) {}}),
            .clock = [this] { return time; },
            .logger = Logger(LogLevel::warning, [this](LogLevel, std::string_view line) { lines.emplace_back(line); })};
  }

  Installation install() {
    auto installation = slack::oauth::installation_from_oauth_response(
        slack.grant({.team_id = "T0FURNACE", .user_id = "U0GRACE"}, "chat:write", "search:read"));
    installation.bot_token_expires_at = test::at_second(10'000);
    installation.user_token_expires_at = test::at_second(10'000);
    return installation;
  }

  /// Whether Slack gave this token for the bot's refresh token, and no other one.
  [[nodiscard]] bool is_next_bot_token(const std::optional<std::string>& token) const {
    return is_next(token, bot_token);
  }
  [[nodiscard]] bool is_next_user_token(const std::optional<std::string>& token) const {
    return is_next(token, user_token);
  }

  void refuse_all_refreshes(const std::string& error) {
    refusals = {{bot_refresh_token, error}, {user_refresh_token, error}};
  }
  /// How often the app asked for one.
  [[nodiscard]] std::size_t refreshes() const { return slack.requests("oauth.v2.access refresh_token").size(); }

  MemoryInstallationStore store{};
  FakeSlack slack{};
  test::Refusals refusals{};
  Installation installed = install();
  std::string bot_token = installed.bot_token.value();
  std::string user_token = installed.user_token.value();
  std::string bot_refresh_token = installed.bot_refresh_token.value();
  std::string user_refresh_token = installed.user_refresh_token.value();
  Timestamp time = test::at(1'000);
  std::chrono::milliseconds whole_wait{150};
  std::vector<std::string> lines{};

 private:
  [[nodiscard]] bool is_next(const std::optional<std::string>& token, const std::string& first) const {
    auto given = slack.access_tokens();
    const bool is_bot = given.at(first).is_bot;
    given.erase(first);
    std::erase_if(given, [&](const auto& one) { return one.second.is_bot != is_bot; });
    return token && given.size() == 1 && given.contains(*token);
  }
};

/// Cannot be written to.
class ReadOnlyStore : public test::WatchedStore {
 public:
  using WatchedStore::WatchedStore;
  std::unique_ptr<slack::oauth::WorkspaceLease> try_lease(const slack::oauth::WorkspaceRef& /*ref*/,
                                                          std::chrono::milliseconds /*lifetime*/) override {
    test::fail();
  }
  std::unique_ptr<slack::oauth::WorkspaceLease> wait_lease(const slack::oauth::WorkspaceRef& ref,
                                                           std::chrono::milliseconds lifetime,
                                                           std::chrono::milliseconds /*timeout*/) override {
    return try_lease(ref, lifetime);
  }
};

/// Shows what it had at first, as a replica that lags; but not to who has the turn.
class LaggingStore : public ForwardingInstallationStore {
  using Base = ForwardingInstallationStore;

 public:
  LaggingStore(std::shared_ptr<MemoryInstallationStore> primary, const Installation& shown) : Base(std::move(primary)) {
    shown_.save(shown);
  }

  [[nodiscard]] std::optional<slack::oauth::Bot> find_bot(const slack::oauth::BotQuery& query) const override {
    return turns_ == 0 ? shown_.find_bot(query) : Base::find_bot(query);
  }
  [[nodiscard]] std::optional<Installation> find_installation(
      const slack::oauth::InstallationQuery& query) const override {
    return turns_ == 0 ? shown_.find_installation(query) : Base::find_installation(query);
  }
  std::unique_ptr<slack::oauth::WorkspaceLease> wait_lease(const slack::oauth::WorkspaceRef& ref,
                                                           std::chrono::milliseconds lifetime,
                                                           std::chrono::milliseconds timeout) override {
    return std::make_unique<Turn>(Base::wait_lease(ref, lifetime, timeout), turns_);
  }

 private:
  class Turn final : public slack::oauth::WorkspaceLease {
   public:
    Turn(std::unique_ptr<slack::oauth::WorkspaceLease> lease, int& turns) : lease_(std::move(lease)), turns_(turns) {
      ++turns_;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() override { --turns_; }
    [[nodiscard]] bool is_held() const override { return lease_->is_held(); }
    [[nodiscard]] bool renew(std::chrono::milliseconds lifetime) override { return lease_->renew(lifetime); }

   private:
    std::unique_ptr<slack::oauth::WorkspaceLease> lease_;
    int& turns_;
  };

  MemoryInstallationStore shown_{};
  int turns_ = 0;
};

const PayloadIds grace{.team_id = "T0FURNACE", .user_id = "U0GRACE"};
const PayloadIds nobody{.team_id = "T0FURNACE", .user_id = "U0NOBODY"};

}  // namespace

TEST_CASE("What is not due is given as it is") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());
  CHECK(authorizer.authorize(grace)->bot_token == scene.bot_token);
  CHECK(authorizer.authorize(nobody)->bot_token == scene.bot_token);
  CHECK(scene.refreshes() == 0);
}

TEST_CASE("What is due is refreshed, saved and given") {
  Scene scene;
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());

  SECTION("for the user, with the bot") {
    const auto result = authorizer.authorize(grace);
    CHECK(scene.is_next_bot_token(result->bot_token));
    CHECK(scene.is_next_user_token(result->user_token));
    CHECK(scene.refreshes() == 2);
    CHECK(authorizer.authorize(grace) == result);
    CHECK(scene.refreshes() == 2);
  }
  SECTION("for another user, the bot alone") {
    CHECK(scene.is_next_bot_token(authorizer.authorize(nobody)->bot_token));
    CHECK(scene.refreshes() == 1);
    CHECK(scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"})->user_token ==
          scene.user_token);
  }
  CHECK(scene.is_next_bot_token(scene.store.find_bot({.team_id = "T0FURNACE"})->bot_token));
}

TEST_CASE("A record from before a migration is filed anew and refreshed there") {
  Scene scene;
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());
  const auto result = authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0GRACE"});
  CHECK(scene.is_next_bot_token(result->bot_token));
  CHECK(result->bot_source == RecordSource::workspace);
  CHECK(scene.is_next_bot_token(scene.store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->bot_token));
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"}));
}

TEST_CASE("A token that could not be refreshed is used until it expires, and then is an error") {
  Scene scene;
  scene.refuse_all_refreshes("internal_error");
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token == scene.user_token);
  CHECK(authorizer.authorize(nobody)->bot_token == scene.bot_token);
  scene.time = test::at(10'000);
  CHECK_THROWS_AS(authorizer.authorize(grace), TokenRotationError);
  CHECK_THROWS_AS(authorizer.authorize(nobody), TokenRotationError);
}

TEST_CASE("A token that Slack will never refresh is used until it expires, and then the app is not installed") {
  Scene scene;
  scene.refuse_all_refreshes("invalid_refresh_token");
  SECTION("as it said before that") {
    scene.time = test::at(9'000);
    Authorizer authorizer(scene.store, scene.options());
    CHECK(authorizer.authorize(grace)->user_token == scene.user_token);
    CHECK(authorizer.authorize(nobody)->bot_token == scene.bot_token);
  }
  SECTION("as it says then") {}
  scene.time = test::at(10'000);
  Authorizer authorizer(scene.store, scene.options());
  for (int i = 0; i < 2; ++i) {
    CHECK_FALSE(authorizer.authorize(grace));
    CHECK_FALSE(authorizer.authorize(nobody));
  }
  CHECK(scene.refreshes() == 2);
}

TEST_CASE("An executor refreshes what still works, and no event waits for Slack") {
  Scene scene;
  scene.time = test::at(9'000);
  std::vector<std::function<void()>> tasks;
  auto options = scene.options();
  options.executor = [&](std::function<void()> task) { tasks.push_back(std::move(task)); };
  std::vector<std::exception_ptr> failures;
  options.on_background_failure = [&](const std::exception_ptr& failure) { failures.push_back(failure); };
  Authorizer authorizer(scene.store, options);
  for (int i = 0; i < 3; ++i) {
    CHECK(authorizer.authorize(grace)->bot_token == scene.bot_token);
  }
  CHECK(scene.refreshes() == 0);
  REQUIRE(tasks.size() == 1);  // it is under way already
  SECTION("the next event has the new tokens") {
    tasks[0]();
    CHECK(scene.refreshes() == 2);
    CHECK(scene.is_next_bot_token(authorizer.authorize(grace)->bot_token));
    CHECK(scene.is_next_user_token(authorizer.authorize(grace)->user_token));
    CHECK(failures.empty());
  }
  SECTION("what fails is heard, and tried again") {
    scene.refusals[scene.bot_refresh_token] = "internal_error";
    tasks[0]();
    REQUIRE(failures.size() == 1);
    CHECK_THROWS_AS(std::rethrow_exception(failures[0]), TokenRotationError);
    CHECK(authorizer.authorize(grace)->bot_token);
    CHECK(tasks.size() == 2);
  }
  SECTION("what has expired is not left to it") {
    scene.time = test::at(10'000);
    CHECK(scene.is_next_bot_token(authorizer.authorize(nobody)->bot_token));
    CHECK(tasks.size() == 1);
  }
  SECTION("it may take nothing") {
    options.executor = [](const std::function<void()>&) { throw std::runtime_error("the queue is full"); };
    Authorizer other(scene.store, options);
    for (int i = 0; i < 2; ++i) CHECK(other.authorize(grace)->bot_token == scene.bot_token);
  }
}

TEST_CASE("An event whose tokens have expired waits for the executor, and no longer than it may") {
  Scene scene;
  scene.time = test::at(10'000);
  std::vector<std::function<void()>> tasks;
  auto options = scene.options();
  options.refresh_timeout = std::chrono::milliseconds{20};
  options.executor = [&](std::function<void()> task) { tasks.push_back(std::move(task)); };
  const auto code_of = [](Authorizer& authorizer) {
    const auto error = test::thrown_by<TokenRotationError>([&] { authorizer.authorize(nobody); });
    CHECK(error.is_retryable());
    return std::string(error.code());
  };

  SECTION("what is refreshed in time is given") {
    options.executor = [](const std::function<void()>& task) { task(); };
    Authorizer authorizer(scene.store, options);
    CHECK(scene.is_next_bot_token(authorizer.authorize(nobody)->bot_token));
  }
  SECTION("Slack is slow") {
    Authorizer authorizer(scene.store, options);
    for (int i = 0; i < 2; ++i) CHECK(code_of(authorizer) == "refresh_timeout");
    REQUIRE(tasks.size() == 1);  // both wait for the same one
    tasks[0]();
    CHECK(scene.is_next_bot_token(authorizer.authorize(nobody)->bot_token));
    CHECK(scene.refreshes() == 1);
  }
  SECTION("a dead process has the turn") {
    const auto dead = scene.store.try_lease({.team_id = "T0FURNACE"}, std::chrono::hours{1});
    options.executor = [](const std::function<void()>& task) { task(); };
    Authorizer authorizer(scene.store, options);
    CHECK(code_of(authorizer) == "lease_timeout");
  }
  SECTION("the executor drops what it was given") {
    options.executor = [](const std::function<void()>&) {};
    Authorizer authorizer(scene.store, options);
    for (int i = 0; i < 2; ++i) CHECK(code_of(authorizer) == "refresh_timeout");
  }
  SECTION("the executor takes nothing") {
    options.executor = [](const std::function<void()>&) { throw std::runtime_error("the queue is full"); };
    Authorizer authorizer(scene.store, options);
    CHECK(code_of(authorizer) == "refresh_timeout");
  }
  SECTION("an expired user's token is left out, and the bot's is given") {
    auto bot = *scene.store.find_bot({.team_id = "T0FURNACE"});
    bot.bot_token_expires_at.reset();
    scene.store.save_bot(bot);
    Authorizer authorizer(scene.store, options);
    const auto given = authorizer.authorize(grace);
    CHECK(given->bot_token);
    CHECK_FALSE(given->user_token);
  }
}

namespace {

/// Calls a function when it is moved, which is how those who wait for a refresh get what came of it.
struct HandedOver {
  explicit HandedOver(std::function<void()> function) : on_move(std::move(function)) {}
  HandedOver(HandedOver&& other) noexcept {
    if (const auto function = std::exchange(other.on_move, nullptr)) function();
  }

  std::function<void()> on_move{};
};

}  // namespace

TEST_CASE("A refresh is no longer under way once somebody has what came of it") {
  slack::oauth::detail::BackgroundRefreshes<HandedOver> refreshes;
  const auto at_once = [](const std::function<void()>& task) { task(); };
  int later_ones = 0;
  const auto ask_again = [&] {
    refreshes.start(at_once, "T1", [&later_ones] {
      ++later_ones;
      return HandedOver(nullptr);
    });
  };
  refreshes.start(at_once, "T1", [&] { return HandedOver(ask_again); });
  CHECK(later_ones == 1);
}

TEST_CASE("A dead holder of the turn is not waited for while the tokens still work") {
  Scene scene;
  const auto dead = scene.store.try_lease({.team_id = "T0FURNACE"}, std::chrono::hours{1});
  REQUIRE(dead);
  AuthorizerOptions options = scene.options();
  options.refresh_lease_timeout = std::chrono::milliseconds{50};
  scene.time = test::at(9'000);

  SECTION("for the user, with the bot") {
    const auto result = Authorizer(scene.store, options).authorize(grace);
    CHECK(result->bot_token == scene.bot_token);
    CHECK(result->user_token == scene.user_token);
  }
  SECTION("for the bot alone") {
    CHECK(Authorizer(scene.store, options).authorize(nobody)->bot_token == scene.bot_token);
  }
  SECTION("nor at all, where nobody wants to wait") {
    options.refresh_lease_timeout = std::chrono::milliseconds{0};
    CHECK(Authorizer(scene.store, options).authorize(nobody)->bot_token == scene.bot_token);
  }
  REQUIRE(scene.lines.size() == 1);  // it did not wait for an hour
  CHECK(scene.lines[0].find("lease_timeout") != std::string::npos);
  CHECK(scene.lines[0].find("xox") == std::string::npos);
}

TEST_CASE("An expired token is worth the rotator's whole wait") {
  Scene scene;
  const auto dead = scene.store.try_lease({.team_id = "T0FURNACE"}, std::chrono::hours{1});
  scene.time = test::at(10'000);
  auto options = scene.options();
  options.refresh_lease_timeout = std::chrono::milliseconds{0};
  Authorizer authorizer(scene.store, options);
  for (const PayloadIds& ids : {nobody, grace}) {
    const auto start = std::chrono::steady_clock::now();
    CHECK(test::thrown_by<TokenRotationError>([&] { authorizer.authorize(ids); }).code() == "lease_timeout");
    CHECK(std::chrono::steady_clock::now() - start >= scene.whole_wait);
  }
}

TEST_CASE("A store that gives no turn has its tokens used until they expire") {
  Scene scene;
  ReadOnlyStore store(scene.store);
  Authorizer authorizer(store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->bot_token == scene.bot_token);
  CHECK(authorizer.authorize(grace)->user_token == scene.user_token);
  CHECK(authorizer.authorize(nobody)->bot_token == scene.bot_token);
  CHECK(scene.lines.size() == 3);
  scene.time = test::at(10'000);
  CHECK_THROWS_AS(authorizer.authorize(grace), StorageError);
  CHECK_THROWS_AS(authorizer.authorize(nobody), StorageError);
  CHECK(scene.refreshes() == 0);
}

TEST_CASE("Where one of two tokens could not be refreshed, the other one's new token is given") {
  Scene scene;
  scene.refusals[scene.user_refresh_token] = "invalid_refresh_token";
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());
  const auto result = authorizer.authorize(grace);
  CHECK(scene.is_next_bot_token(result->bot_token));
  CHECK(result->user_token == scene.user_token);
}

TEST_CASE("A user whose token is lost for good has the bot all the same") {
  Scene scene;
  scene.refusals[scene.user_refresh_token] = "invalid_refresh_token";
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token);
  scene.time = test::at(11'000);
  const auto result = authorizer.authorize(grace);
  CHECK(scene.is_next_bot_token(result->bot_token));
  CHECK_FALSE(result->user_token);
  CHECK(result->user_scopes.empty());
  CHECK(result->user_source == RecordSource::none);
}

TEST_CASE("A user whose token cannot be refreshed has the bot all the same, though a replica shows the old one") {
  Scene scene;
  scene.refusals[scene.user_refresh_token] = GENERATE(as<std::string>(), "invalid_refresh_token", "internal_error");
  const auto primary = std::make_shared<MemoryInstallationStore>();
  primary->save(scene.installed);
  Authorizer authorizer(std::make_shared<LaggingStore>(primary, scene.installed), scene.options());
  scene.time = test::at(11'000);
  const auto result = authorizer.authorize(grace);
  REQUIRE(result);
  CHECK(scene.is_next_bot_token(result->bot_token));
  CHECK_FALSE(result->user_token);
  CHECK(scene.refreshes() == 2);
}

TEST_CASE("An event waits once for the turn of a workspace whose bot has expired") {
  struct BusyStore : ForwardingInstallationStore {
    using ForwardingInstallationStore::ForwardingInstallationStore;
    std::unique_ptr<slack::oauth::WorkspaceLease> wait_lease(const slack::oauth::WorkspaceRef& /*ref*/,
                                                             std::chrono::milliseconds /*lifetime*/,
                                                             std::chrono::milliseconds /*timeout*/) override {
      return nullptr;
    }
  };
  Scene scene;
  scene.time = test::at(11'000);
  BusyStore store(scene.store);
  Authorizer authorizer(store, scene.options());
  CHECK(test::thrown_by<TokenRotationError>([&] { authorizer.authorize(nobody); }).is_retryable());
  CHECK(scene.lines.size() == 1);  // one for each time that it waited
}

TEST_CASE("A bot that a replica shows as it was is waited for no longer than an event may wait") {
  Scene scene;
  scene.refusals[scene.user_refresh_token] = "invalid_refresh_token";
  const auto primary = std::make_shared<MemoryInstallationStore>();
  primary->save(scene.installed);
  auto options = scene.options();
  int tasks = 0;
  options.executor = [&tasks](const std::function<void()>& task) {
    if (++tasks == 1) task();  // the others are kept waiting
  };
  options.refresh_timeout = std::chrono::milliseconds{50};
  Authorizer authorizer(std::make_shared<LaggingStore>(primary, scene.installed), options);
  scene.time = test::at(11'000);
  CHECK(test::thrown_by<TokenRotationError>([&] { authorizer.authorize(grace); }).is_retryable());
  CHECK(tasks == 2);
}

TEST_CASE("A user whose expired token cannot be refreshed for now has the bot all the same") {
  Scene scene;
  scene.refusals[scene.user_refresh_token] = "internal_error";
  auto options = scene.options();
  options.rotator = std::make_shared<TokenRotator>(
      scene.slack.client(), credentials,
      slack::oauth::TokenRotatorOptions{.retry_pause = {}, .clock = [&] { return scene.time; }});
  Authorizer authorizer(scene.store, options);
  scene.time = test::at(11'000);
  auto result = authorizer.authorize(grace);
  CHECK(scene.is_next_bot_token(result->bot_token));
  CHECK_FALSE(result->user_token);
  CHECK(result->user_scopes.empty());
  CHECK(result->user_source == RecordSource::none);
  REQUIRE(scene.lines.size() == 2);
  CHECK(scene.lines[0].find("internal_error") != std::string::npos);
  CHECK(scene.lines[1].find("the bot's is given alone") != std::string::npos);

  scene.refusals.clear();
  CHECK(scene.is_next_user_token(authorizer.authorize(grace)->user_token));
}

TEST_CASE("A user's token that cannot be refreshed keeps no bot of another record from it") {
  Scene scene;
  scene.store.save({.team_id = "T0FURNACE",
                    .user_id = "U0LINUS",
                    .user_token = "xoxe.xoxp-1-not-a-real-token-of-U0LINUS",
                    .user_refresh_token = "xoxe-1-not-a-real-refresh-of-U0LINUS",  // and none of Slack's
                    .user_token_expires_at = test::at_second(10'000)});
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(11'000);
  const auto result = authorizer.authorize({.team_id = "T0FURNACE", .user_id = "U0LINUS"});
  CHECK(scene.is_next_bot_token(result->bot_token));
  CHECK_FALSE(result->user_token);
}

TEST_CASE("An expired user's token without a bot is an error") {
  Scene scene;
  scene.store.delete_all({.team_id = "T0FURNACE"});
  Installation user = scene.installed;
  user.bot_token.reset();
  user.bot_refresh_token.reset();
  user.bot_token_expires_at.reset();
  scene.store.save(user);
  scene.refuse_all_refreshes("internal_error");
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(11'000);
  CHECK_THROWS_AS(authorizer.authorize(grace), TokenRotationError);
}

TEST_CASE("A logger that throws keeps no token back") {
  Scene scene;
  scene.refuse_all_refreshes("internal_error");
  auto options = scene.options();
  int lines = 0;
  options.logger = Logger(LogLevel::debug, [&lines](LogLevel, std::string_view) {
    ++lines;
    throw std::runtime_error("the log is full");
  });
  Authorizer authorizer(scene.store, options);
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token == scene.user_token);
  CHECK(lines == 1);
  CHECK(authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));  // which is filed anew
  CHECK(lines == 3);
}

TEST_CASE("New tokens that could not be saved are given, and said") {
  Scene scene;
  test::WatchedStore store(scene.store);
  store.before = [](std::string_view method) {
    if (method == "replace_tokens") test::fail();
  };
  scene.time = test::at(9'000);
  int heard = 0;
  auto options = scene.options([&](const slack::oauth::UnsavedTokenError&) { ++heard; });
  Authorizer authorizer(store, options);
  const auto given = authorizer.authorize(nobody);
  REQUIRE(given);
  CHECK(scene.is_next_bot_token(given->bot_token));
  CHECK(heard == 1);
  store.before = [](std::string_view method) {
    if (method == "replace_tokens" || method == "try_lease" || method == "wait_lease") test::fail();
  };
  scene.time = test::at(10'000);  // what is stored has expired
  CHECK(authorizer.authorize(nobody) == given);
  store.before = [](std::string_view) {};
  CHECK(authorizer.authorize(nobody) == given);
  CHECK(scene.store.find_bot({.team_id = "T0FURNACE"})->bot_token == given->bot_token);
  CHECK(heard == 1);
}

TEST_CASE("An app that is uninstalled while its token is refreshed is not installed") {
  Scene scene;
  test::WatchedStore store(scene.store);
  scene.time = test::at(9'000);
  Authorizer authorizer(store, scene.options());
  int look_ups = 0;
  store.before = [&](std::string_view method) {
    if (method == "find_bot" && ++look_ups == 2) scene.store.delete_all({.team_id = "T0FURNACE"});
  };
  CHECK_FALSE(authorizer.authorize({.team_id = "T0FURNACE"}));
  CHECK(scene.refreshes() == 0);
}

TEST_CASE("Minimal stores have their tokens refreshed") {
  Scene scene;
  scene.time = test::at(9'000);
  SECTION("bots alone") {
    test::BotOnlyStore store;
    store.save(scene.installed);
    Authorizer authorizer(store, scene.options());
    CHECK(scene.is_next_bot_token(authorizer.authorize(grace)->bot_token));
    CHECK(scene.is_next_bot_token(store.bots.begin()->second.bot_token));
  }
  SECTION("installations alone") {
    test::InstallationOnlyStore store;
    store.save(scene.installed);
    Authorizer authorizer(store, scene.options());
    const auto result = authorizer.authorize(grace);
    CHECK(scene.is_next_bot_token(result->bot_token));
    CHECK(scene.is_next_user_token(result->user_token));
    CHECK(scene.refreshes() == 2);
  }
}
