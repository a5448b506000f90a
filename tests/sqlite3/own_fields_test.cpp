// Value types of an app's own: each field that they add is a column.
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
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
  std::optional<std::string> tenant_key{};
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
        slack::oauth::secret_field("tenant_key", &TenantInstallation::tenant_key),
        field("seats", &TenantInstallation::seats), field("quota", &TenantInstallation::quota),
        field("serial", &TenantInstallation::serial), field("ratio", &TenantInstallation::ratio),
        field("is_paid", &TenantInstallation::is_paid), field("labels", &TenantInstallation::labels),
        field("renewed \"at\"", &TenantInstallation::renewed_at), field("ends_at", &TenantInstallation::ends_at));
  }
};

struct IdInstallation : slack::oauth::Installation {
  std::string id{};

  static constexpr auto fields() {
    return slack::oauth::append_fields(Installation::fields(), slack::oauth::field("id", &IdInstallation::id));
  }
};

using TenantStore = slack::oauth::BasicSQLite3InstallationStore<TenantInstallation, TenantBot>;

slack::oauth::SQLite3InstallationStoreOptions options(const test::TemporaryFolder& folder) {
  return {.database = folder.file("installations.db"), .client_id = "111.222"};
}

TenantInstallation tenant() {
  TenantInstallation value{test::full_installation()};
  value.tenant_id = "tenant-1";
  value.tenant_key = "not-a-real-key";
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

}  // namespace

TEST_CASE("an app's own fields are columns of their own", "[sqlite3]") {
  const test::TemporaryFolder folder;
  TenantStore store(options(folder));
  store.save(tenant());
  const auto query = slack::oauth::InstallationQuery{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
  CHECK(store.find_installation(query) == tenant());
  TenantBot bot{test::full_bot()};
  bot.region = "north";
  store.save_bot(bot);
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) == bot);

  const test::RawDatabase other(folder.file("installations.db"));
  CHECK(other.query("select tenant_id, seats, typeof(seats), is_paid, ratio, labels, \"renewed \"\"at\"\"\", ends_at, "
                    "serial from slack_installations") ==
        std::vector<test::Row>{{"tenant-1", "-7", "integer", "1", "0.1", R"(["a,b",""," c"])",
                                "2026-01-01 00:00:00.000001", "1767225601", "18446744073709551615"}});
  CHECK(other.value("select region from slack_bots") == "north");
}

TEST_CASE("an app that gets fields of its own keeps the records it has", "[sqlite3]") {
  const test::TemporaryFolder folder;
  {
    slack::oauth::SQLite3InstallationStore store(options(folder));
    store.save(test::full_installation());
  }
  TenantStore store(options(folder));
  const auto query = slack::oauth::InstallationQuery{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
  CHECK(store.find_installation(query) == TenantInstallation{test::full_installation()});
  store.save(tenant());
  // A program without those fields reads what it knows.
  const slack::oauth::SQLite3InstallationStore plain(options(folder));
  CHECK(plain.find_installation(query) == test::full_installation());
}

TEST_CASE("a field of an app's own cannot be one of the columns that the store needs", "[sqlite3]") {
  const test::TemporaryFolder folder;
  using Store = slack::oauth::BasicSQLite3InstallationStore<IdInstallation, slack::oauth::Bot>;
  const auto error = test::thrown_by<slack::oauth::InvalidArgumentError>([&] { const Store store(options(folder)); });
  CHECK(error.subject() == "id");
}

TEST_CASE("a number that does not fit is an error that names its column", "[sqlite3]") {
  const test::TemporaryFolder folder;
  TenantStore store(options(folder));
  store.save(tenant());
  test::execute(folder.file("installations.db"), "update slack_installations set seats = 3000000000");
  const auto error = test::thrown_by<slack::oauth::InvalidDataError>(
      [&] { static_cast<void>(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})); });
  CHECK(error.subject() == "slack_installations.seats");
}
