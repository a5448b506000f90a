// How threads wait for a lease in a PostgreSQL database: over one connection, which is none of the pool's.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/proxy.hpp"
#include "postgresql/server.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

constexpr WorkspaceRef workspace{.team_id = "T1"};

/// Connections that listen, or did, for this schema's leases; each test has a schema of its own.
std::string listeners(const test::PlacedStore& store) {
  const auto raw = store.raw();
  const std::string channel =
      raw.value("select " + detail::channel_sql(detail::PostgreSQLNames(store.opened_with().tables), "'111.222'",
                                                detail::NoticesOf::leases));
  return raw.value("select count(*) from pg_stat_activity where query = 'listen " + channel + "'");
}

/// Waits for the lease, and says how long that took from `since` on.
std::chrono::milliseconds wait_for_lease(test::PlacedStore& store, const std::chrono::steady_clock::time_point& since,
                                         std::chrono::milliseconds timeout = 20s) {
  const auto lease = store.wait_lease(workspace, 1h, timeout);
  const auto taken = std::chrono::steady_clock::now();
  CHECK(lease != nullptr);
  return std::chrono::duration_cast<std::chrono::milliseconds>(taken - since);
}

}  // namespace

TEST_CASE("many threads wait for one lease over one connection, and hold none of the pool's", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore holder;
  PostgreSQLInstallationStoreOptions options = holder.opened_with();
  options.pool.size = 1;
  test::PlacedStore store(options);
  auto held = holder.try_lease(workspace, 1h);
  REQUIRE(held != nullptr);
  constexpr int threads = 8;
  std::atomic<int> taken = 0;
  std::vector<std::thread> waiting;
  for (int i = 0; i < threads; ++i) {
    waiting.emplace_back([&] { taken += store.wait_lease(workspace, 1h, 30s) != nullptr ? 1 : 0; });
  }
  while (listeners(holder) != "1") std::this_thread::sleep_for(5ms);
  std::this_thread::sleep_for(200ms);
  CHECK(listeners(holder) == "1");
  CHECK_FALSE(store.find_bot({.team_id = "T1"}).has_value());  // the only connection of the pool is free
  CHECK(taken == 0);
  held.reset();
  for (auto& thread : waiting) thread.join();
  CHECK(taken == threads);
  // Nobody waits: it is kept, and the server keeps no notices for it.
  CHECK(listeners(holder) == "0");
}

TEST_CASE("a lease that is waited for asks the server seldom", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore holder;
  PostgreSQLInstallationStoreOptions options = holder.opened_with();
  options.connection_string = proxy.connection_string();
  test::PlacedStore store(options);
  auto held = holder.try_lease(workspace, 1h);
  std::atomic<bool> is_taken = false;
  std::thread waiter([&] { is_taken = store.wait_lease(workspace, 1h, 30s) != nullptr; });
  while (listeners(holder) != "1") std::this_thread::sleep_for(5ms);
  // Some follow at once.
  int before = 0;
  for (int i = 0; i < 10 && proxy.messages() != before; ++i) {
    before = proxy.messages();
    std::this_thread::sleep_for(1s);
  }
  CHECK(proxy.messages() == before);
  held.reset();
  waiter.join();
  CHECK(is_taken);
}

TEST_CASE("a lease that ends by itself is not waited for any longer", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore holder;
  const auto other = holder.again();
  const auto start = std::chrono::steady_clock::now();
  const auto held = holder.try_lease(workspace, 500ms);
  const auto waited = wait_for_lease(*other, start);
  CHECK(waited >= 490ms);
  CHECK(waited < 5s);
  CHECK_FALSE(held->is_held());
}

TEST_CASE("a lease that another has for long is not waited for longer than was said", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::PlacedStore holder;
  const auto other = holder.again();
  const auto held = holder.try_lease(workspace, 1h);
  const auto start = std::chrono::steady_clock::now();
  CHECK(other->wait_lease(workspace, 1h, 300ms) == nullptr);
  CHECK(std::chrono::steady_clock::now() - start >= 300ms);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("a thread whose connection to listen is cut still gets the lease", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore holder;
  PostgreSQLInstallationStoreOptions options = holder.opened_with();
  options.changes.listen_connection_string = proxy.connection_string();
  test::PlacedStore store(options);
  for (const bool is_cut_first : {true, false}) {
    CAPTURE(is_cut_first);
    auto held = holder.try_lease(workspace, 1h);
    std::atomic<bool> is_taken = false;
    std::thread waiter([&] { is_taken = store.wait_lease(workspace, 1h, 30s) != nullptr; });
    while (listeners(holder) != "1") std::this_thread::sleep_for(5ms);
    if (is_cut_first) proxy.cut_all();
    held.reset();
    waiter.join();
    CHECK(is_taken);
  }
}

TEST_CASE("where nobody can listen, a lease is asked for again and again", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool has_notices = GENERATE(false, true);
  CAPTURE(has_notices);
  PostgreSQLInstallationStoreOptions options{.changes = {.notices = has_notices}};
  if (has_notices) options.pooling = PostgreSQLPooling::transaction_unnamed;
  test::PlacedStore holder(options);
  const auto other = holder.again();
  auto held = holder.try_lease(workspace, 1h);
  std::atomic<bool> is_taken = false;
  std::thread waiter([&] { is_taken = other->wait_lease(workspace, 1h, 30s) != nullptr; });
  std::this_thread::sleep_for(200ms);
  CHECK_FALSE(is_taken);
  CHECK(listeners(holder) == "0");
  held.reset();
  waiter.join();
  CHECK(is_taken);
}

TEST_CASE("a thread that cannot connect to listen keeps no other that waits", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore holder;
  PostgreSQLInstallationStoreOptions options = holder.opened_with();
  options.changes.listen_connection_string = proxy.connection_string();
  options.timeout = 4s;
  test::PlacedStore store(options);
  auto held = holder.try_lease(workspace, 1h);
  proxy.expect(test::Fault::silence, "");
  std::atomic<bool> is_taken = false;
  std::thread waiter([&] { is_taken = store.wait_lease(workspace, 1h, 30s) != nullptr; });
  for (int i = 0; i < 2000 && proxy.faults() == 0; ++i) std::this_thread::sleep_for(1ms);
  const auto start = std::chrono::steady_clock::now();
  CHECK(store.wait_lease(workspace, 1h, 300ms) == nullptr);
  CHECK(std::chrono::steady_clock::now() - start < 3s);
  held.reset();
  waiter.join();
  CHECK(is_taken);
}

TEST_CASE("who waits leaves a connection to listen whose server the store has lost", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy calls(test::postgresql_server()->port());
  test::Proxy listening(test::postgresql_server()->port());
  test::PlacedStore holder;
  PostgreSQLInstallationStoreOptions options = holder.opened_with();
  options.connection_string = calls.connection_string();
  options.changes.listen_connection_string = listening.connection_string();
  test::PlacedStore store(options);
  auto held = holder.try_lease(workspace, 1h);
  std::atomic<bool> is_taken = false;
  std::thread waiter([&] { is_taken = store.wait_lease(workspace, 1h, 60s) != nullptr; });
  while (listeners(holder) != "1") std::this_thread::sleep_for(5ms);
  std::this_thread::sleep_for(100ms);
  calls.cut_all();
  std::this_thread::sleep_for(50ms);
  static_cast<void>(store.find_bot({.team_id = "T1"}));
  for (int i = 0; i < 2000 && listening.connections() < 2; ++i) std::this_thread::sleep_for(5ms);
  CHECK(listening.connections() == 2);
  held.reset();
  waiter.join();
  CHECK(is_taken);
}

TEST_CASE("a lease whose answer was lost is given back", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  test::Proxy proxy(test::postgresql_server()->port());
  test::PlacedStore other;
  PostgreSQLInstallationStoreOptions options = other.opened_with();
  options.connection_string = proxy.connection_string();
  std::atomic<bool> fails = false;
  options.password = [&fails]() -> std::string {
    if (fails.exchange(false)) throw std::runtime_error("no password at this moment");
    return "";
  };
  test::PlacedStore store(options);
  fails = true;
  proxy.expect(test::Fault::cut_after, "T0LOST");
  CHECK_THROWS_AS(store.try_lease({.team_id = "T0LOST"}, 1h), std::runtime_error);
  CHECK(proxy.faults() == 1);
  CHECK(other.raw().value("select count(*) from slack_oauth_leases") == "0");
  CHECK(other.try_lease({.team_id = "T0LOST"}, 1h) != nullptr);
}
