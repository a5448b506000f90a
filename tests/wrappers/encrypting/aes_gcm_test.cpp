// AES-256-GCM as NIST publishes it: gcmEncryptExtIV256.rsp and gcmDecrypt256.rsp of
// https://csrc.nist.gov/Projects/Cryptographic-Algorithm-Validation-Program/CAVP-TESTING-BLOCK-CIPHER-MODES
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <slack/oauth/detail/hex.hpp>
#include <slack/oauth/wrappers/encrypting/detail/data_key.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace slack::oauth;

namespace {

std::string bytes(std::string_view hex) {
  std::string found;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    found += static_cast<char>(detail::hex_value(hex[i]) * 16 + detail::hex_value(hex[i + 1]));
  }
  return found;
}

template <class Array>
Array array_of(std::string_view hex) {
  const std::string from = bytes(hex);
  Array to{};
  REQUIRE(from.size() == to.size());
  std::copy(from.begin(), from.end(), to.begin());
  return to;
}

struct Vector {
  std::string_view key;
  std::string_view nonce;
  std::string_view plain;
  std::string_view associated;
  std::string_view sealed;
  std::string_view tag;
};

constexpr std::array vectors{Vector{.key = "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4",
                                    .nonce = "516c33929df5a3284ff463d7",
                                    .plain = "",
                                    .associated = "",
                                    .sealed = "",
                                    .tag = "bdc1ac884d332457a1d2664f168c76f0"},
                             Vector{.key = "78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223",
                                    .nonce = "d79cf22d504cc793c3fb6c8a",
                                    .plain = "",
                                    .associated = "b96baa8c1c75a671bfb2d08d06be5f36",
                                    .sealed = "",
                                    .tag = "3e5d486aa2e30b22e040b85723a06e76"},
                             Vector{.key = "31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22",
                                    .nonce = "0d18e06c7c725ac9e362e1ce",
                                    .plain = "2db5168e932556f8089a0622981d017d",
                                    .associated = "",
                                    .sealed = "fa4362189661d163fcd6a56d8bf0405a",
                                    .tag = "d636ac1bbedd5cc3ee727dc2ab4a9489"},
                             Vector{.key = "92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b",
                                    .nonce = "ac93a1a6145299bde902f21a",
                                    .plain = "2d71bcfa914e4ac045b2aa60955fad24",
                                    .associated = "1e0889016f67601c8ebea4943bc23ad6",
                                    .sealed = "8995ae2e6df3dbf96fac7b7137bae67f",
                                    .tag = "eca5aa77d51d4a0a14d9c51e1da474ab"},
                             Vector{.key = "82f0d1ddc58123f805541f55a7eab43f56ddfefc06c73d57709df3d5a4aabfb3",
                                    .nonce = "0c9d74af29ed4406c77a8e4b",
                                    .plain = "3fe7811a8224a1881da34a27e03da86a",
                                    .associated = "34325620a392739beeee6c370967d539",
                                    .sealed = "c61155d41495e9fc76060fe7f8c926a2",
                                    .tag = "66d8c881d66370504d2bf00cdb06259e"},
                             // Texts and associated data that fill no block, as tokens and places do.
                             Vector{.key = "69b458f2644af9020463b40ee503cdf083d693815e2659051ae0d039e606a970",
                                    .nonce = "8d1da8ab5f91ccd09205944b",
                                    .plain = "f3e0e09224256bf21a83a5de8d",
                                    .associated = "036ad5e5494ef817a8af2f5828784a4bfedd1653",
                                    .sealed = "c0a62d77e6031bfdc6b13ae217",
                                    .tag = "a794a9aaee48cd92e47761bf1baff0af"},
                             Vector{.key = "24501ad384e473963d476edcfe08205237acfd49b5b8f33857f8114e863fec7f",
                                    .nonce = "9ff18563b978ec281b3f2794",
                                    .plain = "27f348f9cdc0c5bd5e66b1ccb63ad920ff2219d14e8d631b3872265cf117ee86757accb1"
                                             "58bd9abb3868fdc0d0b074b5f01b2c",
                                    .associated = "adb5ec720ccf9898500028bf34afccbcaca126ef",
                                    .sealed = "eb7cb754c824e8d96f7c6d9b76c7d26fb874ffbf1d65c6f64a698d839b0b06145dae8205"
                                              "7ad55994cf59ad7f67c0fa5e85fab8",
                                    .tag = "bc95c532fecc594c36d1550286a7a3f0"}};

/// Those that gcmDecrypt256.rsp marks with FAIL, with a plaintext of 128 bits: Count 2 without associated data, and
/// Count 2 with 128 bits of them.
constexpr std::array failing_vectors{Vector{.key = "c997768e2d14e3d38259667a6649079de77beb4543589771e5068e6cd7cd0b14",
                                            .nonce = "835090aed9552dbdd45277e2",
                                            .plain = "",
                                            .associated = "",
                                            .sealed = "9f6607d68e22ccf21928db0986be126e",
                                            .tag = "f32617f67c574fd9f44ef76ff880ab9f"},
                                     Vector{.key = "9a0343f850a6427120f764789ffec6d237447b898fbf51d2182f065d3861497d",
                                            .nonce = "3deef6f453dd70d92143adcd",
                                            .plain = "",
                                            .associated = "dbb8226a624520863db6897017b2a4f8",
                                            .sealed = "e93165935ac18e3a2845d15fe31a9286",
                                            .tag = "f5fc50d18766bc3d9e16dd136d45816b"}};

detail::AesGcm cipher_of(std::string_view key) {
  return detail::AesGcm([&](auto& out) { out = array_of<std::remove_cvref_t<decltype(out)>>(key); });
}

}  // namespace

TEST_CASE("AES-256-GCM seals and opens as NIST's vectors do", "[encrypting]") {
  for (const Vector& vector : vectors) {
    CAPTURE(vector.key);
    auto cipher = cipher_of(vector.key);
    const auto nonce = array_of<detail::CipherNonce>(vector.nonce);
    const std::string associated = bytes(vector.associated);
    for (int again = 0; again < 2; ++again) {  // the second time with a context that was used
      std::string text = bytes(vector.plain);
      const std::string_view whole = associated;
      const std::string_view first = whole.substr(0, whole.size() / 3);
      const detail::AssociatedParts parts{first, whole.substr(first.size())};
      const auto tag = cipher.seal(nonce, parts, text.data(), text.size());
      CHECK(text == bytes(vector.sealed));
      CHECK(tag == array_of<detail::CipherTag>(vector.tag));
      CHECK(cipher.open(nonce, {associated, {}}, text.data(), text.size(), tag));
      CHECK(text == bytes(vector.plain));

      auto wrong = tag;
      wrong.back() = static_cast<unsigned char>(wrong.back() ^ 1U);
      text = bytes(vector.sealed);
      CHECK_FALSE(cipher.open(nonce, parts, text.data(), text.size(), wrong));
      text = bytes(vector.sealed);
      CHECK_FALSE(cipher.open(nonce, {associated, "x"}, text.data(), text.size(), tag));
    }
  }
}

TEST_CASE("what NIST's vectors say fails does not open", "[encrypting]") {
  for (const Vector& vector : failing_vectors) {
    CAPTURE(vector.key);
    auto cipher = cipher_of(vector.key);
    const std::string associated = bytes(vector.associated);
    std::string text = bytes(vector.sealed);
    CHECK_FALSE(cipher.open(array_of<detail::CipherNonce>(vector.nonce), {associated, {}}, text.data(), text.size(),
                            array_of<detail::CipherTag>(vector.tag)));
  }
}

TEST_CASE("associated data are read as one, wherever their parts meet", "[encrypting]") {
  auto cipher = cipher_of(vectors.back().key);
  const auto nonce = array_of<detail::CipherNonce>(vectors.back().nonce);
  for (const std::size_t size : {std::size_t{20}, std::size_t{256}, std::size_t{257}, std::size_t{1'000}}) {
    CAPTURE(size);
    const std::string whole(size, 'a');
    const auto tag_of = [&](std::string_view first, std::string_view second) {
      std::string text("not a real token");
      return cipher.seal(nonce, {first, second}, text.data(), text.size());
    };
    const auto tag = tag_of(whole, {});
    CHECK(tag_of({}, whole) == tag);
    CHECK(tag_of(std::string_view(whole).substr(0, 7), std::string_view(whole).substr(7)) == tag);
    CHECK(tag_of(whole, "a") != tag);
  }
}

TEST_CASE("HKDF-Expand is that of RFC 5869, test case 3", "[encrypting]") {
  // Its info is empty, and its first block is the first 32 bytes of what it expands to.
  std::array<unsigned char, 32> out{};
  detail::expand_key(bytes("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"), "", out);
  CHECK(out ==
        array_of<std::array<unsigned char, 32>>("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"));
}
