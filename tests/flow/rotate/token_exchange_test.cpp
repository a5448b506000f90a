// Turning rotation on: tokens that never expire are exchanged for pairs, each once.
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "rotation.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using std::chrono::hours;
using test::thrown_by;

/// Slack, of which rotation was just turned on: it exchanges each long-lived token once.
struct Exchange : test::Rotation {
  std::map<std::string, std::string> types{};  ///< of the tokens that it knows: bot or user
  std::set<std::string> exchanged{};
  std::vector<std::string> asked{};
  std::string refuses{};                                          ///< with this code
  std::function<void(const std::string& token)> before_answer{};  ///< after Slack has acted
  std::function<void(json&)> change_answer{};

  Exchange() {
    instead = [this](const HttpRequest& request) {
      return request.url.ends_with("oauth.v2.exchange") ? answer(request) : slack.send(request);
    };
  }

  /// The installation of an app that had no rotation then.
  Installation install_before(const std::string& team_id, const std::string& user_id = "U0ADA") {
    Installation installation{.app_id = "A0STANDIN",
                              .team_id = team_id,
                              .bot_token = "xoxb-not-a-real-token-" + team_id,
                              .bot_id = "B0STANDIN",
                              .bot_user_id = "U0BOT",
                              .bot_scopes = {"chat:write"},
                              .user_id = user_id,
                              .user_token = "xoxp-not-a-real-token-" + team_id + user_id,
                              .user_scopes = {"search:read"},
                              .installed_at = clock()};
    installation.set_custom_value("plan", "gold");
    types[*installation.bot_token] = "bot";
    types[*installation.user_token] = "user";
    store.inner().save(installation);
    return installation;
  }

 private:
  HttpResponse answer(const HttpRequest& request) {
    const std::string header(find_header(request.headers, "Authorization").value_or(""));
    const std::string token = header.substr(header.find(' ') + 1);
    const auto parameters = parse_parameters(request.body).value();
    CHECK(find_parameter(parameters, "client_id") == "111.222");
    CHECK(find_parameter(parameters, "client_secret") == "not-a-real-client-secret");
    asked.push_back(token);
    const auto refusal = [](const std::string& code) { return test::json_answer({{"ok", false}, {"error", code}}); };
    if (!refuses.empty()) return refusal(refuses);
    if (!types.contains(token)) return refusal("invalid_token");
    if (!exchanged.insert(token).second) return refusal("token_already_exchanged");
    const std::string type = types.at(token);
    const std::string rest = token.substr(5);
    json pair{{"ok", true},
              {"app_id", "A0STANDIN"},
              {"token_type", type},
              {"scope", type == "bot" ? "chat:write,commands" : "search:read"},
              {"access_token", "xoxe." + token.substr(0, 5) + "1-" + rest},
              {"refresh_token", "xoxe-1-" + rest},
              {"expires_in", 43200}};
    pair[type == "bot" ? "bot_user_id" : "user_id"] = type == "bot" ? "U0BOT" : "U0ADA";
    if (change_answer) change_answer(pair);
    if (const auto hook = before_answer) hook(token);  // which may take itself away
    return test::json_answer(pair);
  }
};

HttpError lost() { return HttpError("no answer came", "timeout", HttpError::Reach::maybe_sent); }

}  // namespace

TEST_CASE_METHOD(Exchange, "an installation from before rotation gets pairs, and loses nothing else", "[exchange]") {
  const auto before = install_before("T1");
  auto rotator = this->rotator();
  CHECK_FALSE(rotator.is_due(before));
  const auto after = rotator.exchange(store, before);
  CHECK(after == user("T1"));

  auto expected = before;
  expected.bot_token = "xoxe.xoxb-1-not-a-real-token-T1";
  expected.bot_refresh_token = "xoxe-1-not-a-real-token-T1";
  expected.bot_token_expires_at = expires_in(hours{12}, clock());
  expected.bot_scopes = {"chat:write", "commands"};
  expected.user_token = "xoxe.xoxp-1-not-a-real-token-T1U0ADA";
  expected.user_refresh_token = "xoxe-1-not-a-real-token-T1U0ADA";
  expected.user_token_expires_at = expires_in(hours{12}, clock());
  CHECK(after == expected);

  CHECK(rotator.exchange(store, after) == after);
  CHECK(rotator.exchange(store, before) == after);  // somebody still has the old record
  CHECK(rotator.exchange_bot(store, *before.to_bot()) == bot("T1"));
  CHECK(asked == std::vector<std::string>{*before.bot_token, *before.user_token});
  let_expire();
  CHECK(rotator.is_due(after));
}

TEST_CASE_METHOD(Exchange, "a bot's token is exchanged alone", "[exchange]") {
  const auto before = install_before("T1");
  const auto after = rotator().exchange_bot(store, *before.to_bot());
  CHECK(after.bot_token == "xoxe.xoxb-1-not-a-real-token-T1");
  CHECK(after == bot("T1"));
  CHECK(user("T1").user_token == before.user_token);
  CHECK(asked == std::vector<std::string>{*before.bot_token});
}

TEST_CASE_METHOD(Exchange, "what has no token, expires, or was refused for good is not exchanged", "[exchange]") {
  auto rotator = this->rotator();
  const auto rotated = install("T1");
  CHECK(rotator.exchange(store, rotated) == rotated);
  Installation other = install_before("T2");
  SECTION("no token") {
    other.bot_token.reset();
    other.user_token.reset();
  }
  SECTION("an end and no refresh token") {
    other.bot_token_expires_at = other.user_token_expires_at = expires_in(hours{1}, clock());
  }
  SECTION("refused") {
    detail::mark_rejected(other.custom_values, *other.bot_token, "token_revoked", clock());
    detail::mark_rejected(other.custom_values, *other.user_token, "account_inactive", clock());
  }
  CHECK(rotator.exchange(store, other) == other);
  CHECK(asked.empty());
}

TEST_CASE_METHOD(Exchange, "the pair of a user may come in the object of the user", "[exchange]") {
  const auto before = install_before("T1");
  change_answer = [](json& pair) {
    if (pair["token_type"] != "user") return;
    json user{{"id", "U0ADA"}};
    for (const char* name : {"token_type", "scope", "access_token", "refresh_token", "expires_in"}) {
      user[name] = pair[name];
      pair.erase(name);
    }
    pair["authed_user"] = user;
  };
  const auto after = rotator().exchange(store, before);
  CHECK(after.user_token == "xoxe.xoxp-1-not-a-real-token-T1U0ADA");
  CHECK(after.user_refresh_token == "xoxe-1-not-a-real-token-T1U0ADA");
  CHECK(after == user("T1"));
}

TEST_CASE_METHOD(Exchange, "what is done while Slack exchanges stays", "[exchange]") {
  const auto before = install_before("T1");
  std::optional<Installation> now;
  SECTION("a new installation") {
    before_answer = [&](const std::string&) { now = install("T1"); };
    const auto bot = rotator().exchange_bot(store, *before.to_bot());
    CHECK(bot == now->to_bot());
  }
  SECTION("a custom value") {
    before_answer = [&](const std::string&) {
      auto changed = this->bot("T1");
      changed.custom_values.set("plan", "silver");
      store.inner().save_bot(changed);
    };
    const auto bot = rotator().exchange_bot(store, *before.to_bot());
    CHECK(bot.bot_refresh_token == "xoxe-1-not-a-real-token-T1");
    CHECK(this->bot("T1").bot_refresh_token == bot.bot_refresh_token);
    CHECK(this->bot("T1").custom_values.get("plan") == json("silver"));
  }
  SECTION("a deletion: the pair is in the error, and nothing comes back") {
    before_answer = [&](const std::string&) { store.inner().delete_all({.team_id = "T1"}); };
    const auto error = thrown_by<UnsavedTokenError>([&] { rotator().exchange_bot(store, *before.to_bot()); });
    CHECK(error.code() == "not_installed");
    CHECK(error.token().refresh_token == "xoxe-1-not-a-real-token-T1");
    CHECK(error.exchanged_token() == before.bot_token);
    CHECK(error.used_refresh_token().empty());
    CHECK_FALSE(store.inner().find_bot({.team_id = "T1"}));
  }
}

TEST_CASE_METHOD(Exchange, "a lost answer loses no installation", "[exchange]") {
  const auto before = install_before("T1");
  auto rotator = this->rotator();
  bool is_lost = true;
  before_answer = [&](const std::string&) {
    if (is_lost) throw lost();
  };
  const auto error = thrown_by<TokenRotationError>([&] { rotator.exchange_bot(store, *before.to_bot()); });
  CHECK(error.is_retryable());
  CHECK(error.code() == "timeout");
  CHECK_THAT(error.what(), ContainsSubstring("was lost; its token stays, to be tried again, but may be exchanged"));
  CHECK(asked.size() == 1);
  CHECK(user("T1") == before);

  is_lost = false;
  const auto again = thrown_by<TokenRotationError>([&] { rotator.exchange_bot(store, *before.to_bot()); });
  CHECK(again.code() == "token_already_exchanged");
  CHECK_FALSE(again.is_retryable());
  CHECK(user("T1") == before);
  const auto report = rotator.exchange_all(store);
  CHECK(report.failed == 1);
  CHECK(report.users == 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures.front().needs_installation);
  CHECK(bot("T1") == before.to_bot());
}

TEST_CASE_METHOD(Exchange, "a pair that another process is about to save is waited for", "[exchange]") {
  const auto before = install_before("T1");
  exchanged.insert(*before.bot_token);
  auto rotator = this->rotator({.sleep = [&](std::chrono::milliseconds) {
    auto saved = bot("T1");
    put_bot_token(saved, {"bot",
                          "xoxe.xoxb-1-not-a-real-token-other",
                          "xoxe-1-not-a-real-token-other",
                          expires_in(hours{12}, clock()),
                          {}});
    store.inner().save_bot(saved);
  }});
  CHECK(rotator.exchange_bot(store, *before.to_bot()).bot_token == "xoxe.xoxb-1-not-a-real-token-other");
  CHECK(asked.size() == 1);
}

TEST_CASE_METHOD(Exchange, "a pair that the store does not take is kept, used, and saved first of all", "[exchange]") {
  const auto before = install_before("T1");
  std::vector<std::string> heard;
  auto rotator = this->rotator({.on_unsaved = [&](const UnsavedTokenError& error) {
    heard.push_back(error.exchanged_token() + " for " + error.token().access_token);
  }});
  store.on_save_bot = [](const Bot&) { throw test::disk_is_full(); };
  const auto after = rotator.exchange_bot(store, *before.to_bot());
  CHECK(after.bot_token == "xoxe.xoxb-1-not-a-real-token-T1");
  CHECK(heard == std::vector<std::string>{*before.bot_token + " for " + after.bot_token});
  CHECK(bot("T1").bot_token == before.bot_token);
  CHECK(rotator.is_due(bot("T1")));
  CHECK(rotator.with_unsaved(bot("T1")) == after);
  CHECK(rotator.rotate_bot(store, bot("T1")) == after);
  CHECK(bot("T1").bot_token == before.bot_token);

  SECTION("by the next call") {
    store.on_save_bot = {};
    CHECK(rotator.rotate_bot(store, bot("T1")) == after);
  }
  SECTION("by the job") {
    store.on_save_bot = {};
    types.erase(*before.user_token);  // nothing is asked about the bot
    CHECK(rotator.exchange_all(store).bots == 1);
    CHECK(asked.back() == before.user_token);
    asked.pop_back();
  }
  SECTION("by replace_tokens(), with what the error said") {
    store.on_save_bot = {};
    const RefreshedToken token{"bot", after.bot_token, *after.bot_refresh_token, after.bot_token_expires_at, {}};
    CHECK(store.replace_tokens({.team_id = "T1", .token = token, .exchanged_token = *before.bot_token}));
  }
  SECTION("after it was refreshed") {
    clock.advance(hours{11});
    instead = [&](const HttpRequest& request) {
      asked.push_back(std::string(find_parameter(parse_parameters(request.body).value(), "refresh_token").value()));
      return test::json_answer({{"ok", true},
                                {"token_type", "bot"},
                                {"access_token", "xoxe.xoxb-1-not-a-real-token-next"},
                                {"refresh_token", "xoxe-1-not-a-real-token-next"},
                                {"expires_in", 43200}});
    };
    CHECK(rotator.rotate_bot(store, bot("T1")).bot_token == "xoxe.xoxb-1-not-a-real-token-next");
    CHECK(asked.back() == "xoxe-1-not-a-real-token-T1");
    CHECK(bot("T1").bot_token == before.bot_token);
    store.on_save_bot = {};
    CHECK(rotator.rotate_bot(store, bot("T1")).bot_token == "xoxe.xoxb-1-not-a-real-token-next");
    CHECK(bot("T1").bot_token == "xoxe.xoxb-1-not-a-real-token-next");
    return;
  }
  CHECK(bot("T1").bot_token == after.bot_token);
  CHECK(asked.size() == 1);
}

TEST_CASE_METHOD(Exchange, "a store that knows replaced refresh tokens alone takes a pair by its record",
                 "[exchange]") {
  const auto before = install_before("T1");
  store.on_replace_tokens = [](const TokenReplacement&) { return false; };
  const auto after = rotator().exchange(store, before);
  CHECK(after.bot_refresh_token == "xoxe-1-not-a-real-token-T1");
  CHECK(after == user("T1"));
}

TEST_CASE_METHOD(Exchange, "an answer that cannot be meant keeps its tokens in the error", "[exchange]") {
  const auto before = install_before("T1");
  SECTION("of another type") {
    change_answer = [](json& pair) { pair["token_type"] = "user"; };
  }
  SECTION("of another workspace") {
    change_answer = [](json& pair) { pair["team"] = {{"id", "T9"}}; };
  }
  const auto error = thrown_by<UnsavedTokenError>([&] { rotator().exchange_bot(store, *before.to_bot()); });
  CHECK(error.code() == "unexpected_answer");
  CHECK(error.exchanged_token() == before.bot_token);
  CHECK(error.token().refresh_token == "xoxe-1-not-a-real-token-T1");
  CHECK(user("T1") == before);
  CHECK(std::string(error.what()).find("not-a-real") == std::string::npos);
}

TEST_CASE_METHOD(Exchange, "the pair of another user is not taken", "[exchange]") {
  const auto before = install_before("T1", "U0BOB");  // Slack says U0ADA
  const auto error = thrown_by<UnsavedTokenError>([&] { rotator().exchange(store, before); });
  CHECK_THAT(error.what(), ContainsSubstring("is about another user"));
  CHECK(user("T1", "U0BOB").user_token == before.user_token);
}

TEST_CASE_METHOD(Exchange, "a job exchanges all that never expires, at its pace", "[exchange]") {
  for (const char* team_id : {"T1", "T2", "T3"}) install_before(team_id);
  const auto rotated = install("T4");
  auto rotator = this->rotator();
  const auto report = rotator.exchange_all(store);
  CHECK(report.bots == 3);
  CHECK(report.users == 3);
  CHECK(report.passed());
  CHECK(asked.size() == 6);
  CHECK(pauses == std::vector<std::chrono::milliseconds>(5, std::chrono::milliseconds{1200}));
  CHECK(user("T4") == rotated);
  for (const char* team_id : {"T1", "T2", "T3"}) {
    CHECK(user(team_id).bot_refresh_token);
    CHECK(user(team_id).user_refresh_token);
  }
  const auto again = rotator.exchange_all(store);
  CHECK(again.bots + again.users + again.failed == 0);
  CHECK(asked.size() == 6);
}

TEST_CASE_METHOD(Exchange, "a job goes on past what fails, and ends where the app is refused", "[exchange]") {
  for (const char* team_id : {"T1", "T2"}) install_before(team_id);
  auto rotator = this->rotator();
  SECTION("one token") {
    types.erase("xoxb-not-a-real-token-T1");
    const auto report = rotator.exchange_all(store);
    CHECK(report.bots == 1);
    CHECK(report.users == 2);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures.front().team_id == "T1");
    CHECK_THAT(report.failures.front().message,
               ContainsSubstring("Slack refused to exchange the bot's token") && ContainsSubstring("invalid_token"));
    CHECK_FALSE(report.failures.front().needs_installation);
  }
  SECTION("the app") {
    refuses = GENERATE("token_rotation_not_enabled", "bad_client_secret", "invalid_client_id");
    const auto report = rotator.exchange_all(store);
    CHECK(report.failed == 4);
    CHECK(report.not_tried == 3);
    CHECK(asked.size() == 1);
    refuses.clear();  // and turned on
    CHECK(rotator.exchange_all(store).passed());
    CHECK(user("T2").user_refresh_token);
  }
}

TEST_CASE_METHOD(Exchange, "a token that somebody exchanges meanwhile is exchanged once", "[exchange]") {
  const auto before = install_before("T1");
  auto first = this->rotator();
  auto second = this->rotator();
  before_answer = [&](const std::string&) {
    before_answer = {};
    const auto error = thrown_by<TokenRotationError>(
        [&] { second.exchange_bot(store, *before.to_bot(), std::chrono::milliseconds{0}); });
    CHECK(error.code() == "lease_timeout");
  };
  const auto after = first.exchange_bot(store, *before.to_bot());
  CHECK(second.exchange_bot(store, *before.to_bot()) == after);
  CHECK(asked.size() == 1);
}

TEST_CASE("a negative pace of exchanges is refused", "[exchange]") {
  test::Rotation rotation;
  const auto error = thrown_by<InvalidArgumentError>([&] { rotation.rotator({.exchanges_per_minute = -1}); });
  CHECK(error.subject() == "exchanges_per_minute");
}
