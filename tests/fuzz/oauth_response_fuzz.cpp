// Any answer is an installation, Slack's refusal, or an InvalidDataError. An installation has an owner and a token, and
// can be written.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/models/oauth_response.hpp>

#include "check.hpp"

using namespace slack::oauth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Timestamp made{};
  Installation installation;
  try {
    installation = installation_from_oauth_response(parse_json(fuzz::text_of(data, size)), made);
  } catch (const InvalidDataError& error) {
    fuzz::check(!error.subject().empty());
    return 0;
  } catch (const SlackApiError& error) {
    fuzz::check(detail::is_error_code(error.code()));
    return 0;
  }
  fuzz::check(installation.installed_at == made);
  fuzz::check(installation.enterprise_id || installation.team_id);
  fuzz::check(installation.enterprise_id || !installation.is_enterprise_install);
  fuzz::check(installation.bot_token || installation.user_token);
  fuzz::check(!installation.bot_token || installation.token_type != "user");
  fuzz::check(installation.to_bot().has_value() == installation.bot_token.has_value());
  fuzz::check(!installation.bot_token_expires_at || *installation.bot_token_expires_at >= made);
  for (const auto& end : {installation.bot_refresh_token_expires_at, installation.user_refresh_token_expires_at}) {
    fuzz::check(!end || *end > made);
  }
  fuzz::check(nlohmann::json(installation).get<Installation>() == installation);
  return 0;
}
