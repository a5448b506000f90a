// Seals what a storage keeps: tokens, refresh tokens, webhook URLs and the payloads of states, with AES-256-GCM.
// docs/encrypting.md
//
//     KeyRing keys;
//     keys.add_from_environment("2026-11", "SLACK_TOKEN_KEY");
//     keys.set_current("2026-11");
//     Stores stores = encrypted(stores_of_an_engine, keys, {.client_id = "111.222"});
//
// Needs OpenSSL and nlohmann/json.
#pragma once

#include <memory>
#include <utility>

#include "slack/oauth/stores.hpp"
#include "slack/oauth/wrappers/encrypting/installation_store.hpp"
#include "slack/oauth/wrappers/encrypting/key_ring.hpp"
#include "slack/oauth/wrappers/encrypting/key_service.hpp"
#include "slack/oauth/wrappers/encrypting/options.hpp"
#include "slack/oauth/wrappers/encrypting/reencryption.hpp"
#include "slack/oauth/wrappers/encrypting/state_store.hpp"

namespace slack::oauth::inline v0 {

/// Returns the same stores, with what is secret sealed. `stores` themselves stay, and show sealed text. A store that is
/// null stays null; `events` hold no secret.
/// Throws InvalidArgumentError where `keys` has no current key and `only_open` is off, or `only_open` and
/// `refuse_plain` are both on.
template <class InstallationT, class BotT>
[[nodiscard]] BasicStores<InstallationT, BotT> basic_encrypted(BasicStores<InstallationT, BotT> stores, KeyRing keys,
                                                               EncryptionOptions options = {}) {
  if (stores.installations != nullptr) {
    stores.installations = std::make_shared<BasicEncryptingInstallationStore<InstallationT, BotT>>(
        std::move(stores.installations), keys, options);
  }
  if (stores.states != nullptr) {
    stores.states =
        std::make_shared<EncryptingOAuthStateStore>(std::move(stores.states), std::move(keys), std::move(options));
  }
  return stores;
}

[[nodiscard]] inline Stores encrypted(Stores stores, KeyRing keys, EncryptionOptions options = {}) {
  return basic_encrypted(std::move(stores), std::move(keys), std::move(options));
}

}  // namespace slack::oauth::inline v0
