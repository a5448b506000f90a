#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <string>
#include <utility>

#include "catch.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

const std::string not_utf8 = "xoxb-not-real-\xC3(";

// Every field that is read is in here.
json whole_answer() {
  json answer = test::read_json("payloads/oauth.v2.access.token_rotation.json");
  answer["incoming_webhook"] = test::read_json("payloads/oauth.v2.access.incoming_webhook.json")["incoming_webhook"];
  return answer;
}

// "authed_user.id" -> /authed_user/id
json::json_pointer pointer_to(std::string path) {
  for (char& c : path) c = c == '.' ? '/' : c;
  return json::json_pointer("/" + path);
}

json with(const std::string& path, json value) {
  json answer = whole_answer();
  answer[pointer_to(path)] = std::move(value);
  return answer;
}

json without(const std::string& path) {
  json answer = whole_answer();
  const auto pointer = pointer_to(path);
  REQUIRE(answer[pointer.parent_pointer()].erase(pointer.back()) == 1);
  return answer;
}

void check_refused(const json& answer, const std::string& path) {
  const auto error =
      test::thrown_by<InvalidDataError>([&] { (void)installation_from_oauth_response(answer, Timestamp{}); });
  CHECK(error.subject() == path);
  CHECK_THAT(error.what(), ContainsSubstring(path));
  CHECK_THAT(error.what(), !ContainsSubstring("not-real"));
  CHECK_THAT(error.what(), !ContainsSubstring("not-a-real"));
}

json nested_arrays(int depth) {
  json value = json::array();
  for (int i = 1; i < depth; ++i) value = json::array({std::move(value)});
  return value;
}

}  // namespace

TEST_CASE("the whole answer is sound", "[oauth_response]") {
  CHECK(installation_from_oauth_response(whole_answer(), Timestamp{}).incoming_webhook_channel == "#castings");
}

TEST_CASE("text that is no text is refused by its path", "[oauth_response]") {
  const std::string path =
      GENERATE(as<std::string>{}, "access_token", "token_type", "scope", "bot_user_id", "app_id", "refresh_token",
               "team.id", "team.name", "enterprise.id", "enterprise.name", "authed_user.id", "authed_user.scope",
               "authed_user.access_token", "authed_user.refresh_token", "incoming_webhook.url",
               "incoming_webhook.channel", "incoming_webhook.channel_id", "incoming_webhook.configuration_url");
  CAPTURE(path);
  check_refused(with(path, 1), path);
  check_refused(with(path, true), path);
  check_refused(with(path, json::array({"xoxb-not-real"})), path);
  check_refused(with(path, {{"token", "xoxb-not-real"}}), path);
  check_refused(with(path, not_utf8), path);
  check_refused(with(path, nested_arrays(1000)), path);
  check_refused(with(path, std::string(10'000'000, 'a')), path);
}

TEST_CASE("an object that is none is refused by its path", "[oauth_response]") {
  const std::string path = GENERATE("team", "enterprise", "authed_user", "incoming_webhook");
  CAPTURE(path);
  check_refused(with(path, 1), path);
  check_refused(with(path, false), path);
  check_refused(with(path, "xoxb-not-real"), path);
  check_refused(with(path, json::array({1})), path);
  check_refused(with(path, nested_arrays(1000)), path);
}

TEST_CASE("a truth that is none is refused by its path", "[oauth_response]") {
  const std::string path = GENERATE("ok", "is_enterprise_install");
  CAPTURE(path);
  check_refused(with(path, 1), path);
  check_refused(with(path, "true"), path);
  check_refused(with(path, json::array()), path);
}

TEST_CASE("a lifetime that is none is refused by its path", "[oauth_response]") {
  const std::string path = GENERATE("expires_in", "authed_user.expires_in");
  CAPTURE(path);
  check_refused(with(path, "43200 "), path);
  check_refused(with(path, "-1"), path);
  check_refused(with(path, ""), path);
  check_refused(with(path, "99999999999999999999"), path);
  check_refused(with(path, 43200.5), path);
  check_refused(with(path, true), path);
  check_refused(with(path, json::object()), path);
  check_refused(with(path, -1), path);
  check_refused(with(path, 1e300), path);
  check_refused(with(path, std::int64_t{1} << 32U), path);
  check_refused(with(path, (std::numeric_limits<std::int64_t>::min)()), path);
  check_refused(with(path, (std::numeric_limits<std::int64_t>::max)()), path);
  check_refused(with(path, (std::numeric_limits<std::uint64_t>::max)()), path);
}

TEST_CASE("an id that is missing is refused by its path", "[oauth_response]") {
  const std::string path =
      GENERATE("team.id", "enterprise.id", "authed_user.id", "bot_user_id", "incoming_webhook.url");
  CAPTURE(path);
  check_refused(without(path), path);
  check_refused(with(path, nullptr), path);
  check_refused(with(path, ""), path);
}

TEST_CASE("an answer belongs to a workspace or an organisation", "[oauth_response]") {
  json answer = whole_answer();
  answer["team"] = nullptr;
  answer["enterprise"] = nullptr;
  check_refused(answer, "team.id");

  answer = whole_answer();
  answer["is_enterprise_install"] = true;
  answer["enterprise"] = nullptr;
  check_refused(answer, "enterprise.id");
}

TEST_CASE("an answer has a token", "[oauth_response]") {
  json answer = test::read_json("payloads/oauth.v2.access.bot_only.json");
  answer.erase("access_token");
  check_refused(answer, "access_token");

  answer = test::read_json("payloads/oauth.v2.access.user_only.json");
  answer["authed_user"].erase("access_token");
  check_refused(answer, "access_token");
}

TEST_CASE("a token is a bot's or a user's", "[oauth_response]") {
  check_refused(with("token_type", "app"), "token_type");
  check_refused(with("token_type", "Bearer "), "token_type");
}

TEST_CASE("a refusal says why", "[oauth_response]") {
  check_refused({{"ok", false}}, "error");
  check_refused({{"ok", false}, {"error", ""}}, "error");
  check_refused({{"ok", false}, {"error", nullptr}}, "error");
  check_refused({{"ok", false}, {"error", {{"code", "xoxb-not-real"}}}}, "error");
  check_refused({{"ok", false}, {"error", not_utf8}}, "error");
  check_refused({{"ok", false}, {"error", "missing_scope"}, {"needed", 1}}, "needed");
  check_refused({{"ok", false}, {"error", "missing_scope"}, {"provided", json::array()}}, "provided");
}

TEST_CASE("an answer is an object with an ok", "[oauth_response]") {
  const auto answer = GENERATE(values<json>({nullptr, 1, true, "xoxb-not-real", json::array(), json::array({1})}));
  check_refused(answer, "the answer");
  check_refused(json::object(), "ok");
  check_refused({{"ok", nullptr}}, "ok");
}
