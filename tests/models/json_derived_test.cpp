// An app's own value type: derived from Installation, with typed fields of its own.
#include <cstdint>
#include <map>
#include <optional>
#include <slack/oauth/models/json.hpp>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using test::thrown_by;

// In a namespace of the app's own: what is generated has to be found from anywhere.
namespace app {

enum class Plan : std::int8_t { free, paid };
NLOHMANN_JSON_SERIALIZE_ENUM(Plan, {{Plan::free, "free"}, {Plan::paid, "paid"}})

struct TenantInstallation : slack::oauth::Installation {
  std::string tenant_id;
  std::optional<std::string> tenant_key;

  static constexpr auto fields() {
    return slack::oauth::append_fields(Installation::fields(),
                                       slack::oauth::field("tenant_id", &TenantInstallation::tenant_id),
                                       slack::oauth::secret_field("tenant_key", &TenantInstallation::tenant_key));
  }
};

struct BilledBot : slack::oauth::Bot {
  std::uint8_t seats = 1;
  double price = 0;
  Plan plan = Plan::free;
  std::optional<std::int64_t> invoice;
  std::map<std::string, int> usage;

  static constexpr auto fields() {
    return slack::oauth::append_fields(
        Bot::fields(), slack::oauth::field("seats", &BilledBot::seats), slack::oauth::field("price", &BilledBot::price),
        slack::oauth::field("plan", &BilledBot::plan), slack::oauth::field("invoice", &BilledBot::invoice),
        slack::oauth::field("usage", &BilledBot::usage));
  }
};

}  // namespace app

namespace {

app::TenantInstallation tenant_installation() { return {test::full_installation(), "acme", "not-a-real-tenant-key"}; }

app::BilledBot billed_bot() {
  return {test::full_bot(), 200, 9.5, app::Plan::paid, 9007199254740993, {{"messages", 12}}};
}

}  // namespace

TEST_CASE("an app's own fields go through the codec", "[json]") {
  const json record = tenant_installation();
  CHECK(record.size() == 27);
  CHECK(record["tenant_id"] == "acme");
  CHECK(record["tenant_key"] == "not-a-real-tenant-key");
  CHECK(parse_json(record.dump()).get<app::TenantInstallation>() == tenant_installation());

  const json bot = billed_bot();
  CHECK(bot.size() == 19);
  CHECK(bot["plan"] == "paid");
  CHECK(parse_json(bot.dump()).get<app::BilledBot>() == billed_bot());
}

TEST_CASE("an app's own fields are absent from what was written before they were", "[json]") {
  const auto read = json(test::full_installation()).get<app::TenantInstallation>();
  CHECK(read == app::TenantInstallation{test::full_installation(), "", std::nullopt});
}

TEST_CASE("an app's own fields are custom values to who does not know them", "[json]") {
  const auto read = json(tenant_installation()).get<Installation>();
  CHECK(read.get_custom_value("tenant_id") == json("acme"));
  CHECK(read.get_custom_value("plan") == json("gold"));
}

TEST_CASE("an app's own fields count in comparisons", "[json]") {
  CHECK(tenant_installation() == tenant_installation());
  auto other = tenant_installation();
  other.tenant_id = "other";
  CHECK(other != tenant_installation());
  other = tenant_installation();
  other.tenant_key = std::nullopt;
  CHECK(other != tenant_installation());
  other = tenant_installation();
  other.user_id = "U0OTHER";
  CHECK(other != tenant_installation());
}

TEST_CASE("an app's own secrets are redacted", "[json]") {
  std::ostringstream out;
  out << tenant_installation();
  CHECK_THAT(out.str(), ContainsSubstring(R"(tenant_id: "acme", tenant_key: "…-key"})"));
  CHECK_THAT(out.str(), !ContainsSubstring("not-a-real"));
}

TEST_CASE("an app's own fields are refused by name, too", "[json]") {
  struct Row {
    std::string field;
    json value;
  };
  const auto row = GENERATE(values<Row>({
      {"seats", 256},
      {"seats", -1},
      {"seats", 1.0},
      {"seats", "1"},
      {"price", "9.5"},
      {"invoice", std::uint64_t{1} << 63U},
      {"invoice", 1e300},
      {"usage", {{"messages", "not-a-real-secret"}}},
      {"usage", "not-a-real-secret"},
  }));
  json record = billed_bot();
  record[row.field] = row.value;
  const auto error = thrown_by<InvalidDataError>([&] { (void)record.get<app::BilledBot>(); });
  CHECK(error.subject() == row.field);
  CHECK_THAT(error.what(), !ContainsSubstring("not-a-real"));
}
