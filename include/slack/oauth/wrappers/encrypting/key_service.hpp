// Envelope encryption: a key service, such as a cloud's, keeps a key that never leaves it, and wraps data keys with it.
// The app makes the data keys, seals with them, and stores each one wrapped beside what it sealed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace slack::oauth::inline v0 {

/// The key of a key service, for KeyRing::add_service(). `wrap` and `unwrap` may be called by any thread at any time.
/// Where the service fails, let them throw a StorageError that says whether a retry can help: the call of the store
/// that asked throws it. Nobody but the app may call the service's `wrap`: who may, and may write to the storage, can
/// make values that open.
struct KeyService {
  /// Returns the data key (32 bytes) as the service encrypts it, in up to 3,000 bytes. Required.
  std::function<std::string(std::string_view data_key)> wrap{};

  /// Returns the data key that wrap() was given, and an empty text where the service says that it never wrapped this:
  /// then the value is an InvalidDataError, and no error of the service stops work on the others. Required.
  std::function<std::string(std::string_view wrapped)> unwrap{};

  /// How many values a data key seals before another one is made. A process makes its own. With fewer, the service is
  /// asked more often, and a data key that leaks opens less. While the service fails with a StorageError, the data key
  /// goes on, up to 2^32 values.
  std::uint64_t values_per_data_key = 1'000'000;

  /// How many unwrapped data keys are kept in memory. With fewer than the storage has in use, the service is asked
  /// again and again.
  std::size_t max_unwrapped = 1'000;
};

}  // namespace slack::oauth::inline v0
