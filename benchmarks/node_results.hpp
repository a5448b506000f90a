// What the Node SDK's stores took in the same run, where SLACK_OAUTH_NODE_RESULTS names the file that bench.mjs wrote:
// {"memory": {"fetchInstallation": {"1000": 73.1, …}, …}, "file": …}, nanoseconds by the number of workspaces.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "ratio_reporter.hpp"

namespace slack_oauth_benchmarks {

/// `ours` names the benchmarks of ours that a method of theirs stands beside.
inline void record_node_results(RatioReporter& reporter, std::string_view store,
                                const std::multimap<std::string, std::string>& ours) {
  const char* const path = std::getenv("SLACK_OAUTH_NODE_RESULTS");
  if (path == nullptr) {
    std::printf("The Node SDK's store was not measured: SLACK_OAUTH_NODE_RESULTS names no file.\n");
    return;
  }
  std::ifstream file(path);
  const auto results = nlohmann::json::parse(file).at(std::string(store));
  for (const auto& [method, base] : ours) {
    for (const auto& [count, nanoseconds] : results.at(method).items()) {
      reporter.record("Node SDK " + method + " beside " + base + "/" + count, nanoseconds.get<double>(),
                      versus(base + "/" + count));
    }
  }
}

}  // namespace slack_oauth_benchmarks
