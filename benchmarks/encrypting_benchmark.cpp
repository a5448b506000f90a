// What sealed tokens add to a look-up over memory and SQLite, and a secret's opening by itself, in one thread and two.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <memory>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <string_view>

#include "fixtures.hpp"
#include "ratio_reporter.hpp"
#include "workspaces.hpp"

namespace slack_oauth_benchmarks {
namespace {

using slack::oauth::EncryptingInstallationStore;
using slack::oauth::InstallationStore;

constexpr std::size_t workspace_count = 1'000;

slack::oauth::KeyRing keys() {
  slack::oauth::KeyRing keys;
  keys.add_text("2026-11", "bm90IGEgcmVhbCBrZXkgb2YgdGhpcnR5LXR3byBiATE=");
  keys.set_current("2026-11");
  return keys;
}

/// The same workspaces in a store, and sealed in another. A bot has one secret, and an installation four: the bot's,
/// and its own token, refresh token and webhook URL.
struct Filled {
  Filled(std::shared_ptr<InstallationStore> of_plain, std::shared_ptr<InstallationStore> of_sealed)
      : plain(std::move(of_plain)),
        sealed(std::make_shared<EncryptingInstallationStore>(std::move(of_sealed), keys(),
                                                             slack::oauth::EncryptionOptions{.client_id = "111.222"})) {
    for (std::size_t i = 0; i < workspaces.size(); ++i) {
      auto installation = workspaces.installation(i);
      installation.user_token = "xoxp-not-a-real-token-of-a-usual-length";
      installation.user_refresh_token = "xoxe-1-not-a-real-token-of-a-usual-length";
      installation.incoming_webhook_url = "https://hooks.slack.com/services/T0FURNACE/B0HOOK/not-a-real-hook";
      plain->save(installation);
      sealed->save(installation);
    }
  }

  Workspaces workspaces{workspace_count};
  std::shared_ptr<InstallationStore> plain;
  std::shared_ptr<InstallationStore> sealed;
};

Filled& in_memory() {
  static Filled filled(std::make_shared<slack::oauth::MemoryInstallationStore>(),
                       std::make_shared<slack::oauth::MemoryInstallationStore>());
  return filled;
}

std::shared_ptr<InstallationStore> open(const std::string& database) {
  return std::make_shared<slack::oauth::SQLite3InstallationStore>(slack::oauth::SQLite3InstallationStoreOptions{
      .database = database, .client_id = "111.222", .synchronous = slack::oauth::SQLite3Synchronous::off});
}

Filled& in_sqlite3() {
  static const TemporaryFolder folder;
  static Filled filled(open(folder.file("plain.db")), open(folder.file("sealed.db")));
  return filled;
}

std::size_t find_bot(const Filled& filled, const InstallationStore& store, std::size_t i) {
  return Workspaces::next(*store.find_bot(query_of(filled.workspaces.ids(i))));
}

std::size_t find_installation(const Filled& filled, const InstallationStore& store, std::size_t i) {
  return Workspaces::next(*store.find_installation(query_of_user(filled.workspaces.ids(i))));
}

template <class Get, class LookUp>
void add_look_ups(const std::string& what, const Get& get, const LookUp& look_up) {
  const auto chase = [=](benchmark::State& state, bool is_sealed) {
    const Filled& filled = get();
    const InstallationStore& store = is_sealed ? *filled.sealed : *filled.plain;
    auto i = static_cast<std::size_t>(state.thread_index()) * (workspace_count / 2);
    for (auto _ : state) i = look_up(filled, store, i);
    benchmark::DoNotOptimize(i);
    state.SetItemsProcessed(state.iterations());
  };
  benchmark::RegisterBenchmark((what + ", plain").c_str(), [=](benchmark::State& state) { chase(state, false); });
  benchmark::RegisterBenchmark((what + ", sealed").c_str(), [=](benchmark::State& state) {
    chase(state, true);
    state.SetLabel(versus(what + ", plain"));
  });
}

/// A token of 60 characters.
constexpr std::string_view token = "xoxb-not-a-real-token-of-a-usual-length-that-bots-have-00001";
constexpr std::string_view associated =
    "some hundred bytes of associated data: client, enterprise, team, user and field";

void open_naively(benchmark::State& state) {
  const slack::oauth::detail::SecretKey key;
  slack::oauth::detail::CipherNonce nonce{};
  for (auto _ : state) {
    std::string text(token);
    slack::oauth::detail::AesGcm cipher([&](auto& bytes) { bytes = key.bytes; });
    benchmark::DoNotOptimize(cipher.open(nonce, {associated, {}}, text.data(), text.size(), {}));
  }
  state.SetItemsProcessed(state.iterations());
}

void open_kept(benchmark::State& state) {
  static const slack::oauth::detail::Sealer sealer(keys(), slack::oauth::EncryptionOptions{});
  const std::string sealed = sealer.seal(token, associated, "bot_token");
  for (auto _ : state) {
    std::string text = sealed;
    sealer.open(text, associated, "bot_token");
    benchmark::DoNotOptimize(text);
  }
  state.SetItemsProcessed(state.iterations());
}

void seal(benchmark::State& state) {
  const slack::oauth::detail::Sealer sealer(keys(), slack::oauth::EncryptionOptions{});
  for (auto _ : state) benchmark::DoNotOptimize(sealer.seal(token, associated, "bot_token"));
  state.SetItemsProcessed(state.iterations());
}

void register_all() {
  add_look_ups("find_bot in memory, 1 secret", in_memory, find_bot);
  add_look_ups("find_installation in memory, 4 secrets", in_memory, find_installation);
  add_look_ups("find_bot in SQLite, 1 secret", in_sqlite3, find_bot);
  add_look_ups("find_installation in SQLite, 4 secrets", in_sqlite3, find_installation);
  benchmark::RegisterBenchmark("AES-256-GCM with a context of its own", open_naively);
  benchmark::RegisterBenchmark("open a secret", [](benchmark::State& state) {
    open_kept(state);
    state.SetLabel(versus("AES-256-GCM with a context of its own"));
  });
  benchmark::RegisterBenchmark("open a secret, in two threads",
                               [](benchmark::State& state) {
                                 open_kept(state);
                                 state.SetLabel(versus("open a secret"));
                               })
      ->Threads(2)
      ->UseRealTime();
  benchmark::RegisterBenchmark("seal a secret", seal);
}

}  // namespace
}  // namespace slack_oauth_benchmarks

int main(int argc, char** argv) {
  using namespace slack_oauth_benchmarks;
  return run_benchmarks(argc, argv, [](RatioReporter& /*reporter*/) { register_all(); });
}
