// Value types of an app's own: each field that they add is a column, on PostgreSQL of a type that holds it.
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

struct TenantBot : slack::oauth::Bot {
  std::optional<std::string> region{};

  static constexpr auto fields() {
    return slack::oauth::append_fields(Bot::fields(), slack::oauth::field("region", &TenantBot::region));
  }
};

struct TenantInstallation : slack::oauth::Installation {
  std::string tenant_id{};
  std::int32_t seats = 5;
  std::optional<std::int64_t> quota{};
  std::uint64_t serial = 0;
  double ratio = 0;
  bool is_paid = false;
  std::vector<std::string> labels{};
  std::optional<slack::oauth::Timestamp> renewed_at{};
  std::optional<std::chrono::sys_seconds> ends_at{};

  [[nodiscard]] std::optional<TenantBot> to_bot() const {
    const auto bot = Installation::to_bot();
    return bot ? std::optional(TenantBot{*bot}) : std::nullopt;
  }

  static constexpr auto fields() {
    using slack::oauth::field;
    return slack::oauth::append_fields(
        Installation::fields(), field("tenant_id", &TenantInstallation::tenant_id),
        field("seats", &TenantInstallation::seats), field("quota", &TenantInstallation::quota),
        field("serial", &TenantInstallation::serial), field("ratio", &TenantInstallation::ratio),
        field("is_paid", &TenantInstallation::is_paid), field("labels", &TenantInstallation::labels),
        field("renewed \"at\"", &TenantInstallation::renewed_at), field("ends_at", &TenantInstallation::ends_at));
  }
};

using TenantStore = test::BasicPlacedStore<TenantInstallation, TenantBot>;

TenantInstallation tenant() {
  TenantInstallation value{test::full_installation()};
  value.tenant_id = "tenant-1";
  value.seats = -7;
  value.quota = std::numeric_limits<std::int64_t>::min();
  value.serial = std::numeric_limits<std::uint64_t>::max();
  value.ratio = 0.1;
  value.is_paid = true;
  value.labels = {"a,b", "", " c"};
  value.renewed_at = test::at(1767225600, 1);
  value.ends_at = test::at_second(1767225601);
  return value;
}

constexpr slack::oauth::InstallationQuery query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};

}  // namespace

TEST_CASE("an app's own fields are columns of their own on PostgreSQL", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  TenantStore store;
  store.save(tenant());
  CHECK(store.find_installation(query) == tenant());
  TenantBot bot{test::full_bot()};
  bot.region = "north";
  store.save_bot(bot);
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) == bot);
  const auto raw = store.raw();
  CHECK(
      raw.query("select tenant_id, seats, quota, is_paid, ratio, labels, \"renewed \"\"at\"\"\", ends_at, serial from "
                "slack_installations") ==
      std::vector<test::Row>{{"tenant-1", "-7", "-9223372036854775808", "t", "0.1", R"(["a,b",""," c"])",
                              "2026-01-01 00:00:00.000001", "2026-01-01 00:00:01", "18446744073709551615"}});
  CHECK(raw.value("select region from slack_bots") == "north");

  raw.execute("update slack_installations set seats = 3000000000");
  const auto error =
      test::thrown_by<slack::oauth::InvalidDataError>([&] { static_cast<void>(store.find_installation(query)); });
  CHECK(error.subject() == "slack_installations.seats");
  raw.execute("update slack_installations set seats = 1, installed_at = 'infinity'");
  CHECK(test::thrown_by<slack::oauth::InvalidDataError>([&] {
          static_cast<void>(store.find_installation(query));
        }).subject() == "slack_installations.installed_at");
}

TEST_CASE("an app that gets fields of its own keeps the records that it has on PostgreSQL", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore plain;
  plain.save(test::full_installation());
  TenantStore store(plain.opened_with());
  CHECK(store.find_installation(query) == TenantInstallation{test::full_installation()});
  store.save(tenant());
  // A program without those fields reads what it knows, over the statements that it has prepared.
  CHECK(plain.find_installation(query) == test::full_installation());
}

TEST_CASE("a column whose type somebody changed under a prepared statement is read anew", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore store({.pool = {.size = 1}});
  store.save(test::full_installation());
  CHECK(store.find_installation(query) == test::full_installation());
  store.raw().execute(
      "alter table slack_installations alter column token_type type varchar(64); alter table "
      "slack_installations alter column installed_at type timestamptz using installed_at at time zone "
      "'utc'");
  CHECK(store.find_installation(query) == test::full_installation());
  store.save(test::full_installation());
  CHECK(store.find_installation(query) == test::full_installation());
}
