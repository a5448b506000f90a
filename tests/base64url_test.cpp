// Base64url as RFC 4648 has it, where every value has one text.
#include <optional>
#include <slack/oauth/detail/base64url.hpp>
#include <string>
#include <utility>

#include "catch.hpp"

using slack::oauth::detail::base64url_decode;
using slack::oauth::detail::base64url_encode;

TEST_CASE("base64url is that of RFC 4648, without padding") {
  for (const auto& [bytes, text] : {std::pair<std::string, std::string>("", ""),
                                    {"f", "Zg"},
                                    {"fo", "Zm8"},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg"},
                                    {"fooba", "Zm9vYmE"},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xFB\xFF\xBF", "-_-_"}}) {
    CHECK(base64url_encode(bytes) == text);
    CHECK(base64url_decode(text) == bytes);
  }
}

TEST_CASE("a text is base64url only where its value has no other one") {
  for (const std::string text : {"A", "Zm9vY", "Zh", "Zm9", "Zm9vYh", "Zm9vYmF", "Zg==", "Zm9v=", "Zm+v", "Zm/v",
                                 "Zm 9", "Zm9v\n", "\xC3\xA9\xC3\xA9"}) {
    CAPTURE(text);
    CHECK(base64url_decode(text) == std::nullopt);
  }
  std::string text(2, '\0');
  int decoded = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      text = {static_cast<char>(first), static_cast<char>(second)};
      const auto bytes = base64url_decode(text);
      if (bytes && base64url_encode(*bytes) == text) ++decoded;
      if (bytes && base64url_encode(*bytes) != text) FAIL("a text of another value");
    }
  }
  CHECK(decoded == 256);
}
