// SQLite's result codes as errors of this library.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

/// The name of a result code as SQLite's documentation has it: https://www.sqlite.org/rescode.html
[[nodiscard]] inline std::string_view sqlite3_code_name(int code) {
  switch (code) {
    case SQLITE_BUSY_RECOVERY:
      return "SQLITE_BUSY_RECOVERY";
    case SQLITE_BUSY_SNAPSHOT:
      return "SQLITE_BUSY_SNAPSHOT";
    case SQLITE_CANTOPEN_FULLPATH:
      return "SQLITE_CANTOPEN_FULLPATH";
    case SQLITE_CANTOPEN_ISDIR:
      return "SQLITE_CANTOPEN_ISDIR";
    case SQLITE_CORRUPT_INDEX:
      return "SQLITE_CORRUPT_INDEX";
    case SQLITE_IOERR_FSTAT:
      return "SQLITE_IOERR_FSTAT";
    case SQLITE_IOERR_FSYNC:
      return "SQLITE_IOERR_FSYNC";
    case SQLITE_IOERR_LOCK:
      return "SQLITE_IOERR_LOCK";
    case SQLITE_IOERR_NOMEM:
      return "SQLITE_IOERR_NOMEM";
    case SQLITE_IOERR_READ:
      return "SQLITE_IOERR_READ";
    case SQLITE_IOERR_SHMMAP:
      return "SQLITE_IOERR_SHMMAP";
    case SQLITE_IOERR_SHMOPEN:
      return "SQLITE_IOERR_SHMOPEN";
    case SQLITE_IOERR_SHMSIZE:
      return "SQLITE_IOERR_SHMSIZE";
    case SQLITE_IOERR_SHORT_READ:
      return "SQLITE_IOERR_SHORT_READ";
    case SQLITE_IOERR_TRUNCATE:
      return "SQLITE_IOERR_TRUNCATE";
    case SQLITE_IOERR_WRITE:
      return "SQLITE_IOERR_WRITE";
    case SQLITE_READONLY_CANTINIT:
      return "SQLITE_READONLY_CANTINIT";
    case SQLITE_READONLY_DBMOVED:
      return "SQLITE_READONLY_DBMOVED";
    case SQLITE_READONLY_DIRECTORY:
      return "SQLITE_READONLY_DIRECTORY";
    default:
      break;
  }
  switch (code & 0xFF) {
    case SQLITE_PERM:
      return "SQLITE_PERM";
    case SQLITE_ABORT:
      return "SQLITE_ABORT";
    case SQLITE_BUSY:
      return "SQLITE_BUSY";
    case SQLITE_LOCKED:
      return "SQLITE_LOCKED";
    case SQLITE_NOMEM:
      return "SQLITE_NOMEM";
    case SQLITE_READONLY:
      return "SQLITE_READONLY";
    case SQLITE_INTERRUPT:
      return "SQLITE_INTERRUPT";
    case SQLITE_IOERR:
      return "SQLITE_IOERR";
    case SQLITE_CORRUPT:
      return "SQLITE_CORRUPT";
    case SQLITE_FULL:
      return "SQLITE_FULL";
    case SQLITE_CANTOPEN:
      return "SQLITE_CANTOPEN";
    case SQLITE_PROTOCOL:
      return "SQLITE_PROTOCOL";
    case SQLITE_SCHEMA:
      return "SQLITE_SCHEMA";
    case SQLITE_TOOBIG:
      return "SQLITE_TOOBIG";
    case SQLITE_CONSTRAINT:
      return "SQLITE_CONSTRAINT";
    case SQLITE_MISMATCH:
      return "SQLITE_MISMATCH";
    case SQLITE_MISUSE:
      return "SQLITE_MISUSE";
    case SQLITE_NOLFS:
      return "SQLITE_NOLFS";
    case SQLITE_AUTH:
      return "SQLITE_AUTH";
    case SQLITE_RANGE:
      return "SQLITE_RANGE";
    case SQLITE_NOTADB:
      return "SQLITE_NOTADB";
    default:
      return "SQLITE_ERROR";
  }
}

/// Whether the same call may succeed once another process is done, or there is room again.
[[nodiscard]] inline bool is_sqlite3_code_retryable(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_FULL:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return code == SQLITE_IOERR_NOMEM;
  }
}

/// `problem` is SQLite's own text, which names tables and columns but holds no value: every value is bound.
[[nodiscard]] inline StorageError sqlite3_error(int code, std::string_view problem, std::string_view doing) {
  std::string text = "cannot " + std::string(doing) + ": " + std::string(problem);
  return StorageError({.backend = "sqlite3",
                       .native_code = std::string(sqlite3_code_name(code)),
                       .is_retryable = is_sqlite3_code_retryable(code)},
                      text);
}

[[nodiscard]] inline StorageError sqlite3_error(::sqlite3* database, int code, std::string_view doing) {
  const bool has_message = database != nullptr && (sqlite3_errcode(database) & 0xFF) == (code & 0xFF);
  return sqlite3_error(code, has_message ? sqlite3_errmsg(database) : sqlite3_errstr(code), doing);
}

/// A failure that SQLite has no code for.
[[nodiscard]] inline StorageError sqlite3_refusal(std::string_view problem) {
  return StorageError({.backend = "sqlite3", .native_code = {}}, problem);
}

}  // namespace slack::oauth::inline v0::detail
