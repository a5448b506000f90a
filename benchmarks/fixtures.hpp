// What benchmarks of stores share: what they look up in, how they follow the workspaces, and how they are run.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "ratio_reporter.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {

/// Where SLACK_OAUTH_BENCH_DIR says, and else in memory where there is some, so that no disk is measured.
inline std::filesystem::path folder_of_no_disk() {
  if (const char* const chosen = std::getenv("SLACK_OAUTH_BENCH_DIR")) return chosen;
  return std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent = folder_of_no_disk())
      : path_(parent / ("slack-oauth-benchmark-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directory(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// So many workspaces, made once for the benchmarks that follow one another, and gone before another number is made.
///
/// Threads: any, at the same time, who want the same number.
template <class All>
All& filled(std::size_t count) {
  static std::mutex mutex;
  static std::unique_ptr<All> current;
  const std::lock_guard lock(mutex);
  if (current == nullptr || current->workspaces.size() != count) {
    current.reset();
    current = std::make_unique<All>(count);
  }
  return *current;
}

inline std::string named(std::string_view what, std::size_t count) {
  return std::string(what) + "/" + std::to_string(count);
}

/// Follows the workspaces with `look_up(all, ids)`, which returns the place of the next one. Each thread begins
/// elsewhere. What `beside(all)` makes is there meanwhile.
template <class All, class LookUp, class Beside = std::nullptr_t (*)(All&)>
benchmark::internal::Benchmark* add_look_up(
    std::string_view what, std::string_view base, std::size_t count, LookUp look_up,
    Beside beside = [](All&) { return nullptr; }) {
  const std::string label = base.empty() ? std::string() : versus(named(base, count));
  return benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
    All& all = filled<All>(count);
    [[maybe_unused]] const auto at_work = state.thread_index() == 0 ? beside(all) : nullptr;
    std::size_t i = count / 2 * static_cast<std::size_t>(state.thread_index());
    for (auto _ : state) i = look_up(all, all.workspaces.ids(i));
    benchmark::DoNotOptimize(i);
    state.SetItemsProcessed(state.iterations());
    state.SetLabel(state.threads() > 1 ? label + "/threads:1" : label);
  });
}

/// In one thread, and beside it in two: those that do not slow one another halve the time of a look-up.
template <class All, class... Calls>
void add_look_up_by_threads(std::string_view what, std::size_t count, const Calls&... calls) {
  const std::string name = std::string(what) + " by threads";
  add_look_up<All>(name, "", count, calls...)->Threads(1)->UseRealTime();
  add_look_up<All>(name, name, count, calls...)->Threads(2)->UseRealTime();
}

/// In turns, several times each, so that whatever else the machine does meanwhile slows all of them alike.
inline const std::vector<std::string> in_turns{"--benchmark_enable_random_interleaving=true",
                                               "--benchmark_repetitions=7"};

/// Runs what `add(reporter)` registers, with these flags where the program's own arguments say nothing else.
template <class Add>
int run_benchmarks(int argc, char** argv, const Add& add, std::vector<std::string> flags = {}) {
  std::vector<char*> arguments(argv, argv + argc);
  for (std::string& flag : flags) arguments.insert(arguments.begin() + 1, flag.data());
  argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&argc, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(argc, arguments.data())) return 1;
  RatioReporter reporter;
  add(reporter);
  // As long as a process has not started a thread, glibc and libstdc++ count references without atomic operations. No
  // app is like that, and what is measured before the first benchmark with two threads would look quicker than it is.
  std::thread([] {}).join();
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace slack_oauth_benchmarks
