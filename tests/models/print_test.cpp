#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/models/print.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Rating {
  int stars = 0;
};

struct TenantInstallation : Installation {
  std::string tenant_id;
  std::vector<std::string> tenant_keys;
  std::optional<int> pin;
  double share = 0;
  Rating rating;

  static constexpr auto fields() {
    return append_fields(Installation::fields(), field("tenant_id", &TenantInstallation::tenant_id),
                         secret_field("tenant_keys", &TenantInstallation::tenant_keys),
                         secret_field("pin", &TenantInstallation::pin), field("share", &TenantInstallation::share),
                         field("rating", &TenantInstallation::rating));
  }
};

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

// Whatever of a secret is longer than what may be shown of it.
void check_hides(const std::string& text, std::string_view secret_part) {
  constexpr std::size_t too_long = 5;
  REQUIRE(secret_part.size() >= too_long);
  for (std::size_t i = 0; i + too_long <= secret_part.size(); ++i) {
    CHECK_THAT(text, !ContainsSubstring(std::string(secret_part.substr(i, too_long))));
  }
}

bool is_one_plain_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
}

}  // namespace

TEST_CASE("a secret shows its kind and its last four characters", "[print]") {
  struct Row {
    std::string secret;
    std::string shown;
  };
  const auto row = GENERATE(values<Row>({
      {"xoxb-not-a-real-token-1", "xoxb-…en-1"},
      {"xoxp-not-a-real-token-12", "xoxp-…n-12"},
      {"xoxe-1-not-a-real-refresh-token", "xoxe-…oken"},
      {"xoxe.xoxb-1-not-a-real-token", "xoxe.xoxb-…oken"},
      {"https://hooks.slack.com/services/T0/B0/not-a-real-hook", "https://…hook"},
      {"not-a-real-secret-of-another-kind", "…kind"},
      {"xoxb-short", "xoxb-…"},
      {"short", "…"},
      {"", "…"},
      {"not-a-real-secret\n\x1B[2J", "…"},
      {"not-a-real-secret-\xC3\xA9", "…"},
  }));
  CAPTURE(row.secret);
  CHECK(redact(row.secret) == row.shown);
}

TEST_CASE("what only looks like a token's kind is not shown", "[print]") {
  check_hides(redact("xoxABCDEFGHIJKLMNOPQRSTUVWXYZ"), "ABCDEFGHIJKLMNOPQRSTUV");
  check_hides(redact("xoxABCDEFGHIJKLMNOPQRSTUVWXYZ-not-real"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  check_hides(redact("xoxABCDEFG-not-real-not-real"), "ABCDEFG");
}

TEST_CASE("most of a secret is hidden, however short it is", "[print]") {
  const std::string body = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const std::string kind : {"", "xoxb-", "xoxe.xoxb-", "https://"}) {
    for (std::size_t length = 1; length <= body.size(); ++length) {
      const std::string secret = kind + body.substr(0, length);
      const std::string shown = redact(secret);
      CAPTURE(secret, shown);
      const auto leaked = std::count_if(body.begin(), body.end(),
                                        [&](char c) { return shown.find(c, kind.size()) != std::string::npos; });
      CHECK(static_cast<std::size_t>(leaked) * 3 <= length);
    }
  }
}

TEST_CASE("a value prints every field by name", "[print]") {
  Bot bot = test::full_bot();
  bot.enterprise_name = std::nullopt;
  CHECK(printed(bot) == to_string(bot));
  CHECK(
      to_string(bot) ==
      R"({app_id: "A0SMELTER", enterprise_id: "E0KILN", enterprise_name: none, team_id: "T0FURNACE", )"
      R"(team_name: "Furnace \"Works\" Über", bot_token: "xoxe.xoxb-…ot-1", bot_id: "B0BOT", bot_user_id: "U0BOTUSER", )"
      R"(bot_scopes: ["chat:write", "commands"], bot_refresh_token: "xoxe-…sh-1", )"
      R"(bot_token_expires_at: 2026-01-01T12:00:00.000000Z, bot_refresh_token_expires_at: none, )"
      R"(is_enterprise_install: false, )"
      R"(installed_at: 2026-01-01T00:00:00.123456Z, custom_values: {"owner", "plan", "ratio", "seats", "tags"}})");
}

TEST_CASE("no secret of an installation is printed", "[print]") {
  const std::string letters = "ABCDEFGHIJKLMNOPQRST";
  Installation installation = test::full_installation();
  std::size_t secrets = 0;
  for_each_field<Installation>([&](const auto& field) {
    auto& member = installation.*field.member;
    if constexpr (requires { member = std::string(); }) {
      if (field.is_secret) member = "xoxb-" + letters + "-" + std::to_string(secrets++);
    }
  });
  REQUIRE(secrets == 5);
  const std::string text = printed(installation);
  check_hides(text, letters);
  for (std::size_t i = 0; i < secrets; ++i) CHECK_THAT(text, ContainsSubstring("xoxb-…ST-" + std::to_string(i)));
}

TEST_CASE("a printed webhook URL does not allow to post", "[print]") {
  const std::string text = printed(test::full_installation());
  CHECK_THAT(text, !ContainsSubstring("hooks.slack.com"));
  check_hides(text, "/not-a-real-hook");
}

TEST_CASE("an app's own fields are printed too, and their secrets redacted", "[print]") {
  const TenantInstallation tenant{test::full_installation(),
                                  "acme",
                                  {"ABCDEFGHIJKLMNOPQRSTUVWXYZ-1", "ABCDEFGHIJKLMNOPQRSTUVWXYZ-2"},
                                  46264,
                                  0.5,
                                  {5}};
  const std::string text = printed(tenant);
  CHECK_THAT(text, ContainsSubstring(R"(, tenant_id: "acme", tenant_keys: ["…YZ-1", "…YZ-2"], pin: …, share: 0.5)"));
  CHECK_THAT(text, ContainsSubstring("rating: ?}"));
  check_hides(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  check_hides(text, "46264");
}

TEST_CASE("custom values are printed by name only", "[print]") {
  Bot bot{.custom_values = nlohmann::json{{"key", "not-a-real-key"}, {"inner", {{"not-a-real-name", 12345}}}}};
  const std::string text = printed(bot);
  CHECK_THAT(text, ContainsSubstring(R"(custom_values: {"inner", "key"})"));
  check_hides(text, "not-a-real-key");
  check_hides(text, "not-a-real-name");
  check_hides(text, "12345");
  CHECK_THAT(printed(Bot{}), ContainsSubstring("custom_values: {}}"));
}

TEST_CASE("text from outside cannot forge a line or a terminal's command", "[print]") {
  const std::string forged = "a\r\n2026-01-01 ERROR all is lost\t\x1B[2J\x7F\b\0b";
  Installation installation{.team_name = forged, .bot_token = "xoxb-not-real\n\x1B[2J", .user_id = "U0ADA\n"};
  installation.bot_scopes = {"chat:write\n", "\xFF\xFE"};
  installation.set_custom_value("plan\n\x1B[2J", forged);
  const std::string text = printed(installation);
  CHECK(is_one_plain_line(text));
  CHECK_THAT(text, ContainsSubstring(R"(team_name: "a\x0d\x0a2026-01-01 ERROR all is lost\x09\x1b[2J\x7f\x08)"));
  CHECK_THAT(text, ContainsSubstring(R"(user_id: "U0ADA\x0a")"));
  CHECK_THAT(text, ContainsSubstring(R"(bot_scopes: ["chat:write\x0a", "\xff\xfe"])"));
  CHECK_THAT(text, ContainsSubstring(R"(custom_values: {"plan\x0a\x1b[2J"})"));
  CHECK_NOTHROW(nlohmann::json(text).dump());
}

TEST_CASE("text cannot close its quotes", "[print]") {
  CHECK_THAT(printed(Bot{.team_name = R"(a", bot_id: "B\)"}),
             ContainsSubstring(R"(team_name: "a\", bot_id: \"B\\", )"));
}

TEST_CASE("long text is cut between characters", "[print]") {
  const std::string name(10000, 'n');
  CHECK(printed(Bot{.team_name = name}).size() < 1000);
  CHECK_THAT(printed(Bot{.team_name = name}), ContainsSubstring("nnn…\""));

  std::string umlauts = "n";
  for (int i = 0; i < 1000; ++i) umlauts += "\xC3\xBC";
  CHECK_NOTHROW(nlohmann::json(printed(Bot{.team_name = umlauts})).dump());
}

TEST_CASE("a time that no calendar has is printed as such", "[print]") {
  using std::chrono::sys_seconds;
  const auto expiry = GENERATE(values<sys_seconds>({(sys_seconds::min)(), (sys_seconds::max)()}));
  const auto made = GENERATE(values<Timestamp>({(Timestamp::min)(), (Timestamp::max)()}));
  const std::string text = printed(Bot{.bot_token_expires_at = expiry, .installed_at = made});
  CHECK_THAT(text, ContainsSubstring("bot_token_expires_at: out of range, "));
  CHECK_THAT(text, ContainsSubstring("installed_at: out of range, "));
}
