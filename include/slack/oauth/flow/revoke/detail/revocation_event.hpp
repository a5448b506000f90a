// Reads the events by which Slack says that an app lost its tokens, or that a workspace moved.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "slack/oauth/flow/authorize/payload.hpp"
#include "slack/oauth/flow/detail/payload_object.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"
#include "slack/oauth/models/detail/json_values.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// The users whose own tokens were revoked, and the bot users whose tokens were.
struct RevokedTokens {
  std::vector<std::string> user_ids{};
  std::vector<std::string> bot_user_ids{};
};

/// app_uninstalled, and app_uninstalled_team.
struct AppUninstalled {
  TenantIds tenant{};
  Timestamp time{};
};

struct TokensRevoked {
  TenantIds tenant{};
  RevokedTokens tokens{};
  Timestamp time{};
};

struct GridMigrationFinished {
  std::string enterprise_id{};
  std::string team_id{};
};

/// What an event asks for; std::monostate where it asks for nothing.
using Revocation = std::variant<std::monostate, AppUninstalled, TokensRevoked, GridMigrationFinished>;

/// Borrows the payload.
class RevocationEvent {
 public:
  explicit RevocationEvent(const nlohmann::json& payload) : payload_(payload), json_(payload) {
    if (!payload.is_object()) throw_wrong_type("the payload", "an object", payload);
  }

  /// Throws InvalidDataError, which names the field, where one that the event needs is missing or malformed.
  [[nodiscard]] Revocation read() const {
    if (payload_.text("type") != "event_callback") return {};
    const std::string_view type = event().text("type");
    if (type == "app_uninstalled") return AppUninstalled{tenant(), time()};
    if (type == "app_uninstalled_team" && is_about_this_app()) return AppUninstalled{uninstalled_tenant(), time()};
    if (type == "tokens_revoked") return TokensRevoked{tenant(), revoked_tokens(), time()};
    if (type == "grid_migration_finished") return GridMigrationFinished{enterprise_id(), required(payload_, "team_id")};
    return {};
  }

 private:
  /// Whose installation it is: an organisation's has no team.
  [[nodiscard]] TenantIds tenant() const {
    PayloadIds ids = ids_from_payload(json_);
    if (!ids.enterprise_id && !ids.team_id) throw_invalid("team_id", "is missing");
    if (ids.is_enterprise_install && ids.enterprise_id) ids.team_id.reset();
    return {std::move(ids.enterprise_id), std::move(ids.team_id)};
  }

  /// The event is about any app of the organisation, for apps that administer others.
  [[nodiscard]] bool is_about_this_app() const {
    return required(event(), "app_id") == required(payload_, "api_app_id");
  }

  /// The workspace or organisation that the app was removed from, which need not be the one that the event is sent to.
  [[nodiscard]] TenantIds uninstalled_tenant() const {
    std::string id = required(event(), "team_id");
    if (is_enterprise_kind(id)) return {std::move(id), std::nullopt};
    return {ids_from_payload(json_).enterprise_id, std::move(id)};
  }

  [[nodiscard]] std::string enterprise_id() const {
    if (auto id = event().id("enterprise_id")) return std::move(*id);
    if (auto id = payload_.id("enterprise_id")) return std::move(*id);
    throw_invalid("event.enterprise_id", "is missing");
  }

  [[nodiscard]] RevokedTokens revoked_tokens() const {
    const PayloadObject event = this->event();
    const auto* tokens = event.find("tokens");
    if (tokens == nullptr) throw_invalid("event.tokens", "is missing");
    if (!tokens->is_object()) throw_wrong_type("event.tokens", "an object", *tokens);
    const PayloadObject object = event.nested("tokens");
    return {object.ids("oauth"), object.ids("bot")};
  }

  /// When it happened at the latest: event_ts is exact where it has a fraction, and event_time says which second it
  /// was.
  [[nodiscard]] Timestamp time() const {
    const auto* exact = event().find("event_ts");
    const auto* second = payload_.find("event_time");
    if (exact != nullptr && (second == nullptr || !is_whole(*exact))) return decode_time(*exact, "event.event_ts");
    if (second == nullptr) throw_invalid("event_time", "is missing");
    return decode_time(*second, "event_time") + std::chrono::seconds{1} - std::chrono::microseconds{1};
  }

  /// Other payloads may have a field of this name that is no object.
  [[nodiscard]] PayloadObject event() const { return payload_.nested("event"); }

  /// Slack's examples have some without a point, which are seconds or microseconds.
  [[nodiscard]] static bool is_whole(const nlohmann::json& time) {
    return time.is_number_integer() || (time.is_string() && time.get_ref<const std::string&>().find_first_not_of(
                                                                "0123456789") == std::string::npos);
  }

  [[nodiscard]] static std::string required(const PayloadObject& object, const char* name) {
    auto id = object.id(name);
    if (!id) throw_invalid(object.path_of(name), "is missing");
    return std::move(*id);
  }

  PayloadObject payload_;
  const nlohmann::json& json_;
};

}  // namespace slack::oauth::inline v0::detail
