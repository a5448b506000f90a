// Processes and their time, as a function of one seed. Each process is a thread that runs only while it holds the
// baton. It hands the baton on at points; who gets it next is drawn. So one thread runs at a time, and what happens
// between two points happens at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/testing/simulation/options.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Unwinds a process that dies. It is no std::exception, so that nobody takes it for an error.
struct ProcessDeath {};

/// The same numbers from the same seed with every standard library. SplitMix64, https://prng.di.unimi.it/splitmix64.c
class SimulatedRandom {
 public:
  explicit SimulatedRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }
  [[nodiscard]] std::size_t below(std::size_t end) { return static_cast<std::size_t>(next() % end); }
  [[nodiscard]] bool happens(double probability) {
    constexpr std::uint64_t steps = 1'000'000;
    return probability > 0 && static_cast<double>(next() % steps) < probability * static_cast<double>(steps);
  }

 private:
  std::uint64_t state_;
};

/// Threads: only whoever holds the baton calls anything, and run() is called by the thread that made the world.
class SimulatedWorld {
 public:
  using Length = std::chrono::microseconds;

  struct Process {
    std::size_t number = 0;
    std::chrono::microseconds skew{};  ///< of its clock
    SimulatedRandom random{0};         ///< what it does
    bool is_dead = false;

   private:
    friend class SimulatedWorld;
    Timestamp wakes_at_{};
    bool has_ended_ = false;
    std::binary_semaphore baton_{0};
  };

  /// A judge's finding.
  struct Finding {
    std::string judge{};
    std::string text{};
  };

  /// A world in which there is more to do than `most_points` never gets done. What happens is added to `report`.
  SimulatedWorld(std::uint64_t seed, const SimulationOptions& options, std::uint64_t most_points,
                 SimulationReport& report, bool keeps_steps)
      : faults_(options.faults),
        known_deviations_(options.known_deviations),
        most_points_(most_points),
        report_(report),
        keeps_steps_(keeps_steps),
        random_(seed) {}

  /// Runs `body` in as many processes, until all have returned. Throws std::system_error where there is no thread left.
  void run(std::size_t processes, const std::function<void(Process&)>& body) {
    processes_.clear();
    for (std::size_t i = 0; i < processes; ++i) {
      Process& process = *processes_.emplace_back(std::make_unique<Process>());
      process.number = i + 1;
      process.random = SimulatedRandom(random_.next());
      const auto most = static_cast<std::size_t>(Length(faults_.clock_skew).count());
      process.skew = Length(static_cast<Length::rep>(random_.below(2 * most + 1))) - Length(faults_.clock_skew);
      process.wakes_at_ = time_;
    }
    std::vector<std::thread> threads;
    std::exception_ptr failure;
    for (const auto& process : processes_) {
      try {
        threads.emplace_back([this, &body, &me = *process] {
          me.baton_.acquire();
          live(body, me);
          me.has_ended_ = true;
          hand_on();
        });
      } catch (...) {
        failure = std::current_exception();
        process->has_ended_ = true;
      }
    }
    hand_on();
    all_ended_.acquire();
    for (std::thread& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    current_ = nullptr;
  }

  /// From now on nothing goes wrong.
  void end_faults() { faults_ = SimulationFaults::none(); }

  [[nodiscard]] Timestamp time() const { return time_; }

  /// As whoever holds the baton sees it.
  [[nodiscard]] Timestamp time_here() const { return current_ == nullptr ? time_ : time_ + current_->skew; }

  [[nodiscard]] Process& current() { return *current_; }

  /// Lets others come first, for as long as nothing takes. Throws ProcessDeath where the process ends here.
  void point(std::string_view what) {
    constexpr std::size_t longest_step = 2'000;  // microseconds
    require_alive();
    note(what);
    ++report_.points;
    if (++points_ > most_points_) {
      report("an end", "the processes are still at work after " + std::to_string(most_points_) + " points");
      throw ProcessDeath();
    }
    if (draw(faults_.death)) {
      ++report_.deaths;
      note("dies");
      current_->is_dead = true;
      throw ProcessDeath();
    }
    Length length(static_cast<Length::rep>(random_.below(longest_step)));
    if (draw(faults_.stall)) {
      ++report_.stalls;
      length += stall_length(random_.below(3) + 1);
      note("stands still for " + std::to_string(length.count() / 1'000) + " ms");
    }
    pause(length);
  }

  void sleep(Length length) {
    require_alive();
    if (keeps_steps_) note("waits for " + std::to_string(length.count() / 1'000) + " ms");
    pause(length);
  }

  [[nodiscard]] bool draw(double probability) { return random_.happens(probability); }
  [[nodiscard]] std::size_t below(std::size_t end) { return random_.below(end); }
  [[nodiscard]] const SimulationFaults& faults() const { return faults_; }

  /// What happened, in words, where the world keeps them.
  void note(std::string_view what) {
    if (!keeps_steps_) return;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time_ - begin).count();
    char stamp[48];
    std::snprintf(stamp, sizeof stamp, "%4lld:%02lld:%02lld.%03lld ", static_cast<long long>(since / 3'600'000),
                  static_cast<long long>(since / 60'000 % 60), static_cast<long long>(since / 1'000 % 60),
                  static_cast<long long>(since % 1'000));
    std::string step = stamp;
    if (current_ != nullptr) step += "process " + std::to_string(current_->number) + ": ";
    steps_.push_back(step + std::string(what));
  }
  [[nodiscard]] bool keeps_steps() const { return keeps_steps_; }
  [[nodiscard]] const std::vector<std::string>& steps() const { return steps_; }

  /// Ends the world, unless the finding is a known deviation. The first one counts.
  void report(const std::string& judge, const std::string& text) {
    if (finding_) return;
    note(judge + ": " + text);
    if (std::find(known_deviations_.begin(), known_deviations_.end(), judge) != known_deviations_.end()) {
      if (deviations_.insert(judge).second) ++report_.deviations[judge];
    } else {
      finding_ = Finding{judge, text};
    }
  }
  [[nodiscard]] const std::optional<Finding>& finding() const { return finding_; }

  [[nodiscard]] SimulationReport& counts() { return report_; }

  /// How long a turn lasts here, which is short, so that what waits for its end need not be looked at often.
  static constexpr std::chrono::milliseconds lease_lifetime{3'000};

 private:
  static constexpr Timestamp begin{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

  static constexpr Length stall_length(std::size_t factor) {
    return Length(lease_lifetime) * static_cast<Length::rep>(factor) + std::chrono::milliseconds{100};
  }

  void live(const std::function<void(Process&)>& body, Process& me) {
    try {
      body(me);
    } catch (const ProcessDeath&) {
    } catch (const std::exception& error) {
      report("errors", std::string("nothing explains this one: ") + error.what());
    } catch (...) {
      report("errors", "something is thrown that is no std::exception");
    }
  }

  void require_alive() const {
    if (finding_ || current_->is_dead) throw ProcessDeath();
  }

  void pause(Length length) {
    Process& me = *current_;
    me.wakes_at_ = time_ + length;
    Process* const next = choose();
    current_ = next;
    if (next == &me) return;
    next->baton_.release();
    me.baton_.acquire();
    require_alive();
  }

  /// Of a process that has ended, or of nobody's.
  void hand_on() {
    current_ = choose();
    if (current_ == nullptr) {
      all_ended_.release();
    } else {
      current_->baton_.release();
    }
  }

  /// Whoever is awake; where nobody is, time passes. nullptr where all have ended.
  [[nodiscard]] Process* choose() {
    std::size_t awake = 0;
    std::optional<Timestamp> first;
    for (const auto& process : processes_) {
      if (process->has_ended_) continue;
      if (process->wakes_at_ <= time_) ++awake;
      if (!first || process->wakes_at_ < *first) first = process->wakes_at_;
    }
    if (!first) return nullptr;
    if (awake == 0) {
      time_ = *first;
      return choose();
    }
    std::size_t skipped = random_.below(awake);
    for (const auto& process : processes_) {
      if (process->has_ended_ || process->wakes_at_ > time_) continue;
      if (skipped-- == 0) return process.get();
    }
    return nullptr;
  }

  SimulationFaults faults_;
  const std::vector<std::string>& known_deviations_;
  std::uint64_t most_points_;
  SimulationReport& report_;
  bool keeps_steps_;
  SimulatedRandom random_;
  Timestamp time_ = begin;
  std::vector<std::unique_ptr<Process>> processes_{};
  Process* current_ = nullptr;
  std::binary_semaphore all_ended_{0};
  std::uint64_t points_ = 0;
  std::vector<std::string> steps_{};
  std::optional<Finding> finding_{};
  std::set<std::string> deviations_{};
};

}  // namespace slack::oauth::inline v0::testing::detail
