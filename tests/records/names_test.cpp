#include "slack/oauth/records/names.hpp"

#include <cctype>
#include <chrono>
#include <cstdint>
#include <set>
#include <slack/oauth/records/detail/sha256.hpp>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "hostile_ids.hpp"

using namespace slack::oauth;
using detail::history_stamp;
using detail::installer_name;
using detail::is_installer_name;
using detail::LetterCase;
using detail::name_of_id;
using detail::workspace_name;

TEST_CASE("record names: the hash is SHA-256") {
  CHECK(detail::Sha256::hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(detail::Sha256::hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(detail::Sha256::hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(detail::Sha256::hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("record names: plain ids are their own names, as the Python SDK writes them") {
  CHECK(workspace_name({"E1", "T0FURNACE"}) == "E1-T0FURNACE");
  CHECK(workspace_name({"", "T1"}) == "none-T1");
  CHECK(workspace_name({"E1", ""}) == "E1-none");
  CHECK(installer_name("U_1.x") == "installer-U_1.x-latest");
  CHECK(installer_name("") == "installer-none-latest");
}

TEST_CASE("record names: other ids are escaped, so that no two meet") {
  const auto name_of = [](std::string_view id) { return name_of_id(id, LetterCase::told_apart); };
  CHECK(name_of("none") == "%6Eone");
  CHECK(name_of("..") == ".%2E");
  CHECK(name_of("T1.") == "T1%2E");
  CHECK(name_of("a/b%") == "a%2Fb%25");
  std::set<std::string> names;
  for (const auto& id : test::hostile_ids()) {
    const std::string name = name_of(id);
    CAPTURE(id, name);
    CHECK(names.insert(name).second);
    CHECK(name.size() <= detail::longest_name_of_id);
    CHECK(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.%") ==
          std::string::npos);
    CHECK(name != ".");
    CHECK(name != "..");
  }
}

TEST_CASE("record names: where file systems ignore case, ids that differ in case alone have names that do not meet") {
  const auto name_of = [](std::string_view id) { return name_of_id(id, LetterCase::ignored); };
  CHECK(name_of("T0FURNACE_1.2") == "T0FURNACE_1.2");
  CHECK(name_of("") == "none");
  CHECK(name_of("t1") == "%741");
  CHECK(name_of("NONE") == "%4EONE");
  CHECK(name_of("LATEST") == "%4CATEST");
  auto ids = test::hostile_ids();
  for (const char* id : {"NONE", "None", "LATEST", "Latest", "T1", "t1", "A/B", "%2f", "%H", "con", "", ".LOCK"}) {
    ids.emplace_back(id);
  }
  ids.emplace_back(50, 't');
  ids.emplace_back(50, 'T');
  std::set<std::string> names;
  for (const auto& id : ids) {
    std::string folded = name_of(id);
    CAPTURE(id, folded);
    CHECK(folded.size() <= detail::longest_name_of_id);
    for (char& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(names.insert(folded).second);
  }
}

TEST_CASE("record names: times are written as Python writes a float") {
  const auto text = [](std::int64_t microseconds) {
    return detail::seconds_text(Timestamp{std::chrono::microseconds{microseconds}});
  };
  CHECK(text(1'767'225'600'123'456) == "1767225600.123456");
  CHECK(text(1'767'225'600'100'000) == "1767225600.1");
  CHECK(text(1'767'225'600'000'000) == "1767225600.0");
  CHECK(text(0) == "0.0");
  CHECK(text(-1'500'000) == "-1.5");
  CHECK(text(-1) == "-0.000001");
}

TEST_CASE("record names: what a file is shows in its name") {
  CHECK(history_stamp("bot-1767225600.25") == "1767225600.25");
  CHECK(history_stamp("installer-1767225600.25") == "1767225600.25");
  CHECK(history_stamp("installer-U1-1767225600.25") == "1767225600.25");
  CHECK(history_stamp("installer-U1--1.5") == "-1.5");
  CHECK(history_stamp("installer--1.5") == "-1.5");
  for (const char* name : {"bot-latest", "installer-latest", "installer-U1-latest", ".lock", "notes.txt"}) {
    CHECK(history_stamp(name).empty());
  }
  CHECK(is_installer_name("installer-U1-latest"));
  for (const char* name : {"installer-latest", "bot-latest", "installer-U1-1.0", "installer--latest-latest"}) {
    CHECK_FALSE(is_installer_name(name));
  }
}
