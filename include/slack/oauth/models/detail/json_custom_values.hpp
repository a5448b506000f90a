// What CustomValues needs of JSON.
//
// Needs nlohmann/json.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"

namespace slack::oauth::inline v0::detail {

class CustomValuesObject final : public CustomValuesData {
 public:
  explicit CustomValuesObject(nlohmann::json object) : object_(std::move(object)) {}

  [[nodiscard]] const nlohmann::json& object() const { return object_; }

  [[nodiscard]] bool equals(const CustomValuesData& other) const override {
    return object_ == static_cast<const CustomValuesObject&>(other).object_;  // there is no other kind
  }

  void append_names(std::string& out) const override {
    bool is_first = true;
    for (const auto& [name, value] : object_.items()) {
      if (!is_first) out += ", ";
      is_first = false;
      append_quoted(out, name, 80);
    }
  }

 private:
  nlohmann::json object_;
};

template <>
struct CustomValuesAccess<nlohmann::json> {
  using Pointer = std::shared_ptr<const CustomValuesData>;

  static const nlohmann::json& object(const CustomValuesData* data) {
    static const nlohmann::json empty = nlohmann::json::object();
    return data == nullptr ? empty : static_cast<const CustomValuesObject*>(data)->object();
  }

  static Pointer make(nlohmann::json object) {
    if (!object.is_null() && !object.is_object()) {
      throw InvalidArgumentError("custom_values", "must be a JSON object");
    }
    if (const auto problem = problem_with_json(object); !problem.empty()) {
      throw InvalidArgumentError("custom_values", problem);
    }
    if (object.empty()) return nullptr;
    return std::make_shared<const CustomValuesObject>(std::move(object));
  }

  static const nlohmann::json* find(const CustomValuesData* data, std::string_view name) {
    const auto& values = object(data);
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &*found;
  }

  static Pointer with(const CustomValuesData* data, std::string_view name, nlohmann::json value) {
    nlohmann::json changed = object(data);
    changed[std::string(name)] = std::move(value);
    return make(std::move(changed));
  }

  static Pointer without(const Pointer& data, std::string_view name) {
    if (find(data.get(), name) == nullptr) return data;
    nlohmann::json changed = object(data.get());
    changed.erase(std::string(name));
    return make(std::move(changed));
  }
};

}  // namespace slack::oauth::inline v0::detail
