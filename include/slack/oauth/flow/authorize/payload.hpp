// Whose installation an incoming payload is about: the enterprise, team and user of an event, an interaction, a slash
// command or an options request. They are found where Slack's Bolt frameworks find them.
// https://docs.slack.dev/apis/events-api#callback-field, https://docs.slack.dev/reference/interaction-payloads,
// https://docs.slack.dev/interactivity/implementing-slash-commands
//
// Check the request's signature first: these ids decide whose token the app uses.
//
// Needs nlohmann/json.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/payload_object.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"
#include "slack/oauth/web/detail/json_text.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0 {

/// Who acted in a channel that is shared with other organisations (Slack Connect), as far as the event says.
struct PayloadActor {
  std::optional<std::string> enterprise_id{};
  std::optional<std::string> team_id{};
  std::optional<std::string> user_id{};  ///< no value where neither of the others is known

  friend bool operator==(const PayloadActor&, const PayloadActor&) = default;
};

/// An id without a value is one that the payload does not have. No id is ever empty.
struct PayloadIds {
  std::optional<std::string> enterprise_id{};
  std::optional<std::string> team_id{};  ///< the workspace that installed the app, where Slack says which one that is
  std::optional<std::string> user_id{};  ///< who acted, or whom the event is about

  /// The user whose installation Slack sends the event for, where it is a user's: often somebody else than `user_id`.
  /// No value where it is the bot's.
  std::optional<std::string> authorized_user_id{};

  bool is_enterprise_install = false;

  /// False where the enterprise may be another one than the team's: in a modal that was opened from another workspace.
  bool is_team_of_enterprise = true;

  std::optional<PayloadActor> actor{};  ///< only for events of channels that are shared with other organisations

  friend bool operator==(const PayloadIds&, const PayloadIds&) = default;
};

namespace detail {

/// The ids of an organisation begin with E, those of a workspace with T; nothing else is asked of them.
[[nodiscard]] inline bool is_enterprise_kind(std::string_view id) { return id.starts_with('E'); }
[[nodiscard]] inline bool is_team_kind(std::string_view id) { return id.starts_with('T'); }

/// An enterprise and a team from one place of a payload, so that they belong together.
struct TenantIds {
  std::optional<std::string> enterprise_id{};
  std::optional<std::string> team_id{};

  /// Slack sometimes gives an organisation's id where a workspace's is due.
  static TenantIds of(std::optional<std::string> enterprise_id, std::optional<std::string> team_id) {
    if (team_id && is_enterprise_kind(*team_id)) {
      if (!enterprise_id) enterprise_id = team_id;
      team_id.reset();
    }
    if (enterprise_id && is_team_kind(*enterprise_id)) enterprise_id.reset();
    return {std::move(enterprise_id), std::move(team_id)};
  }
};

/// What an interaction says in `enterprise` and `team`, which may be null where the organisation installed the app.
[[nodiscard]] inline TenantIds interaction_tenant(const PayloadObject& payload) {
  auto enterprise_id = payload.id_or_object("enterprise");
  auto team_id = payload.id_or_object("team");
  if (!enterprise_id) enterprise_id = payload.nested("team").id("enterprise_id");
  return TenantIds::of(std::move(enterprise_id), std::move(team_id));
}

/// The workspace where an interaction took place, if `team` does not say. On Enterprise it may be the organisation.
[[nodiscard]] inline std::optional<std::string> place_of_interaction(const PayloadObject& payload) {
  for (const char* name : {"user", "view"}) {
    auto team_id = payload.nested(name).id("team_id");
    if (team_id && !is_enterprise_kind(*team_id)) return team_id;
  }
  return std::nullopt;
}

// In a modal that was opened from another workspace than the app's, Slack gives the app's team and not its enterprise.
inline void read_installed_team(const PayloadObject& payload, PayloadIds& ids) {
  auto installed = payload.nested("view").id("app_installed_team_id");
  if (!installed) return;
  if (is_enterprise_kind(*installed)) {
    ids.is_enterprise_install = true;
    if (ids.enterprise_id != installed) ids.is_team_of_enterprise = false;
    ids.enterprise_id = std::move(installed);
    return;
  }
  if (ids.team_id != installed) ids.is_team_of_enterprise = false;
  ids.team_id = std::move(installed);
}

/// Who Slack sends the event for, whichever workspace of a shared channel it took place in.
inline void read_authorization(const PayloadObject& authorization, PayloadIds& ids) {
  auto tenant = TenantIds::of(authorization.id("enterprise_id"), authorization.id("team_id"));
  ids.enterprise_id = std::move(tenant.enterprise_id);
  ids.team_id = std::move(tenant.team_id);
  ids.is_enterprise_install = authorization.flag("is_enterprise_install");
  const bool is_of_user = authorization.find("is_bot") != nullptr && !authorization.flag("is_bot");
  if (is_of_user) ids.authorized_user_id = authorization.id("user_id");
}

inline void read_tenant(const PayloadObject& payload, PayloadIds& ids) {
  if (const auto authorization = payload.first("authorizations", "authorizations[0]"); !authorization.is_absent()) {
    return read_authorization(authorization, ids);
  }
  ids.is_enterprise_install = payload.flag("is_enterprise_install");
  const auto take = [&ids](TenantIds place) {
    const bool had_enterprise = ids.enterprise_id.has_value();
    const bool had_team = ids.team_id.has_value();
    if (!had_enterprise) ids.enterprise_id = std::move(place.enterprise_id);
    if (!had_team) ids.team_id = std::move(place.team_id);
    const bool are_both_known = ids.enterprise_id && ids.team_id;
    if (are_both_known && had_enterprise != had_team) ids.is_team_of_enterprise = false;
  };
  take(interaction_tenant(payload));
  take(TenantIds::of(payload.id("enterprise_id"), payload.id("team_id")));
  if (!ids.enterprise_id) {
    const auto event = payload.nested("event").loose();
    take(TenantIds::of(event.id("enterprise_id"), ids.team_id ? std::nullopt : event.id("team_id")));
  }
  if (!ids.team_id) take({std::nullopt, place_of_interaction(payload)});
  const auto enterprise_of_team = payload.nested("team").id("enterprise_id");
  if (enterprise_of_team && enterprise_of_team != ids.enterprise_id) ids.is_team_of_enterprise = false;
  read_installed_team(payload, ids);
}

[[nodiscard]] inline std::optional<std::string> read_user(const PayloadObject& payload) {
  if (auto id = payload.id_or_object("user")) return id;
  if (auto id = payload.id("user_id")) return id;
  const auto event = payload.nested("event").loose();
  if (auto id = event.id_or_object("user")) return id;
  if (auto id = event.id("user_id")) return id;
  for (const char* name : {"message", "previous_message"}) {  // of a message_changed and a message_deleted
    if (auto id = event.nested(name).id_or_object("user")) return id;
  }
  // Of an assistant_thread_started and an assistant_thread_context_changed. The context there is what the user looks
  // at.
  if (auto id = event.nested("assistant_thread").id("user_id")) return id;
  return std::nullopt;
}

/// `id` is a workspace's, or an organisation's that the envelope names together with one.
[[nodiscard]] inline std::optional<std::string> team_of(const PayloadObject& payload, std::optional<std::string> id) {
  if (!id || is_team_kind(*id)) return id;
  if (id == payload.id("enterprise_id")) return payload.id("team_id");
  if (id == payload.id("context_enterprise_id")) return payload.id("context_team_id");
  return std::nullopt;
}

[[nodiscard]] inline PayloadActor read_actor(const PayloadObject& payload, const std::optional<std::string>& user_id) {
  const auto event = payload.nested("event").loose();
  const auto user_team = event.id("user_team");
  const auto team = event.id("team");
  PayloadActor actor;
  if (const auto& of_user = user_team ? user_team : team) {
    if (is_enterprise_kind(*of_user)) {
      actor.enterprise_id = of_user;
    } else if (of_user == payload.id("team_id")) {
      actor.enterprise_id = payload.id("enterprise_id");
    }
  }
  if (event.text("type") == "app_mention") {  // its user_team may be an organisation, of which the team is not known
    const auto& of_user = user_team ? user_team : team;
    if (of_user && is_team_kind(*of_user)) actor.team_id = of_user;
  } else {
    actor.team_id = team_of(payload, user_team);
    if (!actor.team_id) actor.team_id = team_of(payload, team);
  }
  if (actor.enterprise_id || actor.team_id) actor.user_id = user_id;
  return actor;
}

}  // namespace detail

/// Returns the ids of a payload as Slack sends it: an Events API envelope, an interaction, an options request, or a
/// form that payload_from_form() read. A payload that is about nobody, such as url_verification, has none.
///
/// Throws an InvalidDataError that names the field by its path, where a field of the envelope is not what Slack
/// documents. A field that only some types of events have counts as an id only where it is a text.
[[nodiscard]] inline PayloadIds ids_from_payload(const nlohmann::json& payload) {
  if (!payload.is_object()) detail::throw_wrong_type("the payload", "an object", payload);
  const detail::PayloadObject object(payload);
  PayloadIds ids;
  detail::read_tenant(object, ids);
  ids.user_id = detail::read_user(object);
  if (object.text("type") == "event_callback" && object.flag("is_ext_shared_channel")) {
    ids.actor = detail::read_actor(object, ids.user_id);
  }
  return ids;
}

/// Returns the workflow token that Slack sends along while a function of the app runs as a step of a workflow: with
/// function_executed, and with the interactions of that step. std::nullopt where the payload has none. A secret. It
/// works for the function's own step, and for a short time: keep it nowhere.
/// https://docs.slack.dev/authentication/tokens, https://docs.slack.dev/reference/events/function_executed
///
/// Throws InvalidDataError where the payload is no object, or its token is not one.
[[nodiscard]] inline std::optional<std::string> workflow_token_from_payload(const nlohmann::json& payload) {
  if (!payload.is_object()) detail::throw_wrong_type("the payload", "an object", payload);
  const detail::PayloadObject object(payload);
  if (object.text("type") != "event_callback") return object.token("bot_access_token");
  const auto event = object.nested("event");
  return event.text("type") == "function_executed" ? event.token("bot_access_token") : std::nullopt;
}

/// Returns the body of a slash command as an object of strings, or the JSON of an interaction's `payload` parameter.
///
/// Throws InvalidDataError where it is no form, a parameter is repeated, is not UTF-8, or parse_json() cannot read the
/// JSON within its limits. Half a character at the end of a text that was cut becomes U+FFFD.
[[nodiscard]] inline nlohmann::json payload_from_form(std::string_view body) {
  constexpr std::size_t most_bytes = std::size_t{3} << 20U;  // of a JSON text of 1 MiB, percent-encoded
  constexpr std::size_t most_parameters = 256;               // Slack sends some fifteen
  if (body.size() > most_bytes) detail::throw_invalid("the form", "is too long");
  const auto parameters = parse_parameters(body);
  if (!parameters) detail::throw_invalid("the form", "has a malformed percent-encoding");
  if (parameters->size() > most_parameters) detail::throw_invalid("the form", "has too many parameters");
  nlohmann::json form = nlohmann::json::object();
  for (const auto& [name, value] : *parameters) {
    const std::string_view subject = name.empty() ? "a parameter without a name" : std::string_view(name);
    if (!detail::is_valid_utf8(name) || !detail::is_valid_utf8(value)) {
      detail::throw_invalid(subject, "is not valid UTF-8");
    }
    if (!form.emplace(name, value).second) detail::throw_invalid(subject, "is given more than once");
  }
  const auto payload = form.find("payload");
  if (payload == form.end()) return form;
  return detail::parse_slack_json(payload->get_ref<const std::string&>(), "payload");
}

/// Returns the payload of a request from Slack: JSON where the Content-Type says so, otherwise a form.
/// Throws InvalidDataError as payload_from_form() does.
[[nodiscard]] inline nlohmann::json payload_from_request(const HttpRequest& request) {
  const auto media_type = detail::media_type_of(request.headers);
  const bool is_json =
      media_type.empty() ? request.body.starts_with('{') : detail::equals_ignoring_case(media_type, "application/json");
  return is_json ? detail::parse_slack_json(request.body, "the request's body") : payload_from_form(request.body);
}

}  // namespace slack::oauth::inline v0
