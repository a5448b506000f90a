// A disk without room for the tables: a library that the server is started with says so for every file of theirs that
// would grow, as long as a file is there.
#if defined(__linux__)
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <string>

#include "catch.hpp"
#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"
#include "support/sanitizers.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

constexpr auto full_disk = R"(
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* off_t is off64_t where this is compiled: for 64 bits. */
static int has_no_room(int file, off_t end) {
  char link[64], path[4096] = "";
  struct stat now;
  if (access(getenv("FULL_DISK"), F_OK) != 0 || fstat(file, &now) != 0 || end <= now.st_size) return 0;
  snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  if (readlink(link, path, sizeof(path) - 1) < 0) return 0;
  return strstr(path, "/base/") != NULL;
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  ssize_t (*next)(int, const void*, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
  if (has_no_room(file, at + (off_t)size)) return errno = ENOSPC, -1;
  return next(file, bytes, size, at);
}

ssize_t pwritev(int file, const struct iovec* parts, int count, off_t at) {
  ssize_t (*next)(int, const struct iovec*, int, off_t) = dlsym(RTLD_NEXT, "pwritev");
  off_t end = at;
  for (int i = 0; i < count; ++i) end += (off_t)parts[i].iov_len;
  if (has_no_room(file, end)) return errno = ENOSPC, -1;
  return next(file, parts, count, at);
}

int posix_fallocate(int file, off_t at, off_t size) {
  int (*next)(int, off_t, off_t) = dlsym(RTLD_NEXT, "posix_fallocate");
  return has_no_room(file, at + size) ? ENOSPC : next(file, at, size);
}

ssize_t pwrite64(int, const void*, size_t, off_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const struct iovec*, int, off_t) __attribute__((alias("pwritev")));
int posix_fallocate64(int, off_t, off_t) __attribute__((alias("posix_fallocate")));
)";

Installation installation(int number) {
  return {.team_id = "T" + std::to_string(number),
          .bot_token = "xoxb-not-a-real-token-" + std::to_string(number),
          .bot_id = "B1",
          .user_id = "U1",
          .user_token = "xoxp-not-a-real-token-1"};
}

}  // namespace

TEST_CASE("a disk that is full is an error that may pass, and nothing is half written", "[postgresql]" NOT_SANITIZED) {
  if (test::postgresql_server() == nullptr) return;
  const std::filesystem::path folder = test::postgresql_server()->folder();
  const std::string library = (folder / "full_disk.so").string();
  const std::filesystem::path flag = folder / "is_full";
  std::ofstream(folder / "full_disk.c") << full_disk;
  if (std::system(("cc -shared -fPIC -o " + library + " " + (folder / "full_disk.c").string() + " -ldl").c_str()) !=
      0) {
    WARN("SKIPPED: there is no C compiler here");
    return;
  }
  ::setenv("FULL_DISK", flag.c_str(), 1);
  ::setenv("LD_PRELOAD", library.c_str(), 1);
  const auto server = std::make_unique<test::PostgreSQLServer>(*test::postgresql_programs());
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("FULL_DISK");
  PostgreSQLInstallationStore store(
      {.connection_string = server->connection_string(), .client_id = "111.222", .timeout = 1s});
  store.save(installation(0));
  std::ofstream(flag).put('\n');
  int saves = 1;
  std::string code;
  while (code.empty() && saves < 1000) {
    try {
      store.save(installation(saves));
      ++saves;
    } catch (const StorageError& error) {
      code = error.code();
      CHECK(error.is_retryable());
    }
  }
  CHECK(code == "53100");
  const test::RawDatabase raw(server->connection_string());
  for (const std::string table : {"slack_bots", "slack_installations", "slack_oauth_workspaces"}) {
    CHECK(raw.value("select count(*) from " + table) == std::to_string(saves));
  }
  CHECK(store.find_bot({.team_id = "T0"}).has_value());
  std::filesystem::remove(flag);
  store.save(installation(saves));
  CHECK(store.find_bot({.team_id = installation(saves).team_id})->bot_token == installation(saves).bot_token);
}
#endif
