// Which keys a ring takes, from where, and in which state they are.
#include <sys/stat.h>
#include <unistd.h>

#include <slack/oauth/errors.hpp>
#include <slack/oauth/wrappers/encrypting/key_ring.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "catch.hpp"
#include "file/temp_folder.hpp"
#include "support/environment_variable.hpp"
#include "support/thrown.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;
using test::key_bytes;

namespace {

constexpr std::string_view hex = "6e6f742061207265616c206b6579206f66207468697274792d74776f2062012d";
constexpr std::string_view base64 = "bm90IGEgcmVhbCBrZXkgb2YgdGhpcnR5LXR3byBiAS0=";

template <class Action>
std::string refused(Action&& action) {
  return test::thrown_by<InvalidArgumentError>(std::forward<Action>(action)).what();
}

}  // namespace

TEST_CASE("a key ring takes keys of 32 random bytes, each with an id", "[encrypting]") {
  KeyRing keys;
  for (const std::size_t size : {0U, 16U, 31U, 33U, 64U}) {
    CHECK(refused([&] { keys.add("a", std::string(size, 'k')); }) ==
          "key must be of 32 bytes; add_text() takes one as text");
  }
  CHECK(refused([&] { keys.add("a", std::string(32, '\0')); }) == "key must be random, and all its bytes are the same");
  for (const std::string& id :
       {std::string(), std::string("a:b"), std::string("a b"), std::string("é"), std::string(65, 'a')}) {
    CHECK(refused([&] { keys.add(id, key_bytes('1')); }) == "id must be of 1 to 64 letters, digits, '.', '_' and '-'");
  }
  keys.add("2026-11", key_bytes('1'));
  keys.add(std::string(64, 'a'), key_bytes('2'));
  CHECK(refused([&] { keys.add("2026-11", key_bytes('3')); }) == "id is that of another key: \"2026-11\"");
}

TEST_CASE("text is no key of random bytes", "[encrypting]") {
  KeyRing keys;
  for (const std::string& text : {std::string(hex.substr(0, 32)), std::string("not a real password: horse stapl")}) {
    CHECK(refused([&] { keys.add("a", text); }) ==
          "key must be of random bytes, and all of them are printable; add_text() takes text");
  }
  keys.add("a", "not a real password: horse stap\n");
  keys.add("b", "not a real password: horse stap\x7f");
  keys.add_text("c", hex);
  keys.add_text("d", base64);
  for (const std::string_view text : {hex.substr(0, 32), base64.substr(1), std::string_view()}) {
    CHECK(refused([&] { keys.add_text("e", text); }) == "key must be of 32 bytes, as base64 or hexadecimal digits");
  }
  CHECK(refused([&] { keys.add_text("e", std::string(64, '0')); }) ==
        "key must be random, and all its bytes are the same");
  CHECK(refused([&] { keys.add_text("a", base64); }) == "id is that of another key: \"a\"");
}

TEST_CASE("one key is current, and a retired one never again", "[encrypting]") {
  KeyRing keys;
  CHECK(keys.current().empty());
  CHECK(refused([&] { keys.set_current("2026-10"); }) == "id is that of no key: \"2026-10\"");
  keys.add("2026-10", key_bytes('1'));
  keys.add("2026-11", key_bytes('2'));
  KeyRing copy = keys;
  keys.set_current("2026-10");
  CHECK(copy.current() == "2026-10");
  CHECK(refused([&] { keys.retire("2026-10"); }) == "id is that of the current key: \"2026-10\"");
  copy.set_current("2026-11");
  CHECK(keys.current() == "2026-11");
  keys.retire("2026-10");
  CHECK(refused([&] { copy.set_current("2026-10"); }) == "id is that of a retired key: \"2026-10\"");
  CHECK(refused([&] { keys.retire("2026-12"); }) == "id is that of no key: \"2026-12\"");
}

TEST_CASE("a ring that was moved from shares its keys still", "[encrypting]") {
  KeyRing keys = test::one_key();
  const KeyRing moved = std::move(keys);
  CHECK(keys.current() == "2026-11");  // NOLINT(bugprone-use-after-move): what is tested
  keys.add("2026-12", key_bytes('2'));
  keys.set_current("2026-12");
  CHECK(moved.current() == "2026-12");
  KeyRing assigned;
  assigned = std::move(keys);
  CHECK(keys.current() == assigned.current());
}

TEST_CASE("a key comes from the environment, as base64 or hexadecimal digits", "[encrypting]") {
  for (const std::string& text :
       {std::string(hex), std::string(base64), std::string(base64.substr(0, 43)), " " + std::string(base64) + "\n"}) {
    const test::EnvironmentVariable set("SLACK_OAUTH_TEST_KEY", text.c_str());
    KeyRing keys;
    keys.add_from_environment("a", "SLACK_OAUTH_TEST_KEY");
    detail::SecretKey key;
    REQUIRE(detail::read_key_text(text, key));
    CHECK(key.text() == key_bytes('-'));
  }
  KeyRing keys;
  for (const std::string& text :
       {std::string(), std::string("secret"), std::string(hex.substr(1)) + "g", std::string(base64) + "=",
        "*" + std::string(base64.substr(1)), std::string(base64.substr(0, 42)) + "1="}) {
    const test::EnvironmentVariable set("SLACK_OAUTH_TEST_KEY", text.c_str());
    CHECK(refused([&] { keys.add_from_environment("a", "SLACK_OAUTH_TEST_KEY"); }) ==
          "SLACK_OAUTH_TEST_KEY must be a key of 32 bytes, as base64 or hexadecimal digits");
  }
  CHECK(refused([&] { keys.add_from_environment("a", "SLACK_OAUTH_TEST_NO_KEY"); }) ==
        "SLACK_OAUTH_TEST_NO_KEY is not set in the environment");
}

TEST_CASE("a key comes from a file that only its owner can read", "[encrypting]") {
  const test::TempFolder folder;
  const std::string path = folder / "key";
  test::write_file(path, std::string(base64) + "\n");
  const std::string name = "\"" + path + "\"";
  KeyRing keys;
  for (const ::mode_t mode : {0644U, 0640U, 0602U, 0610U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(refused([&] { keys.add_from_file("a", path); }) ==
          name + " can be read or written by others than its owner; its mode must be 0600 or less");
  }
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  keys.add_from_file("a", path);
  keys.set_current("a");

  if (::geteuid() == 0) {  // nobody else may give a file away
    REQUIRE(::chown(path.c_str(), 12'345, static_cast<::gid_t>(-1)) == 0);
    CHECK(refused([&] { keys.add_from_file("b", path); }) ==
          name + " must belong to the user of the process, or to root");
    REQUIRE(::chown(path.c_str(), 0, static_cast<::gid_t>(-1)) == 0);
  }

  test::write_file(path, std::string(1000, 'a'));
  CHECK(refused([&] { keys.add_from_file("b", path); }) ==
        name + " must hold a key of 32 bytes, as base64 or hexadecimal digits");
  CHECK(refused([&] { keys.add_from_file("b", folder.path().string()); }) ==
        "\"" + folder.path().string() + "\" is not a file");
  CHECK(refused([&] { keys.add_from_file("b", path + "x"); }).starts_with("\"" + path + "x\" cannot be opened: "));
}
