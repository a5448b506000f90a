// What this library asks of Windows itself, where the C library says too little: how a file is shared, and why a call
// failed. The functions are declared here as <windows.h> declares them, which would leave its macros with everybody.
#pragma once

#if defined(_WIN32)

#include <cerrno>
#include <chrono>
#include <thread>

extern "C" {
struct _SECURITY_ATTRIBUTES;  // NOLINT(bugprone-reserved-identifier)
__declspec(dllimport) void* __stdcall CreateFileW(const wchar_t*, unsigned long, unsigned long, _SECURITY_ATTRIBUTES*,
                                                  unsigned long, unsigned long, void*);
__declspec(dllimport) int __stdcall CloseHandle(void*);
__declspec(dllimport) int __stdcall DeleteFileW(const wchar_t*);
__declspec(dllimport) int __stdcall MoveFileExW(const wchar_t*, const wchar_t*, unsigned long);
__declspec(dllimport) int __stdcall LockFile(void*, unsigned long, unsigned long, unsigned long, unsigned long);
__declspec(dllimport) int __stdcall UnlockFile(void*, unsigned long, unsigned long, unsigned long, unsigned long);
__declspec(dllimport) unsigned long __stdcall GetLastError();
}

namespace slack::oauth::inline v0::detail::windows {

/// What GetLastError() says, as errno says it.
[[nodiscard]] inline int last_error() {
  switch (::GetLastError()) {
    case 2:    // ERROR_FILE_NOT_FOUND
    case 3:    // ERROR_PATH_NOT_FOUND
    case 123:  // ERROR_INVALID_NAME
      return ENOENT;
    case 4:  // ERROR_TOO_MANY_OPEN_FILES
      return EMFILE;
    case 5:   // ERROR_ACCESS_DENIED, also for a file that is about to be gone
    case 32:  // ERROR_SHARING_VIOLATION
    case 33:  // ERROR_LOCK_VIOLATION
      return EACCES;
    case 8:   // ERROR_NOT_ENOUGH_MEMORY
    case 14:  // ERROR_OUTOFMEMORY
      return ENOMEM;
    case 19:  // ERROR_WRITE_PROTECT
      return EROFS;
    case 80:   // ERROR_FILE_EXISTS
    case 183:  // ERROR_ALREADY_EXISTS
      return EEXIST;
    case 39:   // ERROR_HANDLE_DISK_FULL
    case 112:  // ERROR_DISK_FULL
      return ENOSPC;
    case 206:  // ERROR_FILENAME_EXCED_RANGE
      return ENAMETOOLONG;
    default:
      return EIO;
  }
}

/// How a file is opened. Unless it says otherwise, others may read, write, replace and remove the file meanwhile.
struct Opening {
  unsigned long access;
  unsigned long disposition;
  unsigned long sharing = 7;   // FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE
  unsigned long flags = 0x80;  // FILE_ATTRIBUTE_NORMAL
};

inline constexpr unsigned long generic_read = 0x80000000UL;
inline constexpr unsigned long generic_write = 0x40000000UL;
inline constexpr unsigned long delete_access = 0x00010000UL;
inline constexpr unsigned long create_new = 1;
inline constexpr unsigned long create_always = 2;
inline constexpr unsigned long open_existing = 3;
inline constexpr unsigned long open_always = 4;

inline constexpr Opening to_read{generic_read, open_existing};
inline constexpr Opening to_make{generic_write, create_new};
inline constexpr Opening to_overwrite{generic_write, create_always};
inline constexpr Opening to_change{generic_read | generic_write, open_always};
/// Only one has the file then, and it is gone when that one closes it.
inline constexpr Opening to_take{generic_read | delete_access, open_existing, 0, 0x04000000UL};

/// Calls `action`, which gives an errno, until that is not EACCES any more. A file that is being removed or replaced is
/// refused to everybody for a moment, and one that somebody reads cannot be replaced; only time tells them from one
/// that is refused for good.
template <class Action>
[[nodiscard]] int retry_refused(const Action& action) {
  constexpr std::chrono::seconds patience{5};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const int error = action();
    if (error != EACCES || std::chrono::steady_clock::now() >= deadline) return error;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

[[nodiscard]] inline int replace_file(const wchar_t* from, const wchar_t* to) {
  constexpr unsigned long replace_existing = 1;
  return retry_refused([=] { return ::MoveFileExW(from, to, replace_existing) != 0 ? 0 : last_error(); });
}

/// ENOENT where there is no such file.
[[nodiscard]] inline int remove_file(const wchar_t* path) {
  return retry_refused([=] { return ::DeleteFileW(path) != 0 ? 0 : last_error(); });
}

}  // namespace slack::oauth::inline v0::detail::windows

#endif
