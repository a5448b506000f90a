// All rules at once: random calls, each answer compared with the model's, and the shortest trace that still fails.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/installation_store/model.hpp"
#include "slack/oauth/testing/installation_store/operations.hpp"
#include "slack/oauth/testing/installation_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

struct Mismatch {
  std::size_t operation;  ///< its index in the trace
  std::string finding;    ///< what was expected and what came back
};

/// The first answer of the store that is not the model's.
template <class InstallationT, class BotT>
[[nodiscard]] std::optional<Mismatch> replay(const std::vector<Operation>& trace,
                                             BasicInstallationStore<InstallationT, BotT>& store) {
  Model<InstallationT, BotT> model;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto expected = answer_of<InstallationT, BotT>(trace[i], model);
    const auto actual = answer_of<InstallationT, BotT>(trace[i], store);
    if (auto text = difference(trace[i], expected, actual); !text.empty()) return Mismatch{i, std::move(text)};
  }
  return std::nullopt;
}

/// Cuts a failing trace down: drops ever smaller pieces of it for as long as it still fails on a fresh store
/// (delta debugging: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input").
template <class InstallationT, class BotT>
class Shrinker {
 public:
  Shrinker(const Trial<InstallationT, BotT>& t, std::vector<Operation> trace, Mismatch mismatch)
      : t_(&t),
        trace_(std::move(trace)),
        mismatch_(std::move(mismatch)),
        deadline_(std::chrono::steady_clock::now() + t.options().shrink_time) {
    trace_.resize(mismatch_.operation + 1);
  }

  void run() {
    is_repeatable_ = try_instead(trace_);
    if (!is_repeatable_) return;
    drop_finds();
    std::size_t size = std::max<std::size_t>(trace_.size() / 2, 1);
    while (has_time()) {
      const bool has_dropped = drop_pieces(size);
      if (size == 1 && !has_dropped) break;
      size = std::max<std::size_t>(size / 2, 1);
    }
  }

  [[nodiscard]] const std::vector<Operation>& trace() const { return trace_; }
  [[nodiscard]] const Mismatch& mismatch() const { return mismatch_; }
  [[nodiscard]] bool is_repeatable() const { return is_repeatable_; }

 private:
  [[nodiscard]] bool has_time() const { return std::chrono::steady_clock::now() < deadline_; }

  bool try_instead(std::vector<Operation> trace) {
    const auto store = t_->on_another_store();
    auto mismatch = replay(trace, store.store());
    if (!mismatch) return false;
    trace.resize(mismatch->operation + 1);
    trace_ = std::move(trace);
    mismatch_ = *std::move(mismatch);
    return true;
  }

  // A find that agreed rarely matters to what fails later.
  void drop_finds() {
    std::vector<Operation> writes;
    for (const Operation& operation : trace_) {
      const bool is_find =
          operation.kind == OperationKind::find_bot || operation.kind == OperationKind::find_installation ||
          operation.kind == OperationKind::for_each_bot || operation.kind == OperationKind::for_each_installation;
      if (!is_find || &operation == &trace_.back()) writes.push_back(operation);
    }
    try_instead(std::move(writes));
  }

  bool drop_pieces(std::size_t size) {
    bool has_dropped = false;
    for (std::size_t begin = 0; begin < trace_.size() && has_time();) {
      const std::size_t end = std::min(begin + size, trace_.size());
      std::vector<Operation> shorter(trace_.begin(), trace_.begin() + static_cast<std::ptrdiff_t>(begin));
      shorter.insert(shorter.end(), trace_.begin() + static_cast<std::ptrdiff_t>(end), trace_.end());
      if (try_instead(std::move(shorter))) {
        has_dropped = true;
      } else {
        begin = end;
      }
    }
    return has_dropped;
  }

  const Trial<InstallationT, BotT>* t_;
  std::vector<Operation> trace_;
  Mismatch mismatch_;
  std::chrono::steady_clock::time_point deadline_;
  bool is_repeatable_ = false;
};

[[nodiscard]] inline std::uint64_t new_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

template <class InstallationT, class BotT>
[[nodiscard]] std::string trace_text(const std::vector<Operation>& trace) {
  constexpr std::size_t most = 40;
  std::string text;
  const std::size_t first = trace.size() > most ? trace.size() - most : 0;
  if (first > 0) text += "\n    // and " + std::to_string(first) + " calls before";
  for (std::size_t i = first; i < trace.size(); ++i) {
    text += "\n    store." + call_text<InstallationT, BotT>(trace[i]) + ";";
  }
  return text;
}

template <class InstallationT, class BotT>
void compare_with_model(Trial<InstallationT, BotT>& t, Methods methods) {
  const std::uint64_t seed = t.options().seed.value_or(new_seed());
  auto trace = OperationSource(seed, methods).trace(t.options().random_operations);
  auto mismatch = replay(trace, t.store());
  if (!mismatch) return;
  const std::size_t first_failure = mismatch->operation + 1;
  Shrinker shrinker(t, std::move(trace), *std::move(mismatch));
  shrinker.run();
  std::string text = shrinker.mismatch().finding + " (seed " + std::to_string(seed) + ", call " +
                     std::to_string(first_failure) + " of " + std::to_string(t.options().random_operations) + ")";
  text += shrinker.is_repeatable() ? "; the shortest trace that fails the same way on a new store:"
                                   : "; the same calls on a new store did not fail again:";
  text += trace_text<InstallationT, BotT>(shrinker.trace());
  t.fail(text);
}

template <class InstallationT, class BotT>
void add_random_rules(Definitions<InstallationT, BotT>& checks, Methods methods) {
  checks.add("rules 1 to 15: random calls are answered as by a simple model", {},
             [methods](Trial<InstallationT, BotT>& t) { compare_with_model(t, methods); });
}

}  // namespace slack::oauth::inline v0::testing::detail
