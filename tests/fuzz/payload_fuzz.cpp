// Any body is read, as JSON or as a form, into ids or an InvalidDataError that names a field. Each id is a text of the
// body, of no other kind, and not too long.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/authorize/payload.hpp>
#include <slack/oauth/flow/revoke/detail/revocation_event.hpp>
#include <slack/oauth/models/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "check.hpp"

using namespace slack::oauth;

namespace {

void collect_texts(const nlohmann::json& json, std::vector<std::string>& texts) {
  if (json.is_string()) texts.push_back(json.get<std::string>());
  if (!json.is_structured()) return;
  for (const auto& element : json) collect_texts(element, texts);
}

void check_ids(const nlohmann::json& payload, const PayloadIds& ids) {
  std::vector<std::string> texts;
  collect_texts(payload, texts);
  const auto check = [&texts](const std::optional<std::string>& id, std::string_view other_kind = {}) {
    if (!id) return;
    fuzz::check(!id->empty() && id->size() <= 255);
    fuzz::check(other_kind.empty() || !id->starts_with(other_kind));
    fuzz::check(std::find(texts.begin(), texts.end(), *id) != texts.end());
  };
  check(ids.enterprise_id, "T");
  check(ids.team_id, "E");
  check(ids.user_id);
  if (!ids.actor) return;
  check(ids.actor->enterprise_id);
  check(ids.actor->team_id);
  fuzz::check(!ids.actor->user_id || ids.actor->user_id == ids.user_id);
}

void check_workflow_token(const nlohmann::json& payload) {
  const auto token = workflow_token_from_payload(payload);
  if (!token) return;
  std::vector<std::string> texts;
  collect_texts(payload, texts);
  fuzz::check(!token->empty() && token->size() <= 4096);
  fuzz::check(std::find(texts.begin(), texts.end(), *token) != texts.end());
}

void check_removal(const detail::TenantIds& tenant, Timestamp time) {
  fuzz::check(tenant.enterprise_id || tenant.team_id);
  fuzz::check(detail::is_in_calendar(time - std::chrono::seconds{1}));
}

void read_event(const nlohmann::json& payload) {
  const detail::Revocation revocation = detail::RevocationEvent(payload).read();
  if (const auto* uninstalled = std::get_if<detail::AppUninstalled>(&revocation)) {
    check_removal(uninstalled->tenant, uninstalled->time);
  } else if (const auto* revoked = std::get_if<detail::TokensRevoked>(&revocation)) {
    check_removal(revoked->tenant, revoked->time);
  } else if (const auto* moved = std::get_if<detail::GridMigrationFinished>(&revocation)) {
    fuzz::check(!moved->enterprise_id.empty() && !moved->team_id.empty());
  }
}

template <class Action>
void expect_named_errors(const Action& action) {
  try {
    action();
  } catch (const InvalidDataError& error) {
    fuzz::check(!error.subject().empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  const auto read = [](const nlohmann::json& payload) {
    expect_named_errors([&] { check_ids(payload, ids_from_payload(payload)); });
    expect_named_errors([&] { check_workflow_token(payload); });
    expect_named_errors([&] { read_event(payload); });
  };
  expect_named_errors([&] { read(parse_json(body)); });
  expect_named_errors([&] { read(payload_from_form(body)); });
  expect_named_errors([&] { static_cast<void>(payload_from_request({.body = std::string(body)})); });
  return 0;
}
