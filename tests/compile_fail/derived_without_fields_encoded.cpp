// expect: slack-oauth: this class adds members to its base but has no fields() of its own that lists them
// errors: 1
#include <optional>
#include <slack/oauth/models/json.hpp>
#include <string>

struct TenantBot : slack::oauth::Bot {
  std::optional<std::string> tenant_id;
};

TenantBot program(const TenantBot& bot) { return nlohmann::json(bot).get<TenantBot>(); }
