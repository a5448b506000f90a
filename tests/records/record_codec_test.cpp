#include "slack/oauth/records/record_codec.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <slack/oauth/models/composition.hpp>
#include <slack/oauth/models/json.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using detail::RecordOrder;

namespace {

Timestamp at_microsecond(std::int64_t count) { return Timestamp{std::chrono::microseconds{count}}; }

Bot bot() {
  Bot bot{.app_id = "A1",
          .enterprise_name = "Kiln \"Group\" \xF0\x9F\x94\xA5\n",
          .team_id = "T1",
          .bot_token = "xoxb-not-a-real-token-1",
          .bot_scopes = {"chat:write", "commands"},
          .bot_token_expires_at = std::chrono::sys_seconds{std::chrono::seconds{1'767'268'800}},
          .is_enterprise_install = false,
          .installed_at = at_microsecond(1'767'225'600'123'456)};
  bot.set_custom_value("plan",
                       {{"name", "gold"}, {"seats", {1, -2, 0.5, nullptr, true}}, {"empty", nlohmann::json::object()}});
  return bot;
}

template <class T>
std::optional<T> plain(const std::string& text) {
  T value{};
  return detail::decode_plain_record(text, value) ? std::optional(value) : std::nullopt;
}

template <class T>
T decoded(const std::string& text) {
  return detail::decode_record<T>(text, text.size(), [] { return std::string("bot-latest"); });
}

}  // namespace

TEST_CASE("record text: what this library writes is read without a tree of JSON") {
  CHECK(plain<Bot>(detail::encode_record(bot())) == bot());
  CHECK(plain<Bot>(nlohmann::json(bot()).dump(2)) == bot());
}

TEST_CASE("record text: what is not plain is left to the codec that defines the meaning") {
  const std::string text = detail::encode_record(bot());
  const auto changed = [&text](const std::string& from, const std::string& to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    return other;
  };
  for (const auto& other :
       {changed("\"app_id\"", "\"team\""), changed("[\"chat:write\",\"commands\"]", "\"chat:write,commands\""),
        changed("1767225600.123456", "\"2026-01-01T00:00:00.123456Z\""), changed("false", "0")}) {
    CAPTURE(other);
    CHECK_FALSE(plain<Bot>(other));
    CHECK(decoded<Bot>(other).bot_scopes == bot().bot_scopes);
  }
}

TEST_CASE("record text: what is no record is InvalidDataError that names it, and shows none of it") {
  const std::string text = detail::encode_record(bot());
  for (const auto& broken :
       {std::string(), text.substr(0, text.size() / 2), text + std::string(1, '\0'), text + "{}", "[" + text + "]",
        std::string("5"), std::string("{\"bot_token\": [[\"xoxb-not-a-real-token-1\"]]}"),
        std::string("{\"bot_token\": \"\"}")}) {
    CAPTURE(broken);
    const auto error = test::thrown_by<InvalidDataError>([&] { static_cast<void>(decoded<Bot>(broken)); });
    CHECK(error.subject() == "bot-latest");
    CHECK(std::string(error.what()).find("xoxb") == std::string::npos);
  }
}

TEST_CASE("record text: custom values are read down to the depth that they may have, and no further") {
  const auto with_depth = [](int depth) {
    const auto times = static_cast<std::size_t>(depth - 1);
    return R"({"team_id": "T1", "bot_token": "xoxb-not-a-real-token-1", "custom_values": {"a": )" +
           std::string(times, '[') + std::string(times, ']') + "}}";
  };
  CHECK(plain<Bot>(with_depth(64)));
  CHECK_FALSE(plain<Bot>(with_depth(65)));
  CHECK_THROWS_AS(decoded<Bot>(with_depth(65)), InvalidDataError);
}

TEST_CASE("record text: an installation's holds nothing of its bot") {
  const Installation installation{.team_id = "T1",
                                  .bot_token = "xoxb-not-a-real-token-1",
                                  .bot_id = "B1",
                                  .bot_user_id = "U1BOT",
                                  .bot_scopes = {"commands"},
                                  .bot_refresh_token = "xoxe-1-not-a-real-token-1",
                                  .bot_token_expires_at = std::chrono::sys_seconds{},
                                  .user_id = "U1",
                                  .user_token = "xoxp-not-a-real-token-1"};
  const std::string text = detail::encode_record(installation);
  CHECK(decoded<Installation>(text) == without_bot(installation));
  CHECK_FALSE(detail::may_hold_bot_token(text));
}

TEST_CASE("record text: the end of a refresh token stands where the Python SDK takes any name") {
  const std::chrono::sys_seconds end{std::chrono::seconds{1'769'860'800}};
  Bot ending = bot();
  ending.bot_refresh_token_expires_at = end;
  const std::string text = detail::encode_record(ending);
  const auto json = nlohmann::json::parse(text);
  CHECK_FALSE(json.contains("bot_refresh_token_expires_at"));
  CHECK(json.at("custom_values").at("bot_refresh_token_expires_at") == 1'769'860'800);
  CHECK(json.at("custom_values").size() == 2);
  CHECK(plain<Bot>(text) == ending);
  CHECK(decoded<Bot>(nlohmann::json(ending).dump()) == ending);

  const Installation installation{.team_id = "T1",
                                  .bot_token = "xoxb-not-a-real-token-1",
                                  .bot_refresh_token_expires_at = end,
                                  .user_id = "U1",
                                  .user_refresh_token_expires_at = end};
  const std::string of_user = detail::encode_record(installation);
  CHECK(nlohmann::json::parse(of_user).at("custom_values") ==
        nlohmann::json{{"user_refresh_token_expires_at", 1'769'860'800}});
  CHECK(plain<Installation>(of_user) == without_bot(installation));
  CHECK(detail::encode_record(bot()).find("refresh_token_expires_at") == std::string::npos);

  Bot odd = bot();
  odd.set_custom_value("bot_refresh_token_expires_at", "soon");
  CHECK(test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(detail::encode_record(odd)); }).subject() ==
        "custom_values");
}

TEST_CASE("record text: whether it holds a bot's token is seen without decoding it") {
  CHECK(detail::may_hold_bot_token(R"({"bot_token": "xoxb-not-a-real-token-1"})"));
  CHECK(detail::may_hold_bot_token(R"({"bot_token":null, "bot_refresh_token" : "xoxe-1-not-a-real-token-1"})"));
  CHECK(detail::may_hold_bot_token(R"({"bot_token)"
                                   "\n"
                                   R"(": null, "bot_token"  :  "xoxb-not-a-real-token-1)"));
  CHECK_FALSE(detail::may_hold_bot_token(R"({"bot_token": null,"bot_refresh_token":null})"));
  CHECK_FALSE(detail::may_hold_bot_token(R"({"user_token": "xoxp-not-a-real-token-1"})"));
}

TEST_CASE("record text: the order of equals stands behind the microsecond") {
  const auto text = [](std::uint64_t number) { return detail::encode_record(bot(), number); };
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{99'999'999'999}, std::uint64_t{100'000'000'000}}) {
    CAPTURE(number);
    CHECK(detail::order_number(text(number)) == number);
    CHECK(decoded<Bot>(text(number)) == bot());
  }
  CHECK(detail::order_number(R"({"installed_at": 1767225600)") == 0);
  CHECK(detail::order_number(R"({"installed_at":)") == 0);

  CHECK(RecordOrder{at_microsecond(1), 9} < RecordOrder{at_microsecond(2), 0});
  CHECK(RecordOrder{at_microsecond(2), 0} < RecordOrder{at_microsecond(2), 1});
  CHECK_FALSE(RecordOrder{at_microsecond(2), 1} < RecordOrder{at_microsecond(2), 1});
  CHECK(RecordOrder{at_microsecond(2), 1} == RecordOrder{at_microsecond(2), 1});
}
