#include "slack/oauth/file/state_store.hpp"

#if !defined(_WIN32)
#include <sys/stat.h>
#endif

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <slack/oauth/file.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/state_clock.hpp"
#include "support/thrown.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* python_state = "7b3f4c9e-2d1a-4c58-9f0e-6a1b2c3d4e5f";

struct States {
  test::TempFolder folder{};
  test::StateClock clock{};
  FileOAuthStateStore store{FileOAuthStateStoreOptions{
      .base_dir = folder / "base", .client_id = "1.2", .sync = false, .clock = clock.function()}};

  [[nodiscard]] fs::path file(const std::string& name) const { return folder.path() / "base/1.2" / name; }
  [[nodiscard]] std::vector<std::string> files() const {
    return fs::exists(file("")) ? test::tree(file("")) : std::vector<std::string>{};
  }

  /// As the Python SDK's FileOAuthStateStore: "str(time.time())" in a file of the state's name.
  /// https://github.com/slackapi/python-slack-sdk, slack_sdk/oauth/state_store/file
  void python_issue(const std::string& state, const std::string& time) const { test::write_file(file(state), time); }
  [[nodiscard]] bool python_consume(const std::string& state, double time, double expiration = 600) const {
    if (!fs::exists(file(state))) return false;
    std::size_t read = 0;
    const std::string text = test::read_file(file(state));
    const double created = std::stod(text, &read);
    if (text.find_first_not_of(" \t\r\n", read) != std::string::npos) throw std::runtime_error("not a float");
    fs::remove(file(state));
    return time < created + expiration;
  }
};

}  // namespace

TEST_CASE("file store of states: those of the Python SDK are consumed, once and while they hold") {
  States states;
  states.python_issue(python_state, "1767225599.123456");
  CHECK(states.store.consume(python_state) == json());
  CHECK_FALSE(states.store.consume(python_state));
  CHECK(states.files().empty());

  states.python_issue(python_state, "1767225600.0");
  states.clock.advance(std::chrono::seconds{600});
  CHECK_FALSE(states.store.consume(python_state));
  CHECK(states.files().empty());  // as the Python SDK does
}

TEST_CASE("file store of states: the Python SDK consumes ours, with a payload or without") {
  States states;
  const std::string plain = states.store.issue();
  const std::string with_payload = states.store.issue(1e300);  // which float() would take for a time
  CHECK(test::read_file(states.file(plain)) == "1767225600.0");
  CHECK(test::read_file(states.file(with_payload + ".payload")).starts_with("{"));
  CHECK(states.python_consume(plain, 1'767'225'600));
  CHECK(states.python_consume(with_payload, 1'767'225'600 + 599));
  CHECK_FALSE(states.store.consume(plain));
  CHECK_FALSE(states.store.consume(with_payload));
  const std::string late = states.store.issue();
  CHECK_FALSE(states.python_consume(late, 1'767'225'600 + 600));

  SECTION("what Python leaves of a payload is purged") {
    CHECK(states.files() == std::vector<std::string>{with_payload + ".payload"});
    states.clock.advance(std::chrono::seconds{601});
    CHECK(states.files() == std::vector<std::string>{with_payload + ".payload"});
    const std::string next = states.store.issue();
    CHECK(states.files() == std::vector<std::string>{next});
  }
}

TEST_CASE("file store of states: files are for their owner, and nothing else is touched") {
  States states;
  const std::string state = states.store.issue("acme");
#if !defined(_WIN32)
  struct stat status {};
  for (const auto& name : {state, state + ".payload"}) {
    REQUIRE(::stat(states.file(name).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
  }
  REQUIRE(::stat(states.file("").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700U);
#endif

  // What has not the form of a state is no state, whatever it holds, and is never purged.
  const std::vector<std::string> others{"NOTES",
                                        "0000",
                                        std::string(39, 'a'),
                                        std::string(40, 'A'),
                                        std::string(40, 'g'),
                                        "7B3F4C9E-2D1A-4C58-9F0E-6A1B2C3D4E5F",
                                        state.substr(0, 39) + "A.payload"};
  for (const auto& name : others) states.python_issue(name, "1767225600.0");
  for (const auto& name : others) CHECK_FALSE(states.store.consume(name));
  CHECK_FALSE(states.store.consume(state + ".payload"));
  states.clock.advance(std::chrono::hours{1});
  for (int i = 0; i < 10; ++i) CHECK(states.store.issue().size() == 40);
  for (const auto& name : others) CHECK(fs::exists(states.file(name)));
}

TEST_CASE("file store of states: nothing is there before the first state, and stores of two apps are apart") {
  States states;
  CHECK_FALSE(states.store.consume(python_state));
  CHECK_FALSE(fs::exists(states.folder.path() / "base"));
  const std::string state = states.store.issue();
  FileOAuthStateStore other({.base_dir = states.folder / "base", .client_id = "1.3"});
  CHECK_FALSE(other.consume(state));
  CHECK(states.store.consume(state) == json());
  FileOAuthStateStore named_like_a_path({.base_dir = states.folder / "base", .client_id = "../1.2"});
  CHECK(named_like_a_path.issue().size() == 40);
  CHECK(fs::exists(states.folder.path() / "base/%2E%2E%2F1.2") != fs::exists(states.folder.path() / "base/..%2F1.2"));
}

#if !defined(_WIN32)
TEST_CASE("file store of states: symbolic links and folders are not taken for states") {
  States states;
  static_cast<void>(states.store.issue());
  const fs::path outside = states.folder.path() / "outside";
  test::write_file(outside, "1767225600.0");

  SECTION("a link") {
    fs::create_symlink(outside, states.file(python_state));
    const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(states.store.consume(python_state)); });
    CHECK(error.code() == "ELOOP");
    CHECK(std::string(error.what()).find("7b3f4c9e") == std::string::npos);
    CHECK(fs::exists(outside));
    CHECK(fs::is_symlink(states.file(python_state)));
  }
  SECTION("a link in the place of a payload") {
    const std::string state = states.store.issue("acme");
    fs::remove(states.file(state + ".payload"));
    fs::create_symlink(outside, states.file(state + ".payload"));
    CHECK_THROWS_AS(states.store.consume(state), StorageError);
    CHECK(fs::exists(states.file(state)));
  }
  SECTION("a folder") {
    fs::create_directory(states.file(python_state));
    CHECK_THROWS_AS(states.store.consume(python_state), InvalidDataError);
  }
  SECTION("a pipe does not block") {
    REQUIRE(::mkfifo(states.file(python_state).c_str(), 0600) == 0);
    CHECK_THROWS_AS(states.store.consume(python_state), InvalidDataError);
  }
  SECTION("the folder of states") {
    fs::rename(states.file(""), states.folder.path() / "elsewhere");
    fs::create_directory_symlink(states.folder.path() / "elsewhere", states.folder.path() / "base/1.2");
    CHECK_THROWS_AS(states.store.issue(), StorageError);
    CHECK_THROWS_AS(states.store.consume(python_state), StorageError);
  }
  states.clock.advance(std::chrono::hours{1});
  CHECK(fs::exists(outside));
}
#endif

TEST_CASE("file store of states: a file that means nothing is an InvalidDataError that shows no state") {
  States states;
  const auto consume = [&](const std::string& state) {
    return std::string(
        test::thrown_by<InvalidDataError>([&] { static_cast<void>(states.store.consume(state)); }).what());
  };
  for (const std::string& text : {std::string(), std::string("soon"), std::string("nan"), std::string(65, '1')}) {
    CAPTURE(text);
    states.python_issue(python_state, text);
    CHECK(consume(python_state).starts_with("1.2/<state> "));
  }
  const std::string state = states.store.issue("acme");
  fs::remove(states.file(state + ".payload"));
  CHECK(consume(state) == "1.2/<state> has lost its payload");
  for (const char* text : {"", "5", "{}", "{\"payload\": "}) {
    const std::string broken = states.store.issue("acme");
    test::write_file(states.file(broken + ".payload"), text);
    CHECK(consume(broken).find(broken.substr(0, 8)) == std::string::npos);
  }
}

TEST_CASE("file store of states: a file that does not say its time is purged by its age") {
  States states;
  states.python_issue(python_state, "soon");
  static_cast<void>(states.store.issue());
  CHECK(fs::exists(states.file(python_state)));
  fs::last_write_time(states.file(python_state), fs::file_time_type::clock::now() - std::chrono::seconds{601});
  static_cast<void>(states.store.issue());
  CHECK_FALSE(fs::exists(states.file(python_state)));
}

TEST_CASE("file store of states: purging goes on where it stopped, and each call does a bounded part") {
  States states;
  for (int i = 0; i < 200; ++i) {
    states.python_issue(python_state + std::string(), "1767225600.0");
    fs::rename(states.file(python_state), states.file("7b3f4c9e-2d1a-4c58-9f0e-6a1b2c3d4" + std::to_string(100 + i)));
  }
  states.clock.advance(std::chrono::seconds{601});
  static_cast<void>(states.store.issue());
  const auto after_one = states.files().size();
  CHECK(after_one > 150);
  CHECK(after_one < 200);
  for (int i = 0; i < 20; ++i) static_cast<void>(states.store.issue());
  CHECK(states.files().size() == 21);
}

TEST_CASE("file store of states: options are checked by name") {
  const auto subject = [](const FileOAuthStateStoreOptions& options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { const FileOAuthStateStore store(options); }).subject());
  };
  CHECK(subject({.client_id = "1.2"}) == "base_dir");
  CHECK(subject({.base_dir = std::string("a\0b", 3), .client_id = "1.2"}) == "base_dir");
  CHECK(subject({.base_dir = "states"}) == "client_id");
  CHECK(subject({.base_dir = "states", .client_id = "1.2", .expiration = std::chrono::seconds{-1}}) == "expiration");
  CHECK(subject({.base_dir = "states", .client_id = "1.2", .clock = nullptr}) == "clock");
}
