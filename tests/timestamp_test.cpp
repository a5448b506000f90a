#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <slack/oauth/timestamp.hpp>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::at;

namespace {

constexpr std::int64_t start_of_2026 = 1767225600;
constexpr std::int64_t first_second = -62167219200;  // 0000-01-01
constexpr std::int64_t last_second = 253402300799;   // 9999-12-31T23:59:59

struct Row {
  std::string text;
  Timestamp time;
};

}  // namespace

TEST_CASE("now is what the system's clock says, to the microsecond", "[timestamp]") {
  const auto before = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const Timestamp between = now();
  const auto after = std::chrono::system_clock::now();
  CHECK(before <= between);
  CHECK(between <= after);
}

TEST_CASE("a lifetime counts from a moment, by default from now", "[timestamp]") {
  CHECK(expires_in(12h, at(start_of_2026, 999999)) == test::at_second(start_of_2026 + 43200));
  CHECK(expires_in(0s, at(-1, 500000)) == test::at_second(-1));

  const auto earliest = std::chrono::floor<std::chrono::seconds>(now()) + 60s;
  const auto expiry = expires_in(60s);
  CHECK(expiry >= earliest);
  CHECK(expiry <= now() + 60s);
}

TEST_CASE("seconds since 1970 are read from text", "[timestamp]") {
  const auto row = GENERATE(values<Row>({
      {"0", at(0)},
      {"-0", at(0)},
      {"1767225600", at(start_of_2026)},
      {"0001767225600", at(start_of_2026)},
      {"1767225600.0", at(start_of_2026)},
      {"1767225600.25", at(start_of_2026, 250000)},
      {"1767225600.000001", at(start_of_2026, 1)},
      {"1767225600.1234564", at(start_of_2026, 123456)},
      {"1767225600.12345649999", at(start_of_2026, 123456)},
      {"1767225600.1234565", at(start_of_2026, 123457)},
      {"1767225599.9999995", at(start_of_2026)},
      {"-1", at(-1)},
      {"-1.25", at(-2, 750000)},
      {"-0.000001", at(0, -1)},
      {"-62167219200", at(first_second)},
      {"253402300799.999999", at(last_second, 999999)},
  }));
  CAPTURE(row.text);
  CHECK(parse_timestamp(row.text) == row.time);
}

TEST_CASE("ISO 8601 is read with any separator, precision and offset", "[timestamp]") {
  const auto row = GENERATE(values<Row>({
      {"2026-01-01T00:00:00Z", at(start_of_2026)},
      {"2026-01-01t00:00:00z", at(start_of_2026)},
      {"2026-01-01 00:00:00", at(start_of_2026)},
      {"2026-01-01T00:00", at(start_of_2026)},
      {"2026-01-01T00:00Z", at(start_of_2026)},
      {"2026-01-01 01:02:03", at(start_of_2026 + 3723)},
      {"2026-01-01 00:00:00,25", at(start_of_2026, 250000)},
      {"2026-01-01T02:00:00.25+02:00", at(start_of_2026, 250000)},
      {"2026-01-01T02:00:00+02", at(start_of_2026)},
      {"2026-01-01T02:00:00+0200", at(start_of_2026)},
      {"2026-01-01T02:00+02:00", at(start_of_2026)},
      {"2025-12-31T16:30:00-07:30", at(start_of_2026)},
      {"2025-12-31 16:30:00-0730", at(start_of_2026)},
      {"2025-12-31 17:00:00-07", at(start_of_2026)},
      {"2026-01-01T00:00:00+00:00", at(start_of_2026)},
      {"2026-01-01T00:00:00-00:00", at(start_of_2026)},
      {"2026-01-01T23:59:00+23:59", at(start_of_2026)},
      {"2016-12-31T23:59:60Z", at(1483228800)},
      {"2016-12-31T23:59:60.5Z", at(1483228800, 500000)},
      {"2025-12-31T23:59:59.9999995Z", at(start_of_2026)},
      {"1970-01-01T00:00:00Z", at(0)},
      {"1969-12-31T23:59:59.5Z", at(0, -500000)},
      {"1900-03-01 00:00:00", at(-2203891200)},
      {"2000-02-29T00:00:00Z", at(951782400)},
      {"2024-02-29T00:00:00Z", at(1709164800)},
      {"0000-01-01T00:00:00Z", at(first_second)},
      {"0000-01-01T01:00:00+01:00", at(first_second)},
      {"9999-12-31T23:59:59.999999Z", at(last_second, 999999)},
  }));
  CAPTURE(row.text);
  CHECK(parse_timestamp(row.text) == row.time);
}

TEST_CASE("a fraction of any length is read, and rounded to microseconds", "[timestamp]") {
  const std::string digits = "123456789";
  const std::int64_t rounded[] = {0, 100000, 120000, 123000, 123400, 123450, 123456, 123457, 123457, 123457};
  const auto length = GENERATE(range(1, 10));
  const std::string fraction = "." + digits.substr(0, static_cast<std::size_t>(length));
  CAPTURE(fraction);
  CHECK(parse_timestamp("1767225600" + fraction) == at(start_of_2026, rounded[length]));
  CHECK(parse_timestamp("2026-01-01T00:00:00" + fraction) == at(start_of_2026, rounded[length]));
  CHECK(parse_timestamp("2026-01-01T00:00:00" + fraction + "Z") == at(start_of_2026, rounded[length]));
}

TEST_CASE("text that is no time is absent", "[timestamp]") {
  const auto text = GENERATE(values<std::string>(
      {"",    " ",   "-",   ".",    "soon", "nan", "inf", "null",  "+1",    "1.",          ".5",
       "-.5", "--1", "1e9", "0x10", " 1",   "1 ",  "1,5", "1.2.3", "1_000", "1767225600Z", "\xD9\xA1"}));
  CAPTURE(text);
  CHECK(parse_timestamp(text) == std::nullopt);
}

TEST_CASE("a malformed date is absent", "[timestamp]") {
  const auto text = GENERATE(
      values<std::string>({"2026-01-01",          "2026-01-01T",         "2026-01-01T00",        "2026-01-01T00:",
                           "2026-01-01T00:00:",   "2026-1-01T00:00:00",  "26-01-01T00:00:00",    "2026-01-1T00:00:00",
                           "2026-01-01T0:00:00",  "2026-01-01T00:0:00",  "2026-01-01T00:00:0",   "2026/01/01 00:00:00",
                           "2026-01-01_00:00:00", "20260101T000000Z",    "2026-01-01  00:00:00", "2026-00-01T00:00:00",
                           "2026-13-01T00:00:00", "2026-01-00T00:00:00", "2026-01-32T00:00:00",  "2026-02-29T00:00:00",
                           "2026-04-31T00:00:00", "2100-02-29T00:00:00", "2026-01-01T24:00:00",  "2026-01-01T00:60:00",
                           "2026-01-01T00:00:61", "-001-01-01T00:00:00", "2026-01-01T-1:00:00",  "2026-01-01T00:00:-1",
                           " 2026-01-01T00:00:00"}));
  CAPTURE(text);
  CHECK(parse_timestamp(text) == std::nullopt);
}

TEST_CASE("a malformed fraction or offset is absent", "[timestamp]") {
  const auto rest = GENERATE(
      values<std::string>({".",       ",",     ".Z",   ".-1",   ".1.2",    ".x",     "+",      "-",         "+2",
                           "+002",    "+2:00", "+02:", "+02:0", "+02:6",   "+02:60", "+24:00", "+02:00:00", "+02:00Z",
                           "Z+02:00", "ZZ",    " Z",   "Z ",    " +02:00", "UTC",    "*02:00", "−02:00"}));
  CAPTURE(rest);
  CHECK(parse_timestamp("2026-01-01T00:00:00" + rest) == std::nullopt);
}

TEST_CASE("a time outside of the years 0000 to 9999 is absent", "[timestamp]") {
  const auto text = GENERATE(values<std::string>(
      {"-62167219201", "-62167219200.000001", "253402300800", "253402300799.9999995", "9223372036854775807",
       "-9223372036854775808", "99999999999999999999999999", "12026-01-01T00:00:00", "0000-01-01T00:00:00+00:01",
       "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59.9999995Z"}));
  CAPTURE(text);
  CHECK(parse_timestamp(text) == std::nullopt);
}

TEST_CASE("a zero byte does not end the text", "[timestamp]") {
  using namespace std::string_view_literals;
  CHECK(parse_timestamp("1767225600\0"sv) == std::nullopt);
  CHECK(parse_timestamp("2026-01-01T00:00:00Z\0"sv) == std::nullopt);
}

TEST_CASE("a time is written in UTC with microseconds", "[timestamp]") {
  CHECK(format_timestamp(at(start_of_2026, 250000)) == "2026-01-01T00:00:00.250000Z");
  CHECK(format_timestamp(at(1709251199, 1)) == "2024-02-29T23:59:59.000001Z");
  CHECK(format_timestamp(at(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_timestamp(at(0, -1)) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_timestamp(at(first_second)) == "0000-01-01T00:00:00.000000Z");
  CHECK(format_timestamp(at(last_second, 999999)) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("what is written is read back, whatever the time", "[timestamp]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> seconds(first_second, last_second);
  std::uniform_int_distribution<std::int64_t> microseconds(0, 999999);
  for (int i = 0; i < 5000; ++i) {
    const Timestamp time = at(seconds(random), microseconds(random));
    const std::string text = format_timestamp(time);
    if (parse_timestamp(text) != time || text.size() != 27) FAIL("not read back: " << text);
  }
}
