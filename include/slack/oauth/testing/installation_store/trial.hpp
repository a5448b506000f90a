// One check's run on one fresh store: makes the calls, compares the answers, and tells what went wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/installation_store/describe.hpp"
#include "slack/oauth/testing/installation_store/methods.hpp"
#include "slack/oauth/testing/installation_store/options.hpp"
#include "slack/oauth/testing/installation_store/samples.hpp"

namespace slack::oauth::inline v0::testing::detail {

template <class InstallationT, class BotT>
struct Setup {
  using Store = BasicInstallationStore<InstallationT, BotT>;

  std::function<std::shared_ptr<Store>()> make_store;
  Methods methods{};
  ContractOptions<Store> options{};
};

/// Not for several threads: each thread of a concurrent check has a Trial of its own, or uses store() itself.
template <class InstallationT, class BotT>
class Trial {
 public:
  using Store = BasicInstallationStore<InstallationT, BotT>;
  using Options = ContractOptions<Store>;

  Trial(std::string check, const Setup<InstallationT, BotT>& setup)
      : check_(std::move(check)), setup_(&setup), store_(make_store()) {}

  /// The same check on another store.
  [[nodiscard]] Trial on(std::shared_ptr<Store> store) const {
    Trial other(*this);
    other.store_ = std::move(store);
    other.calls_.clear();
    other.forgotten_calls_ = 0;
    if (other.store_ == nullptr) fail("the function that makes a store gave none");
    return other;
  }
  [[nodiscard]] Trial on_another_store() const { return on(make_store()); }
  [[nodiscard]] Trial for_another_thread() const { return on(store_); }

  [[nodiscard]] Store& store() const { return *store_; }
  void close_store() { store_.reset(); }
  [[nodiscard]] const Options& options() const { return setup_->options; }
  [[nodiscard]] bool can(Method method) const { return setup_->methods.has(method); }
  [[nodiscard]] bool can_all(Methods methods) const { return setup_->methods.has_all(methods); }
  [[nodiscard]] const std::string& check() const { return check_; }

  [[nodiscard]] static InstallationT sample(const Place& place, std::string_view user_id, std::int64_t version) {
    return sample_installation<InstallationT>(place, user_id, version);
  }
  [[nodiscard]] static InstallationT without_bot(const Place& place, std::string_view user_id, std::int64_t version) {
    return sample_without_bot<InstallationT>(place, user_id, version);
  }
  [[nodiscard]] static BotT bot(const Place& place, std::int64_t version) {
    return sample_bot<InstallationT, BotT>(place, version);
  }

  void save(const InstallationT& installation) {
    make(call_text("save", installation), [&] { store_->save(installation); });
  }
  void save_bot(const BotT& bot) {
    make(call_text("save_bot", bot), [&] { store_->save_bot(bot); });
  }
  void delete_bot(const WorkspaceRef& ref) {
    make(call_text("delete_bot", ref), [&] { store_->delete_bot(ref); });
  }
  void delete_installation(const InstallationRef& ref) {
    make(call_text("delete_installation", ref), [&] { store_->delete_installation(ref); });
  }
  void delete_all(const WorkspaceRef& ref) {
    make(call_text("delete_all", ref), [&] { store_->delete_all(ref); });
  }

  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) {
    make(call_text_of_users("delete_installations", ref, user_ids),
         [&] { store_->delete_installations(ref, user_ids); });
  }

  // What the store has no method for is not asked: a check runs on any store that has what the check is about.

  void expect_bot(const BotQuery& query, const std::optional<BotT>& expected) {
    if (!can(Method::find_bot)) return;
    std::optional<BotT> found;
    const std::string call = call_text("find_bot", query);
    make(call, [&] { found = store_->find_bot(query); });
    require_same(call, expected, found);
  }

  void expect_installation(const InstallationQuery& query, const std::optional<InstallationT>& expected) {
    if (!can(Method::find_installation)) return;
    std::optional<InstallationT> found;
    const std::string call = call_text("find_installation", query);
    make(call, [&] { found = store_->find_installation(query); });
    require_same(call, expected, found);
  }

  /// This user's record, with the bot record that the workspace has now.
  void expect_user(const Place& place, const InstallationT& saved, const std::optional<BotT>& bot) {
    expect_installation(place.user(saved.user_id), as_found(saved, bot));
  }

  /// That `saved` is the place's only record, by every way to ask.
  void expect_only(const Place& place, const InstallationT& saved) {
    expect_bot(place.bot(), saved.to_bot());
    expect_installation(place.newest(), saved);
    if (!saved.user_id.empty()) expect_installation(place.user(saved.user_id), saved);
  }

  void expect_nothing(const Place& place, OptionalId user_id = std::nullopt) {
    expect_bot(place.bot(), std::nullopt);
    expect_installation(place.newest(), std::nullopt);
    if (user_id) expect_installation(place.user(user_id), std::nullopt);
  }

  void expect_tokens_replaced(bool expected, const TokenReplacement& replacement) {
    expect_answer(expected, call_text("replace_tokens", replacement),
                  [&] { return store_->replace_tokens(replacement); });
  }

  void expect_replaced(bool expected, const std::optional<BotT>& stored, const std::optional<BotT>& bot) {
    expect_answer(expected, call_text_of_replace("replace_bot", stored, bot),
                  [&] { return store_->replace_bot(stored, bot); });
  }

  void expect_replaced(bool expected, const std::optional<InstallationT>& stored,
                       const std::optional<InstallationT>& installation) {
    expect_answer(expected, call_text_of_replace("replace_installation", stored, installation),
                  [&] { return store_->replace_installation(stored, installation); });
  }

  /// That the call is refused with an ErrorT. Says its name in the violation.
  template <class ErrorT, class Call>
  void expect_error(const std::string& call_shown, std::string_view error_name, Call&& call) {
    note(call_shown);
    const std::string expectation = call_shown + ": expected " + std::string(error_name) + ", but ";
    try {
      std::forward<Call>(call)();
    } catch (const ErrorT&) {
      return;
    } catch (const std::exception& error) {
      fail(expectation + "it threw another exception: " + error.what());
    }
    fail(expectation + "the call returned");
  }

  void expect_save_refused(const InstallationT& installation) {
    expect_error<InvalidArgumentError>(call_text("save", installation), "InvalidArgumentError",
                                       [&] { store_->save(installation); });
  }

  void expect(bool is_true, std::string_view finding) const {
    if (!is_true) fail(finding);
  }

  template <class T>
  void require_same(std::string_view call, const T& expected, const T& actual) const {
    const std::string text = difference(expected, actual);
    if (!text.empty()) fail(std::string(call) + ": " + text);
  }

  /// Of threads: a check that makes none has none.
  void count_turns(std::size_t turns) const { turns_ += turns; }
  [[nodiscard]] std::size_t turns() const { return turns_; }

  [[noreturn]] void fail(std::string_view finding) const {
    std::string text(finding);
    if (!calls_.empty()) {
      text += "; the calls were: ";
      if (forgotten_calls_ > 0) text += "(" + std::to_string(forgotten_calls_) + " others), ";
      bool is_first = true;
      for (const std::string& call : calls_) {
        if (!is_first) text += ", ";
        is_first = false;
        text += call;
      }
    }
    throw ContractViolation(check_, text);
  }

 private:
  [[nodiscard]] std::shared_ptr<Store> make_store() const {
    auto store = setup_->make_store();
    if (store == nullptr) fail("the function that makes a store gave none");
    return store;
  }

  void note(std::string call) {
    constexpr std::size_t most = 12;
    if (calls_.size() == most) {
      calls_.pop_front();
      ++forgotten_calls_;
    }
    calls_.push_back(std::move(call));
  }

  template <class Call>
  void expect_answer(bool expected, const std::string& call_shown, const Call& call) {
    bool answer = false;
    make(call_shown, [&] { answer = call(); });
    if (answer == expected) return;
    fail(call_shown + ": expected " + (expected ? "true" : "false") + ", but got " + (answer ? "true" : "false"));
  }

  template <class Call>
  void make(const std::string& call_shown, Call&& call) {
    note(call_shown);
    try {
      std::forward<Call>(call)();
    } catch (const std::exception& error) {
      fail(call_shown + ": expected no exception, but it threw: " + error.what());
    }
  }

  std::string check_;
  const Setup<InstallationT, BotT>* setup_;
  std::deque<std::string> calls_{};
  std::size_t forgotten_calls_ = 0;
  mutable std::size_t turns_ = 0;
  std::shared_ptr<Store> store_;
};

/// A check as the rules' headers list it: by name, with the methods that it cannot do without.
template <class InstallationT, class BotT>
struct Definition {
  using Options = ContractOptions<BasicInstallationStore<InstallationT, BotT>>;

  std::string name;
  Methods needs;
  std::function<void(Trial<InstallationT, BotT>&)> body;
  bool (*is_possible)(const Options&) = nullptr;
};

template <class InstallationT, class BotT>
class Definitions {
 public:
  using Item = Definition<InstallationT, BotT>;

  void add(std::string name, Methods needs, std::function<void(Trial<InstallationT, BotT>&)> body,
           bool (*is_possible)(const typename Item::Options&) = nullptr) {
    items_.push_back({std::move(name), needs, std::move(body), is_possible});
  }

  [[nodiscard]] const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_{};
};

}  // namespace slack::oauth::inline v0::testing::detail
