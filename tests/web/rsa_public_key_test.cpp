#include "slack/oauth/web/detail/rsa_public_key.hpp"

#include <string>
#include <string_view>

#include "catch.hpp"
#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/testing/fake_slack/signing_key.hpp"

namespace {

using namespace slack::oauth;
using detail::RsaPublicKey;

// RFC 7515 appendix A.2
constexpr std::string_view rfc_modulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
    "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6"
    "65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
    "yuXpoQ";
constexpr std::string_view rfc_signed =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";
constexpr std::string_view rfc_signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
    "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
    "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
    "Ge77Rw";

std::string decoded(std::string_view text) { return detail::base64url_decode(text).value(); }

const std::string exponent = decoded("AQAB");

const slack::oauth::testing::detail::SigningKey& own_key() {
  static const slack::oauth::testing::detail::SigningKey key;
  return key;
}

}  // namespace

TEST_CASE("the signature of RFC 7515 appendix A.2 is verified", "[web][rs256]") {
  const auto key = RsaPublicKey::make(decoded(rfc_modulus), exponent);
  REQUIRE(key);
  CHECK(key->verifies_rs256(rfc_signed, decoded(rfc_signature)));
  CHECK_FALSE(key->verifies_rs256(std::string(rfc_signed) + "x", decoded(rfc_signature)));
  CHECK_FALSE(key->verifies_rs256(rfc_signed.substr(1), decoded(rfc_signature)));
  CHECK_FALSE(
      RsaPublicKey::make(decoded(rfc_modulus), decoded("Aw"))->verifies_rs256(rfc_signed, decoded(rfc_signature)));
}

TEST_CASE("no change of a signature verifies", "[web][rs256]") {
  const auto key = RsaPublicKey::make(own_key().modulus(), exponent);
  REQUIRE(key);
  const std::string signature = own_key().sign("a text");
  CHECK(key->verifies_rs256("a text", signature));
  for (std::size_t bit = 0; bit < 8 * signature.size(); bit += 7) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(static_cast<unsigned char>(changed[bit / 8]) ^ (1U << (bit % 8)));
    CHECK_FALSE(key->verifies_rs256("a text", changed));
  }
  CHECK_FALSE(key->verifies_rs256("a text", ""));
  CHECK_FALSE(key->verifies_rs256("a text", signature.substr(1)));
  CHECK_FALSE(key->verifies_rs256("a text", signature + '\0'));
  CHECK_FALSE(key->verifies_rs256("a text", std::string(1, '\0') + signature));
  CHECK_FALSE(key->verifies_rs256("a text", own_key().sign("a text", EVP_sha512())));
  CHECK_FALSE(key->verifies_rs256("a text", std::string(4096, 'x')));
}

TEST_CASE("a key that would let others sign is none", "[web][rs256]") {
  const std::string modulus = own_key().modulus();
  CHECK(RsaPublicKey::make(modulus, exponent));
  CHECK(RsaPublicKey::make(std::string(3, '\0') + modulus, std::string(2, '\0') + exponent));
  CHECK_FALSE(RsaPublicKey::make(modulus, ""));
  CHECK_FALSE(RsaPublicKey::make(modulus, std::string_view("\0", 1)));
  CHECK_FALSE(RsaPublicKey::make(modulus, "\x01"));
  CHECK_FALSE(RsaPublicKey::make(modulus, "\x02"));
  CHECK_FALSE(RsaPublicKey::make(modulus, "\x01\x01\x01\x01\x01"));
  CHECK_FALSE(RsaPublicKey::make("", exponent));
  CHECK_FALSE(RsaPublicKey::make(modulus.substr(0, 128), exponent));
  CHECK_FALSE(RsaPublicKey::make("\x7F" + modulus.substr(1), exponent));  // 2047 bits
  std::string even = modulus;
  even.back() = '\x02';
  CHECK_FALSE(RsaPublicKey::make(even, exponent));
  CHECK_FALSE(RsaPublicKey::make(std::string(1025, '\x81'), exponent));
  CHECK(RsaPublicKey::make(std::string(1024, '\x81'), exponent));
}
