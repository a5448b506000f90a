// Tells whether a request comes from Slack, which signs each request with the app's signing secret.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
//
// Needs OpenSSL.
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/constant_time.hpp"
#include "slack/oauth/detail/hex.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/detail/secret.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

struct SignatureVerifierOptions {
  /// How far a request's time may be from the clock's, either way and inclusive. Slack says five minutes. With a longer
  /// one, somebody who overheard a request can replay it for longer.
  std::chrono::seconds tolerance{300};

  /// By default the system's.
  std::function<Timestamp()> clock{};
};

/// Checks X-Slack-Signature and X-Slack-Request-Timestamp, with signatures of version v0: HMAC-SHA256 of
/// "v0:<timestamp>:<body>". The comparison takes the same time whatever was wrong. Copies share the key.
///
/// Threads: any thread may call any method at any time.
class SignatureVerifier {
 public:
  /// `signing_secret` is on the app's page "Basic Information". Throws InvalidArgumentError where it is empty, since
  /// anybody could sign then. Also throws it where the secret has white space around it, as a line of a file, or where
  /// an option is out of range.
  explicit SignatureVerifier(std::string_view signing_secret, SignatureVerifierOptions options = {})
      : keyed_(keyed_with(signing_secret)), options_(std::move(options)) {
    if (options_.tolerance < std::chrono::seconds{0} || options_.tolerance > std::chrono::hours{24}) {
      throw InvalidArgumentError("tolerance", "must be no less than nothing and no more than a day");
    }
  }

  /// Returns true where Slack sent the request, within the time. Returns false also where a header is missing,
  /// malformed or repeated. `request.body` is the body as it came, byte by byte.
  [[nodiscard]] bool is_valid_request(const HttpRequest& request) const {
    const auto timestamp = only_header(request.headers, "X-Slack-Request-Timestamp");
    const auto signature = only_header(request.headers, "X-Slack-Signature");
    return timestamp && signature && is_valid(request.body, *timestamp, *signature);
  }

  /// Does the same as above, with the headers' values.
  [[nodiscard]] bool is_valid(std::string_view body, std::string_view timestamp, std::string_view signature) const {
    if (signature.size() != signature_size || !is_recent(timestamp)) return false;
    const auto expected = signature_of(timestamp, body);
    return expected && detail::equals_in_constant_time({expected->data(), expected->size()}, signature);
  }

  /// Returns what Slack would send as X-Slack-Signature: for tests, and for a stand-in for Slack. Throws Error where
  /// OpenSSL fails.
  [[nodiscard]] std::string generate_signature(std::string_view timestamp, std::string_view body) const {
    const auto signature = signature_of(timestamp, body);
    if (!signature) throw Error("OpenSSL could not compute HMAC-SHA256");
    return {signature->data(), signature->size()};
  }

 private:
  static constexpr std::string_view version = "v0";
  static constexpr std::size_t mac_size = 32;
  static constexpr std::size_t signature_size = version.size() + 1 + 2 * mac_size;
  using Signature = std::array<char, signature_size>;

  struct FreeContext {
    void operator()(::EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  struct FreeKey {
    void operator()(::EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  using Context = std::unique_ptr<::EVP_MD_CTX, FreeContext>;

  /// An HMAC that has the key and nothing else, to be copied for each request: the key is set up once.
  static std::shared_ptr<const ::EVP_MD_CTX> keyed_with(std::string_view secret) {
    if (secret.empty()) throw InvalidArgumentError("signing_secret", "must not be empty");
    detail::require_secret("signing_secret", secret);
    const std::unique_ptr<::EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_private_key(
        EVP_PKEY_HMAC, nullptr, reinterpret_cast<const unsigned char*>(secret.data()), secret.size()));
    Context context(EVP_MD_CTX_new());
    if (key == nullptr || context == nullptr ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) {
      throw Error("OpenSSL could not set up HMAC-SHA256");
    }
    return std::shared_ptr<::EVP_MD_CTX>(std::move(context));
  }

  /// Absent unless the name stands exactly once: which of two counts would be anybody's guess.
  static std::optional<std::string_view> only_header(const HttpHeaders& headers, std::string_view name) {
    std::optional<std::string_view> found;
    for (const HttpHeader& header : headers) {
      if (!detail::equals_ignoring_case(header.name, name)) continue;
      if (found) return std::nullopt;
      found = header.value;
    }
    return found;
  }

  [[nodiscard]] bool is_recent(std::string_view timestamp) const {
    constexpr std::size_t most_digits = 12;  // thousands of years, and no overflow in microseconds
    const bool is_number = !timestamp.empty() && timestamp.size() <= most_digits &&
                           std::all_of(timestamp.begin(), timestamp.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return false;
    std::int64_t seconds = 0;
    std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
    const Timestamp now = options_.clock ? options_.clock() : slack::oauth::now();
    return std::chrono::abs(now - Timestamp{std::chrono::seconds{seconds}}) <= options_.tolerance;
  }

  /// Absent where OpenSSL fails.
  [[nodiscard]] std::optional<Signature> signature_of(std::string_view timestamp, std::string_view body) const {
    const Context context(EVP_MD_CTX_new());
    std::array<unsigned char, mac_size> mac{};
    std::size_t size = mac.size();
    const auto update = [&](std::string_view text) {
      return EVP_DigestSignUpdate(context.get(), text.data(), text.size()) == 1;
    };
    if (context == nullptr || EVP_MD_CTX_copy_ex(context.get(), keyed_.get()) != 1 || !update(version) ||
        !update(":") || !update(timestamp) || !update(":") || !update(body) ||
        EVP_DigestSignFinal(context.get(), mac.data(), &size) != 1 || size != mac.size()) {
      return std::nullopt;
    }
    return signature_from(mac);
  }

  static Signature signature_from(const std::array<unsigned char, mac_size>& mac) {
    Signature signature{};
    auto out = std::copy(version.begin(), version.end(), signature.begin());
    *out++ = '=';
    for (const unsigned char byte : mac) out = detail::write_hex(out, byte);
    return signature;
  }

  std::shared_ptr<const ::EVP_MD_CTX> keyed_;
  SignatureVerifierOptions options_;
};

}  // namespace slack::oauth::inline v0
