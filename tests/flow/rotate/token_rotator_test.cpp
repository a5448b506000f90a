// What a refresh changes, and what it leaves alone.
#include <chrono>
#include <optional>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::Rotation;

namespace {

/// May not be asked for anything.
struct UntouchableStore : InstallationStore {
  void save(const Installation& /*installation*/) override { throw std::logic_error("save"); }
  std::optional<Bot> find_bot(const BotQuery& /*query*/) const override { throw std::logic_error("find_bot"); }
  std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& /*ref*/,
                                            std::chrono::milliseconds /*lifetime*/) override {
    throw std::logic_error("try_lease");
  }
};

}  // namespace

TEST_CASE("a token that is not due is given back without a look at the store or at Slack", "[flow]") {
  Rotation rotation;
  rotation.instead = [](const HttpRequest&) -> HttpResponse { throw std::logic_error("a request"); };
  auto rotator = rotation.rotator();
  UntouchableStore store;
  auto installation = rotation.install("T1");
  auto bot = rotation.bot("T1");
  const char* const bytes_of_bot = bot.bot_token.data();
  const char* const bytes_of_user = installation.user_token->data();
  rotation.clock.advance(9h + 59min);
  CHECK_FALSE(rotator.is_due(bot));
  CHECK_FALSE(rotator.is_due(installation));
  const Bot same_bot = rotator.rotate_bot(store, std::move(bot));
  const Installation same_installation = rotator.rotate(store, std::move(installation));
  // The text is where it was: the record was moved, not copied.
  CHECK(same_bot.bot_token.data() == bytes_of_bot);
  CHECK(same_installation.user_token->data() == bytes_of_user);
}

TEST_CASE("a token is due within the window, if it can be refreshed", "[flow]") {
  Rotation rotation;
  const auto rotator = rotation.rotator({.window = 1h});
  auto bot = rotation.install("T1").to_bot().value();
  bot.bot_token_expires_at = std::chrono::floor<std::chrono::seconds>(rotation.clock()) + 1h + 1s;
  CHECK_FALSE(rotator.is_due(bot));
  rotation.clock.advance(1s);
  CHECK(rotator.is_due(bot));
  rotation.clock.advance(24h);
  CHECK(rotator.is_due(bot));
  auto without_refresh_token = bot;
  without_refresh_token.bot_refresh_token = "";
  CHECK_FALSE(rotator.is_due(without_refresh_token));
  auto without_expiry = bot;
  without_expiry.bot_token_expires_at.reset();
  CHECK_FALSE(rotator.is_due(without_expiry));
  CHECK(rotation.rotator({.window = std::chrono::seconds::max()}).is_due(bot));
}

TEST_CASE("a refreshed bot is saved, and nothing but its tokens changes", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1", "U0ADA");
  rotation.install("T1", "U0BEN");
  const Bot before = rotation.bot("T1");
  const auto ada = rotation.user("T1", "U0ADA");
  rotation.let_expire();

  const Bot after = rotator.rotate_bot(rotation.store, before);
  CHECK(after == rotation.bot("T1"));
  CHECK(rotation.slack.is_working(after.bot_token));
  CHECK(after.bot_token != before.bot_token);
  CHECK(after.bot_refresh_token != before.bot_refresh_token);
  CHECK(*after.bot_token_expires_at == expires_in(12h, rotation.clock()));
  Bot expected = before;
  expected.bot_token = after.bot_token;
  expected.bot_refresh_token = after.bot_refresh_token;
  expected.bot_token_expires_at = after.bot_token_expires_at;
  CHECK(after == expected);
  // The users' own tokens stay, although they are due.
  CHECK(rotation.user("T1", "U0ADA").user_token == ada.user_token);
  CHECK(rotation.user("T1", "U0ADA").user_refresh_token == ada.user_refresh_token);
  CHECK(rotation.refreshes() == 1);
}

TEST_CASE("both tokens of an installation are refreshed, and no other user's", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1", "U0ADA");
  rotation.clock.advance(60s);
  rotation.install("T1", "U0BEN");
  const Bot bot = rotation.bot("T1");
  const auto ada = rotation.user("T1", "U0ADA");
  const auto ben = rotation.user("T1", "U0BEN");
  rotation.let_expire();

  const auto after = rotator.rotate(rotation.store, ada);
  CHECK(after == rotation.user("T1", "U0ADA"));
  CHECK(after.user_id == "U0ADA");
  CHECK(rotation.slack.is_working(*after.bot_token));
  CHECK(rotation.slack.is_working(*after.user_token));
  CHECK(after.user_token != ada.user_token);
  CHECK(after.installed_at == ada.installed_at);
  CHECK(after.custom_values == ada.custom_values);
  CHECK(rotation.refreshes() == 2);
  // Ben installed the app last, and the bot stays the one that he installed.
  CHECK(rotation.bot("T1").installed_at == bot.installed_at);
  CHECK(rotation.bot("T1").bot_token == *after.bot_token);
  auto expected = ben;
  expected.bot_token = after.bot_token;
  expected.bot_refresh_token = after.bot_refresh_token;
  expected.bot_token_expires_at = after.bot_token_expires_at;
  CHECK(rotation.user("T1", "U0BEN") == expected);
}

TEST_CASE("a user's token is refreshed without the bot's, which is not due", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1");
  rotation.let_expire();
  const Bot bot = rotator.rotate_bot(rotation.store, rotation.bot("T1"));
  const auto after = rotator.rotate(rotation.store, rotation.user("T1"));
  CHECK(rotation.refreshes() == 2);
  CHECK(rotation.bot("T1") == bot);
  CHECK(after.bot_token == bot.bot_token);
  CHECK(rotation.slack.is_working(*after.user_token));
}

TEST_CASE("a record that was read before another refreshed it gets what that one saved", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1");
  rotation.let_expire();
  const Bot stale = rotation.bot("T1");
  const auto stale_user = rotation.user("T1");
  const Bot bot = rotator.rotate_bot(rotation.store, stale);
  CHECK(rotator.rotate_bot(rotation.store, stale) == bot);
  const auto user = rotator.rotate(rotation.store, stale_user);
  CHECK(rotator.rotate(rotation.store, stale_user) == user);
  CHECK(rotation.refreshes() == 2);
}

TEST_CASE("a window that is longer than tokens live makes each caller refresh no more than what it has", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator({.window = 24h});
  rotation.install("T1");
  rotation.let_expire();
  const Bot stale = rotation.bot("T1");
  const Bot fresh = rotator.rotate_bot(rotation.store, stale);
  CHECK(rotator.rotate_bot(rotation.store, stale) == fresh);
  CHECK(rotation.refreshes() == 1);
}

TEST_CASE("an organisation's tokens are refreshed as the organisation's", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const slack::oauth::testing::SlackWorkspace organisation{
      .enterprise_id = "E0KILN", .enterprise_name = "Kiln Group", .is_enterprise_install = true};
  auto installed = installation_from_oauth_response(rotation.slack.grant(organisation, "chat:write", "search:read"),
                                                    rotation.clock());
  installed.team_id = "T0ANY";  // whatever its team, it is the organisation's
  rotation.store.save(installed);
  rotation.let_expire();
  const auto after = rotator.rotate(rotation.store, installed);
  CHECK(after.team_id == "T0ANY");
  const auto found = rotation.store.find_installation({.enterprise_id = "E0KILN", .is_enterprise_install = true});
  CHECK(found == after);
  CHECK(rotation.slack.is_working(*after.bot_token));
  CHECK(rotation.slack.is_working(*after.user_token));
}

TEST_CASE("an installation without a user is refreshed, and nobody else's", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  auto installed = rotation.install("T1");
  rotation.store.delete_installation({.team_id = "T1"});
  installed.user_id = "";
  rotation.store.save(installed);
  rotation.let_expire();
  CHECK(rotation.slack.is_working(*rotator.rotate(rotation.store, installed).user_token));
  // Now the newest is somebody else's.
  rotation.clock.advance(1h);
  rotation.install("T1", "U0BEN");
  rotation.let_expire();
  const auto ben = rotation.user("T1", "U0BEN");
  const auto error = test::thrown_by<TokenRotationError>([&] { rotator.rotate(rotation.store, installed); });
  CHECK(error.code() == "not_installed");
  CHECK(rotation.user("T1", "U0BEN").user_token == ben.user_token);
}

TEST_CASE("what was deleted is not refreshed, nor brought back", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1");
  rotation.let_expire();
  const Bot bot = rotation.bot("T1");
  const auto user = rotation.user("T1");
  rotation.store.delete_all({.team_id = "T1"});
  CHECK(test::thrown_by<TokenRotationError>([&] { rotator.rotate_bot(rotation.store, bot); }).code() ==
        "not_installed");
  CHECK(test::thrown_by<TokenRotationError>([&] { rotator.rotate(rotation.store, user); }).code() == "not_installed");
  CHECK(rotation.refreshes() == 0);
  CHECK_FALSE(rotation.store.find_bot({.team_id = "T1"}));
}

TEST_CASE("credentials with white space at their ends are named, and not shown", "[flow]") {
  const auto refused = [](const ClientCredentials& credentials) {
    const auto error = test::thrown_by<InvalidArgumentError>([&] {
      static_cast<void>(TokenRotator(SlackClient([](const HttpRequest&) { return HttpResponse{}; }), credentials));
    });
    CHECK(std::string(error.what()).find("not-a-real") == std::string::npos);
    return std::string(error.subject());
  };
  CHECK(refused({.client_id = "111.222\n", .client_secret = "not-a-real-secret"}) == "client_id");
  CHECK(refused({.client_id = "111.222", .client_secret = "not-a-real-secret\r\n"}) == "client_secret");
}

TEST_CASE("an option that cannot work is named", "[flow]") {
  const auto refused = [](TokenRotatorOptions options) {
    Rotation rotation;
    return std::string(test::thrown_by<InvalidArgumentError>([&] { rotation.rotator(std::move(options)); }).subject());
  };
  CHECK(refused({.window = -1s}) == "window");
  CHECK(refused({.lease_lifetime = 0ms}) == "lease_lifetime");
  CHECK(refused({.lease_timeout = -1ms}) == "lease_timeout");
  CHECK(refused({.retry_pause = -1ms}) == "retry_pause");
  CHECK(refused({.refusal_pause = -1ms}) == "refusal_pause");
  CHECK(refused({.requests_per_minute = -1}) == "requests_per_minute");
  CHECK(refused({.save_attempts = 0}) == "save_attempts");
  CHECK(refused({.save_pause = -1ms}) == "save_pause");
}
