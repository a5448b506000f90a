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

void read_event(const nlohmann::json& payload) {
  const detail::RevocationEvent event(payload);
  switch (event.type()) {
    case detail::RevocationType::tokens_revoked:
      static_cast<void>(event.revoked_tokens());
      [[fallthrough]];
    case detail::RevocationType::app_uninstalled: {
      const auto tenant = event.tenant();
      fuzz::check(tenant.enterprise_id || tenant.team_id);
      fuzz::check(detail::is_in_calendar(event.time() - std::chrono::seconds{1}));
      break;
    }
    case detail::RevocationType::app_uninstalled_team:
      static_cast<void>(event.is_about_this_app());
      static_cast<void>(event.uninstalled_tenant());
      break;
    case detail::RevocationType::grid_migration_finished:
      fuzz::check(!event.enterprise_id().empty() && !event.team_id().empty());
      break;
    case detail::RevocationType::other:
      break;
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
    expect_named_errors([&] { read_event(payload); });
  };
  expect_named_errors([&] { read(parse_json(body)); });
  expect_named_errors([&] { read(payload_from_form(body)); });
  expect_named_errors([&] { static_cast<void>(payload_from_request({.body = std::string(body)})); });
  return 0;
}
