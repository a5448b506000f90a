// Which methods a store implements, and so which checks are run on it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>

#include "slack/oauth/installation_store.hpp"

namespace slack::oauth::inline v0::testing {

/// The sets of methods that stores implement, as the concepts FullStore, BotOnlyStore and InstallationOnlyStore name
/// them.
enum class Profile : std::uint8_t {
  full,               ///< every method
  bot_only,           ///< save, find_bot, delete_bot, delete_all
  installation_only,  ///< save, find_installation
};

namespace detail {

enum class Method : std::uint16_t {
  save_bot = 1,
  find_bot = 2,
  find_installation = 4,
  delete_bot = 8,
  delete_installation = 16,
  delete_all = 32,
  visit = 64,  // both for_each_*
  replace_tokens = 128,
  replace = 256,  // replace_bot and replace_installation
};

/// A set of methods besides `save`, which every store has.
class Methods {
 public:
  constexpr Methods(std::initializer_list<Method> methods) {
    for (const Method method : methods) add(method);
  }

  constexpr void add(Method method) { bits_ |= static_cast<unsigned>(method); }
  [[nodiscard]] constexpr bool has(Method method) const { return (bits_ & static_cast<unsigned>(method)) != 0; }
  [[nodiscard]] constexpr bool has_all(Methods others) const { return (bits_ & others.bits_) == others.bits_; }

 private:
  unsigned bits_ = 0;
};

[[nodiscard]] constexpr Methods methods_of(Profile profile) {
  switch (profile) {
    case Profile::bot_only:
      return {Method::find_bot, Method::delete_bot, Method::delete_all};
    case Profile::installation_only:
      return {Method::find_installation};
    case Profile::full:
      break;
  }
  return {
      Method::save_bot,   Method::find_bot, Method::find_installation, Method::delete_bot, Method::delete_installation,
      Method::delete_all, Method::visit,    Method::replace_tokens,    Method::replace};
}

/// What the class itself implements. A wrapper implements all and may still wrap a store that does not.
template <class Store>
[[nodiscard]] constexpr Methods implemented_methods() {
  Methods methods{};
  if (CanSaveBot<Store>) methods.add(Method::save_bot);
  if (CanFindBot<Store>) methods.add(Method::find_bot);
  if (CanFindInstallation<Store>) methods.add(Method::find_installation);
  if (CanDeleteBot<Store>) methods.add(Method::delete_bot);
  if (CanDeleteInstallation<Store>) methods.add(Method::delete_installation);
  if (CanDeleteAll<Store>) methods.add(Method::delete_all);
  if (CanVisit<Store>) methods.add(Method::visit);
  if (CanReplaceTokens<Store>) methods.add(Method::replace_tokens);
  if (CanReplace<Store>) methods.add(Method::replace);
  return methods;
}

template <class Store>
[[nodiscard]] constexpr Methods methods_to_check(std::optional<Profile> profile) {
  return profile ? methods_of(*profile) : implemented_methods<Store>();
}

}  // namespace detail

}  // namespace slack::oauth::inline v0::testing
