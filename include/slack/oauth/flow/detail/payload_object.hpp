// Reads one object of an incoming payload; its errors name the field by its path ("authorizations[0].team_id").
//
// Needs nlohmann/json.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"

namespace slack::oauth::inline v0::detail {

/// Missing, null and empty are absent; every field of an absent object is. Borrows the JSON.
class PayloadObject {
 public:
  explicit PayloadObject(const nlohmann::json& payload) : object_(&payload) {}

  /// The same object, of which a field of the wrong type is absent too: what it holds depends on its type.
  [[nodiscard]] PayloadObject loose() const {
    PayloadObject copy(*this);
    copy.is_loose_ = true;
    return copy;
  }

  [[nodiscard]] bool is_absent() const noexcept { return object_ == nullptr; }

  /// Absent also where it is a text: then it may be an id, which id_or_object() reads.
  [[nodiscard]] PayloadObject nested(const char* name) const {
    const auto* value = find(name);
    if (value != nullptr && !value->is_object()) {
      if (!is_loose_ && !value->is_string()) throw_wrong_type(path_of(name), "an object", *value);
      value = nullptr;
    }
    return below(value, name);
  }

  /// The first object of the list `name`, whose path is `element`; absent where the list is empty.
  [[nodiscard]] PayloadObject first(const char* name, const char* element) const {
    const auto* value = find(name);
    if (value == nullptr) return below(nullptr, element);
    if (!value->is_array()) throw_wrong_type(path_of(name), "a list", *value);
    if (value->empty()) return below(nullptr, element);
    if (!value->front().is_object()) throw_wrong_type(path_of(element), "an object", value->front());
    return below(&value->front(), element);
  }

  [[nodiscard]] std::optional<std::string> id(const char* name) const {
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : read_id(*value, name);
  }

  /// A token, of which an error shows nothing.
  [[nodiscard]] std::optional<std::string> token(const char* name) const {
    constexpr std::size_t longest_token = 4096;  // Slack's have some hundred bytes
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) throw_wrong_type(path_of(name), "a string", *value);
    const auto& text = value->get_ref<const std::string&>();
    if (text.empty()) return std::nullopt;
    if (text.size() > longest_token) throw_invalid(path_of(name), "is too long");
    if (!is_printable_ascii(text)) throw_invalid(path_of(name), "has characters that no token has");
    return text;
  }

  /// The id that `name` is, or that the object of that name has as its `id`.
  [[nodiscard]] std::optional<std::string> id_or_object(const char* name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    return value->is_object() ? nested(name).id("id") : read_id(*value, name);
  }

  /// Of a list; empty where it is missing or null.
  [[nodiscard]] std::vector<std::string> ids(const char* name) const {
    const auto* value = find(name);
    if (value == nullptr) return {};
    if (!value->is_array()) throw_wrong_type(path_of(name), "a list of ids", *value);
    std::vector<std::string> result;
    for (const auto& element : *value) {
      if (element.is_null()) continue;
      if (auto id = read_id(element, name)) result.push_back(std::move(*id));
    }
    return result;
  }

  [[nodiscard]] std::string_view text(const char* name) const {
    const auto* value = find(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_ref<const std::string&>())
                                                  : std::string_view();
  }

  /// JSON has it as true or false, a form as "true" or "false".
  [[nodiscard]] bool flag(const char* name) const {
    const auto* value = find(name);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    if (value->is_string()) {
      const auto& text = value->get_ref<const std::string&>();
      if (text.empty() || text == "false") return false;
      if (text == "true") return true;
    }
    throw_wrong_type(path_of(name), "true or false", *value);
  }

  [[nodiscard]] std::string path_of(const char* name) const {
    std::string path;
    for (const char* above : {outer_, inner_}) {
      if (above != nullptr) path.append(above) += '.';
    }
    return path + name;
  }

  /// nullptr where it is missing or null.
  [[nodiscard]] const nlohmann::json* find(const char* name) const {
    if (object_ == nullptr) return nullptr;
    const auto found = object_->find(name);
    return found == object_->end() || found->is_null() ? nullptr : &*found;
  }

 private:
  static constexpr std::size_t longest_id = 255;  // Slack's have a dozen bytes

  [[nodiscard]] PayloadObject below(const nlohmann::json* object, const char* name) const {
    PayloadObject result(*this);
    result.object_ = object;
    (outer_ == nullptr ? result.outer_ : result.inner_) = name;
    return result;
  }

  [[nodiscard]] std::optional<std::string> read_id(const nlohmann::json& value, const char* name) const {
    if (!value.is_string()) {
      if (is_loose_) return std::nullopt;
      throw_wrong_type(path_of(name), "a string", value);
    }
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty()) return std::nullopt;
    if (text.size() > longest_id) throw_invalid(path_of(name), "is too long");
    if (!is_valid_utf8(text)) throw_invalid(path_of(name), "is not valid UTF-8");
    return text;
  }

  const nlohmann::json* object_;
  const char* outer_ = nullptr;  // the path, of which nothing is read deeper
  const char* inner_ = nullptr;
  bool is_loose_ = false;
};

}  // namespace slack::oauth::inline v0::detail
