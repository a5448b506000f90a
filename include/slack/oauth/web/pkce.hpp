// Proves that the app that exchanges a code is the one that asked for it. RFC 7636,
// https://docs.slack.dev/authentication/using-pkce
//
// Needs OpenSSL.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/detail/digest.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0 {

/// A secret that the app keeps until the code comes, and the challenge that it sends when it asks for consent.
class PkceVerifier {
 public:
  static constexpr std::string_view challenge_method = "S256";

  /// Makes a new one, of 256 random bits. Throws std::system_error where the system has none.
  [[nodiscard]] static PkceVerifier generate() {
    constexpr std::size_t random_size = 32;  // RFC 7636 section 4.1
    return PkceVerifier(detail::base64url_encode(detail::random_bytes(random_size)));
  }

  /// Takes one that the app kept. Throws InvalidArgumentError unless it is of 43 to 128 letters, digits and -._~
  explicit PkceVerifier(std::string verifier) : verifier_(std::move(verifier)) {
    if (verifier_.size() < 43 || verifier_.size() > 128) {
      throw InvalidArgumentError("code_verifier", "must have 43 to 128 characters");
    }
    if (!std::all_of(verifier_.begin(), verifier_.end(), detail::is_unreserved)) {
      throw InvalidArgumentError("code_verifier", "must be letters, digits and -._~ alone");
    }
  }

  /// Returns what the exchange of the code sends as code_verifier. A secret until then.
  [[nodiscard]] const std::string& verifier() const noexcept { return verifier_; }

  /// Returns what the authorize URL sends as code_challenge, with code_challenge_method S256. Throws Error where
  /// OpenSSL fails.
  [[nodiscard]] std::string challenge() const { return detail::base64url_encode(detail::sha256(verifier_)); }

 private:
  std::string verifier_;
};

}  // namespace slack::oauth::inline v0
