// The options of encrypted().
#pragma once

#include <string>
#include <vector>

namespace slack::oauth::inline v0 {

struct EncryptionOptions {
  /// The app's client ID, as the wrapped store has it. Apps that share a key ring have to give it: then what one of
  /// them sealed does not open for another. It cannot be changed later, since nothing would open.
  std::string client_id{};

  /// The custom values that are secret, by name. They are stored as sealed text in place of their JSON. One that is
  /// sealed opens, whether it is named or not.
  std::vector<std::string> secret_custom_values{};

  /// Whether a plain value in the storage is an InvalidDataError. Off, a plain value from before is read, and sealed at
  /// the next save; but whoever may write to the storage may also put a token of theirs there. Switch it on once
  /// count_sealed() finds nothing plain.
  bool refuse_plain = false;

  /// Whether nothing is sealed yet: for the first step of a rolling deployment, in which processes without the wrapper
  /// or the key still run. What is sealed opens, what is written stays plain, and no current key is needed.
  /// Text that reads like a sealed value ("sealed:v") is refused with an InvalidArgumentError.
  bool only_open = false;
};

}  // namespace slack::oauth::inline v0
