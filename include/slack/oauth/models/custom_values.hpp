// The JSON object to which an app may add its own data. This header needs the names of nlohmann/json only: a program
// that keeps installations and never touches JSON does not compile it. To read or set values, include
// <slack/oauth/models/json.hpp> (or <slack/oauth.hpp>).
#pragma once

#include <concepts>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace slack::oauth::inline v0 {

namespace detail {

// What copying, comparing and printing need, so that none of them needs JSON to be complete.
class CustomValuesData {
 public:
  CustomValuesData() = default;
  CustomValuesData(const CustomValuesData&) = delete;
  CustomValuesData& operator=(const CustomValuesData&) = delete;
  virtual ~CustomValuesData() = default;

  [[nodiscard]] virtual bool equals(const CustomValuesData& other) const = 0;
  virtual void append_names(std::string& out) const = 0;
};

template <class Json>
inline constexpr bool is_json_included = false;

// models/json.hpp specialises this for nlohmann::json.
template <class Json>
struct CustomValuesAccess {
  static_assert(is_json_included<Json>,
                "slack-oauth: to read or set custom values, #include <slack/oauth/models/json.hpp>");
};

}  // namespace detail

/// A JSON object of the app's own. Copies share one immutable object until somebody changes one of them; an empty one
/// allocates nothing.
///
/// Threads: as for std::string. Copies that share an object may be used by different threads.
class CustomValues {
 public:
  CustomValues() noexcept = default;

  /// Takes a JSON object, or null for an empty one.
  /// Throws InvalidArgumentError where it is anything else, not UTF-8, or nested deeper than 64 levels.
  template <std::same_as<nlohmann::json> Json>
  CustomValues(Json object) : data_(Access<Json>::make(std::move(object))) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool empty() const noexcept { return data_ == nullptr; }

  /// Returns the value of that name, or nullptr. It is valid until this CustomValues is changed or destroyed.
  template <class Json = nlohmann::json>
  [[nodiscard]] const Json* find(std::string_view name) const {
    return Access<Json>::find(data_.get(), name);
  }

  /// Returns a copy of the value of that name.
  template <class Json = nlohmann::json>
  [[nodiscard]] std::optional<Json> get(std::string_view name) const {
    const Json* value = find<Json>(name);
    return value == nullptr ? std::nullopt : std::optional<Json>(*value);
  }

  /// Sets one value. Throws InvalidArgumentError where it is not UTF-8 or nested deeper than 64 levels.
  template <class Json = nlohmann::json>
  void set(std::string_view name, std::type_identity_t<Json> value) {
    data_ = Access<Json>::with(data_.get(), name, std::move(value));
  }

  /// Removes one value. Does nothing where it finds none of that name.
  template <class Json = nlohmann::json>
  void erase(std::string_view name) {
    data_ = Access<Json>::without(data_, name);
  }

  /// Returns the whole object: `{}` where it is empty. It is valid until this CustomValues is changed or destroyed.
  template <class Json = nlohmann::json>
  [[nodiscard]] const Json& json() const {
    return Access<Json>::object(data_.get());
  }

  /// Appends the names of the values, separated by commas; never a value, since an app may keep a secret there.
  void append_names(std::string& out) const {
    if (data_ != nullptr) data_->append_names(out);
  }

  [[nodiscard]] friend bool operator==(const CustomValues& left, const CustomValues& right) {
    if (left.data_ == right.data_) return true;
    return left.data_ != nullptr && right.data_ != nullptr && left.data_->equals(*right.data_);
  }

 private:
  template <class Json>
  using Access = detail::CustomValuesAccess<Json>;

  std::shared_ptr<const detail::CustomValuesData> data_;
};

}  // namespace slack::oauth::inline v0
