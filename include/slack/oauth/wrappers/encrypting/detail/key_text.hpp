// A key as text: what `openssl rand -base64 32` or `openssl rand -hex 32` prints, from a variable of the environment or
// a file.
//
// Needs OpenSSL.
#pragma once

#if !defined(_WIN32)
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/hex.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/wrappers/encrypting/detail/wiped.hpp"

namespace slack::oauth::inline v0::detail {

/// Reads a key as 64 hexadecimal digits, or as base64 of either alphabet, with or without padding. White space at the
/// ends does not count. False where it is neither.
[[nodiscard]] inline bool read_key_text(std::string_view text, SecretKey& key) {
  text = trimmed(text);
  if (text.size() == 2 * SecretKey::size) {
    for (std::size_t i = 0; i < SecretKey::size; ++i) {
      const int high = hex_value(text[2 * i]);
      const int low = hex_value(text[2 * i + 1]);
      if (high < 0 || low < 0) return false;
      key.bytes[i] = static_cast<unsigned char>(high * 16 + low);
    }
    return true;
  }
  constexpr std::size_t base64_size = (SecretKey::size * 4 + 2) / 3;
  if (text.size() == base64_size + 1 && text.back() == '=') text.remove_suffix(1);
  if (text.size() != base64_size) return false;
  SecretText digits{std::string(text)};
  std::replace(digits.text.begin(), digits.text.end(), '+', '-');
  std::replace(digits.text.begin(), digits.text.end(), '/', '_');
  return base64url_decode_to(digits.text, reinterpret_cast<char*>(key.bytes.data()));
}

/// Throws an InvalidArgumentError that names the variable.
inline void read_key_of_environment(const std::string& variable, SecretKey& key) {
  const char* const text = std::getenv(variable.c_str());
  if (text == nullptr) throw InvalidArgumentError(variable, "is not set in the environment");
  if (!read_key_text(text, key)) {
    throw InvalidArgumentError(variable, "must be a key of 32 bytes, as base64 or hexadecimal digits");
  }
}

struct CloseKeyFile {
  void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
};
using KeyFile = std::unique_ptr<std::FILE, CloseKeyFile>;

/// Opens a file that nobody can read but its owner: the user of the process, or root. Windows has other rights than
/// POSIX, and they are not looked at.
[[nodiscard]] inline KeyFile open_key_file(const std::string& path) {
  const auto refuse = [&path](const std::string& problem) {
    throw InvalidArgumentError(detail::quoted(path), problem);
  };
#if defined(_WIN32)
  std::FILE* opened = nullptr;
  if (const int code = ::fopen_s(&opened, path.c_str(), "rb"); code != 0) {
    refuse("cannot be opened: " + std::generic_category().message(code));
  }
  return KeyFile(opened);
#else
  KeyFile file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) refuse("cannot be opened: " + std::generic_category().message(errno));
  struct ::stat status {};
  if (::fstat(::fileno(file.get()), &status) != 0 || !S_ISREG(status.st_mode)) refuse("is not a file");
  // Another owner could change the mode, and so read it.
  if (status.st_uid != ::geteuid() && status.st_uid != 0) refuse("must belong to the user of the process, or to root");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    refuse("can be read or written by others than its owner; its mode must be 0600 or less");
  }
  return file;
#endif
}

/// Throws an InvalidArgumentError that names the file.
inline void read_key_of_file(const std::string& path, SecretKey& key) {
  const KeyFile file = open_key_file(path);
  std::setbuf(file.get(), nullptr);  // which nobody would wipe
  SecretText text(std::string(200, '\0'));
  const std::size_t size = std::fread(text.text.data(), 1, text.text.size(), file.get());
  if (!read_key_text(std::string_view(text.text).substr(0, size), key)) {
    throw InvalidArgumentError(detail::quoted(path), "must hold a key of 32 bytes, as base64 or hexadecimal digits");
  }
}

}  // namespace slack::oauth::inline v0::detail
