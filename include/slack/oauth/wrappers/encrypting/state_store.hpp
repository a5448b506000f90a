// Seals the payloads of any store of states. docs/encrypting.md
//
// A payload is one JSON text for the wrapped store: the sealed one. It is bound to the app, and not to its state, which
// the wrapped store makes when it has the payload: whoever may write to the storage can exchange the payloads of two
// states.
//
// Needs OpenSSL and nlohmann/json.
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealed_text.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealer.hpp"
#include "slack/oauth/wrappers/encrypting/detail/wiped.hpp"
#include "slack/oauth/wrappers/encrypting/key_ring.hpp"
#include "slack/oauth/wrappers/encrypting/options.hpp"

namespace slack::oauth::inline v0 {

/// Threads: as safe as the store that it wraps. Errors: consume() also throws InvalidDataError where a payload does not
/// open. Its state is used up then.
class EncryptingOAuthStateStore : public OAuthStateStore {
 public:
  /// Throws InvalidArgumentError where `store` is null, `keys` has no current key and `only_open` is off, or
  /// `only_open` and `refuse_plain` are both on.
  EncryptingOAuthStateStore(std::shared_ptr<OAuthStateStore> store, KeyRing keys, EncryptionOptions options = {})
      : store_(std::move(store)), sealer_(std::move(keys), options), client_id_(std::move(options.client_id)) {
    if (store_ == nullptr) throw InvalidArgumentError("store", "must not be null");
  }

  [[nodiscard]] const Logger& logger() const override { return store_->logger(); }

  /// What the wrapped store says: a sealed payload that stands in the state is in a URL all the same.
  [[nodiscard]] bool keeps_payloads_private() const override { return store_->keeps_payloads_private(); }

  /// The payload may be of 2048 bytes of JSON text, since sealed it has to fit into what stores keep.
  [[nodiscard]] std::string issue(const nlohmann::json& payload = {}) override {
    if (payload.is_null()) return store_->issue();
    constexpr std::size_t most_bytes = 2048;
    const detail::SecretText text(format_state_payload(payload, most_bytes));
    if (sealer_.only_opens()) {
      if (payload.is_string()) detail::Sealer::require_plain(payload.get_ref<const std::string&>(), field);
      return store_->issue(payload);
    }
    return store_->issue(sealer_.seal(text.text, associated(), field));
  }

  [[nodiscard]] std::optional<nlohmann::json> consume(std::string_view state) override {
    std::optional<nlohmann::json> payload = store_->consume(state);
    if (!payload || payload->is_null()) return payload;
    detail::SecretText text(payload->is_string() ? payload->get<std::string>() : std::string());
    const bool was_sealed = detail::is_sealed(text.text);
    sealer_.open(text.text, associated(), field);
    return was_sealed ? parse_json(text.text, "the payload of a state") : payload;
  }

 private:
  static constexpr std::string_view field = "payload";

  [[nodiscard]] std::string associated() const {
    return std::string(detail::AssociatedData(detail::state_kind, client_id_, {}).of({}, field));
  }

  std::shared_ptr<OAuthStateStore> store_;
  detail::Sealer sealer_;
  std::string client_id_;
};

}  // namespace slack::oauth::inline v0
