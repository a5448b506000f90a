// The header of the index of a write-ahead log, where SQLite itself has mapped it: it is another one after each commit.
// https://www.sqlite.org/walformat.html
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace slack::oauth::inline v0::detail {

/// Threads: any thread may call any method at any time, as long as the connection is open.
class SQLite3WalIndex {
 public:
  /// The number of commits, the size of the log, and a checksum of all of it are in here.
  using Header = std::array<std::uint64_t, 6>;

  /// `database` has read in WAL mode, so it keeps the index mapped until it is closed, and nobody can switch the mode.
  /// Null where the file has no log.
  /// The file of the index must not be opened by hand: closing it would give up SQLite's own locks.
  explicit SQLite3WalIndex(::sqlite3* database) : header_(map(database)) {}

  [[nodiscard]] bool is_mapped() const { return header_ != nullptr; }

  /// REQUIRES: is_mapped(). A writer that changes it meanwhile makes it one that never was; it differs from the next.
  [[nodiscard]] Header read() const {
    Header header{};
    std::atomic_thread_fence(std::memory_order_acquire);
    for (std::size_t i = 0; i < header.size(); ++i) header[i] = header_[i];
    std::atomic_thread_fence(std::memory_order_acquire);
    return header;
  }

  /// Whether it is laid out as it has been since SQLite 3.7.0.
  [[nodiscard]] static bool is_known(const Header& header) {
    constexpr std::uint32_t version = 3'007'000;
    constexpr std::size_t is_initialised_at = 12;
    std::array<unsigned char, sizeof(Header)> bytes{};
    std::memcpy(bytes.data(), header.data(), bytes.size());
    std::uint32_t found = 0;
    std::memcpy(&found, bytes.data(), sizeof(found));
    return found == version && bytes[is_initialised_at] == 1;
  }

 private:
  static const volatile std::uint64_t* map(::sqlite3* database) {
    constexpr int first_region = 0;
    constexpr int region_size = 32 * 1024;
    constexpr int extends = 0;
    if (database == nullptr) return nullptr;
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return nullptr;
    if (file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2) return nullptr;
    if (file->pMethods->xShmMap == nullptr) return nullptr;
    volatile void* region = nullptr;
    if (file->pMethods->xShmMap(file, first_region, region_size, extends, &region) != SQLITE_OK) return nullptr;
    return static_cast<const volatile std::uint64_t*>(region);
  }

  const volatile std::uint64_t* header_;
};

}  // namespace slack::oauth::inline v0::detail
