// What stands in a text field of the wrapped store in place of a secret:
//
//     sealed:v1:<key id>:<wrapped data key>:<body>
//
//   key id             of the KeyRing: up to 64 letters, digits, '.', '_' and '-'
//   wrapped data key   base64url; empty for a key that is no key service's
//   body               base64url of a commitment to the key (32 bytes), a random nonce (12), the tag (16), and the
//                      secret, sealed with AES-256-GCM
//
// What is sealed and the commitment have a key each, derived from the data key (data_key.hpp).
//
// The associated data bind a secret to its form, its key's id and its place, so that it opens nowhere else. They are
// these seven texts, each after its length in four bytes, the highest first:
//
//   form and key    "sealed:v1:" and the key id
//   kind            "record" or "state": one key seals both, and people who install the app may write into a payload,
//                   so neither opens as the other, whatever fields an app adds to its records
//   client ID       EncryptionOptions has it
//   enterprise ID   of the record's WorkspaceKey
//   team ID         of the record's WorkspaceKey: empty for an organisation
//   user ID         empty for a field that a bot has too: a workspace's users share its bot, whoever installed it, and
//                   a save makes the bot's record of an installation as it is
//   field           its name in the field list, "custom_values." and a name, or "payload" of a state
//
// No token and no URL of Slack's begins like a sealed text. A plain value from before that does would not open.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/encrypting/detail/data_key.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view any_sealed_prefix = "sealed:v";  // of this form and those to come
inline constexpr std::string_view sealed_prefix = "sealed:v1:";

inline constexpr std::size_t longest_sealed_digits = (longest_sealed * 4 + 2) / 3;  // in base64url

/// What the body begins with. Its size is a multiple of three, so that base64url has it apart from what follows.
struct SealedHead {
  static constexpr std::size_t size = SecretKey::size + nonce_size + tag_size;
  static constexpr std::size_t text_size = size / 3 * 4;
  static_assert(size % 3 == 0);

  DataKey::Commitment commitment{};
  CipherNonce nonce{};
  CipherTag tag{};
};

/// Whether it is to be opened, in whatever version.
[[nodiscard]] constexpr bool is_sealed(std::string_view text) noexcept { return text.starts_with(any_sealed_prefix); }

[[nodiscard]] constexpr bool is_key_id(std::string_view text) noexcept {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == '-';
  });
}

/// A sealed text in its parts, borrowed from it.
struct SealedParts {
  std::string_view key_id{};
  std::string_view wrapped{};
  std::string_view head{};
  std::string_view secret{};
};

/// Absent where `text` is not of this form. What stands in base64url was not looked at.
[[nodiscard]] inline std::optional<SealedParts> split_sealed(std::string_view text) {
  constexpr std::size_t longest_wrapped = 4'000;
  if (!text.starts_with(sealed_prefix)) return std::nullopt;
  text.remove_prefix(sealed_prefix.size());
  const std::size_t id_end = text.find(':');
  if (id_end == std::string_view::npos) return std::nullopt;
  const std::size_t wrapped_end = text.find(':', id_end + 1);
  if (wrapped_end == std::string_view::npos) return std::nullopt;
  const std::string_view body = text.substr(wrapped_end + 1);
  const SealedParts parts{.key_id = text.substr(0, id_end),
                          .wrapped = text.substr(id_end + 1, wrapped_end - id_end - 1),
                          .head = body.substr(0, SealedHead::text_size),
                          .secret = body.substr(std::min(body.size(), SealedHead::text_size))};
  const bool is_sound = is_key_id(parts.key_id) && parts.wrapped.size() <= longest_wrapped &&
                        parts.head.size() == SealedHead::text_size && parts.secret.size() <= longest_sealed_digits;
  return is_sound ? std::optional(parts) : std::nullopt;
}

/// Appends what the associated data hold of a text: its length and itself.
inline void append_associated(std::string& data, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  for (const unsigned shift : {24U, 16U, 8U, 0U}) data += static_cast<char>((size >> shift) & 0xFFU);
  data += part;
}

/// The associated data that are the same for all that a key seals.
[[nodiscard]] inline std::string associated_with_key(std::string_view key_id) {
  std::string data;
  append_associated(data, std::string(sealed_prefix).append(key_id));
  return data;
}

inline constexpr std::string_view record_kind = "record";
inline constexpr std::string_view state_kind = "state";

/// The associated data of the fields of one record or state, but for those of the key.
class AssociatedData {
 public:
  AssociatedData(std::string_view kind, std::string_view client_id, const WorkspaceKey& place) {
    constexpr std::size_t usual_size = 160;
    text_.reserve(usual_size);
    for (const std::string_view part : {kind, client_id, place.enterprise_id, place.team_id}) append(part);
    place_size_ = text_.size();
  }

  /// Valid until the next call.
  [[nodiscard]] std::string_view of(std::string_view user_id, std::string_view field) {
    text_.resize(place_size_);
    append(user_id);
    append(field);
    return text_;
  }

 private:
  void append(std::string_view part) { append_associated(text_, part); }

  std::string text_{};
  std::size_t place_size_ = 0;
};

}  // namespace slack::oauth::inline v0::detail
