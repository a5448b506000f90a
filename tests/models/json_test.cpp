#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <slack/oauth/models/json.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"

using namespace slack::oauth;
using nlohmann::json;
using test::at;
using test::at_second;

namespace {

// The text, not only the value: what is written has to survive a file.
template <class T>
T through_text(const T& value) {
  return parse_json(json(value).dump()).get<T>();
}

json with(json record, const std::string& name, json value) {
  record[name] = std::move(value);
  return record;
}

Bot bot_with(const std::string& name, json value) {
  return with({{"bot_token", "xoxb-not-a-real-token-1"}}, name, std::move(value)).get<Bot>();
}

}  // namespace

TEST_CASE("what the Python SDK wrote reads back field for field", "[json]") {
  CHECK(test::read_json("python_sdk/installation.json").get<Installation>() == test::full_installation());
  CHECK(test::read_json("python_sdk/bot.json").get<Bot>() == test::full_bot());
}

TEST_CASE("what the Python SDK wrote without optional fields reads back", "[json]") {
  CHECK(test::read_json("python_sdk/installation_minimal.json").get<Installation>() ==
        Installation{.team_id = "T0FURNACE", .user_id = "U0ADA", .installed_at = at(1767225600)});
  CHECK(test::read_json("python_sdk/bot_minimal.json").get<Bot>() ==
        Bot{.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .installed_at = at(1767225600)});
}

TEST_CASE("what is written has the shape of the Python SDK's", "[json]") {
  const auto check_same_shape = [](const json& theirs, const json& ours) {
    CHECK(ours == theirs);
    CHECK(ours.dump() == theirs.dump());
    for (const auto& [name, value] : theirs.items()) {
      CAPTURE(name);
      REQUIRE(ours.contains(name));
      CHECK(std::string(ours[name].type_name()) == value.type_name());
      CHECK(ours[name].is_number_float() == value.is_number_float());
    }
  };
  for (const std::string name : {"installation", "installation_minimal"}) {
    const json theirs = test::read_json("python_sdk/" + name + ".json");
    REQUIRE(theirs.size() == 25);
    check_same_shape(theirs, theirs.get<Installation>());
  }
  const json theirs = test::read_json("python_sdk/bot.json");
  REQUIRE(theirs.size() == 14);
  check_same_shape(theirs, theirs.get<Bot>());
}

TEST_CASE("the end of a refresh token is written where there is one, since the Python SDK does not know it", "[json]") {
  Installation installation = test::full_installation();
  installation.bot_refresh_token_expires_at = at_second(1769860800);
  installation.user_refresh_token_expires_at = at_second(1769860801);
  json ours = installation;
  CHECK(ours.at("bot_refresh_token_expires_at") == 1769860800);
  CHECK(ours.at("user_refresh_token_expires_at") == 1769860801);
  CHECK(ours.get<Installation>() == installation);
  CHECK(json(*installation.to_bot()).at("bot_refresh_token_expires_at") == 1769860800);

  ours["user_refresh_token_expires_at"] = nullptr;
  CHECK_FALSE(json(ours.get<Installation>()).contains("user_refresh_token_expires_at"));
  CHECK_FALSE(json(test::full_bot()).contains("bot_refresh_token_expires_at"));
}

TEST_CASE("a bot's ids are text, so that an absent one is written as an empty one", "[json]") {
  json theirs = test::read_json("python_sdk/bot_minimal.json");
  const json ours = theirs.get<Bot>();
  theirs["bot_id"] = "";
  theirs["bot_user_id"] = "";
  CHECK(ours == theirs);
}

TEST_CASE("every field survives a round trip", "[json]") {
  CHECK(through_text(test::full_installation()) == test::full_installation());
  CHECK(through_text(test::full_bot()) == test::full_bot());

  Installation organisation = test::full_installation();
  organisation.is_enterprise_install = true;
  organisation.team_id = std::nullopt;
  CHECK(through_text(organisation) == organisation);

  const Installation empty;
  CHECK(through_text(empty) == empty);
}

TEST_CASE("absent and empty text are told apart", "[json]") {
  const Installation installation{.app_id = std::nullopt, .enterprise_id = ""};
  CHECK(json(installation)["app_id"].is_null());
  CHECK(json(installation)["enterprise_id"] == "");
  CHECK(through_text(installation) == installation);
}

TEST_CASE("text is kept whatever it holds", "[json]") {
  using namespace std::string_literals;
  const auto text = GENERATE(values<std::string>({"\"quoted\" \\", "line\nline\r\t", "a\0b"s, "\x01\x1F\x7F", "../%:*",
                                                  "\xF0\x9F\x94\xA5 \xC3\xBC \xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}));
  const Installation installation{.team_name = text, .bot_scopes = {text, "a,b", ""}, .user_id = text};
  CHECK(through_text(installation) == installation);
}

TEST_CASE("times survive a round trip to the microsecond", "[json]") {
  // From 2^33 seconds on, in 2242, two microseconds may share one double.
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> seconds(0, (std::int64_t{1} << 33) - 1);
  std::uniform_int_distribution<std::int64_t> microseconds(0, 999999);
  for (int i = 0; i < 3000; ++i) {
    const Installation installation{.bot_token_expires_at = at_second(seconds(random)),
                                    .installed_at = at(seconds(random), microseconds(random))};
    if (through_text(installation) != installation) FAIL(json(installation).dump());
  }
}

TEST_CASE("every time that can be written can be read", "[json]") {
  const auto time = GENERATE(values<Timestamp>(
      {at(-62167219200), at(-62167219200, 1), at(-1, 999999), at(0), at(4503599627, 370497), at(8589934591, 999999),
       at(253402300799), at(253402300799, 1), at(253402300799, 500000), at(253402300799, 999999)}));
  const auto read = through_text(Installation{.installed_at = time}).installed_at;
  CHECK(read >= time - std::chrono::microseconds{31});
  CHECK(read <= time + std::chrono::microseconds{31});
}

TEST_CASE("times are read in every form that meant one", "[json]") {
  const auto form =
      GENERATE(values<json>({1767225600, 1767225600.0, "1767225600", "1767225600.0", "2026-01-01 00:00:00",
                             "2026-01-01T00:00:00", "2026-01-01T00:00:00.000Z", "2026-01-01T02:00:00+02:00"}));
  CAPTURE(form);
  CHECK(bot_with("installed_at", form).installed_at == at(1767225600));
  CHECK(bot_with("bot_token_expires_at", form).bot_token_expires_at == at_second(1767225600));
}

TEST_CASE("a token does not outlive its expiry by a rounded fraction", "[json]") {
  CHECK(bot_with("bot_token_expires_at", 1767225600.9).bot_token_expires_at == at_second(1767225600));
  CHECK(bot_with("bot_token_expires_at", -0.5).bot_token_expires_at == at_second(-1));
}

TEST_CASE("scopes are read as an array, as text or as null", "[json]") {
  using Scopes = std::vector<std::string>;
  CHECK(bot_with("bot_scopes", {"chat:write", "commands"}).bot_scopes == Scopes{"chat:write", "commands"});
  CHECK(bot_with("bot_scopes", "chat:write, commands,").bot_scopes == Scopes{"chat:write", "commands"});
  CHECK(bot_with("bot_scopes", json::array()).bot_scopes.empty());
  CHECK(bot_with("bot_scopes", "").bot_scopes.empty());
  CHECK(bot_with("bot_scopes", nullptr).bot_scopes.empty());
}

TEST_CASE("a truth is read from a database without booleans, too", "[json]") {
  CHECK(bot_with("is_enterprise_install", true).is_enterprise_install);
  CHECK(bot_with("is_enterprise_install", 1).is_enterprise_install);
  CHECK_FALSE(bot_with("is_enterprise_install", false).is_enterprise_install);
  CHECK_FALSE(bot_with("is_enterprise_install", 0).is_enterprise_install);
  CHECK_FALSE(bot_with("is_enterprise_install", nullptr).is_enterprise_install);
}

TEST_CASE("a missing key and a null are absent", "[json]") {
  const auto before = now();
  const auto installation = json::object().get<Installation>();
  CHECK(installation == Installation{.installed_at = installation.installed_at});
  CHECK(installation.installed_at >= before);

  for_each_field<Installation>([&](const auto& field) {
    const std::string name(field.name);
    CAPTURE(name);
    if (name == "installed_at") return;
    CHECK(with({{"installed_at", 0}}, name, nullptr).template get<Installation>() ==
          Installation{.installed_at = at(0)});
  });
}

TEST_CASE("an unknown key is kept among the custom values", "[json]") {
  const json record = {{"user_id", "U0ADA"},
                       {"installed_at", 0},
                       {"region", "eu"},
                       {"owner", {{"name", "Ada"}}},
                       {"custom_values", {{"plan", "gold"}, {"region", "us"}}}};
  const auto installation = record.get<Installation>();
  CHECK(installation.custom_values.json() == json{{"plan", "gold"}, {"region", "us"}, {"owner", {{"name", "Ada"}}}});
  CHECK(through_text(installation) == installation);
}

TEST_CASE("as many unknown keys as fit into one text are kept", "[json]") {
  json record = {{"user_id", "U0ADA"}};
  for (int i = 0; i < 60000; ++i) record[std::to_string(i)] = i;
  const auto installation = parse_json(record.dump()).get<Installation>();
  CHECK(installation.custom_values.json().size() == 60000);
  CHECK(installation.get_custom_value("59999") == json(59999));
}

TEST_CASE("what cannot be read leaves the value as it was", "[json]") {
  Installation installation = test::full_installation();
  CHECK_THROWS_AS(from_json(json{{"app_id", "A0OTHER"}, {"user_id", 1}}, installation), InvalidDataError);
  CHECK(installation == test::full_installation());
}

TEST_CASE("custom values of the greatest depth are read back from the text of a record", "[json]") {
  json deep = 1;
  for (int level = 1; level < 64; ++level) deep = json::array({deep});
  Installation installation;
  installation.set_custom_value("deep", deep);
  const std::string file = json::array({installation}).dump();
  CHECK(parse_json(file).front().get<Installation>() == installation);
}
