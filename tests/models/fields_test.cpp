#include <chrono>
#include <optional>
#include <slack/oauth/models/bot.hpp>
#include <slack/oauth/models/fields.hpp>
#include <slack/oauth/models/installation.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
using Names = std::vector<std::string>;

namespace {

struct TenantInstallation : Installation {
  std::string tenant_id;
  std::optional<std::string> tenant_key;

  static constexpr auto fields() {
    return append_fields(Installation::fields(), field("tenant_id", &TenantInstallation::tenant_id),
                         secret_field("tenant_key", &TenantInstallation::tenant_key));
  }
};

// Adds behaviour and no data, so its base's list is still whole.
struct NamedBot : Bot {
  [[nodiscard]] std::string name() const { return team_name.value_or("") + "/" + bot_user_id; }
};

struct WithoutFields {
  int number = 0;
};

struct WithOtherFields {
  static constexpr auto fields() { return std::tuple(1, 2); }
};

template <class T>
Names names() {
  Names all;
  for_each_field<T>([&](const auto& field) { all.emplace_back(field.name); });
  return all;
}

template <class T>
Names secrets() {
  Names all;
  for_each_field<T>([&](const auto& field) {
    if (field.is_secret) all.emplace_back(field.name);
  });
  return all;
}

void change(std::string& value) { value += "-changed"; }
void change(std::vector<std::string>& value) { value.emplace_back("changed"); }
void change(bool& value) { value = !value; }
void change(CustomValues& value) { value.set("changed", true); }
template <class Duration>
void change(std::chrono::sys_time<Duration>& value) {
  value += Duration{1};
}
template <class T>
void change(std::optional<T>& value) {
  if (!value) value.emplace();
  change(*value);
}

template <class T>
void check_that_every_field_counts(const T& original) {
  CHECK(original == T(original));
  for_each_field<T>([&](const auto& field) {
    INFO(std::string(field.name));
    T changed = original;
    change(changed.*field.member);
    CHECK(changed != original);
  });
}

}  // namespace

TEST_CASE("a bot's fields have Slack's names, in their order", "[fields]") {
  CHECK(names<Bot>() == Names{"app_id", "enterprise_id", "enterprise_name", "team_id", "team_name", "bot_token",
                              "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token", "bot_token_expires_at",
                              "bot_refresh_token_expires_at", "is_enterprise_install", "installed_at",
                              "custom_values"});
  CHECK(secrets<Bot>() == Names{"bot_token", "bot_refresh_token"});
}

TEST_CASE("an installation's fields have Slack's names, in their order", "[fields]") {
  CHECK(names<Installation>() == Names{"app_id",
                                       "enterprise_id",
                                       "enterprise_name",
                                       "enterprise_url",
                                       "team_id",
                                       "team_name",
                                       "bot_token",
                                       "bot_id",
                                       "bot_user_id",
                                       "bot_scopes",
                                       "bot_refresh_token",
                                       "bot_token_expires_at",
                                       "bot_refresh_token_expires_at",
                                       "user_id",
                                       "user_token",
                                       "user_scopes",
                                       "user_refresh_token",
                                       "user_token_expires_at",
                                       "user_refresh_token_expires_at",
                                       "incoming_webhook_url",
                                       "incoming_webhook_channel",
                                       "incoming_webhook_channel_id",
                                       "incoming_webhook_configuration_url",
                                       "is_enterprise_install",
                                       "token_type",
                                       "installed_at",
                                       "custom_values"});
  CHECK(secrets<Installation>() ==
        Names{"bot_token", "bot_refresh_token", "user_token", "user_refresh_token", "incoming_webhook_url"});
}

TEST_CASE("an app's own fields follow those of the base", "[fields]") {
  Names expected = names<Installation>();
  expected.insert(expected.end(), {"tenant_id", "tenant_key"});
  CHECK(names<TenantInstallation>() == expected);
  CHECK(secrets<TenantInstallation>().back() == "tenant_key");
}

TEST_CASE("a class that adds no data keeps the list of its base", "[fields]") {
  CHECK(names<NamedBot>() == names<Bot>());
  NamedBot bot{test::full_bot()};
  NamedBot other = bot;
  CHECK(bot == other);
  other.bot_id = "B0OTHER";
  CHECK(bot != other);
}

TEST_CASE("the concept takes classes with a list of fields only", "[fields]") {
  STATIC_REQUIRE(HasFields<Bot>);
  STATIC_REQUIRE(HasFields<Installation>);
  STATIC_REQUIRE(HasFields<TenantInstallation>);
  STATIC_REQUIRE_FALSE(HasFields<WithoutFields>);
  STATIC_REQUIRE_FALSE(HasFields<WithOtherFields>);
  STATIC_REQUIRE_FALSE(HasFields<std::string>);
  STATIC_REQUIRE_FALSE(HasFields<int>);
}

TEST_CASE("values are equal where every field is", "[fields]") {
  check_that_every_field_counts(test::full_bot());
  check_that_every_field_counts(test::full_installation());
  check_that_every_field_counts(Bot{});
  check_that_every_field_counts(Installation{});

  TenantInstallation tenant{test::full_installation(), "acme", "not-a-real-key"};
  check_that_every_field_counts(tenant);
}
