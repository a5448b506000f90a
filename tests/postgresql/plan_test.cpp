// How the server looks up: the plans of the statements that sql/ writes for this engine.
#include <chrono>
#include <cstdint>
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
using slack::oauth::detail::SqlType;

namespace {

struct NoRow {
  [[nodiscard]] SqlType type(int) const { return SqlType::null; }
  [[nodiscard]] std::string_view text(int) const { return {}; }
  [[nodiscard]] std::int64_t integer(int) const { return 0; }
  [[nodiscard]] double real(int) const { return 0; }
};

struct NoStatement {
  void bind(int, std::string_view) {}
  void bind_copy(int, std::string_view) {}
  void bind(int, std::int64_t) {}
  void bind(int, double) {}
  void bind_null(int) {}
  bool step() { return false; }
  [[nodiscard]] NoRow row() const { return {}; }
  [[nodiscard]] std::int64_t changes() const { return 0; }
  void reset() {}
  void run() {}
};

/// Remembers what is prepared, and finds nothing.
struct Recorder {
  using Dialect = slack::oauth::detail::PostgreSQLDialect;
  using Statement = NoStatement;

  std::vector<std::string>& statements;

  [[nodiscard]] NoStatement prepare(std::string_view sql) const {
    statements.emplace_back(sql);
    return {};
  }
  void execute(std::string_view) const {}
  [[nodiscard]] bool has_table(std::string_view) const { return false; }
  void require_writable() const {}
  void require_in_place() const {}
  [[nodiscard]] StorageError refusal(std::string_view problem) const {
    return {{.backend = "none", .native_code = {}}, problem};
  }
  void roll_back() {}
};

/// Of look-ups, and of what a write looks up first.
std::vector<std::string> look_ups() {
  std::vector<std::string> statements;
  const Recorder recorder{statements};
  slack::oauth::detail::SqlReader<Recorder, Installation, Bot>(recorder, "");
  slack::oauth::detail::SqlShownBot<Recorder> shown_bot(recorder, "", true);
  const WorkspaceKey key{"E0KILN", "T0FURNACE"};
  static_cast<void>(shown_bot.look(key));
  static_cast<void>(shown_bot.look_for(key, "U1", "2026-01-01 00:00:00Z"));
  return statements;
}

std::string plan_of(const test::RawDatabase& raw, const std::string& sql) {
  raw.execute("prepare looked_at as " + sql);
  std::string values = "'111.222', 'E0KILN', 'T0FURNACE'";
  if (sql.find("$4") != std::string::npos) values += ", 'U1'";
  if (sql.find("$5") != std::string::npos) values += ", '2026-01-01'";
  std::string plan;
  for (const auto& row : raw.query("explain execute looked_at (" + values + ")")) plan += row.front() + "\n";
  raw.execute("deallocate looked_at");
  return plan;
}

}  // namespace

TEST_CASE("no look-up sorts or goes through a table, whether the server has counted its rows or not", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  constexpr int saves = 1000;
  test::PlacedStore store({.historical_data_enabled = true});
  auto installation = test::full_installation();
  for (int i = 0; i < saves; ++i) {
    installation.user_id = "U" + std::to_string(i % 5);
    installation.installed_at += std::chrono::minutes{1};
    store.save(installation);
  }
  const auto raw = store.raw();
  raw.execute("set plan_cache_mode to force_generic_plan");
  const bool is_counted = GENERATE(false, true);
  CAPTURE(is_counted);
  if (is_counted) raw.execute("analyze slack_bots, slack_installations");
  const auto statements = look_ups();
  CHECK(statements.size() == 5);
  for (const auto& sql : statements) {
    const std::string plan = plan_of(raw, sql);
    INFO(sql << "\n" << plan);
    CHECK(plan.find("Index") != std::string::npos);
    for (const std::string_view slow : {"Sort", "Seq Scan", "Bitmap", "Hash", "Aggregate"}) {
      CHECK(plan.find(slow) == std::string::npos);
    }
  }
}

TEST_CASE("what purges finds what has expired by an index", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  PostgreSQLStoresOptions options{.client_id = "111.222", .deduplicate_events = true};
  options = test::placed(options);
  const Stores stores = postgresql_stores(options);
  const test::RawDatabase raw(options.connection_string, options.tables.schema);
  raw.execute(
      "insert into slack_oauth_events select '111.222', 'Ev' || i, null, now() + i * interval '1 second', 1000 from "
      "generate_series(1, 5000) i; insert into slack_oauth_states (state, expire_at) select i, now() at time zone "
      "'utc' + i * interval '1 second' from generate_series(1, 5000) i");
  raw.execute("analyze slack_oauth_events, slack_oauth_states");
  for (const auto& sql : {slack::oauth::detail::PostgreSQLEventBackend::purge_sql(),
                          slack::oauth::detail::PostgreSQLStateBackend::purge_sql()}) {
    std::string plan;
    for (const auto& row : raw.query("explain " + sql)) plan += row.front() + "\n";
    INFO(plan);
    CHECK(plan.find("Index Cond: (expire") != std::string::npos);
    for (const std::string_view slow : {"Sort", "Seq Scan"}) CHECK(plan.find(slow) == std::string::npos);
  }
}
