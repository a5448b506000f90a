// The header of the index of a write-ahead log, and what is done where it is laid out in a way that is not known.
#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/sqlite3/detail/wal_index.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"

namespace {

using slack::oauth::SQLite3InstallationStore;
using slack::oauth::detail::SQLite3WalIndex;

constexpr std::uint32_t known_version = 3'007'000;
using Bytes = std::array<unsigned char, sizeof(SQLite3WalIndex::Header)>;

Bytes bytes_of(std::uint32_t version, unsigned char is_initialised) {
  Bytes bytes{};
  std::memcpy(bytes.data(), &version, sizeof(version));
  bytes[12] = is_initialised;
  return bytes;
}

bool is_known(const Bytes& bytes) {
  SQLite3WalIndex::Header header{};
  std::memcpy(header.data(), bytes.data(), bytes.size());
  return SQLite3WalIndex::is_known(header);
}

slack::oauth::SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database, .client_id = "111.222", .synchronous = slack::oauth::SQLite3Synchronous::off};
}

/// The header, in the memory that all who have the file open share. Its first word is the version of the layout.
volatile std::uint64_t* header_of(const test::RawDatabase& database) {
  sqlite3_file* file = nullptr;
  REQUIRE(sqlite3_file_control(database.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK);
  volatile void* region = nullptr;
  REQUIRE(file->pMethods->xShmMap(file, 0, 32 * 1024, 0, &region) == SQLITE_OK);
  REQUIRE(region != nullptr);
  return static_cast<volatile std::uint64_t*>(region);
}

volatile std::uint32_t& version_in(volatile std::uint64_t* header) {
  return *reinterpret_cast<volatile std::uint32_t*>(header);
}

}  // namespace

TEST_CASE("the layout is known by its version, once it is initialised", "[sqlite3]") {
  CHECK(is_known(bytes_of(known_version, 1)));
  CHECK_FALSE(is_known(bytes_of(known_version, 0)));
  CHECK_FALSE(is_known(bytes_of(known_version, 2)));
  CHECK_FALSE(is_known(bytes_of(known_version + 1, 1)));
  CHECK_FALSE(is_known(bytes_of(known_version - 1, 1)));
  CHECK_FALSE(is_known(bytes_of(0x18'E2'2D'00, 1)));  // its bytes the other way round
  CHECK_FALSE(is_known(Bytes{}));
}

TEST_CASE("what else the header holds says nothing of its layout", "[sqlite3]") {
  for (std::size_t i = sizeof(known_version); i < sizeof(SQLite3WalIndex::Header); ++i) {
    if (i == 12) continue;
    CAPTURE(i);
    auto bytes = bytes_of(known_version, 1);
    bytes.at(i) = 0xFF;
    CHECK(is_known(bytes));
    bytes.at(12) = 0;
    CHECK_FALSE(is_known(bytes));
  }
}

TEST_CASE("SQLite's own index is known, and is another one after each commit", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  const test::RawDatabase database(path);
  static_cast<void>(database.value("select count(*) from sqlite_master"));
  const SQLite3WalIndex index(database.get());
  REQUIRE(index.is_mapped());
  const auto before = index.read();
  CHECK(SQLite3WalIndex::is_known(before));
  CHECK(version_in(header_of(database)) == known_version);
  CHECK(index.read() == before);
  store.save_bot({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1"});
  CHECK(index.read() != before);
  CHECK(SQLite3WalIndex::is_known(index.read()));
}

TEST_CASE("there is no index without a log", "[sqlite3]") {
  CHECK_FALSE(SQLite3WalIndex(nullptr).is_mapped());
  CHECK_FALSE(SQLite3WalIndex(test::RawDatabase(":memory:").get()).is_mapped());
}

TEST_CASE("where the layout becomes one that is not known, the store is asked", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  const SQLite3InstallationStore store(options(path));
  const test::RawDatabase python(path);
  test::python_save_bot(python, "T1", {.token = "xoxb-not-a-real-token-1"});
  const auto changes = store.changes();
  CHECK_FALSE(changes->may_have_changed());

  // SQLite mends it when it reads next, and takes that for news once.
  version_in(header_of(python)) = known_version + 1;
  CHECK(changes->may_have_changed());
  static_cast<void>(changes->take());
  static_cast<void>(changes->take());

  for (int i = 2; i < 5; ++i) {
    CHECK_FALSE(changes->may_have_changed());
    const SQLite3WalIndex::Header before = SQLite3WalIndex(python.get()).read();
    test::python_save_bot(python, "T" + std::to_string(i), {.token = "xoxb-not-a-real-token-1"});
    // Whoever compared the index would hear nothing of it.
    for (std::size_t word = 0; word < before.size(); ++word) header_of(python)[word] = before[word];
    CHECK(changes->may_have_changed());
    CHECK(changes->take().anything);
  }
  CHECK(store.find_bot({.team_id = "T4"}).has_value());
}
