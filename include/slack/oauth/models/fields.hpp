// How to describe a value type: with one list of its fields, `static constexpr auto fields()`. The library generates
// the JSON codec, equality, printing, columns and encryption from that list at compile time.
//
//     struct TenantInstallation : slack::oauth::Installation {
//       std::string tenant_id;
//       std::optional<std::string> key;
//
//       static constexpr auto fields() {
//         return slack::oauth::append_fields(Installation::fields(),
//                                            slack::oauth::field("tenant_id", &TenantInstallation::tenant_id),
//                                            slack::oauth::secret_field("tenant_key", &TenantInstallation::key));
//       }
//     };
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace slack::oauth::inline v0 {

/// One field of `Owner`: its name in Slack's answers and in storage, and the member that holds it.
template <class Owner, class Member>
struct Field {
  using owner_type = Owner;
  using value_type = Member;

  std::string_view name;
  Member Owner::*member;
  bool is_secret = false;  ///< no log, error or print may show it
  bool is_of_bot =
      false;              ///< of an installation: shown from the workspace's bot record, which has a field of that name
  bool is_added = false;  ///< this library's addition, which no record of the Python SDK has; absent is not written

  /// The same field, of the bot.
  [[nodiscard]] constexpr Field of_bot() const {
    Field copy = *this;
    copy.is_of_bot = true;
    return copy;
  }

  /// The same field, which the Python SDK does not have.
  [[nodiscard]] constexpr Field added() const {
    Field copy = *this;
    copy.is_added = true;
    return copy;
  }
};

template <class Owner, class Member>
[[nodiscard]] constexpr Field<Owner, Member> field(std::string_view name, Member Owner::*member) {
  return {.name = name, .member = member};
}

template <class Owner, class Member>
[[nodiscard]] constexpr Field<Owner, Member> secret_field(std::string_view name, Member Owner::*member) {
  return {.name = name, .member = member, .is_secret = true};
}

/// A list of fields, in the order given.
template <class... Owners, class... Members>
[[nodiscard]] constexpr std::tuple<Field<Owners, Members>...> field_list(Field<Owners, Members>... fields) {
  return {fields...};
}

/// The fields of a base class, then those of the class derived from it.
template <class BaseFields, class... Owners, class... Members>
[[nodiscard]] constexpr auto append_fields(const BaseFields& base, Field<Owners, Members>... fields) {
  return std::tuple_cat(base, std::tuple(fields...));
}

namespace detail {

template <class T>
inline constexpr bool is_field_list = false;
template <class... Owners, class... Members>
inline constexpr bool is_field_list<std::tuple<Field<Owners, Members>...>> = sizeof...(Owners) > 0;

// A class that adds members but inherits its list would lose them without a word.
template <class T, class... Owners, class... Members>
constexpr bool lists_its_own_members(const std::tuple<Field<Owners, Members>...>& /*fields*/) {
  return (std::is_same_v<T, Owners> || ...) || sizeof(T) == std::max({sizeof(Owners)...});
}

}  // namespace detail

/// A class with a list of its fields.
// clang-format off
template <class T>
concept HasFields = std::is_class_v<T> && requires { T::fields(); } &&
                    detail::is_field_list<std::remove_cvref_t<decltype(T::fields())>>;
// clang-format on

namespace detail {

// A function of its own, so that the compiler says it once however much of the class is used.
template <HasFields T>
constexpr void require_own_fields() {
  static_assert(lists_its_own_members<T>(T::fields()),
                "slack-oauth: this class adds members to its base but has no fields() of its own that lists them");
}

}  // namespace detail

/// Calls `visit(field)` for each field of T, in order.
template <HasFields T, class Visitor>
constexpr void for_each_field(Visitor&& visit) {
  detail::require_own_fields<T>();
  std::apply([&visit](const auto&... field) { (visit(field), ...); }, T::fields());
}

namespace detail {

template <HasFields T>
inline constexpr std::size_t field_count = std::tuple_size_v<decltype(T::fields())>;

template <HasFields T, std::size_t I>
inline constexpr auto field_at = std::get<I>(T::fields());

/// The type of the I-th field.
template <HasFields T, std::size_t I>
using FieldValue = typename std::tuple_element_t<I, decltype(T::fields())>::value_type;

/// Calls `visit(std::integral_constant<std::size_t, I>)` for each field of T, in order: for what depends on the field
/// at compile time.
template <HasFields T, class Visitor>
constexpr void for_each_field_index(const Visitor& visit) {
  [&visit]<std::size_t... I>(std::index_sequence<I...>) { (visit(std::integral_constant<std::size_t, I>{}), ...); }
  (std::make_index_sequence<field_count<T>>{});
}

/// Returns the place of the field of that name; field_count<T> where it finds none.
template <HasFields T>
[[nodiscard]] constexpr std::size_t index_of_field(std::string_view name) {
  return std::apply(
      [name](const auto&... field) {
        std::size_t index = 0;
        static_cast<void>(((field.name == name || (++index, false)) || ...));
        return index;
      },
      T::fields());
}

}  // namespace detail

/// Equal where every field is.
template <HasFields T>
[[nodiscard]] bool operator==(const T& left, const T& right) {
  bool is_equal = true;
  for_each_field<T>([&](const auto& field) { is_equal = is_equal && left.*field.member == right.*field.member; });
  return is_equal;
}

}  // namespace slack::oauth::inline v0
