// A call as a value, so that a trace of calls can be made at random, replayed, cut down and shown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/testing/installation_store/describe.hpp"
#include "slack/oauth/testing/installation_store/methods.hpp"
#include "slack/oauth/testing/installation_store/samples.hpp"

namespace slack::oauth::inline v0::testing::detail {

enum class OperationKind : std::uint8_t {
  save,
  save_bot,
  find_bot,
  find_installation,
  delete_bot,
  delete_installation,
  delete_installations,
  delete_all,
  for_each_bot,
  for_each_installation,
  replace_bot_token,
  replace_user_token,
  replace_bot,
  replace_installation,
};

struct Operation {
  OperationKind kind = OperationKind::save;
  Place place{};
  std::optional<std::string> user_id{};
  std::int64_t version = 0;  ///< tells what was saved from what was saved before
  std::int64_t time = 0;     ///< of few values, so that some are equal
  bool has_bot = true;

  std::optional<std::int64_t> until{};  ///< of a deletion, a time as above
  bool is_stale = false;                ///< of a replacement: what is stored is not what was seen
  bool removes = false;                 ///< of a replacement: puts nothing

  [[nodiscard]] std::optional<Timestamp> installed_until() const {
    return until ? std::optional(sample_time(*until)) : std::nullopt;
  }
};

/// What a call gave back: the records, what it said, or that it threw.
template <class InstallationT, class BotT>
struct Answer {
  std::string thrown{};
  bool is_replaced = false;
  std::vector<BotT> bots{};
  std::vector<InstallationT> installations{};
};

template <class InstallationT>
[[nodiscard]] InstallationT saved_by(const Operation& operation) {
  const std::string user_id = operation.user_id.value_or("");
  auto installation = operation.has_bot
                          ? sample_installation<InstallationT>(operation.place, user_id, operation.version)
                          : sample_without_bot<InstallationT>(operation.place, user_id, operation.version);
  installation.installed_at = sample_time(operation.time);
  return installation;
}

template <class InstallationT, class BotT>
[[nodiscard]] BotT bot_saved_by(const Operation& operation) {
  BotT bot = sample_bot<InstallationT, BotT>(operation.place, operation.version);
  bot.installed_at = sample_time(operation.time);
  return bot;
}

/// Of a deletion of several users'.
[[nodiscard]] inline std::vector<std::string_view> users_of(const Operation& operation) {
  std::vector<std::string_view> user_ids{"U1"};
  if (operation.user_id) user_ids.insert(user_ids.begin(), *operation.user_id);
  return user_ids;
}

/// The refresh token that a replacement uses: that of what is found now, or another one.
template <class Record>
[[nodiscard]] std::string used_by(const Operation& operation, const Record& found) {
  if (!found || operation.is_stale) return "xoxe-1-contract-kit-stale";
  if constexpr (requires { found->user_id; }) {
    return found->user_refresh_token.value_or("");
  } else {
    return found->bot_refresh_token.value_or("");
  }
}

/// What a replacement takes for stored: what is found now, or that as it was not.
template <class Record>
[[nodiscard]] std::optional<Record> seen_by(const Operation& operation, std::optional<Record> found) {
  if (found && operation.is_stale) found->custom_values.set("stale", operation.version);
  return found;
}

// What a call refers to of the store, it looks up first, so that a trace is true of any store.
template <class InstallationT, class BotT, class Store>
[[nodiscard]] bool make_replacement(const Operation& operation, Store& store) {
  const Place& place = operation.place;
  // By name: which one is the newest may be open.
  const auto find_user = [&] { return store.find_installation(place.user(operation.user_id.value_or(""))); };
  switch (operation.kind) {
    case OperationKind::replace_bot_token:
      return store.replace_tokens(
          place.bot_tokens(used_by(operation, store.find_bot(place.bot())), sample_token("bot", operation.version)));
    case OperationKind::replace_user_token:
      return store.replace_tokens(place.user_tokens(operation.user_id.value_or(""), used_by(operation, find_user()),
                                                    sample_token("user", operation.version)));
    case OperationKind::replace_bot:
      return store.replace_bot(
          seen_by(operation, store.find_bot(place.bot())),
          operation.removes ? std::nullopt : std::optional(bot_saved_by<InstallationT, BotT>(operation)));
    default:
      break;
  }
  return store.replace_installation(
      seen_by(operation, find_user()),
      operation.removes ? std::nullopt : std::optional(saved_by<InstallationT>(operation)));
}

template <class InstallationT, class BotT, class Store>
void make_call(const Operation& operation, Store& store, Answer<InstallationT, BotT>& answer) {
  const Place& place = operation.place;
  switch (operation.kind) {
    case OperationKind::save:
      store.save(saved_by<InstallationT>(operation));
      break;
    case OperationKind::save_bot:
      store.save_bot(bot_saved_by<InstallationT, BotT>(operation));
      break;
    case OperationKind::find_bot:
      if (auto found = store.find_bot(place.bot())) answer.bots.push_back(*std::move(found));
      break;
    case OperationKind::find_installation:
      if constexpr (requires { store.find_installations(place.newest()); }) {
        answer.installations = store.find_installations(place.user(operation.user_id));
      } else if (auto found = store.find_installation(place.user(operation.user_id))) {
        answer.installations.push_back(*std::move(found));
      }
      break;
    case OperationKind::delete_bot:
      store.delete_bot(place.ref(operation.installed_until()));
      break;
    case OperationKind::delete_installation:
      store.delete_installation(place.user_ref(operation.user_id, operation.installed_until()));
      break;
    case OperationKind::delete_installations:
      store.delete_installations(place.ref(operation.installed_until()), users_of(operation));
      break;
    case OperationKind::delete_all:
      store.delete_all(place.ref(operation.installed_until()));
      break;
    case OperationKind::for_each_bot:
      store.for_each_bot([&](const BotT& bot) { answer.bots.push_back(bot); });
      break;
    case OperationKind::for_each_installation:
      store.for_each_installation([&](const InstallationT& one) { answer.installations.push_back(one); });
      break;
    case OperationKind::replace_bot_token:
    case OperationKind::replace_user_token:
    case OperationKind::replace_bot:
    case OperationKind::replace_installation:
      answer.is_replaced = make_replacement<InstallationT, BotT>(operation, store);
      break;
  }
}

template <class Record>
void sort_by_owner(std::vector<Record>& records) {
  const auto owner = [](const Record& record) {
    std::string user_id;
    if constexpr (requires { record.user_id; }) user_id = record.user_id;
    return std::tuple(record.enterprise_id.value_or(""), record.team_id.value_or(""), record.is_enterprise_install,
                      user_id);
  };
  std::ranges::sort(records, {}, owner);
}

template <class InstallationT, class BotT, class Store>
[[nodiscard]] Answer<InstallationT, BotT> answer_of(const Operation& operation, Store& store) {
  Answer<InstallationT, BotT> answer;
  try {
    make_call(operation, store, answer);
  } catch (const InvalidArgumentError&) {
    answer.thrown = "InvalidArgumentError";
  } catch (const std::exception& error) {
    answer.thrown = std::string("an exception: ") + error.what();
  }
  sort_by_owner(answer.bots);
  sort_by_owner(answer.installations);
  return answer;
}

template <class Record>
[[nodiscard]] std::string difference(const std::vector<Record>& expected, const std::vector<Record>& actual) {
  const auto shown_all = [](const std::vector<Record>& records) {
    if (records.empty()) return std::string("nothing");
    if (records.size() == 1) return brief(records.front());
    return std::to_string(records.size()) + " records";
  };
  if (expected.size() != actual.size()) return "expected " + shown_all(expected) + ", but got " + shown_all(actual);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (auto text = difference(expected[i], actual[i]); !text.empty()) return text;
  }
  return {};
}

/// Where each of `expected` would do.
template <class Record>
[[nodiscard]] std::string difference_from_any(const std::vector<Record>& expected, const std::vector<Record>& actual) {
  if (expected.size() < 2) return difference(expected, actual);
  std::string text;
  for (const Record& record : expected) {
    text = difference(std::vector{record}, actual);
    if (text.empty()) break;
  }
  return text;
}

template <class InstallationT, class BotT>
[[nodiscard]] std::string difference(const Operation& operation, const Answer<InstallationT, BotT>& expected,
                                     const Answer<InstallationT, BotT>& actual) {
  if (expected.thrown != actual.thrown) {
    const auto outcome = [](const auto& answer) { return answer.thrown.empty() ? "no exception" : answer.thrown; };
    return "expected " + outcome(expected) + ", but got " + outcome(actual);
  }
  if (expected.is_replaced != actual.is_replaced) {
    return expected.is_replaced ? "expected true, but got false" : "expected false, but got true";
  }
  if (auto text = difference(expected.bots, actual.bots); !text.empty()) return text;
  return operation.kind == OperationKind::find_installation
             ? difference_from_any(expected.installations, actual.installations)
             : difference(expected.installations, actual.installations);
}

[[nodiscard]] inline std::string looked_up(const Operation& operation, const std::string& call) {
  return operation.is_stale ? "not what is of " + call : call;
}

template <class InstallationT, class BotT>
[[nodiscard]] std::string call_text(const Operation& operation) {
  const Place& place = operation.place;
  switch (operation.kind) {
    case OperationKind::save:
      return call_text("save", saved_by<InstallationT>(operation));
    case OperationKind::save_bot:
      return call_text("save_bot", bot_saved_by<InstallationT, BotT>(operation));
    case OperationKind::find_bot:
      return call_text("find_bot", place.bot());
    case OperationKind::find_installation:
      return call_text("find_installation", place.user(operation.user_id));
    case OperationKind::delete_bot:
      return call_text("delete_bot", place.ref(operation.installed_until()));
    case OperationKind::delete_installation:
      return call_text("delete_installation", place.user_ref(operation.user_id, operation.installed_until()));
    case OperationKind::delete_installations:
      return call_text_of_users("delete_installations", place.ref(operation.installed_until()), users_of(operation));
    case OperationKind::delete_all:
      return call_text("delete_all", place.ref(operation.installed_until()));
    case OperationKind::for_each_bot:
      return "for_each_bot(…)";
    case OperationKind::for_each_installation:
      return "for_each_installation(…)";
    case OperationKind::replace_bot_token:
      return "replace_tokens(" + looked_up(operation, call_text("find_bot", place.bot())) + ", " +
             brief(with_token(BotT{}, sample_token("bot", operation.version))) + ")";
    case OperationKind::replace_user_token:
      return "replace_tokens(" +
             looked_up(operation, call_text("find_installation", place.user(operation.user_id.value_or("")))) + ", " +
             brief(with_token(InstallationT{}, sample_token("user", operation.version))) + ")";
    case OperationKind::replace_bot:
      return "replace_bot(" + looked_up(operation, call_text("find_bot", place.bot())) + ", " +
             (operation.removes ? "nothing" : brief(bot_saved_by<InstallationT, BotT>(operation))) + ")";
    case OperationKind::replace_installation:
      break;
  }
  return "replace_installation(" +
         looked_up(operation, call_text("find_installation", place.user(operation.user_id.value_or("")))) + ", " +
         (operation.removes ? "nothing" : brief(saved_by<InstallationT>(operation))) + ")";
}

/// Makes calls at random, in a small world where ids begin like one another, join alike, or mean something elsewhere.
class OperationSource {
 public:
  OperationSource(std::uint64_t seed, Methods methods) : random_(seed) {
    const auto add = [this](OperationKind kind, std::size_t weight) { kinds_.insert(kinds_.end(), weight, kind); };
    add(OperationKind::save, 25);
    if (methods.has(Method::save_bot)) add(OperationKind::save_bot, 7);
    if (methods.has(Method::find_bot)) add(OperationKind::find_bot, 20);
    if (methods.has(Method::find_installation)) add(OperationKind::find_installation, 33);
    if (methods.has(Method::delete_bot)) add(OperationKind::delete_bot, 5);
    if (methods.has(Method::delete_installation)) {
      add(OperationKind::delete_installation, 7);
      add(OperationKind::delete_installations, 3);
    }
    if (methods.has(Method::delete_all)) add(OperationKind::delete_all, 3);
    if (methods.has(Method::visit)) add(OperationKind::for_each_bot, 1);
    if (methods.has(Method::visit)) add(OperationKind::for_each_installation, 1);
    if (methods.has(Method::find_bot)) {
      if (methods.has(Method::replace_tokens)) add(OperationKind::replace_bot_token, 6);
      if (methods.has(Method::replace)) add(OperationKind::replace_bot, 6);
    }
    if (methods.has(Method::find_installation)) {
      if (methods.has(Method::replace_tokens)) add(OperationKind::replace_user_token, 6);
      if (methods.has(Method::replace)) add(OperationKind::replace_installation, 6);
    }
  }

  [[nodiscard]] std::vector<Operation> trace(std::size_t length) {
    std::vector<Operation> operations;
    for (std::size_t i = 0; i < length; ++i) {
      constexpr std::size_t calls_at_one_scene = 100;
      if (i % calls_at_one_scene == 0) {
        for (Owner& owner : scene_) owner = any_owner();
      }
      Operation operation{.kind = one_of(kinds_)};
      // Faults show where calls meet: mostly on the record of the call before, or on one of a few others.
      const Owner owner = i > 0 && chance(30) ? last_ : chance(75) ? one_of(scene_) : any_owner();
      last_ = owner;
      operation.place = owner.place;
      if (operation.place.is_enterprise_install) operation.place.is_enterprise_install = chance(70);
      const bool is_save = operation.kind == OperationKind::save;
      if (is_save || !chance(25)) operation.user_id = owner.user_id;
      if (is_save && chance(3)) operation.user_id = "";
      operation.version = static_cast<std::int64_t>(i) + 1;
      operation.time = static_cast<std::int64_t>(below(8));
      operation.has_bot = chance(75);
      if (chance(40)) operation.until = static_cast<std::int64_t>(below(9)) - 1;
      operation.is_stale = chance(30);
      operation.removes = chance(30);
      operations.push_back(std::move(operation));
    }
    return operations;
  }

 private:
  struct Owner {
    Place place{};
    std::string user_id{};
  };

  // Not a std:: distribution: those differ between standard libraries, and a seed should mean the same everywhere.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  bool chance(std::size_t percent) { return below(100) < percent; }

  template <class Range>
  auto one_of(const Range& range) -> decltype(range[0]) {
    return range[below(std::size(range))];
  }

  static std::optional<std::string> id_of(std::string_view id) {
    return id == "absent" ? std::nullopt : std::optional<std::string>(id);
  }

  Owner any_owner() {
    static constexpr std::string_view enterprise_ids[] = {"absent", "absent", "", "E1", "E1-", "E", "none", "*"};
    static constexpr std::string_view team_ids[] = {"absent", "", "T1", "T1", "T11", "-T1", "T", "%", "../T1"};
    static constexpr std::string_view user_ids[] = {"U1", "U11", "U", "U1-U", "latest", "U_", "%", "*", ""};
    const auto enterprise_id = id_of(one_of(enterprise_ids));
    const auto team_id = id_of(one_of(team_ids));
    const bool is_organisation = chance(25);
    return {{enterprise_id, team_id, is_organisation}, std::string(one_of(user_ids))};
  }

  std::mt19937_64 random_;
  std::vector<OperationKind> kinds_{};
  Owner scene_[3]{};
  Owner last_{};
};

}  // namespace slack::oauth::inline v0::testing::detail
