// What a store over a backend says, and what a failing backend does to it.
#include <algorithm>
#include <functional>
#include <optional>
#include <slack/oauth/backend.hpp>
#include <slack/oauth/errors.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;
using Stored = StoredInstallation<Installation, Bot>;

namespace {

// Keeps nothing; the argument shows that a store makes its backend in place.
struct FailingOrEmptyBackend {
  explicit FailingOrEmptyBackend(bool is_failing) : fails(is_failing) {}
  FailingOrEmptyBackend(const FailingOrEmptyBackend&) = delete;
  FailingOrEmptyBackend& operator=(const FailingOrEmptyBackend&) = delete;

  std::optional<Bot> read_bot(const WorkspaceKey& /*key*/) const { return answer<std::optional<Bot>>(); }
  std::optional<Stored> read_installation(const WorkspaceKey& /*key*/, OptionalId /*user_id*/) const {
    return answer<std::optional<Stored>>();
  }
  void write(const WorkspaceKey& /*key*/, const Installation* /*installation*/, const Bot* /*bot*/) { answer<int>(); }
  bool replace_bot(const WorkspaceKey& /*key*/, const Bot* stored, const Bot* /*bot*/) {
    answer<int>();
    return stored == nullptr;
  }
  bool replace_installation(const WorkspaceKey& /*key*/, const Installation* stored,
                            const Installation* /*installation*/) {
    answer<int>();
    return stored == nullptr;
  }
  void erase(const WorkspaceKey& /*key*/, const Erasure& /*what*/) { answer<int>(); }
  void for_each_bot(const std::function<void(const Bot&)>& /*visit*/) const { answer<int>(); }
  void for_each_installation(const std::function<void(Stored)>& /*visit*/) const { answer<int>(); }

 private:
  template <class T>
  T answer() const {
    if (fails) throw StorageError({.backend = "failing", .native_code = "E1", .is_retryable = true}, "failed");
    return T{};
  }

  bool fails;
};

using Store = BackendInstallationStore<FailingOrEmptyBackend>;

struct Line {
  LogLevel level;
  std::string text;
};

Logger logger_into(std::vector<Line>& lines, LogLevel level = LogLevel::debug) {
  return {level, [&lines](LogLevel line_level, std::string_view text) {
            lines.push_back({line_level, std::string(text)});
          }};
}

void call_everything(InstallationStore& store) {
  store.save(test::full_installation());
  store.save_bot(test::full_bot());
  (void)store.find_bot({.team_id = "T1"});
  (void)store.find_installation({.team_id = "T1"});
  store.delete_bot({.enterprise_id = "E1", .team_id = "T1"});
  store.delete_installation({.team_id = "T1", .user_id = "U1"});
  store.delete_installation({.team_id = "T1"});
  store.delete_all({.enterprise_id = "E1"});
  const std::string_view user_ids[] = {"U1"};
  store.delete_installations({.team_id = "T1"}, user_ids);
  CHECK(store.replace_bot(std::nullopt, test::full_bot()));
  CHECK_FALSE(store.replace_bot(test::full_bot(), std::nullopt));
  CHECK(store.replace_installation(std::nullopt, test::full_installation()));
  CHECK_FALSE(store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-1-not-a-real-token", .token = {}}));
}

}  // namespace

TEST_CASE("every change is logged at debug, with its ids", "[backend]") {
  std::vector<Line> lines;
  Store store(logger_into(lines), false);
  call_everything(store);

  std::vector<std::string> texts;
  for (const auto& line : lines) {
    CHECK(line.level == LogLevel::debug);
    texts.push_back(line.text);
  }
  CHECK(texts == std::vector<std::string>{
                     R"(saved an installation and its bot enterprise_id="E0KILN" team_id="T0FURNACE" user_id="U0ADA")",
                     R"(saved a bot enterprise_id="E0KILN" team_id="T0FURNACE")",
                     R"(deleted the bot enterprise_id="E1" team_id="T1")",
                     R"(deleted an installation team_id="T1" user_id="U1")",
                     R"(deleted the installations team_id="T1")",
                     R"(deleted the bot and the installations enterprise_id="E1")",
                     R"(deleted the installations of some users team_id="T1")",
                     R"(replaced a bot enterprise_id="E0KILN" team_id="T0FURNACE")",
                     R"(replaced an installation enterprise_id="E0KILN" team_id="T0FURNACE" user_id="U0ADA")"});
}

TEST_CASE("an installation without a bot is logged as such", "[backend]") {
  std::vector<Line> lines;
  Store store(logger_into(lines), false);
  store.save({.team_id = "T1", .user_id = "U1"});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].text == R"(saved an installation team_id="T1" user_id="U1")");
}

TEST_CASE("no secret is logged", "[backend]") {
  std::vector<Line> lines;
  Store store(logger_into(lines), false);
  call_everything(store);
  REQUIRE(lines.size() == 9);
  for (const auto& line : lines) {
    CHECK_THAT(line.text, !ContainsSubstring("xox"));
    CHECK_THAT(line.text, !ContainsSubstring("not-a-real"));
    CHECK_THAT(line.text, !ContainsSubstring("hooks.slack.com"));
  }
}

TEST_CASE("an id cannot forge a line of the log", "[backend]") {
  std::vector<Line> lines;
  Store store(logger_into(lines), false);
  store.save({.team_id = "T1\" user_id=\"U2\n", .user_id = "U1\r\x1B[2J" + std::string(1000, 'U')});
  REQUIRE(lines.size() == 1);
  const std::string& text = lines[0].text;
  CHECK(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }));
  CHECK_THAT(text, ContainsSubstring(R"( team_id="T1\" user_id=\"U2\x0a" user_id="U1\x0d\x1b[2JUUU)"));
  CHECK(text.size() < 300);
}

TEST_CASE("a logger above debug hears nothing of a store's daily work", "[backend]") {
  std::vector<Line> lines;
  Store store(logger_into(lines, LogLevel::info), false);
  call_everything(store);
  CHECK(lines.empty());
  CHECK(store.logger().level() == LogLevel::info);
  CHECK(Store(false).logger().level() == LogLevel::off);
}

TEST_CASE("a failure of the backend reaches the caller, and nothing is said to be done", "[backend]") {
  std::vector<Line> lines;
  Store store(logger_into(lines), true);
  CHECK_THROWS_AS(store.save(test::full_installation()), StorageError);
  CHECK_THROWS_AS(store.save_bot(test::full_bot()), StorageError);
  CHECK_THROWS_AS(store.find_bot({.team_id = "T1"}), StorageError);
  CHECK_THROWS_AS(store.find_installation({.team_id = "T1"}), StorageError);
  CHECK_THROWS_AS(store.delete_bot({.team_id = "T1"}), StorageError);
  CHECK_THROWS_AS(store.delete_installation({.team_id = "T1"}), StorageError);
  CHECK_THROWS_AS(store.delete_all({.team_id = "T1"}), StorageError);
  CHECK_THROWS_AS(store.replace_bot(std::nullopt, test::full_bot()), StorageError);
  CHECK_THROWS_AS(store.replace_installation(std::nullopt, test::full_installation()), StorageError);
  CHECK_THROWS_AS(store.for_each_bot([](const Bot&) {}), StorageError);
  CHECK_THROWS_AS(store.for_each_installation([](const Installation&) {}), StorageError);
  CHECK(lines.empty());
}

TEST_CASE("a logger that throws does not undo what was done", "[backend]") {
  const Logger logger(LogLevel::debug,
                      [](LogLevel /*level*/, std::string_view /*line*/) { throw std::runtime_error(""); });
  BackendInstallationStore<FailingOrEmptyBackend> store(logger, false);
  CHECK_NOTHROW(store.save({.team_id = "T0FURNACE", .user_id = "U0ADA"}));
  CHECK_NOTHROW(store.delete_all({.team_id = "T0FURNACE"}));
}

TEST_CASE("the concept takes whole backends only", "[backend]") {
  struct NotABackend {};
  STATIC_REQUIRE(InstallationBackend<FailingOrEmptyBackend>);
  STATIC_REQUIRE_FALSE(InstallationBackend<NotABackend>);
  STATIC_REQUIRE(FullStore<Store>);
  STATIC_REQUIRE(std::is_constructible_v<Store, bool>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Store>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<bool, Store>);
}
