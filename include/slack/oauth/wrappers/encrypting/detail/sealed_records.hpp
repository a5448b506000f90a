// Seals and opens the secrets of records: the fields that their field lists mark as secret, and custom values that the
// app names.
//
// Needs OpenSSL and nlohmann/json.
#pragma once

#include <openssl/crypto.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/shared_fields.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealed_text.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealer.hpp"
#include "slack/oauth/wrappers/encrypting/detail/wiped.hpp"
#include "slack/oauth/wrappers/encrypting/options.hpp"

namespace slack::oauth::inline v0::detail {

/// The text of a field that can be sealed; null where there is none. An empty one means none too, and stays empty.
template <class Text>
[[nodiscard]] auto secret_text_of(Text& value)
    -> std::conditional_t<std::is_const_v<Text>, const std::string*, std::string*> {
  if constexpr (std::same_as<std::remove_const_t<Text>, std::string>) {
    return value.empty() ? nullptr : &value;
  } else {
    static_assert(std::same_as<std::remove_const_t<Text>, std::optional<std::string>>,
                  "slack-oauth: a secret field has to be a std::string or a std::optional<std::string> to be sealed");
    return value && !value->empty() ? &*value : nullptr;
  }
}

/// An open record that only this library sees: its secrets are wiped when it goes.
template <HasFields Record>
struct OpenedRecord {
  explicit OpenedRecord(Record opened) : record(std::move(opened)) {}
  OpenedRecord(OpenedRecord&&) noexcept = default;
  OpenedRecord& operator=(OpenedRecord&&) = delete;
  ~OpenedRecord() {
    for_each_field_index<Record>([this](auto i) {
      constexpr auto& field = field_at<Record, i>;
      if constexpr (field.is_secret) {
        if (std::string* const text = secret_text_of(record.*field.member)) OPENSSL_cleanse(text->data(), text->size());
      }
    });
  }

  Record record;
};

/// Threads: any thread may call any method at any time. Every method throws InvalidDataError for what does not open.
template <HasFields InstallationT, HasFields BotT>
class SealedRecords {
 public:
  /// Throws what the Sealer throws.
  SealedRecords(KeyRing keys, EncryptionOptions options)
      : sealer_(std::move(keys), options), options_(std::move(options)) {}

  /// The same record with its secrets sealed. It is put together field by field, so that no plain copy of a field is
  /// left behind. Custom values are copied before they are sealed.
  template <HasFields Record>
  [[nodiscard]] Record seal(const Record& record) const {
    return seal_with(record, secret_custom_names(record.custom_values));
  }

  template <HasFields Record>
  [[nodiscard]] std::optional<Record> seal(const std::optional<Record>& record) const {
    return record ? std::optional<Record>(seal(*record)) : std::nullopt;
  }

  /// Opens a record in place that was looked up under `place`. The user is the one that was asked for, or without one
  /// the record's.
  template <HasFields Record>
  void open(Record& record, const WorkspaceKey& place, OptionalId user_id = std::nullopt) const {
    AssociatedData data = data_of(place);
    open_fields<false>(record, data, user_id.value_or(user_of(record)));
    open_custom_values(record.custom_values, data);
  }

  template <HasFields Record>
  void open(std::optional<Record>& record, const WorkspaceKey& place, OptionalId user_id = std::nullopt) const {
    if (record) open(*record, place, user_id);
  }

  /// Returns the record with what is its own open: not what an installation shows of the bot.
  template <HasFields Record>
  [[nodiscard]] OpenedRecord<Record> opened(const Record& stored) const {
    AssociatedData data = data_of(key_of(stored).value_or(WorkspaceKey{}));
    OpenedRecord<Record> plain = with_own_fields_open(stored, data);
    open_custom_values(plain.record.custom_values, data);
    return plain;
  }

  /// Returns the record with what is its own sealed under the current key. Custom values are sealed anew as text: as
  /// JSON, nobody could wipe them.
  template <HasFields Record>
  [[nodiscard]] Record reseal(const Record& stored) const {
    AssociatedData data = data_of(key_of(stored).value_or(WorkspaceKey{}));
    Record sealed = seal_with(with_own_fields_open(stored, data).record, {});
    change_custom_values(sealed.custom_values, secret_custom_names(stored.custom_values),
                         [&](const std::string& name, const nlohmann::json& value) {
                           const std::string field = custom_field(name);
                           SecretText text{std::string(text_of(value))};
                           sealer_.open(text.text, data.of({}, field), field);
                           if (!is_sealed(text_of(value))) text.text = value.dump();
                           return nlohmann::json(sealer_.seal(text.text, data.of({}, field), field));
                         });
    for_each_field<Record>([&](const auto& field) {
      if (field.is_of_bot) sealed.*field.member = stored.*field.member;
    });
    return sealed;
  }

  /// Calls `visit(text)` for each secret of a record's own that is there, as it is stored.
  template <HasFields Record, class Visit>
  void for_each_stored_secret(const Record& stored, const Visit& visit) const {
    for_each_field_index<Record>([&](auto i) {
      constexpr auto& field = field_at<Record, i>;
      if constexpr (field.is_secret && !field.is_of_bot) {
        if (const std::string* const text = secret_text_of(stored.*field.member)) visit(std::string_view(*text));
      }
    });
    for (const std::string& name : secret_custom_names(stored.custom_values)) {
      visit(text_of(*stored.custom_values.find(name)));
    }
  }

  [[nodiscard]] const Sealer& sealer() const noexcept { return sealer_; }

  /// The pair sealed for a user's record, or without a user for the bot's.
  [[nodiscard]] RefreshedToken seal(const RefreshedToken& token, const WorkspaceKey& place, OptionalId user_id) const {
    AssociatedData data = data_of(place);
    const auto seal_as = [&](std::string_view field, const std::string& secret) {
      return secret.empty() ? std::string() : sealer_.seal(secret, data.of(user_id.value_or(""), field), field);
    };
    return {.token_type = token.token_type,
            .access_token = seal_as(user_id ? "user_token" : "bot_token", token.access_token),
            .refresh_token = seal_as(user_id ? "user_refresh_token" : "bot_refresh_token", token.refresh_token),
            .expires_at = token.expires_at,
            .refresh_token_expires_at = token.refresh_token_expires_at,
            .scopes = token.scopes};
  }

 private:
  [[nodiscard]] AssociatedData data_of(const WorkspaceKey& place) const {
    return {record_kind, options_.client_id, place};
  }

  template <class Record>
  [[nodiscard]] static std::string_view user_of(const Record& record) {
    if constexpr (requires { record.user_id; }) {
      return record.user_id;
    } else {
      return {};
    }
  }

  template <HasFields Record>
  [[nodiscard]] Record seal_with(const Record& record, const std::vector<std::string>& custom_names) const {
    Record sealed{};
    AssociatedData data = data_of(key_of(record).value_or(WorkspaceKey{}));
    for_each_field_index<Record>([&](auto i) {
      constexpr auto& field = field_at<Record, i>;
      const auto& from = record.*field.member;
      auto& to = sealed.*field.member;
      if constexpr (field.is_secret) {
        const std::string* const secret = secret_text_of(from);
        if (secret == nullptr) {
          to = from;
        } else {
          to = sealer_.seal(*secret, data.of(owner_of<field_at<Record, i>>(user_of(record)), field.name), field.name);
        }
      } else {
        to = from;
      }
    });
    change_custom_values(sealed.custom_values, custom_names, [&](const std::string& name, const nlohmann::json& value) {
      const std::string field = custom_field(name);
      if (sealer_.only_opens()) {
        Sealer::require_plain(text_of(value), field);
        return value;
      }
      const SecretText text(value.dump());
      return nlohmann::json(sealer_.seal(text.text, data.of({}, field), field));
    });
    return sealed;
  }

  /// Whose a field is: nobody's where a bot has it too.
  template <const auto& field>
  [[nodiscard]] static constexpr std::string_view owner_of(std::string_view user_id) {
    return index_of_field<BotT>(field.name) < field_count<BotT> ? std::string_view{} : user_id;
  }

  [[nodiscard]] static std::string custom_field(const std::string& name) { return "custom_values." + name; }

  template <bool only_own, HasFields Record>
  void open_fields(Record& record, AssociatedData& data, std::string_view user_id) const {
    for_each_field_index<Record>([&](auto i) {
      constexpr auto& field = field_at<Record, i>;
      if constexpr (field.is_secret && !(only_own && field.is_of_bot)) {
        if (std::string* const text = secret_text_of(record.*field.member)) {
          sealer_.open(*text, data.of(owner_of<field_at<Record, i>>(user_id), field.name), field.name);
        }
      }
    });
  }

  template <HasFields Record>
  [[nodiscard]] OpenedRecord<Record> with_own_fields_open(const Record& stored, AssociatedData& data) const {
    OpenedRecord<Record> plain{stored};
    open_fields<true>(plain.record, data, user_of(stored));
    return plain;
  }

  void open_custom_values(CustomValues& values, AssociatedData& data) const {
    change_custom_values(
        values, secret_custom_names(values), [&](const std::string& name, const nlohmann::json& value) {
          const std::string field = custom_field(name);
          SecretText text{std::string(text_of(value))};
          sealer_.open(text.text, data.of({}, field), field);
          return is_sealed(text_of(value)) ? parse_json(text.text, field, {.max_bytes = text.text.size()}) : value;
        });
  }

  /// The text of a custom value; empty where it is none.
  [[nodiscard]] static std::string_view text_of(const nlohmann::json& value) {
    return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
  }

  /// Those that the app names, and all that read like sealed text: what was sealed opens where the app does not name it
  /// any more, and what only reads so is sealed, so that it comes back.
  [[nodiscard]] std::vector<std::string> secret_custom_names(const CustomValues& values) const {
    std::vector<std::string> names;
    if (values.empty()) return names;
    const auto& named = options_.secret_custom_values;
    for (const auto& [name, value] : values.json().items()) {
      if (is_sealed(text_of(value)) || std::find(named.begin(), named.end(), name) != named.end())
        names.push_back(name);
    }
    return names;
  }

  /// Puts what `change(name, value)` returns in the place of each.
  template <class Change>
  static void change_custom_values(CustomValues& values, const std::vector<std::string>& names, const Change& change) {
    for (const std::string& name : names) values.set(name, change(name, *values.find(name)));
  }

  Sealer sealer_;
  EncryptionOptions options_;
};

}  // namespace slack::oauth::inline v0::detail
