// FileInstallationStore beside the system calls and the parser that one would write by hand: open, read, close, and a
// SAX parse straight into the struct; and for a save, the files written aside, synced and renamed one after another.
// Beside the Node SDK's store too, where SLACK_OAUTH_NODE_RESULTS names a file of its measurements.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "fixtures.hpp"
#include "node_results.hpp"
#include "ratio_reporter.hpp"
#include "slack/oauth/file.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::Bot;
using slack::oauth::FileInstallationStore;
using slack::oauth::Installation;

/// Takes a record apart by nlohmann's SAX interface, without asking whether it makes sense.
template <class T>
struct RawParser : nlohmann::json_sax<nlohmann::json> {
  T value{.installed_at = {}};
  std::size_t field = 0;
  bool is_in_array = false;

  template <class V>
  bool put(V&& v) {
    const auto assign = [&](auto& member) {
      using Member = std::remove_cvref_t<decltype(member)>;
      if constexpr (std::is_same_v<Member, std::vector<std::string>>) {
        if constexpr (std::is_same_v<std::remove_cvref_t<V>, std::string>) member.push_back(std::forward<V>(v));
      } else if constexpr (std::is_same_v<Member, slack::oauth::Timestamp>) {
        if constexpr (std::is_same_v<V, double>) {
          member = slack::oauth::Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(v * 1e6 + 0.5)}};
        }
      } else if constexpr (std::is_assignable_v<Member&, V> && !std::is_arithmetic_v<std::remove_cvref_t<V>>) {
        member = std::forward<V>(v);
      } else if constexpr (std::is_same_v<Member, bool> && std::is_same_v<V, bool>) {
        member = v;
      }
    };
    constexpr auto count = std::tuple_size_v<decltype(T::fields())>;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      static_cast<void>(((I == field && (assign(value.*std::get<I>(T::fields()).member), true)) || ...));
    }
    (std::make_index_sequence<count>());
    return true;
  }
  bool key(string_t& name) override {
    std::size_t i = 0;
    slack::oauth::for_each_field<T>([&](const auto& each) {
      if (each.name == name) field = i;
      ++i;
    });
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool v) override { return put<bool>(std::move(v)); }
  bool number_integer(number_integer_t /*v*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*v*/) override { return true; }
  bool number_float(number_float_t v, const string_t& /*text*/) override { return put<double>(std::move(v)); }
  bool string(string_t& v) override { return put<std::string>(std::move(v)); }
  bool binary(binary_t& /*v*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*size*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }
};

struct Filled {
  explicit Filled(std::size_t count) : workspaces(count) {
    store = std::make_unique<FileInstallationStore>(
        slack::oauth::FileInstallationStoreOptions{.base_dir = folder.path(), .client_id = "111.222", .sync = false});
    durable = std::make_unique<FileInstallationStore>(
        slack::oauth::FileInstallationStoreOptions{.base_dir = folder.path(), .client_id = "111.222"});
    for (std::size_t i = 0; i < count; ++i) store->save(workspaces.installation(i));
  }
  [[nodiscard]] std::string path(const Ids& ids, std::string_view file) const {
    return folder.file("111.222/") + ids.enterprise_id + "-" + ids.team_id + "/" + std::string(file);
  }

  Workspaces workspaces;
  TemporaryFolder folder{};
  std::unique_ptr<FileInstallationStore> store;
  std::unique_ptr<FileInstallationStore> durable;
};

template <class T>
T raw_read(const std::string& path) {
  std::array<char, 8192> text;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ::ssize_t size = file < 0 ? -1 : ::read(file, text.data(), text.size());
  if (size < 0) throw std::runtime_error("cannot read " + path);
  ::close(file);
  RawParser<T> parser;
  nlohmann::json::sax_parse(text.data(), text.data() + size, &parser);
  return std::move(parser.value);
}

void raw_replace(const std::string& path, std::string_view text, bool is_durable) {
  const std::string aside = path + ".new";
  const int file = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (::write(file, text.data(), text.size()) < 0) throw std::runtime_error("cannot write " + path);
  if (is_durable) ::fsync(file);
  ::close(file);
  ::rename(aside.c_str(), path.c_str());
  if (!is_durable) return;
  const int folder = ::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::fsync(folder);
  ::close(folder);
}

std::size_t find_bot(const Filled& all, const Ids& ids) {
  return Workspaces::next(*all.store->find_bot(query_of(ids)));
}

void register_look_ups(std::size_t count) {
  const std::string_view raw_bot = "open, read, close, SAX: bot";
  const std::string_view raw_installation = "open, read, close, SAX: installation";
  const std::string_view raw_both = "open, read, close, SAX: installation and bot";
  add_look_up<Filled>(raw_bot, "", count, [](const Filled& all, const Ids& ids) {
    return Workspaces::next(raw_read<Bot>(all.path(ids, "bot-latest")));
  });
  add_look_up<Filled>("find_bot", raw_bot, count, find_bot);
  add_look_up<Filled>(raw_installation, "", count, [](const Filled& all, const Ids& ids) {
    return Workspaces::next(raw_read<Installation>(all.path(ids, "installer-U0ADA-latest")));
  });
  add_look_up<Filled>(raw_both, "", count, [](const Filled& all, const Ids& ids) {
    auto installation = raw_read<Installation>(all.path(ids, "installer-U0ADA-latest"));
    slack::oauth::compose_installation(installation, std::optional(raw_read<Bot>(all.path(ids, "bot-latest"))));
    return Workspaces::next(installation);
  });
  const auto of_user = [](const Filled& all, const Ids& ids) {
    return Workspaces::next(*all.store->find_installation(query_of_user(ids, "U0ADA")));
  };
  const auto newest = [](const Filled& all, const Ids& ids) {
    return Workspaces::next(*all.store->find_installation(query_of_user(ids)));
  };
  add_look_up<Filled>("find_installation of a user", raw_both, count, of_user);
  add_look_up<Filled>("find_installation, newest", raw_both, count, newest);
  add_look_up<Filled>("find_installation beside one file", raw_installation, count, newest);
  add_look_up_by_threads<Filled>("find_bot", count, find_bot);
}

void register_misses(std::size_t count) {
  const auto add = [count](std::string_view what, std::string_view base, auto is_found) {
    benchmark::RegisterBenchmark(named(what, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled<Filled>(count);
      std::size_t i = 0;
      for (auto _ : state) {
        Ids ids = all.workspaces.ids(i++ % count);
        ids.team_id[0] = 'X';
        benchmark::DoNotOptimize(is_found(all, ids));
      }
      if (!base.empty()) state.SetLabel(versus(named(base, count)));
    });
  };
  add("open, miss", "", [](const Filled& all, const Ids& ids) {
    return ::open(all.path(ids, "bot-latest").c_str(), O_RDONLY | O_CLOEXEC) >= 0;
  });
  add("find_bot, miss", "open, miss",
      [](const Filled& all, const Ids& ids) { return all.store->find_bot(query_of(ids)).has_value(); });
}

void register_writes(std::size_t count) {
  for (const bool is_durable : {true, false}) {
    const std::string suffix = is_durable ? "" : ", sync off";
    benchmark::RegisterBenchmark(named("three files replaced" + suffix, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled<Filled>(count);
      std::size_t i = 0;
      for (auto _ : state) {
        const auto installation = all.workspaces.installation(i % count);
        const Ids& ids = all.workspaces.ids(i++ % count);
        const std::string bot = slack::oauth::detail::encode_record(*installation.to_bot());
        const std::string record = slack::oauth::detail::encode_record(installation);
        raw_replace(all.path(ids, "bot-latest"), bot, is_durable);
        raw_replace(all.path(ids, "installer-latest"), record, is_durable);
        raw_replace(all.path(ids, "installer-U0ADA-latest"), record, is_durable);
      }
    });
    benchmark::RegisterBenchmark(named("save" + suffix, count).c_str(), [=](benchmark::State& state) {
      Filled& all = filled<Filled>(count);
      auto& store = is_durable ? *all.durable : *all.store;
      std::size_t i = 0;
      for (auto _ : state) {
        auto saved = all.workspaces.installation(i % count);
        saved.team_name = "Furnace Works " + std::to_string(i++);
        store.save(saved);
      }
      state.SetLabel(versus(named("three files replaced" + suffix, count)));
    });
  }
  benchmark::RegisterBenchmark(named("save and delete_all", count).c_str(), [=](benchmark::State& state) {
    Filled& all = filled<Filled>(count);
    std::size_t i = 0;
    for (auto _ : state) {
      const Ids& ids = all.workspaces.ids(i % count);
      all.store->delete_all({.enterprise_id = ids.enterprise_id, .team_id = ids.team_id});
      all.store->save(all.workspaces.installation(i++ % count));
    }
  });
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  return run_benchmarks(argc, argv, [](RatioReporter& reporter) {
    for (const std::size_t count : {std::size_t{1'000}, std::size_t{100'000}}) {
      register_look_ups(count);
      register_misses(count);
      register_writes(count);
    }
    record_node_results(reporter, "file",
                        {{"fetchInstallation", "find_installation, newest"}, {"storeInstallation", "save, sync off"}});
  });
}
