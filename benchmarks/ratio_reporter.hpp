// Prints each benchmark beside its base from the same run, as a ratio. A benchmark names its base with
// `state.SetLabel(versus("name"))`; of several repetitions the fastest counts, since noise only ever adds time.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slack_oauth_benchmarks {

inline constexpr std::string_view versus_mark = "vs ";

inline std::string versus(std::string_view base) { return std::string(versus_mark) + std::string(base); }

/// The name under which a benchmark reports: without the decorations of threads and timing.
inline std::string plain_name(std::string name) {
  for (const std::string_view suffix : {"/real_time", "/manual_time"}) {
    if (const auto at = name.find(suffix); at != std::string::npos) name.erase(at, suffix.size());
  }
  return name;
}

class RatioReporter : public benchmark::BenchmarkReporter {
 public:
  using Place = std::pair<std::int64_t, std::int64_t>;

  bool ReportContext(const Context& context) override {
    PrintBasicContext(&GetErrorStream(), context);
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
      record(plain_name(run.benchmark_name()), nanoseconds_per_item(run), run.report_label,
             std::pair(run.family_index, run.per_family_instance_index));
    }
  }

  /// `place` is where it stands: as it was registered, and not as it was run.
  void record(const std::string& name, double nanoseconds, const std::string& label, Place place = {-1, -1}) {
    auto& entry = fastest_.try_emplace(name, Entry{nanoseconds, label, place}).first->second;
    entry.nanoseconds = std::min(entry.nanoseconds, nanoseconds);
  }

  void Finalize() override {
    std::printf("\n%-58s %12s  %s\n", "what", "ns", "ratio to its base");
    std::vector<std::pair<Place, std::string>> order;
    for (const auto& [name, entry] : fastest_) order.emplace_back(entry.place, name);
    std::sort(order.begin(), order.end());
    for (const auto& [place, name] : order) print(name);
  }

 private:
  struct Entry {
    double nanoseconds;
    std::string label;
    Place place;
  };

  static double nanoseconds_per_item(const Run& run) {
    const auto rate = run.counters.find("items_per_second");
    if (rate != run.counters.end()) return 1e9 / rate->second.value;
    return run.real_accumulated_time * 1e9 / static_cast<double>(run.iterations);
  }

  void print(const std::string& name) const {
    const Entry& entry = fastest_.at(name);
    std::printf("%-58s %12.1f", name.c_str(), entry.nanoseconds);
    if (entry.label.starts_with(versus_mark)) {
      const std::string base = entry.label.substr(versus_mark.size());
      const auto found = fastest_.find(base);
      if (found != fastest_.end()) {
        std::printf("  %6.2f x %s", entry.nanoseconds / found->second.nanoseconds, base.c_str());
      }
    }
    std::printf("\n");
  }

  std::map<std::string, Entry> fastest_;
};

}  // namespace slack_oauth_benchmarks
