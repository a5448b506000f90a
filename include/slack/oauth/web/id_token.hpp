// Sign in with Slack: checks the id_token, which says who signed in.
// https://docs.slack.dev/authentication/sign-in-with-slack, OpenID Connect Core 1.0. docs/sign-in.md
//
//     slack::oauth::IdTokenVerifier verifier(slack::oauth::CurlTransport(), {.client_id = "111.222"});
//     const slack::oauth::IdTokenClaims claims = verifier.verify(answer.at("id_token"), nonce);
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/detail/base_url.hpp"
#include "slack/oauth/web/detail/compact_jwt.hpp"
#include "slack/oauth/web/detail/fetched_keys.hpp"
#include "slack/oauth/web/detail/id_token_reader.hpp"
#include "slack/oauth/web/detail/json_web_keys.hpp"
#include "slack/oauth/web/detail/secret.hpp"
#include "slack/oauth/web/id_token_claims.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

struct IdTokenVerifierOptions {
  /// The app's own, as it signed the person in with. Required.
  std::string client_id{};

  /// Slack's, as its page https://slack.com/.well-known/openid-configuration names them. Change them for GovSlack or a
  /// stand-in. `keys_url` is https, or http to this machine, for tests.
  std::string issuer = "https://slack.com";
  std::string keys_url = "https://slack.com/openid/connect/keys";

  /// How far the clocks of Slack and of this machine may be apart: no more than five minutes.
  std::chrono::seconds leeway{60};

  /// How long fetched keys serve: a key that Slack has withdrawn is trusted for no longer.
  std::chrono::seconds keys_lifetime = std::chrono::hours{1};

  /// The least time between two fetches for keys that are not known, so that nobody makes the app ask Slack without end
  /// by tokens with made-up keys.
  std::chrono::seconds keys_fetch_interval{10};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests
};

/// Checks an id_token: that Slack signed it (RS256, and nothing else: RFC 8725), for this app, in answer to this
/// request, and not too long ago. It fetches Slack's keys when it needs them, and again where a token names a key that
/// it does not know: Slack may change its keys at any time. Copies share the keys.
///
/// Threads: any thread may call any method at any time. One of them fetches keys; only those that need them wait.
class IdTokenVerifier {
 public:
  /// Throws an InvalidArgumentError that names the option.
  IdTokenVerifier(AnyHttpTransport transport, IdTokenVerifierOptions options)
      : options_(checked(std::move(options))),
        keys_(std::make_shared<detail::FetchedKeys>(
            std::move(transport), detail::FetchedKeysOptions{.url = options_.keys_url,
                                                             .lifetime = options_.keys_lifetime,
                                                             .fetch_interval = options_.keys_fetch_interval,
                                                             .clock = options_.clock})) {}

  /// Returns the claims of a token that answers a request with this `nonce`, which the app kept for the browser that
  /// made it.
  ///
  /// Throws an InvalidDataError where the token is not valid: subject() is the claim at fault ("id_token.exp"), and
  /// "id_token", "id_token.header" or "id_token.signature" where that is at fault. No message shows any of the token.
  /// Throws where Slack's keys could not be fetched, which says nothing about the token: HttpError, RateLimitedError or
  /// InvalidAnswerError. After a RateLimitedError it fetches none until its retry_after() has passed, or
  /// `keys_lifetime`. Throws InvalidArgumentError where `nonce` is empty.
  [[nodiscard]] IdTokenClaims verify(std::string_view id_token, std::string_view nonce) const {
    if (nonce.empty()) throw InvalidArgumentError("nonce", "must not be empty");
    return verified(id_token, nonce);
  }

  /// Does the same for a request that had no nonce. Then a stolen id_token of the same app may be passed off as the
  /// answer to it (OpenID Connect Core 1.0 section 15.5.2).
  [[nodiscard]] IdTokenClaims verify_without_nonce(std::string_view id_token) const {
    return verified(id_token, std::nullopt);
  }

 private:
  static constexpr std::size_t max_token_bytes = 16384;  // Slack's have some two thousand

  static IdTokenVerifierOptions checked(IdTokenVerifierOptions options) {
    constexpr std::chrono::seconds day = std::chrono::hours{24};
    if (options.client_id.empty()) throw InvalidArgumentError("client_id", "must not be empty");
    detail::require_secret("client_id", options.client_id);
    if (options.issuer.empty()) throw InvalidArgumentError("issuer", "must not be empty");
    detail::require_safe_url("keys_url", options.keys_url);
    if (options.leeway.count() < 0 || options.leeway > std::chrono::minutes{5}) {
      throw InvalidArgumentError("leeway", "must be between 0 seconds and 5 minutes");
    }
    if (options.keys_lifetime.count() < 1 || options.keys_lifetime > day) {
      throw InvalidArgumentError("keys_lifetime", "must be between 1 second and 24 hours");
    }
    if (options.keys_fetch_interval.count() < 1 || options.keys_fetch_interval > day) {
      throw InvalidArgumentError("keys_fetch_interval", "must be between 1 second and 24 hours");
    }
    if (!options.clock) throw InvalidArgumentError("clock", "must be callable");
    return options;
  }

  [[nodiscard]] IdTokenClaims verified(std::string_view id_token, std::optional<std::string_view> nonce) const {
    if (id_token.size() > max_token_bytes) throw InvalidDataError("id_token", "is too long");
    const auto parts = detail::split_compact_jwt(id_token);
    if (!parts) throw InvalidDataError("id_token", "is no token of three parts");
    require_signed(*parts);
    auto claims = detail::decode_jwt_part(parts->claims);
    if (!claims) throw InvalidDataError("id_token", "has claims that are no JSON object");
    return detail::read_id_token_claims(*std::move(claims), {.iss = options_.issuer,
                                                             .aud = options_.client_id,
                                                             .nonce = nonce,
                                                             .leeway = options_.leeway,
                                                             .time = options_.clock()});
  }

  void require_signed(const detail::CompactJwt& parts) const {
    const auto header = detail::decode_jwt_part(parts.header);
    if (!header) throw InvalidDataError("id_token.header", "is no JSON object");
    if (!detail::is_header_for("RS256", *header)) throw InvalidDataError("id_token.header", "is not one of RS256");
    const std::string key_id = detail::text_or_empty(*header, "kid");
    if (key_id.empty() || key_id.size() > detail::longest_key_id) {
      throw InvalidDataError("id_token.header", "names no key");
    }
    const auto signature = detail::base64url_decode(parts.signature);
    if (!signature) throw InvalidDataError("id_token.signature", "is not base64url");
    const auto key = keys_->find(key_id);
    if (!key) throw InvalidDataError("id_token.header", "names a key that is not one of Slack's");
    if (!key->verifies_rs256(parts.is_signed, *signature)) {
      throw InvalidDataError("id_token.signature", "is not Slack's");
    }
  }

  IdTokenVerifierOptions options_;
  std::shared_ptr<detail::FetchedKeys> keys_;
};

/// Returns a new nonce for a request to sign in: 256 random bits in base64url. Throws std::system_error where the
/// system has none.
[[nodiscard]] inline std::string generate_nonce() {
  constexpr std::size_t bytes = 32;
  return detail::base64url_encode(detail::random_bytes(bytes));
}

}  // namespace slack::oauth::inline v0
