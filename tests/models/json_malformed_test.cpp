#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <slack/oauth/models/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using test::thrown_by;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
const std::string not_utf8 = "xoxb-not-a-real-\xC3(";

json nested_arrays(int depth) {
  json value = json::array();
  for (int i = 1; i < depth; ++i) value = json::array({std::move(value)});
  return value;
}

// What a field of that type cannot hold; each with a secret in it where one fits.
std::vector<json> wrong_values_for(const std::string*) {
  return {1,
          -1,
          1.5,
          true,
          json::array({"xoxb-not-a-real-token"}),
          {{"token", "xoxb-not-a-real-token"}},
          not_utf8,
          nested_arrays(1000)};
}
std::vector<json> wrong_values_for(const std::vector<std::string>*) {
  return {1,
          true,
          {{"xoxb-not-a-real-token", 1}},
          {"chat:write", 1},
          {"chat:write", nullptr},
          {{"chat:write"}},
          not_utf8,
          {"chat:write", not_utf8},
          nested_arrays(1000)};
}
std::vector<json> wrong_values_for(const bool*) {
  return {"xoxb-not-a-real-token", "true", 2, -1, 0.5, json::array(), json::object()};
}
std::vector<json> wrong_values_for(const CustomValues*) {
  return {"xoxb-not-a-real-token",      1, true, json::array({1}), {{"a", not_utf8}}, {{not_utf8, 1}},
          {{"deep", nested_arrays(64)}}};
}
template <class Duration>
std::vector<json> wrong_values_for(const std::chrono::sys_time<Duration>*) {
  return {true,
          json::array(),
          json::object(),
          "xoxb-not-a-real-token",
          "",
          "2026-02-30 00:00:00",
          not_utf8,
          253402300800,
          -62167219201,
          1e300,
          -1e300,
          infinity,
          -infinity,
          not_a_number,
          std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::uint64_t>::max()};
}
template <class T>
std::vector<json> wrong_values_for(const std::optional<T>*) {
  return wrong_values_for(static_cast<const T*>(nullptr));
}

void check_names_field(const InvalidDataError& error, std::string_view field) {
  CHECK(error.subject() == field);
  CHECK_THAT(error.what(), ContainsSubstring(std::string(field)));
  CHECK_THAT(error.what(), !ContainsSubstring("not-a-real"));
}

template <class T>
void check_wrong_types(const T& valid) {
  for_each_field<T>([&](const auto& field) {
    const std::string name(field.name);
    using Member = typename std::remove_cvref_t<decltype(field)>::value_type;
    for (const json& wrong : wrong_values_for(static_cast<const Member*>(nullptr))) {
      INFO(name << " as " << wrong.type_name());
      json record = valid;
      record[name] = wrong;
      check_names_field(thrown_by<InvalidDataError>([&] { (void)record.template get<T>(); }), name);
    }
  });
}

}  // namespace

TEST_CASE("a value of the wrong type is refused, by the name of its field", "[json]") {
  check_wrong_types(test::full_installation());
  check_wrong_types(test::full_bot());
}

TEST_CASE("a record is an object", "[json]") {
  const auto record =
      GENERATE(values<json>({nullptr, 1, true, "xoxb-not-a-real-token", json::array(), json::array({1})}));
  check_names_field(thrown_by<InvalidDataError>([&] { (void)record.get<Installation>(); }), "the record");
  check_names_field(thrown_by<InvalidDataError>([&] { (void)record.get<Bot>(); }), "the record");
}

TEST_CASE("a bot has a token", "[json]") {
  const auto record =
      GENERATE(values<json>({json::object(), {{"bot_token", nullptr}}, {{"bot_token", ""}}, {{"bot_id", "B0BOT"}}}));
  check_names_field(thrown_by<InvalidDataError>([&] { (void)record.get<Bot>(); }), "bot_token");
}

TEST_CASE("an unknown key is kept only where it is sound", "[json]") {
  struct Row {
    std::string name;
    json value;
    std::string subject;
  };
  const auto row = GENERATE(values<Row>({
      {"region", not_utf8, "region"},
      {"region", {{"inner", {1, not_utf8}}}, "region"},
      {"region", {{not_utf8, 1}}, "region"},
      {"region", nested_arrays(64), "region"},
      {"line\nline", not_utf8, R"("line\x0aline")"},
      {"bad\xC3(", 1, R"("bad\xc3(")"},
  }));
  const json record = {{"user_id", "U0ADA"}, {row.name, row.value}};
  const auto error = thrown_by<InvalidDataError>([&] { (void)record.get<Installation>(); });
  CHECK(error.subject() == row.subject);
  CHECK_THAT(error.what(), !ContainsSubstring("not-a-real"));
}

TEST_CASE("the name of an unknown key does not flood an error", "[json]") {
  const json record = {{std::string(100000, 'n'), not_utf8}};
  const auto error = thrown_by<InvalidDataError>([&] { (void)record.get<Installation>(); });
  CHECK(std::string(error.what()).size() < 300);
}

TEST_CASE("text that is not UTF-8 is not written", "[json]") {
  struct Row {
    Installation installation;
    std::string field;
  };
  const auto row = GENERATE(values<Row>({
      {{.team_name = not_utf8}, "team_name"},
      {{.bot_scopes = {"chat:write", not_utf8}}, "bot_scopes"},
      {{.user_id = "\xED\xA0\x80"}, "user_id"},
      {{.user_token = "\xC0\x80"}, "user_token"},
      {{.token_type = "\xF4\x90\x80\x80"}, "token_type"},
      {{.app_id = "\xE2\x82"}, "app_id"},
  }));
  check_names_field(thrown_by<InvalidDataError>([&] { (void)json(row.installation); }), row.field);
}

TEST_CASE("a time that no calendar has is not written", "[json]") {
  const auto early = GENERATE(true, false);
  const Bot made{.bot_token = "xoxb-not-a-real-token", .installed_at = early ? Timestamp::min() : Timestamp::max()};
  check_names_field(thrown_by<InvalidDataError>([&] { (void)json(made); }), "installed_at");

  using std::chrono::sys_seconds;
  const Bot expiring{.bot_token = "xoxb-not-a-real-token",
                     .bot_token_expires_at = early ? sys_seconds::min() : sys_seconds::max()};
  check_names_field(thrown_by<InvalidDataError>([&] { (void)json(expiring); }), "bot_token_expires_at");
}

TEST_CASE("text that is not JSON is refused without a quote of it", "[json]") {
  const auto text = GENERATE(values<std::string>(
      {"", " ", "{", "}", "{\"a\":}", "{\"bot_token\":\"xoxb-not-a-real-token\"", "xoxb-not-a-real-token", "{'a':1}",
       "[1,]", "{} {}", "NaN", "{\"a\":NaN}", "\"\\ud800\"", "\"\xC3(\"", "\"\xED\xA0\x80\"", "{\"a\":1e999}",
       "[-1e999]", "\"a\nb\"", std::string("{}\0", 3)}));
  CAPTURE(text);
  check_names_field(thrown_by<InvalidDataError>([&] { (void)parse_json(text, "token.json"); }), "token.json");
}

TEST_CASE("text that is too long or too deep is refused", "[json]") {
  const auto subject_of = [](const std::string& text, const JsonLimits& limits) {
    return std::string(thrown_by<InvalidDataError>([&] { (void)parse_json(text, "file", limits); }).subject());
  };
  const std::string ten_megabytes = '"' + std::string(10'000'000, 'a') + '"';
  CHECK(subject_of(ten_megabytes, {}) == "file");
  CHECK(parse_json(ten_megabytes, "file", {.max_bytes = 10'000'002}).get<std::string>().size() == 10'000'000);
  CHECK(subject_of(ten_megabytes, {.max_bytes = 10'000'001}) == "file");

  const std::string deep = std::string(72, '[') + std::string(72, ']');
  CHECK(parse_json(deep) == nested_arrays(72));
  CHECK(subject_of(deep, {.max_depth = 71}) == "file");
  CHECK(subject_of('[' + deep + ']', {}) == "file");
  CHECK(subject_of(std::string(1'000'000, '['), {}) == "file");
  std::string objects;
  for (int i = 0; i < 73; ++i) objects += "{\"a\":";
  CHECK(subject_of(objects, {}) == "file");
}
