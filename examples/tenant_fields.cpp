// An app's own Installation, with typed fields of its own: every store keeps them, JSON and printing know them.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth.hpp>
#include <string>

namespace {

// [fields]
struct TenantInstallation : slack::oauth::Installation {
  std::string tenant_id{};
  std::int64_t seats = 0;
  std::optional<std::string> tenant_key{};  // a secret: never printed

  static constexpr auto fields() {
    return slack::oauth::append_fields(Installation::fields(),
                                       slack::oauth::field("tenant_id", &TenantInstallation::tenant_id),
                                       slack::oauth::field("seats", &TenantInstallation::seats),
                                       slack::oauth::secret_field("tenant_key", &TenantInstallation::tenant_key));
  }
};

using TenantStore = slack::oauth::BasicMemoryInstallationStore<TenantInstallation, slack::oauth::Bot>;
// [fields]

}  // namespace

int main() {
  // [use]
  TenantInstallation installation{{.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"},
                                  "acme",
                                  25,
                                  "not-a-real-key"};

  TenantStore store;
  store.save(installation);
  const auto found = store.find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"});

  const nlohmann::json json = *found;
  const auto again = json.get<TenantInstallation>();
  // [use]

  std::cout << again << "\n";
  return again == installation && again.tenant_id == "acme" && again.seats == 25 ? EXIT_SUCCESS : EXIT_FAILURE;
}
