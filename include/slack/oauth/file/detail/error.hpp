// What the operating system says, as a StorageError.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

[[nodiscard]] inline std::string errno_name(int error) {
  switch (error) {
    case EACCES:
      return "EACCES";
    case EAGAIN:
      return "EAGAIN";
    case EBADF:
      return "EBADF";
    case EBUSY:
      return "EBUSY";
    case EEXIST:
      return "EEXIST";
    case EFBIG:
      return "EFBIG";
    case EINTR:
      return "EINTR";
    case EINVAL:
      return "EINVAL";
    case EIO:
      return "EIO";
    case EISDIR:
      return "EISDIR";
    case ELOOP:
      return "ELOOP";
    case EMFILE:
      return "EMFILE";
    case ENAMETOOLONG:
      return "ENAMETOOLONG";
    case ENFILE:
      return "ENFILE";
    case ENODEV:
      return "ENODEV";
    case ENOENT:
      return "ENOENT";
    case ENOLCK:
      return "ENOLCK";
    case ENOMEM:
      return "ENOMEM";
    case ENOSPC:
      return "ENOSPC";
    case ENOTDIR:
      return "ENOTDIR";
    case ENOTEMPTY:
      return "ENOTEMPTY";
    case ENXIO:
      return "ENXIO";
    case EPERM:
      return "EPERM";
    case EROFS:
      return "EROFS";
    case ETIMEDOUT:
      return "ETIMEDOUT";
#if !defined(_WIN32)
    case EDQUOT:
      return "EDQUOT";
    case ESTALE:
      return "ESTALE";
#endif
    default:
      return "errno " + std::to_string(error);
  }
}

[[nodiscard]] inline bool may_pass(int error) {
  switch (error) {
    case EAGAIN:
    case EBUSY:
    case EINTR:
    case EMFILE:
    case ENFILE:
    case ENOLCK:
    case ENOMEM:
    case ENOSPC:
    case ETIMEDOUT:
      return true;
#if !defined(_WIN32)
    case EDQUOT:
    case ESTALE:
      return true;
#endif
    default:
      return false;
  }
}

/// "file: cannot open "111.222/E1-T1/bot-latest": Permission denied (EACCES)". `file` is relative to base_dir.
[[noreturn]] inline void throw_file_error(int error, std::string_view action, std::string_view file) {
  std::string problem = "cannot " + std::string(action) + " " + detail::quoted(file) + ": ";
  problem += error == ELOOP ? "it is a symbolic link, and none is followed" : std::generic_category().message(error);
  throw StorageError({.backend = "file", .native_code = errno_name(error), .is_retryable = may_pass(error)}, problem);
}

}  // namespace slack::oauth::inline v0::detail
