// Leases in files: what stands in them, what does not count as one, and holders that die.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <slack/oauth/file.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/lease_processes.hpp"
#include "support/thrown.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

FileInstallationStoreOptions options_in(const test::TempFolder& folder) {
  return {.base_dir = folder.path().string(), .client_id = "1.2", .sync = false};
}

std::int64_t milliseconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

constexpr const char* lease_path = "1.2/none-T1/.lease";

}  // namespace

TEST_CASE("file store: a lease is a file of its own, which is gone with it") {
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  auto lease = store.try_lease({.team_id = "T1"}, 1h);
  REQUIRE(lease != nullptr);
  const std::string text = test::read_file(folder / lease_path);
  CHECK(text.find(' ') != std::string::npos);
  store.save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
  store.delete_all({.team_id = "T1"});
  CHECK(test::read_file(folder / lease_path) == text);
  CHECK(store.purge_history(now() + 1h) == 0);
  CHECK(lease->is_held());
  lease.reset();
  CHECK_FALSE(std::filesystem::exists(folder / lease_path));
}

TEST_CASE("file store: what is no lease holds nobody up") {
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  const std::string in_a_minute = std::to_string(milliseconds_of(now() + 1min));
  const std::vector<std::string> texts{"",
                                       "x",
                                       in_a_minute,
                                       in_a_minute + " 60000",
                                       in_a_minute + " who",
                                       "9999999999999999999999 60000 who",
                                       "-1 60000 who",
                                       "1767225600000 60000 who",
                                       " " + in_a_minute + " 60000 who",
                                       in_a_minute + " -60000 who"};
  for (const auto& text : texts) {
    CAPTURE(text);
    test::write_file(folder / lease_path, text);
    CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
  }
  test::write_file(folder / lease_path, in_a_minute + " 60001 who");
  CHECK(store.try_lease({.team_id = "T1"}, 1h) == nullptr);
}

TEST_CASE("file store: a lease that a clock a day ahead took lasts no longer than it was taken for") {
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  test::write_file(folder / lease_path, std::to_string(milliseconds_of(now() + 24h + 1min)) + " 60000 who");
  CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
}

TEST_CASE("file store: a lease is renewed while it is held, and not afterwards") {
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  FileInstallationStore other(options_in(folder));
  CHECK(store.lease_scope() == LeaseScope::processes);
  const auto lease = store.try_lease({.team_id = "T1"}, 1h);
  REQUIRE(lease != nullptr);
  const std::string before = test::read_file(folder / lease_path);
  CHECK(lease->renew(2h));
  CHECK(test::read_file(folder / lease_path) != before);
  CHECK(lease->is_held());
  CHECK(other.wait_lease({.team_id = "T1"}, 1h, 5ms) == nullptr);
  std::filesystem::remove(folder / lease_path);
  CHECK_FALSE(lease->renew(2h));
  CHECK_FALSE(std::filesystem::exists(folder / lease_path));
  const auto next = other.wait_lease({.team_id = "T1"}, 1h, 5ms);
  REQUIRE(next != nullptr);
  CHECK_FALSE(lease->renew(2h));
  CHECK(next->is_held());
}

TEST_CASE("file store: a lease file that cannot be read is an error") {
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  const auto take = [&] { static_cast<void>(store.try_lease({.team_id = "T1"}, 1h)); };
  test::write_file(folder / lease_path, std::string(1000, '9'));
  CHECK_THROWS_AS(take(), InvalidDataError);
#if !defined(_WIN32)
  std::filesystem::remove(folder / lease_path);
  std::filesystem::create_symlink("elsewhere", folder / lease_path);
  CHECK(test::thrown_by<StorageError>(take).code() == "ELOOP");
#endif
}

TEST_CASE("file store: a lease whose folder is gone is not held") {
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  auto lease = store.try_lease({.team_id = "T1"}, 1h);
  std::filesystem::remove_all(folder / "1.2");
  CHECK_FALSE(lease->is_held());
  lease.reset();
  CHECK_FALSE(std::filesystem::exists(folder / "1.2"));
}

#if !defined(_WIN32)
TEST_CASE("file store: of several processes one has the lease, and a killed one does not keep it") {
  const test::TempFolder folder;
  test::check_lease_of_processes([&] { return std::make_unique<FileInstallationStore>(options_in(folder)); });
}
#endif
