// Whether what callers saw of an object is what they would have seen, had each call been made at one moment between its
// begin and its end. The search is Wing and Gong's, with Lowe's memory of what was tried: "Testing for
// linearizability", Concurrency and Computation 29 (4), 2017. Calls about different workspaces are looked at apart.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace slack::oauth::inline v0::testing::detail {

/// A call, with what it returned. A call that did not return, or whose outcome is unknown, has no end: it may have been
/// carried out at any time since it began, or not at all.
template <class Operation>
struct HistoryCall {
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t begin = 0;
  std::uint64_t end = no_end;
  Operation operation{};
};

enum class Linearizability { yes, no, undecided };

/// `Model` has a type State, which is default constructed as it was at first, a type Operation, and
///
///   static std::optional<State> apply(const State&, const Operation&)
///       The state after it; no value where it cannot have returned what it did.
///   static std::string text(const State&)
///       Of equal states the same, and of others another one.
template <class Model>
class LinearizabilitySearch {
  using State = typename Model::State;
  using Call = HistoryCall<typename Model::Operation>;

 public:
  explicit LinearizabilitySearch(std::vector<Call> calls) : calls_(std::move(calls)), is_placed_(calls_.size(), false) {
    std::sort(calls_.begin(), calls_.end(), [](const Call& a, const Call& b) { return a.begin < b.begin; });
  }

  [[nodiscard]] Linearizability run() {
    if (place(State{}, 0)) return Linearizability::yes;
    return steps_ > most_steps ? Linearizability::undecided : Linearizability::no;
  }

  /// Where there is no order: of the orders that go furthest, the call that has to be next and does not fit.
  [[nodiscard]] const Call& misfit() const { return calls_[misfit_]; }

 private:
  static constexpr std::size_t most_steps = 200'000;

  /// Whether the calls that have no place yet can follow in this state.
  [[nodiscard]] bool place(const State& state, std::size_t placed) {
    if (++steps_ > most_steps) return false;
    const std::size_t first = first_to_end();
    if (first == calls_.size()) return true;  // those that are left need not have been carried out
    const std::uint64_t first_end = calls_[first].end;
    if (placed >= most_placed_) {
      most_placed_ = placed;
      misfit_ = first;
    }
    if (!seen_.insert(text_of(state)).second) return false;
    for (std::size_t i = first_without_place(); i < calls_.size() && calls_[i].begin < first_end; ++i) {
      if (is_placed_[i]) continue;
      const auto next = Model::apply(state, calls_[i].operation);
      if (!next) continue;
      is_placed_[i] = true;
      if (place(*next, placed + 1)) return true;
      is_placed_[i] = false;
    }
    return false;
  }

  /// Of those that have no place and an end; the number of calls where there is none.
  [[nodiscard]] std::size_t first_to_end() const {
    std::size_t first = calls_.size();
    std::uint64_t end = Call::no_end;
    for (std::size_t i = first_without_place(); i < calls_.size() && calls_[i].begin < end; ++i) {
      if (is_placed_[i] || calls_[i].end >= end) continue;
      first = i;
      end = calls_[i].end;
    }
    return first;
  }

  [[nodiscard]] std::size_t first_without_place() const {
    return static_cast<std::size_t>(std::find(is_placed_.begin(), is_placed_.end(), false) - is_placed_.begin());
  }

  [[nodiscard]] std::string text_of(const State& state) const {
    std::string text = Model::text(state) + "\n" + std::to_string(first_without_place());
    for (std::size_t i = first_without_place(); i < calls_.size(); ++i) {
      if (is_placed_[i]) text += " " + std::to_string(i);
    }
    return text;
  }

  std::vector<Call> calls_;
  std::vector<bool> is_placed_;
  std::unordered_set<std::string> seen_;
  std::size_t steps_ = 0;
  std::size_t most_placed_ = 0;
  std::size_t misfit_ = 0;
};

}  // namespace slack::oauth::inline v0::testing::detail
