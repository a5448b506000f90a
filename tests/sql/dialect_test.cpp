// What sql/ writes for an engine of another dialect: absent ids that are null, numbered placeholders, types of its own.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/models/bot.hpp>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/sql/reader.hpp>
#include <slack/oauth/sql/schema.hpp>
#include <slack/oauth/sql/writer.hpp>
#include <slack/oauth/timestamp.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"

namespace {

using namespace slack::oauth;
using slack::oauth::detail::SqlType;

struct OtherDialect {
  static constexpr std::string_view id_declaration = "serial primary key";
  static constexpr std::string_view key_declaration = "varchar(32)";
  static constexpr std::string_view key_columns = "client_id, coalesce(enterprise_id, ''), coalesce(team_id, '')";
  static constexpr std::string_view index_end = ", id";
  static constexpr std::string_view bot_text_declaration = "varchar(64)";
  static constexpr std::string_view text_type = "varchar";
  static constexpr std::string_view integer_type = "bigint";
  static constexpr std::string_view real_type = "double precision";
  static constexpr std::string_view time_type = "timestamp";
  static constexpr std::string_view time_default = "";
  static constexpr bool are_ends_integers = false;
  static constexpr bool has_lateral_joins = false;
  static constexpr std::string_view boolean_type = "boolean";
  static constexpr std::string_view false_value = "false";
  static constexpr std::string_view begin_writing = "begin";

  static std::string parameter(int number) { return "$" + std::to_string(number); }
  static std::string same_key(std::string_view column, std::string_view value) {
    return std::string(column).append(" is not distinct from ").append(value);
  }
  static std::string as_text(std::string_view value) { return std::string(value); }
  static std::string stored_key(std::string_view value) { return "nullif(" + std::string(value) + ", '')"; }
  static std::string and_has_bot(std::string_view table) {
    return " and " + std::string(table) + "bot_token is not null";
  }
  static std::string format_time(Timestamp time) { return "timestamp " + format_timestamp(time); }
};

struct Seen {
  std::vector<std::string> statements{};
  std::vector<std::string> texts{};
};

struct OtherRow {
  [[nodiscard]] SqlType type(int) const { return SqlType::null; }
  [[nodiscard]] std::string_view text(int) const { return {}; }
  [[nodiscard]] std::int64_t integer(int) const { return 0; }
  [[nodiscard]] double real(int) const { return 0; }
};

/// Finds nothing, and says what it was asked.
struct OtherStatement {
  Seen* seen;

  void bind(int, std::string_view text) const { seen->texts.emplace_back(text); }
  void bind_copy(int, std::string_view text) const { seen->texts.emplace_back(text); }
  void bind(int, std::int64_t) const {}
  void bind(int, double) const {}
  void bind_null(int) const {}
  [[nodiscard]] bool step() const { return false; }
  [[nodiscard]] OtherRow row() const { return {}; }
  [[nodiscard]] std::int64_t changes() const { return 0; }
  void reset() const {}
  void run() const {}
};

struct OtherConnection {
  using Dialect = OtherDialect;
  using Statement = OtherStatement;

  [[nodiscard]] OtherStatement prepare(std::string_view sql) const {
    seen->statements.emplace_back(sql);
    return {seen};
  }
  void execute(std::string_view sql) const { seen->statements.emplace_back(sql); }
  [[nodiscard]] bool has_table(std::string_view) const { return false; }
  [[nodiscard]] bool has_index(std::string_view) const { return false; }
  [[nodiscard]] std::vector<std::string> column_names(std::string_view) const { return {}; }
  void require_writable() const {}
  void require_in_place() const {}
  [[nodiscard]] StorageError refusal(std::string_view problem) const {
    return {{.backend = "other", .native_code = {}}, problem};
  }
  void roll_back() const {}

  Seen* seen;
};

static_assert(slack::oauth::detail::SqlConnection<OtherConnection>);

}  // namespace

TEST_CASE("an engine's dialect is in every statement", "[sql]") {
  Seen seen;
  OtherConnection connection{&seen};
  slack::oauth::detail::SqlWriter<OtherConnection, Installation, Bot> writer(connection, "111.222",
                                                                             GENERATE(false, true));
  const WorkspaceKey key{"", "T1"};
  const auto installation = test::full_installation();
  const auto bot = test::full_bot();
  writer.write(key, &installation, &bot);
  CHECK(writer.replace_bot(key, nullptr, &bot));
  CHECK(writer.replace_installation(key, nullptr, &installation));
  writer.erase(key, {.bot = true, .installations = true, .installed_until = now()});
  writer.erase(key, {.bot = true});
  slack::oauth::detail::SqlPurge purge;
  for (int tables = 0; tables < 2; ++tables) writer.purge_some(now(), 1, purge);
  CHECK(purge.is_done);
  CHECK(purge.purged == 0);
  static_cast<void>(writer.reader().records_after<Bot>(0, 1));
  static_cast<void>(writer.reader().records_after<Installation>(0, 1));
  CHECK(seen.statements.size() > 15);
  for (const auto& sql : seen.statements) {
    CAPTURE(sql);
    CHECK(sql.find('?') == std::string::npos);
    CHECK(sql.find("enterprise_id = $") == std::string::npos);
    CHECK(sql.find("team_id = row.") == std::string::npos);
  }
  CHECK(seen.statements.front() == "begin");
  CHECK(std::count(seen.texts.begin(), seen.texts.end(), "timestamp 2026-01-01T00:00:00.123456Z") > 0);
  CHECK(std::count(seen.texts.begin(), seen.texts.end(), "timestamp " + format_timestamp(*bot.bot_token_expires_at)) >
        0);
  CHECK(std::any_of(seen.statements.begin(), seen.statements.end(), [](const std::string& sql) {
    return sql.starts_with("insert into slack_bots") && sql.find("nullif($2, ''), nullif($3, '')") != std::string::npos;
  }));
  CHECK(std::any_of(seen.statements.begin(), seen.statements.end(), [](const std::string& sql) {
    return sql.starts_with("select ") && sql.find("from slack_bots where ") != std::string::npos &&
           sql.find("and bot_token is not null order by id desc limit 1") != std::string::npos;
  }));
}

TEST_CASE("the tables are declared as the engine's dialect has it", "[sql]") {
  Seen seen;
  OtherConnection connection{&seen};
  slack::oauth::detail::complete_schema(connection,
                                        slack::oauth::detail::missing_schema<Installation, Bot, OtherConnection>);
  std::string all;
  for (const auto& sql : seen.statements) all += sql + "\n";
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("create table slack_bots (id serial primary key, "));
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("\"enterprise_id\" varchar(32)"));
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("\"is_enterprise_install\" boolean not null default false"));
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("\"installed_at\" timestamp not null"));
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("\"bot_token\" varchar(64)"));
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("\"user_id\" varchar not null"));
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("where bot_checked is null"));
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring(
                      "(client_id, coalesce(enterprise_id, ''), coalesce(team_id, ''), user_id, id)"));
}
