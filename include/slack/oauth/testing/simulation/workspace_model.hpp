// What a workspace's records are after each call of a store, as far as tokens go: a model to judge histories by.
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Models what LinearizabilitySearch asks for. It knows tokens, users and times, and nothing of other fields. So where
/// another field decides, it takes either answer for right.
struct WorkspaceModel {
  struct Record {
    std::string token{};
    std::string refresh_token{};
    Timestamp installed_at{};
    std::uint64_t order = 0;  ///< of the saves

    [[nodiscard]] bool is_until(const std::optional<Timestamp>& until) const {
      return !until || installed_at <= *until;
    }
  };

  struct State {
    std::optional<Record> bot{};
    std::map<std::string, Record> users{};
    std::uint64_t saves = 0;
  };

  struct Operation {
    enum class Kind { save, save_bot, find_bot, find_user, find_newest, erase, replace_tokens, replace } kind{};
    bool is_bot = false;    ///< that it is about the bot, or with erase about it too
    bool is_users = false;  ///< with erase: that it is about users too
    std::string user_id{};  ///< with erase: empty for all users
    std::optional<Record> given{};
    std::optional<Timestamp> until{};
    std::string used_refresh_token{};

    // What it returned.
    std::optional<Record> bot{};
    std::optional<Record> found{};
    std::optional<bool> is_done{};  ///< no value where nobody knows
  };

  static Record record_of(const Bot& bot) {
    return {bot.bot_token, bot.bot_refresh_token.value_or(""), bot.installed_at};
  }
  static Record record_of(const Installation& user) {
    return {user.user_token.value_or(""), user.user_refresh_token.value_or(""), user.installed_at};
  }

  static std::optional<State> apply(const State& state, const Operation& operation) {
    State next = state;
    switch (operation.kind) {
      case Operation::Kind::save:
        if (operation.bot) next.bot = operation.bot;
        next.users[operation.user_id] = *operation.given;
        next.users[operation.user_id].order = ++next.saves;
        return next;
      case Operation::Kind::save_bot:
        next.bot = operation.given;
        return next;
      case Operation::Kind::find_bot:
        return are_same(state.bot, operation.found) ? std::optional(next) : std::nullopt;
      case Operation::Kind::find_user: {
        const auto user = state.users.find(operation.user_id);
        const auto stored = user == state.users.end() ? std::nullopt : std::optional(user->second);
        return fits(state, stored, operation) ? std::optional(next) : std::nullopt;
      }
      case Operation::Kind::find_newest:
        return fits(state, newest(state), operation) ? std::optional(next) : std::nullopt;
      case Operation::Kind::erase:
        erase(next, operation);
        return next;
      case Operation::Kind::replace_tokens:
        return replace_tokens(std::move(next), operation);
      case Operation::Kind::replace:
        return replace(std::move(next), operation);
    }
    return std::nullopt;
  }

  /// Without tokens.
  static std::string text(const Operation& operation) {
    const auto answer = [&](const std::optional<Record>& found) {
      return found ? " that finds one" : " that finds none";
    };
    const std::string whose = operation.is_bot ? "the bot" : operation.user_id;
    switch (operation.kind) {
      case Operation::Kind::save:
        return "a save by " + operation.user_id;
      case Operation::Kind::save_bot:
        return "a save of the bot";
      case Operation::Kind::find_bot:
        return "a look-up of the bot" + std::string(answer(operation.found));
      case Operation::Kind::find_user:
        return "a look-up of " + operation.user_id + answer(operation.found);
      case Operation::Kind::find_newest:
        return "a look-up of the newest installation" + std::string(answer(operation.found));
      case Operation::Kind::erase:
        return "a deletion";
      case Operation::Kind::replace_tokens:
        return "new tokens for " + whose + (operation.is_done.value_or(true) ? "" : ", which are refused");
      case Operation::Kind::replace:
        return "another record for " + whose + (operation.is_done.value_or(true) ? "" : ", which is refused");
    }
    return "a call";
  }

  static std::string text(const State& state) {
    std::string text = state.bot ? text_of(*state.bot) : "none";
    for (const auto& [user_id, record] : state.users) text += "\n" + user_id + " " + text_of(record);
    return text;
  }

 private:
  static std::string text_of(const Record& record) {
    return record.token + " " + record.refresh_token + " " +
           std::to_string(record.installed_at.time_since_epoch().count()) + " " + std::to_string(record.order);
  }

  static bool are_same(const std::optional<Record>& a, const std::optional<Record>& b) {
    return a.has_value() == b.has_value() && (!a || (a->token == b->token && a->refresh_token == b->refresh_token));
  }

  /// An installation shows the bot that is stored.
  static bool fits(const State& state, const std::optional<Record>& stored, const Operation& operation) {
    return are_same(stored, operation.found) && (!stored || are_same(state.bot, operation.bot));
  }

  static std::optional<Record> newest(const State& state) {
    const auto found = std::max_element(state.users.begin(), state.users.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.installed_at, a.second.order) < std::pair(b.second.installed_at, b.second.order);
    });
    return found == state.users.end() ? std::nullopt : std::optional(found->second);
  }

  static void erase(State& state, const Operation& operation) {
    if (operation.is_bot && state.bot && state.bot->is_until(operation.until)) state.bot.reset();
    if (!operation.is_users) return;
    std::erase_if(state.users, [&](const auto& user) {
      return (operation.user_id.empty() || user.first == operation.user_id) && user.second.is_until(operation.until);
    });
  }

  static Record* find(State& state, const Operation& operation) {
    if (operation.is_bot) return state.bot ? &*state.bot : nullptr;
    const auto user = state.users.find(operation.user_id);
    return user == state.users.end() ? nullptr : &user->second;
  }

  static std::optional<State> replace_tokens(State state, const Operation& operation) {
    Record* const stored = find(state, operation);
    const bool is_replaced = stored != nullptr && stored->refresh_token == operation.used_refresh_token;
    if (operation.is_done && is_replaced != *operation.is_done) return std::nullopt;
    if (is_replaced) {
      stored->token = operation.given->token;
      stored->refresh_token = operation.given->refresh_token;
    }
    return state;
  }

  /// `found` is what the caller took for stored, and `given` what comes in its place; neither may be there.
  static std::optional<State> replace(State state, const Operation& operation) {
    if (operation.is_done == false) return state;
    const Record* const stored = find(state, operation);
    const auto before = stored == nullptr ? std::nullopt : std::optional(*stored);
    if (!are_same(before, operation.found)) {
      if (operation.is_done) return std::nullopt;
      return state;
    }
    if (operation.is_bot) {
      state.bot = operation.given;
    } else if (operation.given) {
      const std::uint64_t order = before ? before->order : ++state.saves;
      state.users[operation.user_id] = *operation.given;
      state.users[operation.user_id].order = order;
    } else {
      state.users.erase(operation.user_id);
    }
    return state;
  }
};

}  // namespace slack::oauth::inline v0::testing::detail
