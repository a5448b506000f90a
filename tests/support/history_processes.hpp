// Processes that use one storage, some of which are killed, and a judge of what they saw together.
#pragma once

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/testing/simulation/history.hpp>
#include <slack/oauth/testing/simulation/linearizability.hpp>
#include <slack/oauth/testing/simulation/workspace_model.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"

namespace test {

using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::InstallationStore;
using slack::oauth::testing::detail::HistoryCall;
using slack::oauth::testing::detail::HistoryRecorder;
using slack::oauth::testing::detail::HistoryStore;
using slack::oauth::testing::detail::Linearizability;
using slack::oauth::testing::detail::LinearizabilitySearch;
using slack::oauth::testing::detail::StoreHistory;
using slack::oauth::testing::detail::WorkspaceModel;

/// A line for each call before it is made, and another one once it has returned.
class HistoryLines final : public HistoryRecorder {
 public:
  explicit HistoryLines(const std::string& path) : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)) {
    if (file_ < 0) throw std::runtime_error("no history can be written");
  }
  ~HistoryLines() override { ::close(file_); }

  std::size_t begin(const std::string& workspace, const Operation& operation) override {
    write({{"call", ++calls_}, {"workspace", workspace}, {"begin", moment()}, {"operation", json_of(operation)}});
    return calls_;
  }
  void end(std::size_t call, const Operation& operation) override {
    write({{"call", call}, {"end", moment()}, {"operation", json_of(operation)}});
  }
  void cancel(std::size_t call) override { write({{"call", call}, {"cancelled", true}}); }

  /// The calls of such a file, by workspace.
  static std::map<std::string, std::vector<HistoryCall<Operation>>> read(const std::string& path) {
    std::map<std::size_t, nlohmann::json> calls;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      const auto part = nlohmann::json::parse(line, nullptr, false);
      if (part.is_discarded()) continue;  // it was killed while it wrote that it had begun, or had ended
      calls[part.at("call").get<std::size_t>()].update(part);
    }
    std::map<std::string, std::vector<HistoryCall<Operation>>> by_workspace;
    for (const auto& [number, call] : calls) {
      if (call.contains("cancelled")) continue;
      HistoryCall<Operation> read{.begin = call.at("begin").get<std::uint64_t>(),
                                  .operation = operation_of(call.at("operation"))};
      if (call.contains("end")) read.end = call.at("end").get<std::uint64_t>();
      by_workspace[call.at("workspace").get<std::string>()].push_back(std::move(read));
    }
    return by_workspace;
  }

 private:
  using Record = WorkspaceModel::Record;

  /// Of a clock that all processes share.
  static std::uint64_t moment() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }

  void write(const nlohmann::json& json) const {
    const std::string line = json.dump() + "\n";
    if (::write(file_, line.data(), line.size()) != static_cast<::ssize_t>(line.size())) {
      throw std::runtime_error("a history is not written");
    }
  }

  static nlohmann::json json_of(const std::optional<Record>& record) {
    if (!record) return nullptr;
    return {record->token, record->refresh_token, record->installed_at.time_since_epoch().count()};
  }
  static std::optional<Record> record_of(const nlohmann::json& json) {
    if (json.is_null()) return std::nullopt;
    return Record{json.at(0).get<std::string>(), json.at(1).get<std::string>(),
                  slack::oauth::Timestamp(std::chrono::microseconds(json.at(2).get<std::int64_t>()))};
  }

  static nlohmann::json json_of(const Operation& operation) {
    nlohmann::json json{{"kind", static_cast<int>(operation.kind)},
                        {"is_bot", operation.is_bot},
                        {"is_users", operation.is_users},
                        {"user_id", operation.user_id},
                        {"given", json_of(operation.given)},
                        {"used_refresh_token", operation.used_refresh_token},
                        {"bot", json_of(operation.bot)},
                        {"found", json_of(operation.found)}};
    if (operation.until) json["until"] = operation.until->time_since_epoch().count();
    if (operation.is_done) json["is_done"] = *operation.is_done;
    return json;
  }
  static Operation operation_of(const nlohmann::json& json) {
    Operation operation{.kind = static_cast<Operation::Kind>(json.at("kind").get<int>()),
                        .is_bot = json.at("is_bot").get<bool>(),
                        .is_users = json.at("is_users").get<bool>(),
                        .user_id = json.at("user_id").get<std::string>(),
                        .given = record_of(json.at("given")),
                        .used_refresh_token = json.at("used_refresh_token").get<std::string>(),
                        .bot = record_of(json.at("bot")),
                        .found = record_of(json.at("found"))};
    if (json.contains("until")) {
      operation.until = slack::oauth::Timestamp(std::chrono::microseconds(json["until"].get<std::int64_t>()));
    }
    if (json.contains("is_done")) operation.is_done = json["is_done"].get<bool>();
    return operation;
  }

  int file_;
  std::size_t calls_ = 0;
};

/// What an app does to two workspaces, in no order.
class RandomCalls {
 public:
  RandomCalls(InstallationStore& store, std::string name, unsigned seed)
      : store_(store), name_(std::move(name)), random_(seed) {}

  void make_one() {
    const std::string team_id = below(2) == 0 ? "T1" : "T2";
    const std::string user_id = below(2) == 0 ? "U1" : "U2";
    switch (below(10)) {
      case 0:
      case 1:
        store_.save(installation(team_id, user_id));
        return;
      case 2:
      case 3:
        note(store_.find_bot({.team_id = team_id}));
        return;
      case 4:
        static_cast<void>(store_.find_installation({.team_id = team_id, .user_id = user_id}));
        return;
      case 5:
        static_cast<void>(store_.find_installation({.team_id = team_id}));
        return;
      case 6:
        erase(team_id, user_id);
        return;
      default:
        replace(team_id);
    }
  }

 private:
  unsigned below(unsigned end) { return static_cast<unsigned>(random_()) % end; }
  std::string fresh(const std::string& kind) { return kind + "-not-real-" + name_ + "-" + std::to_string(++made_); }

  Installation installation(const std::string& team_id, const std::string& user_id) {
    Installation made{.team_id = team_id, .user_id = user_id, .installed_at = slack::oauth::now()};
    made.bot_token = fresh("xoxb");
    made.bot_id = "B1";
    made.bot_user_id = "U0BOT";
    made.bot_refresh_token = fresh("xoxe");
    made.user_token = fresh("xoxp");
    made.user_refresh_token = fresh("xoxe");
    return made;
  }

  void erase(const std::string& team_id, const std::string& user_id) {
    switch (below(4)) {
      case 0:
        store_.delete_bot({.team_id = team_id});
        return;
      case 1:
        store_.delete_installation({.team_id = team_id, .user_id = user_id});
        return;
      case 2:
        store_.delete_all({.team_id = team_id, .installed_until = slack::oauth::now() - std::chrono::milliseconds{5}});
        return;
      default:
        store_.delete_all({.team_id = team_id});
    }
  }

  /// All processes try to replace what they saw last: one of them may.
  void replace(const std::string& team_id) {
    note(store_.find_bot({.team_id = team_id}));
    if (!seen_ || seen_->team_id != team_id) return;
    const slack::oauth::RefreshedToken token{
        .token_type = "bot", .access_token = fresh("xoxb"), .refresh_token = fresh("xoxe")};
    static_cast<void>(
        store_.replace_tokens({.team_id = team_id, .used_refresh_token = *seen_->bot_refresh_token, .token = token}));
  }

  void note(std::optional<Bot> bot) {
    if (bot) seen_ = std::move(bot);
  }

  InstallationStore& store_;
  std::string name_;
  std::mt19937 random_;
  unsigned made_ = 0;
  std::optional<Bot> seen_{};
};

struct HistoryResult {
  std::string finding{};  ///< empty where the history has an order
  std::size_t calls = 0;
  std::size_t unknown = 0;  ///< those of processes that were killed, and those that threw
  std::size_t killed = 0;   ///< processes
};

/// Until all have begun.
inline void wait_for_lines(const std::vector<std::string>& files) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  for (const std::string& file : files) {
    std::error_code none_yet;
    while (std::filesystem::file_size(file, none_yet) == 0 || none_yet) {
      if (std::chrono::steady_clock::now() > patience)
        throw std::runtime_error("a process of a history does not begin");
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }
}

/// `open()` gives a std::shared_ptr to a store on the storage that all share, as one process has it. Half of the
/// processes of each round are killed with SIGKILL in the middle of it, where `kills`. `disturb(round)` is called
/// before, while all are at work.
template <class Open>
HistoryResult history_of_processes(const Open& open, bool kills, unsigned seed,
                                   const std::function<void(int)>& disturb = {}) {
  constexpr int rounds = 3;
  constexpr int processes = 4;
  constexpr int calls_of_each = 40;
  const TemporaryFolder folder;
  std::mt19937 random(seed);
  std::vector<std::string> files;
  HistoryResult result;
  for (int round = 0; round < rounds; ++round) {
    std::vector<::pid_t> children;
    for (int number = 0; number < processes; ++number) {
      const std::string name = std::to_string(round) + "-" + std::to_string(number);
      files.push_back(folder.file(name));
      const auto seed_of_child = static_cast<unsigned>(random());
      const ::pid_t child = ::fork();
      if (child == 0) {
        try {
          HistoryLines lines(files.back());
          HistoryStore store(open(), lines);
          RandomCalls calls(store, name, seed_of_child);
          for (int i = 0; i < calls_of_each; ++i) {
            try {
              calls.make_one();
            } catch (const slack::oauth::StorageError&) {  // a line without an end says so
            }
          }
        } catch (const std::exception& error) {
          std::fprintf(stderr, "a process of a history: %s\n", error.what());
          ::_exit(2);
        }
        ::_exit(0);
      }
      children.push_back(child);
    }
    wait_for_lines({files.end() - processes, files.end()});
    if (disturb) disturb(round);
    if (kills) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));
      for (std::size_t i = 0; i < children.size() / 2; ++i) ::kill(children[i], SIGKILL);
    }
    for (const ::pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      result.killed += WIFSIGNALED(status) ? 1 : 0;
      if (WIFEXITED(status) && WEXITSTATUS(status) != 0) throw std::runtime_error("a process of a history failed");
    }
  }
  std::map<std::string, std::vector<HistoryCall<WorkspaceModel::Operation>>> all;
  for (const std::string& file : files) {
    for (auto& [workspace, calls] : HistoryLines::read(file)) {
      all[workspace].insert(all[workspace].end(), calls.begin(), calls.end());
    }
  }
  for (auto& [workspace, calls] : all) {
    result.calls += calls.size();
    for (const auto& call : calls) result.unknown += call.end == HistoryCall<WorkspaceModel::Operation>::no_end ? 1 : 0;
    LinearizabilitySearch<WorkspaceModel> search(std::move(calls));
    const Linearizability found = search.run();
    if (found == Linearizability::undecided) result.finding = "too many orders to look through";
    if (found == Linearizability::no) {
      result.finding = StoreHistory::finding_about(workspace, search.misfit().operation);
    }
  }
  return result;
}

/// That what the processes saw has an order. Takes what history_of_processes() takes.
template <class Open>
void check_history(const char* engine, const Open& open, bool kills = true,
                   const std::function<void(int)>& disturb = {}) {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  const HistoryResult result = history_of_processes(open, kills, seed, disturb);
  std::printf("history of %s: %zu calls of 12 processes, of which %zu were killed; %zu of unknown outcome; seed %u\n",
              engine, result.calls, result.killed, result.unknown, seed);
  CHECK(result.finding.empty());
  CHECK(result.calls > 200);
}

}  // namespace test

#endif
