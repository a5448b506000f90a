#include "slack/oauth/flow/authorize/payload.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

namespace {

using nlohmann::json;
using slack::oauth::HttpRequest;
using slack::oauth::ids_from_payload;
using slack::oauth::InvalidDataError;
using slack::oauth::payload_from_form;
using slack::oauth::payload_from_request;
using slack::oauth::PayloadActor;
using slack::oauth::PayloadIds;

PayloadIds ids_of(std::optional<std::string> enterprise_id, std::optional<std::string> team_id,
                  std::optional<std::string> user_id, bool is_enterprise_install = false) {
  return {.enterprise_id = std::move(enterprise_id),
          .team_id = std::move(team_id),
          .user_id = std::move(user_id),
          .is_enterprise_install = is_enterprise_install};
}

std::string subject_of(const json& payload) {
  return std::string(
      test::thrown_by<InvalidDataError>([&] { static_cast<void>(ids_from_payload(payload)); }).subject());
}

}  // namespace

TEST_CASE("The ids of payloads as Slack sends them") {
  const auto usual = ids_of("E0KILN", "T0FURNACE", "U0GRACE");
  const auto nobody_in_particular = ids_of("E0KILN", "T0FURNACE", std::nullopt);
  const std::vector<std::pair<std::string, PayloadIds>> expected{
      {"event.app_mention.json", usual},
      {"event.app_mention.org_wide.json", ids_of("E0KILN", std::nullopt, "U0GRACE", true)},
      {"event.app_uninstalled.json", nobody_in_particular},
      {"event.app_uninstalled.org_wide.json", ids_of("E0KILN", std::nullopt, std::nullopt)},
      {"event.tokens_revoked.json", nobody_in_particular},
      {"event.tokens_revoked.bot.json", nobody_in_particular},
      {"event.grid_migration_finished.json", nobody_in_particular},
      {"event.url_verification.json", {}},
      {"event.message_changed.json", usual},
      {"event.message_deleted.json", usual},
      {"event.team_join.json", usual},
      {"event.function_executed.json", nobody_in_particular},
      {"event.assistant_thread_started.json", usual},
      {"event.app_uninstalled_team.json", ids_of("E0KILN", std::nullopt, "U0ADA", true)},
      {"block_actions.json", usual},
      {"block_actions.no_enterprise.json", ids_of(std::nullopt, "T0FURNACE", "U0GRACE")},
      {"block_suggestion.json", usual},
      {"shortcut.json", usual},
      {"message_action.json", usual},
      {"view_submission.json", usual},
      {"view_closed.json", usual},
      {"view_submission.org_wide.json", ids_of("E0KILN", "T0FURNACE", "U0GRACE", true)},
  };
  for (const auto& [file, ids] : expected) {
    CAPTURE(file);
    const auto found = ids_from_payload(test::read_json("payloads/" + file));
    CHECK(found.enterprise_id == ids.enterprise_id);
    CHECK(found.team_id == ids.team_id);
    CHECK(found.user_id == ids.user_id);
    CHECK(found.is_enterprise_install == ids.is_enterprise_install);
    CHECK_FALSE(found.actor);
  }
}

TEST_CASE("The ids of forms as Slack sends them") {
  CHECK(ids_from_payload(payload_from_form(test::read_data("payloads/slash_command.form"))) ==
        ids_of("E0KILN", "T0FURNACE", "U0GRACE"));
  CHECK(ids_from_payload(payload_from_form(test::read_data("payloads/slash_command.org_wide.form"))) ==
        ids_of("E0KILN", "T0FURNACE", "U0GRACE", true));
  CHECK(ids_from_payload(payload_from_form(test::read_data("payloads/block_actions.form"))) ==
        ids_of("E0KILN", "T0FURNACE", "U0GRACE"));
}

TEST_CASE("A form's values come as they were written") {
  const json form = payload_from_form(test::read_data("payloads/slash_command.form"));
  CHECK(form.at("text") == "bronze & brass, 100%");
  CHECK(form.at("command") == "/pour");
  CHECK(payload_from_form("").empty());
  CHECK(payload_from_form("text=a+b&empty=") == json{{"text", "a b"}, {"empty", ""}});
}

TEST_CASE("A form that cannot be read is an error that names what is wrong and quotes no value") {
  const auto subject = [](std::string_view body) {
    const auto error = test::thrown_by<InvalidDataError>([&] { static_cast<void>(payload_from_form(body)); });
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
    return std::string(error.subject());
  };
  CHECK(subject("user_id=%zzhunter2") == "the form");
  CHECK(subject("user_id=U1&user_id=hunter2") == "user_id");
  CHECK(subject("user_id=hunter2%ff") == "user_id");
  CHECK(subject("=hunter2&=") == "a parameter without a name");
  CHECK(subject("payload={hunter2") == "payload");
  CHECK(subject("payload=%7B%7D&payload=%7B%7D") == "payload");
  CHECK(subject("payload=" + std::string(100'000, '[')) == "payload");
  CHECK(subject(std::string(std::size_t{4} << 20U, 'a')) == "the form");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "p" + std::to_string(i) + "=&";
  CHECK(subject(many) == "the form");
}

TEST_CASE("A request's body is read as its content type says") {
  const auto request = [](std::string type, std::string body) {
    return HttpRequest{.method = "POST", .headers = {{"content-type", std::move(type)}}, .body = std::move(body)};
  };
  CHECK(payload_from_request(request("application/json; charset=utf-8", R"({"user_id": "U1"})")).at("user_id") == "U1");
  CHECK(payload_from_request(request("Application/JSON", "{}")) == json::object());
  CHECK(payload_from_request(request("application/x-www-form-urlencoded", "user_id=U1")).at("user_id") == "U1");
  CHECK(payload_from_request({.body = R"({"user_id": "U1"})"}).at("user_id") == "U1");
  CHECK(payload_from_request({.body = "user_id=U1"}).at("user_id") == "U1");
  CHECK_THROWS_AS(payload_from_request(request("application/json", "user_id=U1")), InvalidDataError);
}

TEST_CASE("An event of a shared channel is for whom Slack says, and knows whose user acted") {
  auto ids = ids_from_payload(test::read_json("payloads/event.message.slack_connect.json"));
  CHECK(ids.enterprise_id == "E0KILN");
  CHECK(ids.team_id == "T0FURNACE");
  CHECK(ids.user_id == "U0LINUS");
  CHECK(ids.is_team_of_enterprise);
  CHECK(ids.actor == PayloadActor{.team_id = "T0HAMMER", .user_id = "U0LINUS"});

  ids = ids_from_payload(test::read_json("payloads/event.app_mention.slack_connect_grid.json"));
  CHECK(ids.team_id == "T0FURNACE");
  CHECK(ids.actor == PayloadActor{.enterprise_id = "E0ANVIL", .user_id = "W0LINUS"});
}

TEST_CASE("The actor of an event of a shared channel") {
  json payload = test::read_json("payloads/event.message.slack_connect.json");
  const auto actor = [&] { return ids_from_payload(payload).actor.value(); };
  json& event = payload["event"];

  SECTION("is of the workspace that the envelope names, where only its organisation is said") {
    payload["enterprise_id"] = "E0ANVIL";
    event["user_team"] = "E0ANVIL";
    CHECK(actor() == PayloadActor{.enterprise_id = "E0ANVIL", .team_id = "T0HAMMER", .user_id = "U0LINUS"});
    event["user_team"] = "E0KILN";
    CHECK(actor() == PayloadActor{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0LINUS"});
  }
  SECTION("is known by the team where no user_team is said") {
    event.erase("user_team");
    CHECK(actor().team_id == "T0HAMMER");
  }
  SECTION("is not known where no team is said, and then has no user either") {
    event.erase("user_team");
    event.erase("team");
    CHECK(actor() == PayloadActor{});
  }
  SECTION("is not asked for elsewhere") {
    payload["is_ext_shared_channel"] = false;
    CHECK_FALSE(ids_from_payload(payload).actor);
  }
}

TEST_CASE("The first authorization decides, also by what it does not have") {
  json payload = test::read_json("payloads/event.app_mention.json");
  payload["authorizations"][0]["enterprise_id"] = nullptr;
  payload["authorizations"][0]["team_id"] = "T0OTHER";
  CHECK(ids_from_payload(payload) == ids_of(std::nullopt, "T0OTHER", "U0GRACE"));

  payload["authorizations"].push_back({{"team_id", "T0THIRD"}});
  CHECK(ids_from_payload(payload).team_id == "T0OTHER");

  for (const json& none : {json(), json::array()}) {
    payload["authorizations"] = none;
    CHECK(ids_from_payload(payload) == ids_of("E0KILN", "T0FURNACE", "U0GRACE"));
  }
}

TEST_CASE("A modal that was opened from another workspace is of the one that installed the app") {
  json payload = test::read_json("payloads/view_submission.slack_connect.json");
  const auto ids = ids_from_payload(payload);
  CHECK(ids.team_id == "T0FURNACE");
  CHECK(ids.user_id == "U0LINUS");
  CHECK_FALSE(ids.is_team_of_enterprise);

  payload["view"]["app_installed_team_id"] = "E0KILN";
  const auto of_organisation = ids_from_payload(payload);
  CHECK(of_organisation.enterprise_id == "E0KILN");
  CHECK(of_organisation.is_enterprise_install);
  CHECK_FALSE(of_organisation.is_team_of_enterprise);
}

TEST_CASE("An interaction without a team takes place in the user's or the view's") {
  json payload = test::read_json("payloads/block_actions.org_wide.json");
  CHECK(ids_from_payload(payload).team_id == "T0FURNACE");
  CHECK(ids_from_payload(payload).is_enterprise_install);

  payload["user"]["team_id"] = "E0KILN";
  CHECK_FALSE(ids_from_payload(payload).team_id);
  payload["view"] = {{"team_id", "T0FURNACE"}};
  CHECK(ids_from_payload(payload).team_id == "T0FURNACE");
}

TEST_CASE("An organisation's id is never a workspace's, and the other way round") {
  CHECK(ids_from_payload({{"team_id", "E0KILN"}}) == ids_of("E0KILN", std::nullopt, std::nullopt));
  CHECK(ids_from_payload({{"team_id", "E0KILN"}, {"enterprise_id", "E0KILN"}}).team_id == std::nullopt);
  CHECK(ids_from_payload({{"team_id", "T0FURNACE"}, {"enterprise_id", "T0FURNACE"}}).enterprise_id == std::nullopt);
  const json authorization{{"team_id", "E0KILN"}, {"is_enterprise_install", true}};
  CHECK(ids_from_payload({{"authorizations", json::array({authorization})}}) ==
        ids_of("E0KILN", std::nullopt, std::nullopt, true));
}

TEST_CASE("An enterprise and a team from different places need not belong together") {
  CHECK(ids_from_payload({{"team_id", "T0FURNACE"}, {"enterprise_id", "E0KILN"}}).is_team_of_enterprise);
  CHECK_FALSE(ids_from_payload({{"team_id", "T0FURNACE"}, {"enterprise", {{"id", "E0KILN"}}}}).is_team_of_enterprise);
  CHECK_FALSE(
      ids_from_payload({{"team_id", "T0FURNACE"}, {"event", {{"enterprise_id", "E0KILN"}}}}).is_team_of_enterprise);
}

TEST_CASE("A team that says another enterprise than the payload does is not filed under that one") {
  json payload = test::read_json("payloads/block_actions.json");
  CHECK(ids_from_payload(payload).is_team_of_enterprise);
  payload["enterprise"]["id"] = "E0ANVIL";
  CHECK(ids_from_payload(payload).enterprise_id == "E0ANVIL");
  CHECK_FALSE(ids_from_payload(payload).is_team_of_enterprise);
}

TEST_CASE("Empty and null ids are absent") {
  for (const json& none : {json(), json("")}) {
    CHECK(ids_from_payload({{"team_id", none}, {"enterprise_id", none}, {"user_id", none}}) == PayloadIds{});
    CHECK(ids_from_payload({{"team", none}, {"enterprise", none}, {"user", none}, {"view", none}, {"event", none}}) ==
          PayloadIds{});
  }
  CHECK(ids_from_payload(json::object()) == PayloadIds{});
}

TEST_CASE("is_enterprise_install is a boolean in JSON and a word in forms") {
  CHECK(ids_from_payload({{"is_enterprise_install", true}}).is_enterprise_install);
  CHECK(ids_from_payload({{"is_enterprise_install", "true"}}).is_enterprise_install);
  CHECK_FALSE(ids_from_payload({{"is_enterprise_install", "false"}}).is_enterprise_install);
  CHECK_FALSE(ids_from_payload({{"is_enterprise_install", ""}}).is_enterprise_install);
  CHECK_FALSE(ids_from_payload({{"is_enterprise_install", nullptr}}).is_enterprise_install);
  CHECK(subject_of({{"is_enterprise_install", "yes"}}) == "is_enterprise_install");
  CHECK(subject_of({{"is_enterprise_install", 1}}) == "is_enterprise_install");
}

TEST_CASE("A field of the envelope that has the wrong type is an error that names it") {
  CHECK(subject_of(json::array()) == "the payload");
  CHECK(subject_of("T0FURNACE") == "the payload");
  CHECK(subject_of({{"team_id", 5}}) == "team_id");
  CHECK(subject_of({{"team", {{"id", 5}}}}) == "team.id");
  CHECK(subject_of({{"team", 5}}) == "team");
  CHECK(subject_of({{"enterprise", {{"id", json::array()}}}}) == "enterprise.id");
  CHECK(subject_of({{"user", {{"id", 5}}}}) == "user.id");
  CHECK(subject_of({{"user_id", {{"id", "U0GRACE"}}}}) == "user_id");
  CHECK(subject_of({{"view", 5}}) == "view");
  CHECK(subject_of({{"view", {{"app_installed_team_id", false}}}}) == "view.app_installed_team_id");
  CHECK(subject_of({{"event", json::array()}}) == "event");
  CHECK(subject_of({{"authorizations", json::object()}}) == "authorizations");
  CHECK(subject_of({{"authorizations", json::array({5})}}) == "authorizations[0]");
  const json authorization{{"team_id", 5}};
  CHECK(subject_of({{"authorizations", json::array({authorization})}}) == "authorizations[0].team_id");
  CHECK(subject_of({{"team_id", std::string(300, 'T')}}) == "team_id");
  CHECK(subject_of({{"team_id", "T\xff"}}) == "team_id");
}

TEST_CASE("What an event's own fields hold depends on its type, so they are ids only where they are texts") {
  CHECK(ids_from_payload({{"team_id", "T0FURNACE"}, {"event", {{"user", 5}, {"message", "text"}}}}) ==
        ids_of(std::nullopt, "T0FURNACE", std::nullopt));
  CHECK(ids_from_payload({{"event", {{"user", json::array()}, {"user_id", "U0GRACE"}}}}).user_id == "U0GRACE");
}

TEST_CASE("A payload is read to a fixed depth") {
  json deep = {{"user", "U0GRACE"}};
  for (int i = 0; i < 1000; ++i) {
    json outer;
    outer["event"] = std::move(deep);
    deep = std::move(outer);
  }
  CHECK(ids_from_payload(deep) == PayloadIds{});
}

TEST_CASE("Half a surrogate pair in a text loses no payload") {
  const auto text_of = [](const std::string& escaped) {
    return payload_from_request({.headers = {{"Content-Type", "application/json"}},
                                 .body = R"({"team_id":"T0FURNACE","event":{"text":")" + escaped + "\"}}"})
        .at("/event/text"_json_pointer)
        .get<std::string>();
  };
  const std::string replacement = "\xEF\xBF\xBD";
  CHECK(text_of(R"(hot \ud83d)") == "hot " + replacement);
  CHECK(text_of(R"(hot \uDD25!)") == "hot " + replacement + "!");
  CHECK(text_of(R"(\ud83d\ud83d\udd25)") == replacement + "\xF0\x9F\x94\xA5");
  CHECK(text_of(R"(\udd25\ud83d)") == replacement + replacement);
  CHECK(text_of(R"(\ud83d\n)") == replacement + "\n");
  CHECK(text_of(R"(\ud83d\\udd25)") == replacement + R"(\udd25)");
  CHECK(text_of(R"(\\ud83d \udd25)") == R"(\ud83d )" + replacement);
  CHECK(text_of(R"(\ud83d\udd25)") == "\xF0\x9F\x94\xA5");

  const std::string interaction = R"({"type":"block_actions","team":{"id":"T0FURNACE"},"note":"\ud83d"})";
  CHECK(payload_from_form("payload=" + slack::oauth::percent_encode(interaction)).at("note") == replacement);
  CHECK_THROWS_AS(text_of(R"(\ud8)"), slack::oauth::InvalidDataError);
  CHECK_THROWS_AS(text_of(R"(\ud83d\q)"), slack::oauth::InvalidDataError);
}

TEST_CASE("The user of an assistant's thread is who opened it, and the context is no tenant") {
  auto payload = test::read_json("payloads/event.assistant_thread_started.json");
  payload["event"]["type"] = "assistant_thread_context_changed";
  payload.erase("authorizations");
  payload.erase("enterprise_id");
  const auto ids = ids_from_payload(payload);
  CHECK(ids.user_id == "U0GRACE");
  CHECK(ids.team_id == "T0FURNACE");
  CHECK_FALSE(ids.enterprise_id);
  payload["event"]["assistant_thread"] = "Dx1";
  CHECK_FALSE(ids_from_payload(payload).user_id);
}

TEST_CASE("A workflow token comes with the event of a function's step, and with its interactions") {
  using slack::oauth::workflow_token_from_payload;
  auto executed = test::read_json("payloads/event.function_executed.json");
  CHECK(workflow_token_from_payload(executed) == "xwfp-not-a-real-token");
  for (const char* file :
       {"event.app_mention.json", "block_actions.json", "view_submission.json", "event.url_verification.json"}) {
    CHECK_FALSE(workflow_token_from_payload(test::read_json(std::string("payloads/") + file)));
  }
  auto action = test::read_json("payloads/block_actions.json");
  action["bot_access_token"] = "xwfp-not-a-real-token-2";
  action["function_data"] = {{"execution_id", "Fx0001"}};
  CHECK(workflow_token_from_payload(action) == "xwfp-not-a-real-token-2");

  SECTION("and with nothing else that names one") {
    executed["event"]["type"] = "message";
    CHECK_FALSE(workflow_token_from_payload(executed));
    executed["bot_access_token"] = "xwfp-not-a-real-token-3";
    CHECK_FALSE(workflow_token_from_payload(executed));
  }
  SECTION("missing, null and empty are none") {
    for (const nlohmann::json& none : {nlohmann::json(), nlohmann::json("")}) {
      executed["event"]["bot_access_token"] = none;
      CHECK_FALSE(workflow_token_from_payload(executed));
    }
  }
  SECTION("what is no token is an error that does not show it") {
    for (const nlohmann::json& wrong :
         {nlohmann::json(7), nlohmann::json("xwfp not-a-real-token"), nlohmann::json("xwfp-not-a-real-token\r\n"),
          nlohmann::json(std::string(5000, 'x'))}) {
      executed["event"]["bot_access_token"] = wrong;
      const auto error =
          test::thrown_by<InvalidDataError>([&] { static_cast<void>(workflow_token_from_payload(executed)); });
      CHECK(error.subject() == "event.bot_access_token");
      CHECK(std::string(error.what()).find("xwfp") == std::string::npos);
      CHECK(std::string(error.what()).size() < 200);
    }
    CHECK_THROWS_AS(workflow_token_from_payload(nlohmann::json::array()), InvalidDataError);
  }
}
