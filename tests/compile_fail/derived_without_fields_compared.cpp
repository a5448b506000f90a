// expect: slack-oauth: this class adds members to its base but has no fields() of its own that lists them
// errors: 1
#include <slack/oauth/models/installation.hpp>
#include <string>

struct TenantInstallation : slack::oauth::Installation {
  std::string tenant_id;
};

bool program(const TenantInstallation& a, const TenantInstallation& b) { return a == b; }
