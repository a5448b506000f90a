// What becomes of new tokens, and of old ones, when Slack, the network or the store fails.
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/authorize/authorizer.hpp>
#include <slack/oauth/flow/authorize/payload.hpp>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::disk_is_full;
using test::json_answer;
using test::Rotation;
using test::thrown_by;

namespace {

/// No token of the stand-in's, nor its client's secret.
void check_no_secret(const std::exception& error) {
  CHECK_THAT(error.what(), !Catch::Matchers::ContainsSubstring("not-real"));
  CHECK_THAT(error.what(), !Catch::Matchers::ContainsSubstring("not-a-real"));
}

template <class ErrorT = TokenRotationError>
ErrorT error_of(Rotation& rotation, TokenRotatorOptions options = {}) {
  auto rotator = rotation.rotator(std::move(options));
  const auto error = thrown_by<ErrorT>([&] { rotator.rotate_bot(rotation.store, rotation.bot("T1")); });
  check_no_secret(error);
  return error;
}

bool is_about_user(const HttpRequest& request, const std::string& refresh_token) {
  return request.body.find(refresh_token) != std::string::npos;
}

struct EndedLease : WorkspaceLease {
  bool is_held() const override { return false; }
  bool renew(std::chrono::milliseconds /*lifetime*/) override { return false; }
};

/// Held when it is asked for the first time.
struct EndingLease : WorkspaceLease {
  bool is_held() const override { return asked_++ == 0; }
  bool renew(std::chrono::milliseconds /*lifetime*/) override { return false; }
  mutable int asked_ = 0;
};

}  // namespace

TEST_CASE("where the user's refresh fails the bot's is kept, and the error says so", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const auto before = rotation.install("T1");
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest& request) {
    if (is_about_user(request, *before.user_refresh_token))
      return json_answer({{"ok", false}, {"error", "fatal_error"}});
    return rotation.slack.send(request);
  };
  const auto error = thrown_by<TokenRotationError>([&] { rotator.rotate(rotation.store, before); });
  check_no_secret(error);
  CHECK(error.subject() == "user_token");
  CHECK(error.code() == "fatal_error");
  CHECK(error.is_retryable());
  CHECK_FALSE(error.has_unsaved_token());
  CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("the bot's token is refreshed and saved"));
  CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("T1"));
  CHECK(rotation.slack.is_working(rotation.bot("T1").bot_token));
  CHECK(rotation.bot("T1").bot_token != before.bot_token);
  CHECK(rotation.user("T1").user_refresh_token == before.user_refresh_token);
}

TEST_CASE("where the bot's refresh fails the user's is refreshed all the same", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const auto before = rotation.install("T1");
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest& request) {
    if (is_about_user(request, *before.user_refresh_token)) return rotation.slack.send(request);
    return json_answer({{"ok", false}, {"error", "token_revoked"}});
  };
  const auto error = thrown_by<TokenRotationError>([&] { rotator.rotate(rotation.store, before); });
  CHECK(error.subject() == "bot_token");
  CHECK(error.code() == "token_revoked");
  CHECK_FALSE(error.is_retryable());
  CHECK(rotation.slack.is_working(*rotation.user("T1").user_token));
  CHECK(rotation.user("T1").user_token != before.user_token);
  CHECK(rotation.bot("T1").bot_token == before.bot_token);
  CHECK(rotation.bot("T1").bot_refresh_token == before.bot_refresh_token);
}

TEST_CASE("where the bot's refresh may work later, the error says so, though the user's never will", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const auto before = rotation.install("T1");
  rotation.let_expire();
  rotation.slack.revoke_user("T1", "U0ADA");
  rotation.instead = [&](const HttpRequest& request) {
    if (is_about_user(request, *before.user_refresh_token)) return rotation.slack.send(request);
    return json_answer({{"ok", false}, {"error", "internal_error"}});
  };
  const auto error = thrown_by<TokenRotationError>([&] { rotator.rotate(rotation.store, before); });
  CHECK(error.subject() == "bot_token");
  CHECK(error.is_retryable());
  CHECK(rotator.needs_installation(rotation.user("T1")));

  // So an event is not taken for one of a workspace that the app is not installed in.
  rotation.clock.advance(std::chrono::hours{2});
  slack::oauth::Authorizer authorizer(
      rotation.store, {.rotator = std::make_shared<slack::oauth::TokenRotator>(rotator), .clock = rotation.clock});
  CHECK(thrown_by<TokenRotationError>([&] {
          authorizer.authorize(slack::oauth::PayloadIds{.team_id = "T1", .user_id = "U0ADA"});
        }).is_retryable());
}

TEST_CASE("a save that fails is tried again, after longer and longer pauses", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator({.save_attempts = 4, .save_pause = 100ms});
  rotation.install("T1");
  rotation.let_expire();
  int left = 3;
  rotation.store.on_save_bot = [&](const Bot& bot) {
    if (left-- > 0) throw disk_is_full();
    rotation.store.inner().save_bot(bot);
  };
  const Bot bot = rotator.rotate_bot(rotation.store, rotation.bot("T1"));
  CHECK(rotation.bot("T1") == bot);
  CHECK(rotation.slack.is_working(bot.bot_token));
  CHECK(rotation.pauses == std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms});
  CHECK(rotation.refreshes() == 1);
}

TEST_CASE("a save that failed and worked all the same is not taken for another's", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1");
  rotation.let_expire();
  int saves = 0;
  rotation.store.on_save_bot = [&](const Bot& bot) {
    rotation.store.inner().save_bot(bot);
    if (++saves == 1) throw disk_is_full();
  };
  const Bot bot = rotator.rotate_bot(rotation.store, rotation.bot("T1"));
  CHECK(rotation.bot("T1") == bot);
  CHECK(saves == 1);
}

TEST_CASE("a bot that cannot be saved is kept, used, and saved first of all the next time", "[flow]") {
  Rotation rotation;
  std::vector<Bot> heard;
  const auto on_unsaved = [&](const UnsavedTokenError& error) {
    check_no_secret(error);
    CHECK(error.subject() == "bot_token");
    CHECK(error.code() == "FULL");
    CHECK_FALSE(error.is_retryable());
    const auto& unsaved = dynamic_cast<const UnsavedRotationError<Bot>&>(error);
    CHECK(error.token().access_token == unsaved.record().bot_token);
    CHECK(error.used_refresh_token() == rotation.bot("T1").bot_refresh_token);
    heard.push_back(unsaved.record());
    throw std::runtime_error("of the app's own");
  };
  auto rotator = rotation.rotator({.on_unsaved = on_unsaved});
  rotation.install("T1");
  rotation.let_expire();
  const Bot before = rotation.bot("T1");
  int attempts = 0;
  rotation.store.on_save_bot = [&](const Bot& /*bot*/) {
    ++attempts;
    throw disk_is_full();
  };
  const Bot kept = rotator.rotate_bot(rotation.store, before);
  CHECK(attempts == 3);
  CHECK(rotation.slack.is_working(kept.bot_token));
  CHECK(rotation.bot("T1") == before);
  CHECK(heard == std::vector<Bot>{kept});

  CHECK(rotator.rotate_bot(rotation.store, before) == kept);
  CHECK(attempts == 4);
  CHECK(rotation.refreshes() == 1);
  CHECK(heard.size() == 1);

  SECTION("the store works again") {
    rotation.store.on_save_bot = nullptr;
    CHECK(rotator.is_due(before));
    CHECK(rotator.rotate_bot(rotation.store, before) == kept);
    CHECK(rotation.bot("T1") == kept);
    CHECK_FALSE(rotator.is_due(kept));
    rotation.let_expire();
    CHECK(rotation.slack.is_working(rotator.rotate_bot(rotation.store, kept).bot_token));
    CHECK(rotation.refreshes() == 2);
  }
  SECTION("the store gives no turn either") {
    rotation.store.on_try_lease = []() -> std::unique_ptr<WorkspaceLease> { throw disk_is_full(); };
    CHECK(rotator.rotate_bot(rotation.store, before) == kept);
    CHECK(rotator.with_unsaved(before) == kept);
    CHECK(rotation.refreshes() == 1);
    rotation.clock.advance(13h);
    CHECK_THROWS_AS(rotator.rotate_bot(rotation.store, before), StorageError);
    CHECK(rotator.with_unsaved(before) == before);
  }
  SECTION("the store fails for longer than the new token lives") {
    rotation.clock.advance(13h);
    const Bot next = rotator.rotate_bot(rotation.store, before);
    CHECK(next.bot_token != kept.bot_token);
    CHECK(rotation.slack.is_working(next.bot_token));
    CHECK(heard.size() == 2);
    rotation.store.on_save_bot = nullptr;
    CHECK(rotator.rotate_bot(rotation.store, before) == next);
    CHECK(rotation.bot("T1") == next);
    CHECK(rotation.refreshes() == 2);
  }
  SECTION("another process has offered the used refresh token, and marked it as refused") {
    rotation.store.on_save_bot = nullptr;
    auto other = rotation.rotator();
    CHECK_THROWS_AS(other.rotate_bot(rotation.store, before), TokenRotationError);
    const Bot marked = rotation.bot("T1");
    CHECK_FALSE(other.is_due(marked));
    CHECK(rotator.is_due(marked));
    CHECK(rotation.slack.is_working(rotator.rotate_bot(rotation.store, marked).bot_token));
    CHECK(rotation.bot("T1").bot_token == kept.bot_token);
  }
  SECTION("the app was installed anew meanwhile") {
    rotation.store.on_save_bot = nullptr;
    const auto anew = rotation.install("T1").to_bot().value();
    CHECK(rotator.rotate_bot(rotation.store, anew) == anew);
    CHECK(rotation.bot("T1") == anew);
  }
  SECTION("the app was uninstalled meanwhile") {
    rotation.store.on_save_bot = nullptr;
    rotation.store.inner().delete_all({.team_id = "T1"});
    const auto error = thrown_by<TokenRotationError>([&] { rotator.rotate_bot(rotation.store, before); });
    CHECK(error.code() == "not_installed");
    CHECK_FALSE(rotation.store.inner().find_bot({.team_id = "T1"}));
  }
  SECTION("a job saves it") {
    rotation.store.on_save_bot = nullptr;
    CHECK(rotator.rotate_all(rotation.store, 2h).bots == 1);
    CHECK(rotation.bot("T1") == kept);
  }
}

TEST_CASE("a new token is kept before anything of the app's is called", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator({.sleep = [](std::chrono::milliseconds) { throw std::runtime_error("stopping"); }});
  rotation.install("T1");
  rotation.let_expire();
  const Bot before = rotation.bot("T1");
  rotation.store.on_save_bot = [](const Bot& /*bot*/) { throw disk_is_full(); };
  const Bot kept = rotator.rotate_bot(rotation.store, before);
  CHECK(rotation.slack.is_working(kept.bot_token));
  rotation.store.on_save_bot = nullptr;
  CHECK(rotator.rotate_bot(rotation.store, before) == kept);
  CHECK(rotation.bot("T1") == kept);
  CHECK(rotation.refreshes() == 1);
}

TEST_CASE("a user's record that cannot be saved is kept, and leaves the bot alone", "[flow]") {
  Rotation rotation;
  std::vector<Installation> heard;
  auto rotator = rotation.rotator({.on_unsaved = [&](const UnsavedTokenError& error) {
    check_no_secret(error);
    CHECK(error.subject() == "user_token");
    heard.push_back(dynamic_cast<const UnsavedRotationError<Installation>&>(error).record());
  }});
  rotation.install("T1");
  rotation.let_expire();
  const Installation before = rotation.user("T1");
  rotation.store.on_save = [](const Installation& /*installation*/) {
    throw std::runtime_error("xoxp-not-a-real-token");
  };
  const Installation kept = rotator.rotate(rotation.store, before);
  const Bot bot = rotation.bot("T1");
  CHECK(rotation.slack.is_working(bot.bot_token));
  CHECK(kept.bot_token == bot.bot_token);
  CHECK(rotation.slack.is_working(*kept.user_token));
  CHECK(rotation.user("T1").user_token == before.user_token);
  REQUIRE(heard.size() == 1);
  CHECK_FALSE(heard[0].bot_token);
  CHECK(heard[0].user_token == kept.user_token);
  rotation.store.on_save = nullptr;
  CHECK(rotator.rotate(rotation.store, rotation.user("T1")) == kept);
  CHECK(rotation.user("T1") == kept);
  CHECK(rotation.bot("T1") == bot);
}

TEST_CASE("where a bot cannot be saved the user's refresh token is not used", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1");
  rotation.let_expire();
  const Installation before = rotation.user("T1");
  rotation.store.on_save_bot = [](const Bot& /*bot*/) { throw disk_is_full(); };
  const Installation kept = rotator.rotate(rotation.store, before);
  CHECK(rotation.refreshes() == 1);
  CHECK(rotation.slack.is_working(*kept.bot_token));
  CHECK(kept.user_token == before.user_token);
}

TEST_CASE("a refused refresh token is looked up again before it counts", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  rotation.install("T1");
  rotation.let_expire();
  const Bot before = rotation.bot("T1");
  SECTION("another process has just rotated it") {
    Bot rotated;
    rotation.instead = [&](const HttpRequest& request) {
      rotation.instead = nullptr;
      MemoryInstallationStore elsewhere;  // one that knows of no lease, such as the Python SDK's
      elsewhere.save_bot(before);
      rotated = rotator.rotate_bot(elsewhere, before);
      rotation.store.inner().save_bot(rotated);
      return rotation.slack.send(request);
    };
    CHECK(rotator.rotate_bot(rotation.store, before) == rotated);
    CHECK(rotation.bot("T1") == rotated);
  }
  SECTION("another process saves it a moment later") {
    MemoryInstallationStore elsewhere;
    elsewhere.save_bot(before);
    const Bot rotated = rotator.rotate_bot(elsewhere, before);
    auto late =
        rotation.rotator({.sleep = [&](std::chrono::milliseconds) { rotation.store.inner().save_bot(rotated); }});
    CHECK(late.rotate_bot(rotation.store, before) == rotated);
  }
  SECTION("nobody has") {
    rotation.slack.revoke_bot("T1");
    const auto error = error_of(rotation);
    CHECK(error.code() == "invalid_refresh_token");
    CHECK_FALSE(error.is_retryable());
    CHECK_FALSE(error.has_unsaved_token());
    CHECK(rotation.refreshes() == 1);
    CHECK(rotation.bot("T1").bot_refresh_token == before.bot_refresh_token);
    CHECK(rotator.needs_installation(rotation.bot("T1")));
  }
}

TEST_CASE("an answer that is not about what was asked for keeps its tokens", "[flow]") {
  Rotation rotation;
  rotation.install("T1");
  rotation.let_expire();
  const Bot before = rotation.bot("T1");
  nlohmann::json answer{{"ok", true},
                        {"app_id", "A0STANDIN"},
                        {"access_token", "xoxe.xoxb-1-not-real-new"},
                        {"refresh_token", "xoxe-1-not-real-new"},
                        {"token_type", "bot"},
                        {"expires_in", 43200},
                        {"scope", "chat:write"},
                        {"team", {{"id", "T1"}}}};
  const nlohmann::json changed = GENERATE(
      nlohmann::json{{"token_type", "user"}}, nlohmann::json{{"token_type", "workflow"}},
      nlohmann::json{{"token_type", nullptr}}, nlohmann::json{{"token_type", 7}}, nlohmann::json{{"app_id", "A0OTHER"}},
      nlohmann::json{{"team", {{"id", "T2"}}}}, nlohmann::json{{"refresh_token", nullptr}},
      nlohmann::json{{"expires_in", nullptr}}, nlohmann::json{{"expires_in", "soon"}},
      nlohmann::json{{"expires_in", -1}}, nlohmann::json{{"scope", {1, 2}}});
  CAPTURE(changed.dump());
  answer.update(changed);
  rotation.instead = [&](const HttpRequest&) { return json_answer(answer); };
  const auto error = error_of<UnsavedTokenError>(rotation);
  CHECK(error.token().access_token == "xoxe.xoxb-1-not-real-new");
  CHECK(error.token().refresh_token == (answer["refresh_token"].is_null() ? "" : "xoxe-1-not-real-new"));
  CHECK(error.code() == "unexpected_answer");
  CHECK(error.has_unsaved_token());
  CHECK(rotation.bot("T1") == before);
}

TEST_CASE("a user's answer about another user, or about a bot, keeps its tokens", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const auto before = rotation.install("T1");
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest& request) {
    if (!is_about_user(request, *before.user_refresh_token)) return rotation.slack.send(request);
    nlohmann::json answer{{"ok", true},
                          {"access_token", "xoxe.xoxp-1-not-real-new"},
                          {"refresh_token", "xoxe-1-not-real-new"},
                          {"token_type", "user"},
                          {"expires_in", 43200},
                          {"authed_user", {{"id", "U0EVE"}}}};
    return json_answer(answer);
  };
  const auto error = thrown_by<UnsavedTokenError>([&] { rotator.rotate(rotation.store, before); });
  CHECK(error.subject() == "user_token");
  CHECK(error.token().access_token == "xoxe.xoxp-1-not-real-new");
  CHECK(rotation.user("T1").user_token == before.user_token);
}

TEST_CASE("a lost answer leaves the refresh token to be tried again", "[flow]") {
  Rotation rotation;
  rotation.install("T1");
  rotation.let_expire();
  const Bot before = rotation.bot("T1");
  const auto lose = GENERATE(0, 1, 2, 3);
  rotation.instead = [&](const HttpRequest&) -> HttpResponse {
    if (lose == 0) throw HttpError("the connection was dropped", "GOT_NOTHING", HttpError::Reach::maybe_sent);
    if (lose == 1) return {.status = 502, .headers = {{"Content-Type", "text/html"}}, .body = "<p>Bad gateway"};
    if (lose == 2) return {.status = 200, .headers = {}, .body = R"({"ok": true, "access_token": "xoxe.xoxb-1-not-re)"};
    return json_answer({{"ok", true}});
  };
  const auto error = error_of(rotation);
  CHECK(error.is_retryable());
  CHECK_FALSE(error.has_unsaved_token());
  const std::vector<std::string> codes{"GOT_NOTHING", "http_502", "http_200", "unexpected_answer"};
  CHECK(error.code() == codes.at(static_cast<std::size_t>(lose)));
  if (lose < 3) CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("lost"));
  CHECK(rotation.bot("T1") == before);
  // Slack had not acted.
  rotation.instead = nullptr;
  auto rotator = rotation.rotator();
  CHECK(rotation.slack.is_working(rotator.rotate_bot(rotation.store, before).bot_token));
}

TEST_CASE("a request that was not sent is no lost answer", "[flow]") {
  Rotation rotation;
  rotation.install("T1");
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest&) -> HttpResponse {
    throw HttpError("no connection", "COULDNT_CONNECT", HttpError::Reach::not_sent);
  };
  const auto error = error_of(rotation);
  CHECK(error.is_retryable());
  CHECK(error.code() == "COULDNT_CONNECT");
  CHECK_THAT(error.what(), !Catch::Matchers::ContainsSubstring("lost"));
}

TEST_CASE("Slack is not asked by one whose turn has ended", "[flow]") {
  Rotation rotation;
  rotation.install("T1");
  rotation.let_expire();
  rotation.store.on_try_lease = [] { return std::make_unique<EndedLease>(); };
  const auto error = error_of(rotation);
  CHECK(error.code() == "lease_lost");
  CHECK(error.is_retryable());
  CHECK(rotation.refreshes() == 0);
}

TEST_CASE("a turn that ends during a refresh does not lose the token", "[flow]") {
  Rotation rotation;
  std::vector<std::string> warnings;
  auto rotator = rotation.rotator(
      {.logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) { warnings.emplace_back(line); })});
  rotation.install("T1");
  rotation.let_expire();
  rotation.store.on_try_lease = [] { return std::make_unique<EndingLease>(); };
  const Bot before = rotation.bot("T1");
  SECTION("nobody else rotated it") {
    const Bot bot = rotator.rotate_bot(rotation.store, before);
    CHECK(rotation.bot("T1") == bot);
    CHECK(rotation.slack.is_working(bot.bot_token));
    REQUIRE(warnings.size() == 2);  // the first is that the turns reach threads alone
    CHECK_THAT(warnings[1], Catch::Matchers::ContainsSubstring("lease_lifetime"));
  }
  SECTION("another saved a pair meanwhile: it stays, whether it ends later or earlier") {
    Bot other = before;
    other.bot_token = "xoxe.xoxb-1-not-real-other";
    other.bot_refresh_token = "xoxe-1-not-real-other";
    other.bot_token_expires_at = std::chrono::floor<std::chrono::seconds>(rotation.clock()) + GENERATE(13h, 2h);
    rotation.instead = [&](const HttpRequest& request) {
      rotation.store.inner().save_bot(other);
      return rotation.slack.send(request);
    };
    CHECK(rotator.rotate_bot(rotation.store, before) == other);
    CHECK(rotation.bot("T1") == other);
  }
}

TEST_CASE("an installation that is made during a refresh stays", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const auto before = rotation.install("T1");
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest& request) {
    rotation.instead = nullptr;
    const HttpResponse answer = rotation.slack.send(request);
    rotation.clock.advance(1s);
    rotation.install("T1");
    return answer;
  };
  const auto after = rotator.rotate(rotation.store, before);
  CHECK(after == rotation.user("T1"));
  CHECK(after.installed_at > before.installed_at);
  CHECK(rotation.bot("T1").installed_at == after.installed_at);
  CHECK(rotation.refreshes() == 1);  // the user's is not due any more
}

TEST_CASE("an installation that is deleted during a refresh does not come back", "[flow]") {
  Rotation rotation;
  rotation.install("T1");
  rotation.let_expire();
  const Bot before = rotation.bot("T1");
  auto rotator = rotation.rotator();
  rotation.instead = [&](const HttpRequest& request) {
    rotation.store.inner().delete_all({.team_id = "T1"});
    return rotation.slack.send(request);
  };
  const auto error = thrown_by<UnsavedRotationError<Bot>>([&] { rotator.rotate_bot(rotation.store, before); });
  CHECK(error.code() == "not_installed");
  CHECK(error.record().bot_token == error.token().access_token);
  CHECK_FALSE(rotation.store.find_bot({.team_id = "T1"}));
  CHECK(rotation.pauses.empty());
}

TEST_CASE("a refresh that failed is not tried again at once, and no other's is held up", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator({.retry_pause = 5s});
  for (const char* team_id : {"T1", "T2"}) rotation.install(team_id);
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest&) { return json_answer({{"ok", false}, {"error", "internal_error"}}); };
  CHECK_THROWS_AS(rotator.rotate_bot(rotation.store, rotation.bot("T1")), TokenRotationError);
  rotation.instead = nullptr;
  const auto error = thrown_by<TokenRotationError>([&] { rotator.rotate_bot(rotation.store, rotation.bot("T1")); });
  CHECK(error.code() == "internal_error");
  CHECK(error.is_retryable());
  CHECK(rotation.slack.is_working(rotator.rotate_bot(rotation.store, rotation.bot("T2")).bot_token));
  CHECK(rotation.refreshes() == 1);
  SECTION("it is after the pause") { rotation.clock.advance(5s); }
  SECTION("it is where the clock was set back") { rotation.clock.advance(-60s); }
  SECTION("it is where another pair is stored") {
    auto again = rotation.install("T1");
    again.bot_token_expires_at = std::chrono::floor<std::chrono::seconds>(rotation.clock()) + 1h;
    rotation.store.inner().save(again);
  }
  CHECK_FALSE(rotator.is_due(rotator.rotate_bot(rotation.store, rotation.bot("T1"))));
  CHECK(rotation.refreshes() == 2);
}

TEST_CASE("a refusal that no retry helps is not asked for on every event", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator({.refusal_pause = 1h});
  for (const char* team_id : {"T1", "T2"}) rotation.install(team_id);
  rotation.let_expire();
  int requests = 0;
  rotation.instead = [&](const HttpRequest&) {
    ++requests;
    return json_answer({{"ok", false}, {"error", requests == 1 ? "bad_client_secret" : "internal_error"}});
  };
  const auto code_of = [&](const char* team_id) {
    const auto rotate = [&] { rotator.rotate_bot(rotation.store, rotation.bot(team_id)); };
    return std::string(thrown_by<TokenRotationError>(rotate).code());
  };
  CHECK(code_of("T1") == "bad_client_secret");
  CHECK(code_of("T2") == "internal_error");
  rotation.clock.advance(10s);
  CHECK(code_of("T2") == "internal_error");
  CHECK(code_of("T1") == "bad_client_secret");
  CHECK(requests == 3);
  CHECK_FALSE(rotator.needs_installation(rotation.bot("T1")));
  SECTION("it is again after the pause") {
    rotation.clock.advance(59min);
    CHECK(code_of("T1") == "bad_client_secret");
    CHECK(requests == 3);
    rotation.clock.advance(1min);
    CHECK(code_of("T1") == "internal_error");
  }
  SECTION("it is where the clock was set back") {
    rotation.clock.advance(-2min);
    CHECK(code_of("T1") == "internal_error");
  }
  SECTION("another one is tried at once") {
    rotation.instead = nullptr;
    auto again = rotation.install("T1");
    again.bot_token_expires_at = std::chrono::floor<std::chrono::seconds>(rotation.clock()) + 1h;
    rotation.store.inner().save(again);
    CHECK_FALSE(rotator.is_due(rotator.rotate_bot(rotation.store, rotation.bot("T1"))));
  }
}

TEST_CASE("that Slack refuses a refresh token for good is remembered in its record", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator();
  const auto installed = rotation.install("T1");
  rotation.let_expire();
  int requests = 0;
  const std::string code = GENERATE("invalid_refresh_token", "token_revoked", "account_inactive");
  rotation.instead = [&](const HttpRequest&) {
    ++requests;
    return json_answer({{"ok", false}, {"error", code}});
  };
  CHECK_THROWS_AS(rotator.rotate(rotation.store, installed), TokenRotationError);
  CHECK(requests == 2);
  CHECK(rotator.needs_installation(rotation.bot("T1")));
  CHECK(rotator.needs_installation(rotation.user("T1")));
  CHECK(rotation.user("T1").get_custom_value("plan") == "gold");

  // Another process, a day later.
  rotation.clock.advance(24h);
  auto another = rotation.rotator();
  CHECK_FALSE(another.is_due(rotation.bot("T1")));
  CHECK(another.rotate_bot(rotation.store, rotation.bot("T1")) == rotation.bot("T1"));
  CHECK(another.rotate_all(rotation.store, 2h).passed());
  CHECK(requests == 2);

  SECTION("a new installation is without it") {
    rotation.instead = nullptr;
    rotation.install("T1");
    rotation.let_expire();
    CHECK_FALSE(another.needs_installation(rotation.bot("T1")));
    CHECK(rotation.slack.is_working(another.rotate_bot(rotation.store, rotation.bot("T1")).bot_token));
  }
  SECTION("a record that was installed meanwhile is not marked") {
    rotation.install("T2");
    rotation.let_expire();
    const Bot before = rotation.bot("T2");
    rotation.instead = [&](const HttpRequest&) {
      rotation.instead = nullptr;
      rotation.install("T2");
      return json_answer({{"ok", false}, {"error", "token_revoked"}});
    };
    CHECK_THROWS_AS(another.rotate_bot(rotation.store, before), TokenRotationError);
    CHECK_FALSE(another.needs_installation(rotation.bot("T2")));
  }
}

TEST_CASE("a turn that does not come in time is an error that may pass", "[flow]") {
  Rotation rotation;
  rotation.install("T1");
  rotation.let_expire();
  const auto lease = rotation.store.inner().try_lease({.team_id = "T1"}, 1h);
  const auto start = std::chrono::steady_clock::now();
  const auto error = error_of(rotation, {.lease_timeout = 300ms});
  CHECK(error.code() == "lease_timeout");
  CHECK(error.is_retryable());
  CHECK(std::chrono::steady_clock::now() - start >= 300ms);
  CHECK(rotation.refreshes() == 0);
}

TEST_CASE("a call may wait for its turn for less than the rotator's time", "[flow]") {
  Rotation rotation;
  const auto installation = rotation.install("T1");
  auto rotator = rotation.rotator();
  CHECK_THROWS_AS(rotator.rotate_bot(rotation.store, rotation.bot("T1"), -1ms), InvalidArgumentError);
  CHECK_THROWS_AS(rotator.rotate(rotation.store, installation, -1ms), InvalidArgumentError);
  rotation.let_expire();
  auto lease = rotation.store.inner().try_lease({.team_id = "T1"}, 1h);
  const auto time = GENERATE(0ms, 200ms);
  const bool is_bot = GENERATE(true, false);
  const auto rotate = [&] {
    if (is_bot) {
      rotator.rotate_bot(rotation.store, rotation.bot("T1"), time);
    } else {
      rotator.rotate(rotation.store, installation, time);
    }
  };
  const auto start = std::chrono::steady_clock::now();
  CHECK(thrown_by<TokenRotationError>(rotate).code() == "lease_timeout");
  CHECK(std::chrono::steady_clock::now() - start >= time);
  lease.reset();
  rotate();
  CHECK(rotation.refreshes() == (is_bot ? 1 : 2));
}

TEST_CASE("a store that fails before Slack is asked is the caller's to know", "[flow]") {
  Rotation rotation;
  rotation.install("T1");
  rotation.let_expire();
  rotation.store.on_try_lease = []() -> std::unique_ptr<WorkspaceLease> { throw disk_is_full(); };
  auto rotator = rotation.rotator();
  CHECK_THROWS_AS(rotator.rotate_bot(rotation.store, rotation.bot("T1")), StorageError);
  CHECK(rotation.refreshes() == 0);
}
